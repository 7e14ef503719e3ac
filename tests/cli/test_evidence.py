"""The evidence of an alert is checked by anybody: whatever is changed in it is noticed, but what nobody signed."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from services.cli.evidence import LONGEST_BYTES, in_words, verify_evidence
from services.cli.main import program
from services.ledger.errors import NoteRefused, ProofRefused, TamperDetected, VerificationFailed
from services.ledger.tree.note import Signer
from services.notifications.alerts import alert_id
from services.notifications.evidence.model import (
    Acknowledgement,
    AlertEvidence,
    Entry,
    NoticeEvidence,
    Published,
    Sent,
    SentAlert,
    delivery_of,
    digest_of,
    evidence_of,
    noted_of,
    sent_hash,
)
from shared.canonical import canonical_json
from shared.events.notice import NoticeAcknowledged, NoticeDelivered
from shared.log.envelope import Envelope, encode
from tests.notifications.controls import adopted, alerts_of, contribution_recorded, said
from tests.notifications.proving import ORIGIN, SIGNER, proof_of
from tests.told import refuses

POSITION = 7
NOTED_AT = datetime(2024, 7, 17, 8, 30, tzinfo=UTC)
# What no event says where notice is not recorded: the word of whoever sent the alert, which the digest keeps from
# accidents alone. To whom it was sent is among it, with an id that is made for another.
SAID_BY_THE_SENDER = {
    *("$.alert.class", "$.alert.due_on", "$.alert.link", "$.alert.needs_you", "$.alert.sequence"),
    *("$.alert.alerted_at", "$.acknowledgement", "$.acknowledgement.at", "$.acknowledgement.by"),
}
# That notice is proven may be left out, and never be made up.
LEFT_OUT = {"$.notice.delivered", "$.notice.acknowledged"}


def event(number: int) -> Envelope:
    data = adopted({"ATRC": "1/2", "HUT": "1/2"}) if number == POSITION else contribution_recorded()
    return said(data, id=f"01a2234b-0000-7000-8000-{number:012}", agreement="AGR-1", stream=f"{data.ENTITY}:{number}")


EVENTS = [event(number) for number in range(1, 14)]


def alert_to(recipient: str) -> SentAlert:
    alert = next(each for each in alerts_of(EVENTS[POSITION - 1]) if each.recipient == recipient)
    return SentAlert(sequence=3, alerted_at=datetime(2024, 7, 16, 9, 0, 1, tzinfo=UTC), **msgspec.structs.asdict(alert))


def notices(alert: SentAlert) -> tuple[Envelope, Envelope]:
    """That somebody was delivered an alert, and took note of it."""
    said_of_both: dict[str, Any] = {
        "agreement": "AGR-1",
        "event": alert.event_id,
        "position": POSITION,
        "subject": alert.subject,
        "party": alert.recipient,
        "noticed_on": date(2024, 7, 16),
        "effective_on": date(2024, 7, 17),
    }
    hashed = sent_hash(alert)
    return (
        noticed(9, NoticeDelivered(**said_of_both, channel="INBOX", sent_hash=hashed, delivered_at=alert.alerted_at)),
        noticed(11, NoticeAcknowledged(**said_of_both, person="hut-1", acknowledged_at=NOTED_AT)),
    )


def noticed(number: int, data: NoticeDelivered | NoticeAcknowledged) -> Envelope:
    stream = f"notice:{data.event}"
    return said(data, id=f"01a2234b-0000-7000-8000-{number:012}", agreement="AGR-1", stream=stream)


DELIVERED, NOTED = notices(alert_to("HUT"))
EVENTS[8], EVENTS[10] = DELIVERED, NOTED
BODIES = [encode(each) for each in EVENTS]


def published(position: int) -> Published:
    return Published(position, EVENTS[position - 1].subject, BODIES[position - 1])


def evidence(*, noted: bool = True, proven: bool = True) -> bytes:
    """The evidence of an alert of the seventh of thirteen events, with what is recorded of notice of it."""
    acknowledgement = Acknowledgement(NOTED_AT, "hut-1") if noted else None
    notices = [published(9), published(11)] if proven else []
    sent = Sent(alert_to("HUT"), acknowledgement, published(POSITION), notices)
    return evidence_of(
        sent, proof_of(POSITION, BODIES), delivered=entry(delivery_of(sent)), noted=entry(noted_of(sent))
    )


def entry(event: Published | None) -> Entry | None:
    return event and Entry(event, proof_of(event.position, BODIES))


def test_an_alert_is_proven_by_its_file_and_the_key():
    """It tells what is signed apart from what the sender says; whoever took note is in it, or that nobody did."""
    verified = verify_evidence(evidence(), SIGNER.verifier)

    assert (ORIGIN, len(BODIES)) == verified.checkpoint[:2]
    assert BODIES[POSITION - 1].decode() == verified.evidence.event.body
    words = said_of(evidence())
    assert "agreements.DeterminationAdopted.v1 of invention:7" in words
    assert "verified: alert alr-cdd0ea5bfba43bd240e199acf295df4d of that event, for HUT on the channel inbox, " in words
    assert "all of it as notice of 2024-07-16 that counts from 2024-07-17, entered at position 9" in words
    assert "verified: acknowledged at 2024-07-17T08:30:00+00:00 by hut-1" in words
    assert "not verified" not in words
    assert "nobody had acknowledged it" in said_of(evidence(noted=False))


def test_what_no_notice_proves_is_said_to_be_the_senders_word():
    """To whom the alert was, as what and when, and who took note: nothing of that is called verified."""
    words = said_of(evidence(proven=False)).splitlines()

    assert ["not verified, as the sender says", "not verified, as the sender says"] == [
        line.partition(":")[0] for line in words[3:]
    ]
    assert "for HUT on the channel inbox" in words[3]
    assert "acknowledged at" in words[4]


def said_of(file: bytes) -> str:
    return "\n".join(in_words(verify_evidence(file, SIGNER.verifier)))


def readdressed(file: bytes) -> bytes:
    """The evidence of an alert to another, who acknowledged it, with ids and digest made for that."""
    whole = msgspec.json.decode(file, type=AlertEvidence)
    alert = msgspec.structs.replace(
        whole.alert,
        recipient="GAMMA",
        id=alert_id(whole.alert.event_id, "GAMMA", "inbox"),
        due_on=date(2025, 1, 1),
    )
    noted = Acknowledgement(NOTED_AT, "gamma-ceo")
    whole = msgspec.structs.replace(whole, alert=alert, acknowledgement=noted)
    return canonical_json(msgspec.structs.replace(whole, digest=digest_of(whole)))


def test_nobody_is_put_in_the_place_of_who_was_told():
    """With proof of notice such a file is refused; without it nothing of this is said to be verified."""
    with refuses(TamperDetected):
        verify_evidence(readdressed(evidence()), SIGNER.verifier)
    words = said_of(readdressed(evidence(proven=False))).splitlines()

    assert {True} == {line.startswith("not verified") for line in words if "GAMMA" in line or "gamma" in line}
    assert "GAMMA" in "".join(words)


def test_notice_of_anothers_alert_is_none_of_this():
    """Of another party, of another alert, or of somebody else who took note: though the ledger has it."""
    whole = msgspec.json.decode(evidence(), type=AlertEvidence)
    for change in (
        *({"party": "ATRC"}, {"event": "01a2234b-0000-7000-8000-000000000001"}, {"position": 1}),
        *({"channel": "EMAIL"}, {"sent_hash": "sha256:" + "0" * 64}),
    ):
        assert isinstance(DELIVERED.data, NoticeDelivered)
        other = noticed(9, msgspec.structs.replace(DELIVERED.data, **change))
        bodies = [*BODIES[:8], encode(other), *BODIES[9:]]
        forged = Entry(Published(9, other.subject, bodies[8]), proof_of(9, bodies))
        sent = Sent(alert_to("HUT"), whole.acknowledgement, published(POSITION), [forged.published])
        assert delivery_of(sent) is None or "position" in change
        with refuses(TamperDetected):
            verify_evidence(evidence_of(sent, proof_of(POSITION, bodies), delivered=forged), SIGNER.verifier)
    nobody = NoticeEvidence(delivered=whole.notice.delivered, acknowledged=whole.notice.delivered)
    with refuses(TamperDetected):
        verify_evidence(replaced(notice=nobody), SIGNER.verifier)
    with refuses(TamperDetected):
        verify_evidence(replaced(acknowledgement=None), SIGNER.verifier)


def test_an_instant_in_another_spelling_is_named():
    """A fraction of zeros is canonical JSON, and is not how this format says a time."""
    whole = msgspec.json.decode(evidence())
    whole["alert"]["alerted_at"] = "2024-07-16T09:00:01.000000Z"

    with refuses(TamperDetected):
        verify_evidence(canonical_json(whole), SIGNER.verifier)


def test_any_changed_byte_is_noticed():
    """Wherever it stands, and whatever it becomes; so is one too many, and one too few."""
    file = evidence()
    for place in range(len(file)):
        changed = file[:place] + bytes([file[place] ^ 1]) + file[place + 1 :]
        with pytest.raises(VerificationFailed):
            verify_evidence(changed, SIGNER.verifier)
    for changed in (file[:-1], file + b"\n", b" " + file, b"", file[1:], file * 2):
        with pytest.raises(VerificationFailed):
            verify_evidence(changed, SIGNER.verifier)


def changes_of(value: Any) -> Iterator[Any]:
    """Other values that may stand in the place of one."""
    match value:
        case bool():
            yield not value
        case int():
            yield from (value + 1, value - 1)
        case str():
            yield from (value[:-1], value + "0", value.replace("0", "1", 1), value.swapcase(), "", "info")
        case None:
            yield "2024-08-16"
        case list():
            yield from (value[:-1], value[1:], [*value, *value[:1]], value[::-1], [])


def _within(whole: dict[str, Any], name: str, put: Callable[[Any], Any], new: Any) -> dict[str, Any]:
    return {**whole, name: put(new)}


def members_of(value: Any, path: str = "$") -> Iterator[tuple[str, Callable[[Any], Any], Any]]:
    """Every member, with what puts another value in its place in the whole."""
    if isinstance(value, dict):
        for name, inner in value.items():
            for place, put, found in members_of(inner, f"{path}.{name}"):
                yield place, partial(_within, value, name, put), found
        if path.endswith((".acknowledgement", ".delivered", ".acknowledged")):
            yield path, lambda new: new, value
    else:
        yield path, lambda new: new, value


def signed_over(changed: dict[str, Any]) -> bytes:
    """What a forger would hand on: changed, and with the digest of what it is now."""
    try:
        whole = msgspec.convert(changed, AlertEvidence)
    except msgspec.ValidationError:
        return canonical_json(changed)
    return canonical_json(msgspec.structs.replace(whole, digest=digest_of(whole)))


@pytest.mark.parametrize("proven", [True, False])
def test_whatever_member_is_changed_is_noticed(*, proven: bool):
    """With the digest as it was each, and with another.

    Of what the signature does not reach, and no proof of notice, nothing is noticed: that is the word of the sender.
    """
    file = evidence(proven=proven)
    whole, passed = msgspec.json.decode(file), set()
    for path, put, value in members_of(whole):
        optional = path == "$.acknowledgement" or path in LEFT_OUT
        for new in [None] if optional else changes_of(value):
            if new == value:
                continue
            changed = put(new)
            with pytest.raises(VerificationFailed):
                verify_evidence(canonical_json(changed), SIGNER.verifier)
            if path == "$.digest":
                continue
            if (forged := signed_over(changed)) == file:  # another spelling of the same instant
                continue
            try:
                verify_evidence(forged, SIGNER.verifier)
            except VerificationFailed:
                continue
            passed.add(path)
    assert (LEFT_OUT if proven else SAID_BY_THE_SENDER) == passed


def test_a_member_too_many_or_too_few_is_noticed():
    """A file says what its format says, and nothing besides."""
    whole = msgspec.json.decode(evidence())
    for name in whole:
        for part in (whole, whole[name]) if isinstance(whole[name], dict) else (whole,):
            assert isinstance(part, dict)
            for changed in ({**part, "more": 1}, *({k: v for k, v in part.items() if k != each} for each in part)):
                file = changed if part is whole else {**whole, name: changed}
                with pytest.raises(VerificationFailed):
                    verify_evidence(canonical_json(file), SIGNER.verifier)
    assert len(whole) == 7


def replaced(**changed: Any) -> bytes:
    """The evidence with other parts, and the digest of what it is then."""
    whole = msgspec.structs.replace(msgspec.json.decode(evidence(), type=AlertEvidence), **changed)
    return canonical_json(msgspec.structs.replace(whole, digest=digest_of(whole)))


@pytest.mark.parametrize("position", [6, 8, 13])
def test_another_entrys_proof_proves_nothing(position: int):
    """Neither its own proof at this place, nor this event at another."""
    other = proof_of(position, BODIES)
    whole = msgspec.json.decode(evidence(), type=AlertEvidence)

    with refuses(ProofRefused):
        verify_evidence(
            replaced(proof=msgspec.structs.replace(whole.proof, hashes=list(other.hashes))), SIGNER.verifier
        )
    with refuses(ProofRefused):
        moved = msgspec.structs.replace(whole.event, position=position)
        verify_evidence(replaced(event=moved), SIGNER.verifier)


def test_an_alert_of_another_event_is_no_alert_of_this():
    """Though the ledger has both."""
    envelope = EVENTS[0]
    event_of_another = msgspec.structs.replace(
        msgspec.json.decode(evidence(), type=AlertEvidence).event,
        position=1,
        subject=envelope.subject,
        body=BODIES[0].decode(),
        leaf_hash=msgspec.json.decode(evidence())["event"]["leaf_hash"],
    )

    with refuses(TamperDetected):
        verify_evidence(replaced(event=event_of_another), SIGNER.verifier)


def test_another_ledgers_signature_is_none():
    """Of a key that is not the one that is known, also under the same name."""
    for signer in (Signer.generate(ORIGIN), Signer.generate("another.example/ledger")):
        with pytest.raises(NoteRefused):
            verify_evidence(evidence(), signer.verifier)


def test_what_is_no_evidence_is_refused():
    """Whatever it is, and however long."""
    for file in (b"{}", b"[]", b"null", b"\xff", b"{", b'{"format":"moiety-alert-evidence/v2"}'):
        with pytest.raises(TamperDetected):
            verify_evidence(file, SIGNER.verifier)
    with pytest.raises(TamperDetected, match="at most"):
        verify_evidence(b" " * (LONGEST_BYTES + 1), SIGNER.verifier)


def test_the_command_says_what_it_verified(tmp_path: Path):
    """With 0 and a few lines, or with what is wrong."""
    file = tmp_path / "evidence.json"
    file.write_bytes(evidence())
    ran = CliRunner().invoke(program, ["alerts", "verify", str(file), "--key", str(SIGNER.verifier)])

    assert (0, True) == (ran.exit_code, f"signed by {SIGNER.verifier}" in ran.output)

    file.write_bytes(evidence().replace(b"legal-critical", b"info"))
    ran = CliRunner().invoke(program, ["alerts", "verify", str(file), "--vkey", str(SIGNER.verifier)])
    assert isinstance(ran.exception, TamperDetected)
