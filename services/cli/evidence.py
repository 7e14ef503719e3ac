"""Whether a file proves what it says of an alert: worked out from the file and the ledger's key alone."""

from base64 import b64decode
from datetime import date, datetime
from typing import Final, TypeVar

import msgspec

from services.ledger.errors import TamperDetected
from services.ledger.tree.merkle import verify_inclusion
from services.ledger.tree.note import Checkpoint, Verifier, open_checkpoint
from services.notifications.alerts import alert_id
from services.notifications.evidence.model import (
    AlertEvidence,
    InclusionProof,
    ProvenEvent,
    ProvenNotice,
    digest_of,
    sent_hash,
)
from shared.canonical import canonical_json
from shared.log.chain import leaf_hash, tree_text
from shared.log.envelope import subject_of

S = TypeVar("S", bound=msgspec.Struct)

# Above what the largest event, two of notice and the longest proofs come to.
LONGEST_BYTES: Final = 1_000_000


class _Said(msgspec.Struct):
    """What an event says that its alert says, too; events of later releases are read as well."""

    id: str
    type: str
    subject: str
    time: datetime
    agreement: str


class _Notice(msgspec.Struct):
    """What an event says of notice: by what it was delivered, or who took note of it, and when."""

    event: str
    position: int
    party: str
    noticed_on: date
    effective_on: date
    channel: str | None = None
    sent_hash: str | None = None
    person: str | None = None
    acknowledged_at: datetime | None = None


class _SaidOfNotice(_Said):
    data: _Notice


class Recorded(msgspec.Struct, frozen=True):
    """Notice as the ledger has it: of which day it is, from which it counts by the terms, and where it was entered."""

    noticed_on: date
    effective_on: date
    position: int


class Verified(msgspec.Struct, frozen=True):
    """What a file holds that was verified, and what the ledger signed of it; None for what it holds no proof of."""

    evidence: AlertEvidence
    checkpoint: Checkpoint
    delivered: Recorded | None
    acknowledged: Recorded | None


def verify_evidence(file: bytes, verifier: Verifier) -> Verified:
    """Check a file that the evidence of an alert is in. Raises VerificationFailed.

    1. It is this format, in its one spelling (canonical JSON), and nothing was changed by accident: the digest.
    2. The event's bytes have the hash that they are said to have.
    3. The ledger signed the checkpoint.
    4. The proof leads from the event, at its position, to the root of the checkpoint's tree.
    5. The alert is of that event: its id, its position, and all that both of them say.
    6. The alert's id is that of this event, this recipient and this channel.
    7. What is said of notice is proven like the event, and says the same: to whom exactly this alert was delivered, and
       who took note of it. Without it nothing but the sender's word says so.
    """
    # 1. One spelling, so that no byte can be changed and the file still pass.
    evidence = _read(file)
    _expect("digest", digest_of(evidence), evidence.digest)
    alert, event = evidence.alert, evidence.event
    # 2. to 4.
    checkpoint = _verify_entry(event, evidence.proof, verifier, at="")
    # 5. What is signed says what the alert says.
    said = _said(event.body, _Said, at="event.body")
    _expect("event.subject", subject_of(said.agreement, said.subject, said.type), event.subject)
    _expect("alert.position", event.position, alert.position)
    _expect("alert.event_id", said.id, alert.event_id)
    _expect("alert.type", said.type, alert.type)
    _expect("alert.agreement", said.agreement, alert.agreement)
    _expect("alert.subject", said.subject, alert.subject)
    _expect("alert.recorded_at", said.time, alert.recorded_at)
    # 6. Whose it says that it is.
    _expect("alert.id", alert_id(alert.event_id, alert.recipient, alert.channel), alert.id)
    # 7. What the log says of who was told.
    return Verified(evidence, checkpoint, _delivered(evidence, verifier), _acknowledged(evidence, verifier))


def in_words(verified: Verified) -> list[str]:
    """Return what was verified, and apart from it what only the service says that sent the alert."""
    alert, noted = verified.evidence.alert, verified.evidence.acknowledgement
    checkpoint, delivered, acknowledged = verified.checkpoint, verified.delivered, verified.acknowledged
    note = "nobody had acknowledged it" if noted is None else f"acknowledged at {noted.at.isoformat()} by {noted.by}"
    due = "" if alert.due_on is None else f", until {alert.due_on.isoformat()}"
    told = f"for {alert.recipient} on the channel {alert.channel}, {alert.class_}{due}"
    told = f"alert {alert.id} of that event, {told}, alerted at {alert.alerted_at.isoformat()}"
    says = "not verified, as the sender says"
    return [
        f"verified: {alert.type} of {alert.subject}, event {alert.event_id}",
        f"recorded at {alert.recorded_at.isoformat()}, entered at position {alert.position} of {checkpoint.origin}",
        f"signed in the tree of {checkpoint.size} entries",
        f"{says}: {told}" if delivered is None else f"verified: {told}, all of it {_recorded(delivered)}",
        f"{says}: {note}" if acknowledged is None else f"verified: {note}, {_recorded(acknowledged)}",
    ]


