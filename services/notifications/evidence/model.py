"""What a recipient keeps of an alert: one file that says what it was told, of which event, and that the ledger has it.

The ledger's signature reaches the event, and whatever the alert says that the event says too. Who was told, as what and
when is this service's own word, which the digest keeps from being changed by accident, and not from being made up: as
long as notice of it is not in the log as well, which says who was delivered exactly this, and who took note of it.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, Literal, NamedTuple

import msgspec

from services.notifications.rules.rule import AlertClass
from shared.canonical import canonical_json, content_hash, sha256_text
from shared.events.notice import NoticeAcknowledged, NoticeDelivered
from shared.events.registry import Event
from shared.log.chain import LOG, leaf_hash, tree_text
from shared.log.envelope import decode

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
    """An event as it was published."""

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


class ProvenNotice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An event that says of notice what the alert says, and that the ledger has it."""

    event: ProvenEvent
    """The event, as it was published."""
    proof: InclusionProof


class NoticeEvidence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the ledger had of notice by the alert, when the file was made: of what is not legal-critical, never any."""

    delivered: ProvenNotice | None
    """`NoticeDelivered`, to this recipient, of exactly this alert; null while that is not entered."""
    acknowledged: ProvenNotice | None
    """`NoticeAcknowledged`, by this recipient, as in `acknowledgement`; null while that is not entered."""


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
    notice: NoticeEvidence
    """What the log itself says of who was told."""
    digest: str
    """The SHA-256 of the file as it is with this member empty."""


class EntryProof(NamedTuple):
    """What the ledger shows of an entry: a checkpoint, and the way from the entry to its root."""

    checkpoint: str
    hashes: Sequence[str]


class Published(NamedTuple):
    """An event as it was published."""

    position: int
    subject: str
    body: bytes


class Sent(NamedTuple):
    """An alert, who took note of it, its event as it was published, and what its recipient's feed has of notice."""

    alert: SentAlert
    acknowledgement: Acknowledgement | None
    event: Published
    notices: Sequence[Published] = ()


class Entry(NamedTuple):
    """An event, and what the ledger shows of it."""

    published: Published
    proof: EntryProof


class _Identified(msgspec.Struct):
    id: str


def is_of(body: bytes, event_id: str) -> bool:
    """Tell whether an event's bytes are those of an id: after a loss of the log another may have its position."""
    return msgspec.json.decode(body, type=_Identified).id == event_id


def sent_hash(alert: SentAlert) -> str:
    """Return the hash of exactly what was put in an inbox, as the proof of notice says it."""
    return content_hash(msgspec.to_builtins(alert))


def delivery_of(sent: Sent) -> Published | None:
    """Return what says that exactly this alert was delivered to its recipient, where that is recorded."""
    alert = sent.alert
    said = {"event": alert.event_id, "party": alert.recipient, "channel": alert.channel.upper()}
    return _saying(sent, NoticeDelivered, {**said, "sent_hash": sent_hash(alert)})


def noted_of(sent: Sent) -> Published | None:
    """Return what says that the recipient took note, who for it and when, where that is recorded."""
    alert, noted = sent.alert, sent.acknowledgement
    if noted is None:
        return None
    said = {"event": alert.event_id, "party": alert.recipient, "person": noted.by, "acknowledged_at": noted.at}
    return _saying(sent, NoticeAcknowledged, said)


def _saying(sent: Sent, kind: type[Event], said: dict[str, object]) -> Published | None:
    for notice in sent.notices:
        data = decode(notice.body).data
        if isinstance(data, kind) and said == {name: getattr(data, name) for name in said}:
            return notice
    return None


def evidence_of(sent: Sent, proof: EntryProof, *, delivered: Entry | None = None, noted: Entry | None = None) -> bytes:
    """Return the file, which is canonical JSON (RFC 8785)."""
    evidence = AlertEvidence(
        format=FORMAT,
        alert=sent.alert,
        acknowledgement=sent.acknowledgement,
        event=_proven(sent.event),
        proof=_included(proof),
        notice=NoticeEvidence(delivered=_notice(delivered), acknowledged=_notice(noted)),
        digest="",
    )
    return canonical_json(msgspec.structs.replace(evidence, digest=digest_of(evidence)))


def _notice(entry: Entry | None) -> ProvenNotice | None:
    return None if entry is None else ProvenNotice(event=_proven(entry.published), proof=_included(entry.proof))


def _proven(event: Published) -> ProvenEvent:
    return ProvenEvent(
        log=LOG,
        position=event.position,
        subject=event.subject,
        body=event.body.decode(),
        leaf_hash=tree_text(leaf_hash(event.body)),
    )


def _included(proof: EntryProof) -> InclusionProof:
    return InclusionProof(checkpoint=proof.checkpoint, hashes=list(proof.hashes))


def digest_of(evidence: AlertEvidence) -> str:
    """Return what stands for a whole file: the hash of it without its digest."""
    return sha256_text(canonical_json(msgspec.structs.replace(evidence, digest="")))
