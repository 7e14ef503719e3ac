"""What stopped the ledger, as its key signs it: so that nobody invents it in the database."""

from typing import Final

from services.ledger.errors import LedgerHalted
from shared.canonical import canonical_json

# Not the origin, with which a checkpoint begins: no alarm is ever taken for one.
_HEADING: Final = "moiety ledger alarm v1"


def alarm_text(origin: str, halted: LedgerHalted) -> str:
    """Return the text that is signed; JSON escapes whatever a note may not hold."""
    said = [origin, halted.position, halted.kind, halted.expected, halted.got]
    return f"{_HEADING}\n{canonical_json(said).decode()}\n"