def _recorded(notice: Recorded) -> str:
    return (
        f"as notice of {notice.noticed_on.isoformat()} that counts from {notice.effective_on.isoformat()}, "
        f"entered at position {notice.position}"
    )


def _verify_entry(event: ProvenEvent, proof: InclusionProof, verifier: Verifier, *, at: str) -> Checkpoint:
    """Check that the ledger has an event: its bytes, the signature, and the way from it to the root."""
    leaf = leaf_hash(event.body.encode())
    _expect(f"{at}event.leaf_hash", tree_text(leaf), event.leaf_hash)
    checkpoint = open_checkpoint(proof.checkpoint.encode(), verifier)
    hashes = [_hash(text, at=f"{at}proof.hashes[{place}]") for place, text in enumerate(proof.hashes)]
    verify_inclusion(leaf, event.position - 1, checkpoint.size, hashes, checkpoint.root)
    return checkpoint


def _delivered(evidence: AlertEvidence, verifier: Verifier) -> Recorded | None:
    alert, proven, at = evidence.alert, evidence.notice.delivered, "notice.delivered."
    if proven is None:
        return None
    said = _notice(evidence, proven, verifier, kind="agreements.NoticeDelivered.v1", at=at)
    _expect(f"{at}channel", alert.channel.upper(), said.channel)
    _expect(f"{at}sent_hash", sent_hash(alert), said.sent_hash)
    return Recorded(said.noticed_on, said.effective_on, proven.event.position)


def _acknowledged(evidence: AlertEvidence, verifier: Verifier) -> Recorded | None:
    noted, proven, at = evidence.acknowledgement, evidence.notice.acknowledged, "notice.acknowledged."
    if proven is None:
        return None
    said = _notice(evidence, proven, verifier, kind="agreements.NoticeAcknowledged.v1", at=at)
    _expect(f"{at}person", noted and noted.by, said.person)
    _expect(f"{at}acknowledged_at", noted and noted.at, said.acknowledged_at)
    return Recorded(said.noticed_on, said.effective_on, proven.event.position)


def _notice(evidence: AlertEvidence, proven: ProvenNotice, verifier: Verifier, *, kind: str, at: str) -> _Notice:
    """Check that the ledger has what says that the recipient had notice of the alert's event, and return that."""
    alert, event = evidence.alert, proven.event
    _verify_entry(event, proven.proof, verifier, at=at)
    said = _said(event.body, _SaidOfNotice, at=f"{at}event.body")
    _expect(f"{at}type", kind, said.type)
    _expect(f"{at}subject", f"notice:{alert.event_id}", said.subject)
    _expect(f"{at}event.subject", subject_of(said.agreement, said.subject, said.type), event.subject)
    _expect(f"{at}event", alert.event_id, said.data.event)
    _expect(f"{at}position", alert.position, said.data.position)
    _expect(f"{at}party", alert.recipient, said.data.party)
    return said.data


def _read(file: bytes) -> AlertEvidence:
    if len(file) > LONGEST_BYTES:
        raise TamperDetected(expected=f"at most {LONGEST_BYTES} bytes", got=len(file), at="file")
    try:
        evidence = msgspec.json.decode(file, type=AlertEvidence)
    except ValueError as error:  # no JSON, no UTF-8, or another form
        raise TamperDetected(expected="the evidence of an alert", got=str(error), at="file") from error
    if canonical_json(evidence) != file:
        # A value may be spelled otherwise in JSON that is canonical: an instant with a fraction of zeros.
        _expect_spelled("", msgspec.to_builtins(evidence), msgspec.json.decode(file))
        raise TamperDetected(expected="canonical JSON, each member once", got="another spelling", at="file")
    return evidence


def _expect_spelled(at: str, expected: object, got: object) -> None:
    if isinstance(expected, dict) and isinstance(got, dict):
        for name, value in expected.items():
            _expect_spelled(f"{at}.{name}" if at else name, value, got.get(name))
    else:
        _expect(at, expected, got)


def _said(body: str, kind: type[S], *, at: str) -> S:
    try:
        return msgspec.json.decode(body.encode(), type=kind)
    except ValueError as error:
        raise TamperDetected(expected="an event", got=str(error), at=at) from error


def _hash(text: str, *, at: str) -> bytes:
    try:
        decoded = b64decode(text, validate=True)
    except ValueError as error:
        raise TamperDetected(expected="base64", got=str(error), at=at) from error
    _expect(at, tree_text(decoded), text)
    return decoded


def _expect(at: str, expected: object, got: object) -> None:
    if expected != got:
        raise TamperDetected(expected=expected, got=got, at=at)
