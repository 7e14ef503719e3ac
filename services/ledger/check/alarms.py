"""Whether the ledger raised the alarms that it has: they follow from no entry, so its key says so."""

from typing import Final

from services.ledger.check.evidence import Evidence
from services.ledger.errors import LedgerHalted, NoteRefused, TamperDetected
from services.ledger.tree.alarm import alarm_text
from services.ledger.tree.note import Verifier, open_note

# Before that migration alarms were not signed.
_UNSIGNED: Final = """
    SELECT min(applied_at_utc) AT TIME ZONE 'UTC' AS since,
        max(applied_at_utc) FILTER (WHERE migration_id = '0007-nothing-goes-missing') AT TIME ZONE 'UTC' AS until
    FROM _yoyo_migration
"""
_ALARMS: Final = "SELECT position, kind, expected, got, detected_at, note FROM alarm ORDER BY position, kind"


async def check_alarms(evidence: Evidence, verifier: Verifier, size: int) -> None:
    """Check every alarm of a ledger of this size. Raises TamperDetected; returns nothing.

    1. It is about an entry that there is, or about the one that comes next.
    2. The ledger's key signed it, as it stands, unless it was raised before alarms were signed.
    """
    (unsigned,) = await evidence.fetch(_UNSIGNED)
    for row in await evidence.fetch(_ALARMS):
        halted = LedgerHalted(row["position"], kind=row["kind"], expected=row["expected"], got=row["got"])
        at = f"alarm {halted.kind} at position {halted.position}"
        # 1. Nothing stops a ledger where it has not come to.
        if not 1 <= halted.position <= size + 1:
            raise TamperDetected(
                expected=f"alarms at positions up to {size + 1}", got=f"one at {halted.position}", at=at
            )
        # 2. Its own words.
        if row["note"] is None:
            if not unsigned["since"] <= row["detected_at"] <= unsigned["until"]:
                raise TamperDetected(expected=f"signed by {verifier}", got="no signature", at=at)
        else:
            _check_note(row["note"], halted, verifier, at)


def _check_note(note: str, halted: LedgerHalted, verifier: Verifier, at: str) -> None:
    try:
        text = open_note(note.encode(), [verifier])
    except NoteRefused as refused:
        raise TamperDetected(expected=f"signed by {verifier}", got=str(refused), at=at) from refused
    if text != alarm_text(verifier.name, halted):
        raise TamperDetected(expected=text.strip(), got=str(halted), at=at)
