"""What a recipient keeps of an alert: one file that says what it was told, of which event, and that the ledger has it.

The ledger's signature reaches the event, and whatever the alert says that the event says too. Who was told, as what and
when is this service's own word, which the digest keeps from being changed by accident, and not from being made up.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, Literal, NamedTuple

import msgspec

from services.notifications.rules.rule import AlertClass
from shared.canonical import canonical_json, sha256_text
from shared.log.chain import LOG, leaf_hash, tree_text

FORMAT: Final = "moiety-alert-evidence/v1"


class Acknowledgement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Evidence that a party took note: when, and by whom."""

    at: datetime
    by: str
    """The person who acknowledged it, under a pseudonym."""


class SentAlert(msgspec.Struct, frozen=True, kw_only=True, rename={"class_": "class"}, forbid_unknown_fields=True):
    """An alert as it was put in an inbox; nothing of it changes afterwards."""

    id: str
    sequence: int
    recipient: str
    """The party that it was for, or who operates this."""
    channel: str
    """How it was sent: `inbox`."""
    event_id: str
    position: int
    type: str
    """The versioned name of the event that it tells of."""
    class_: AlertClass
    """Its class, which says what legal weight it has."""
    agreement: str
    """The id of the agreement it is in; `_` for none."""
    subject: str
    """The thing that the event is about: its kind and its id, as in `transfer:XFR-1`."""
    link: str
    """Where its recipient reads what it is about."""
    due_on: date | None
    needs_you: bool
    """Whether it waited for its recipient."""
    recorded_at: datetime
    alerted_at: datetime


class ProvenEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The event of an alert, as it was published."""

    log: Literal["0"]
    """The log that `position` counts; `0` is the only one."""
    position: int
    subject: str
    """The subject under which it was published: `moiety.v1.<agreement>.<entity>.<Event>`."""
    body: str
    """The event as it was published, character by character; its bytes in UTF-8 are what the ledger hashed."""
    leaf_hash: str
    """Its hash as a leaf of the ledger's tree, in base64."""


class InclusionProof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That the ledger has the event."""

    checkpoint: str
    """A signed note of the ledger's (C2SP tlog-checkpoint) whose tree holds the event."""
    hashes: list[str]
    """The proof that the leaf at `position - 1` is in that tree (RFC 9162, 2.1.3), in base64."""


class AlertEvidence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that proves an alert and its event to whoever has the ledger's key, and asks nobody."""

    format: Literal["moiety-alert-evidence/v1"]
    """What the file is, and how it is checked."""
    alert: SentAlert
    """The alert as it was sent."""
    acknowledgement: Acknowledgement | None
    event: ProvenEvent
    """The event that it tells of."""
    proof: InclusionProof
    """That the ledger has the event."""
    digest: str
    """The SHA-256 of the file as it is with this member empty."""


class EntryProof(NamedTuple):
    """What the ledger shows of an entry: a checkpoint, and the way from the entry to its root."""

    checkpoint: str
    hashes: Sequence[str]


class Sent(NamedTuple):
    """An alert, who took note of it, and its event as it was published."""

    alert: SentAlert
    acknowledgement: Acknowledgement | None
    subject: str
    body: bytes


class _Identified(msgspec.Struct):
    id: str


def is_of(body: bytes, event_id: str) -> bool:
    """Tell whether an event's bytes are those of an id: after a loss of the log another may have its position."""
    return msgspec.json.decode(body, type=_Identified).id == event_id


def evidence_of(sent: Sent, proof: EntryProof) -> bytes:
    """Return the file, which is canonical JSON (RFC 8785)."""
    event = ProvenEvent(
        log=LOG,
        position=sent.alert.position,
        subject=sent.subject,
        body=sent.body.decode(),
        leaf_hash=tree_text(leaf_hash(sent.body)),
    )
    evidence = AlertEvidence(
        format=FORMAT,
        alert=sent.alert,
        acknowledgement=sent.acknowledgement,
        event=event,
        proof=InclusionProof(checkpoint=proof.checkpoint, hashes=list(proof.hashes)),
        digest="",
    )
    return canonical_json(msgspec.structs.replace(evidence, digest=digest_of(evidence)))


def digest_of(evidence: AlertEvidence) -> str:
    """Return what stands for a whole file: the hash of it without its digest."""
    return sha256_text(canonical_json(msgspec.structs.replace(evidence, digest="")))
