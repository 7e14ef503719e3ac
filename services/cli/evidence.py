"""Whether a file proves what it says of an alert: worked out from the file and the ledger's key alone."""

from base64 import b64decode
from datetime import datetime
from typing import Final

import msgspec

from services.ledger.errors import TamperDetected
from services.ledger.tree.merkle import verify_inclusion
from services.ledger.tree.note import Checkpoint, Verifier, open_checkpoint
from services.notifications.alerts import alert_id
from services.notifications.evidence.model import AlertEvidence, digest_of
from shared.canonical import canonical_json
from shared.log.chain import leaf_hash, tree_text
from shared.log.envelope import subject_of

# Above what the largest event and the longest proof come to.
LONGEST_BYTES: Final = 1_000_000


class _Said(msgspec.Struct):
    """What an event says that its alert says, too; events of later releases are read as well."""

    id: str
    type: str
    subject: str
    time: datetime
    agreement: str


class Verified(msgspec.Struct, frozen=True):
    """What a file holds that was verified, and what the ledger signed of it."""

    evidence: AlertEvidence
    checkpoint: Checkpoint


def verify_evidence(file: bytes, verifier: Verifier) -> Verified:
    """Check a file that the evidence of an alert is in. Raises VerificationFailed.

    1. It is this format, in its one spelling (canonical JSON), and nothing was changed by accident: the digest.
    2. The event's bytes have the hash that they are said to have.
    3. The ledger signed the checkpoint.
    4. The proof leads from the event, at its position, to the root of the checkpoint's tree.
    5. The alert is of that event: its id, its position, and all that both of them say.
    6. The alert's id is that of this event, this recipient and this channel.
    """
    # 1. One spelling, so that no byte can be changed and the file still pass.
    evidence = _read(file)
    _expect("digest", digest_of(evidence), evidence.digest)
    # 2. The bytes.
    alert, event = evidence.alert, evidence.event
    body = event.body.encode()
    leaf = leaf_hash(body)
    _expect("event.leaf_hash", tree_text(leaf), event.leaf_hash)
    # 3. The signature.
    checkpoint = open_checkpoint(evidence.proof.checkpoint.encode(), verifier)
    # 4. The tree.
    hashes = [_hash(text, at=f"proof.hashes[{place}]") for place, text in enumerate(evidence.proof.hashes)]
    verify_inclusion(leaf, event.position - 1, checkpoint.size, hashes, checkpoint.root)
    # 5. What is signed says what the alert says.
    said = _said(body)
    _expect("event.subject", subject_of(said.agreement, said.subject, said.type), event.subject)
    _expect("alert.position", event.position, alert.position)
    _expect("alert.event_id", said.id, alert.event_id)
    _expect("alert.type", said.type, alert.type)
    _expect("alert.agreement", said.agreement, alert.agreement)
    _expect("alert.subject", said.subject, alert.subject)
    _expect("alert.recorded_at", said.time, alert.recorded_at)
    # 6. Whose it is.
    _expect("alert.id", alert_id(alert.event_id, alert.recipient, alert.channel), alert.id)
    return Verified(evidence, checkpoint)


def in_words(verified: Verified) -> list[str]:
    """Return what was verified, and apart from it what only the service says that sent the alert."""
    alert, noted = verified.evidence.alert, verified.evidence.acknowledgement
    note = "nobody had acknowledged it" if noted is None else f"acknowledged at {noted.at.isoformat()} by {noted.by}"
    checkpoint = verified.checkpoint
    return [
        f"verified: {alert.type} of {alert.subject}, event {alert.event_id}",
        f"recorded at {alert.recorded_at.isoformat()}, entered at position {alert.position} of {checkpoint.origin}",
        f"signed in the tree of {checkpoint.size} entries",
        f"alert {alert.id} of that event, for {alert.recipient} on the channel {alert.channel}",
        f"as the sender says: {alert.class_}, alerted at {alert.alerted_at.isoformat()}, {note}",
    ]


def _read(file: bytes) -> AlertEvidence:
    if len(file) > LONGEST_BYTES:
        raise TamperDetected(expected=f"at most {LONGEST_BYTES} bytes", got=len(file), at="file")
    try:
        evidence = msgspec.json.decode(file, type=AlertEvidence)
    except ValueError as error:  # no JSON, no UTF-8, or another form
        raise TamperDetected(expected="the evidence of an alert", got=str(error), at="file") from error
    if canonical_json(evidence) != file:
        raise TamperDetected(expected="canonical JSON, each member once", got="another spelling", at="file")
    return evidence


def _said(body: bytes) -> _Said:
    try:
        return msgspec.json.decode(body, type=_Said)
    except ValueError as error:
        raise TamperDetected(expected="an event", got=str(error), at="event.body") from error


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
