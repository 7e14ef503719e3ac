"""Every hash that an event states is that of what it is about, or the page for auditors says that nobody can tell."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from msgspec import inspect

from services.ledger.errors import LedgerHalted, TamperDetected
from shared.canonical import canonical_json
from shared.events import agreement, contribution, dispute, invention, licence
from shared.events.acknowledgement import OwnershipAcknowledged
from shared.events.agreement import AmendmentProposed, TermsVersionDrafted
from shared.events.contribution import ContributionCorrected, ContributionRecorded
from shared.events.registry import event_name, registered
from tests.docs.made import made
from tests.ledger.story import HASH, Story, contributions_of_the_5g_invention, stating
from tests.ledger.taken_apart import Bundle, check
from tests.told import refuses

KINDS: Final = {event_name(name): kind for name, kind in registered().items()}
# Documents, papers and descriptions stay outside the log: whoever has one can take its hash, the ledger cannot.
OUTSIDE: Final = {
    *("AccessGranted.terms_hash", "BackgroundContested.evidence_hash", "BackgroundDeclared.evidence_hash"),
    *("AmendmentProposed.document_hash", "TermsVersionDrafted.document_hash", "LicenceDrafted.document_hash"),
    *("ContributionRecorded.description_hash", "ContributionCorrected.description_hash"),
    *("ContributionRecorded.evidence[].hash", "ContributionCorrected.evidence[].hash"),
    *("ContributorConfirmed.shown_hash", "ContributorContested.shown_hash", "ContributorContested.statement_hash"),
    *("DeliverableAccepted.document_hash", "MilestoneReached.evidence_hash", "PartyVerified.evidence_hash"),
    *("DisputeEvidenceFiled.hash", "DisputeOpened.summary_hash", "InventionDisclosed.title_hash"),
    *("DisputeResolutionProposed.document_hash", "DisputeResolved.document_hash"),
    *("IpInstrumentRecorded.document_hash", "StudentConditionsRecorded.document_hash"),
    "NoticeDelivered.sent_hash",
    *("OwnershipAcknowledged.note_hash", "ParticipantEngaged.orcid_hash", "TransferProposed.instrument_hash"),
}
# Of these the content binds what it names, so that no other hash of a document can be put in its place.
BOUND: Final = {
    *("AmendmentProposed.document_hash", "TermsVersionDrafted.document_hash", "LicenceDrafted.document_hash"),
    *("ContributionRecorded.description_hash", "ContributionCorrected.description_hash"),
    *("ContributionRecorded.evidence[].hash", "ContributionCorrected.evidence[].hash"),
    *("DisputeResolutionProposed.document_hash", "TransferProposed.instrument_hash"),
}


def hashes_in(kind: Any, path: str) -> Iterator[str]:
    """Yield where there is a hash in a kind of event, however deep."""
    match inspect.type_info(kind) if not isinstance(kind, inspect.Type) else kind:
        case inspect.StructType() as struct:
            for field in struct.fields:
                name = f"{path}.{field.name}"
                if field.name.endswith("hash") or field.name == "supersedes":
                    yield name
                yield from hashes_in(field.type, name)
        case inspect.VarTupleType(item_type=each):
            yield from hashes_in(each, f"{path}[]")
        case inspect.UnionType(types=types):
            for each in types:
                yield from hashes_in(each, path)


FIELDS: Final = sorted(path for name, kind in KINDS.items() for path in hashes_in(kind, name))


def told() -> Story:
    """Tell of everything that states a hash, one after another."""
    story = Story()
    for party in ("HUT", "ATRC", "EGU"):
        story.register(party)
    story.agree(deemed_days=10)
    common = {"agreement": story.agreement, "parties": ("HUT", "ATRC"), "terms_hash": story.terms_hash}
    for kind in (agreement.AgreementProposed, agreement.AgreementSigned, agreement.AgreementFullySigned):
        story.tell(made(kind, **common), story.agreement)
    terms = next(each.data.terms for each in story.envelopes if isinstance(each.data, TermsVersionDrafted))
    amended = made(AmendmentProposed, agreement=story.agreement, no=1, terms_version=2, terms=terms, document_hash=HASH)
    amended = stating(amended)
    story.tell(amended, story.agreement)
    signed = made(agreement.AmendmentSigned, agreement=story.agreement, no=1, new_terms_hash=amended.new_terms_hash)
    story.tell(signed, story.agreement)
    contributions_of_the_5g_invention(story)
    corrected_and_silent(story)
    story.adopt(counting_all(story))
    licensed(story)
    story.propose_transfer("HUT", "EGU", "2025-01-01")
    story.consent("XFR", "ATRC")
    story.execute("XFR")
    answered = {"invention": "INV-5G-1", "party": "ATRC", "holdings": {"ATRC": "1/3", "HUT": "2/3"}}
    story.tell(stating(made(OwnershipAcknowledged, agreement=story.agreement, **answered)), "INV-5G-1")
    decided(story)
    return story


def corrected_and_silent(story: Story) -> None:
    """Let a contribution be corrected, contested, and attested by silence in the end."""
    name = story.contribute("PI", "E1", "1/1", attested=False)
    recorded = next(each.data for each in story.envelopes if each.stream == f"contribution:{name}")
    assert isinstance(recorded, ContributionRecorded)
    fields = msgspec.structs.asdict(recorded) | {
        "evidence": (contribution.Evidence(hash=HASH, media_type="text/plain"),),
        "supersedes": recorded.content_hash,
    }
    content = stating(ContributionCorrected(**fields))
    story.tell(content, name)
    about = {
        "agreement": story.agreement,
        "contribution": name,
        "invention": "INV-5G-1",
        "content_hash": content.content_hash,
    }
    story.tell(made(contribution.ContributionContested, **about, party="ATRC"), name)
    own = {**about, "contributor": "PI", "shown_hash": HASH}
    story.tell(made(contribution.ContributorConfirmed, **own), name, actor="PI")
    story.tell(made(contribution.ContributorContested, **own, statement_hash=HASH), name, actor="PI")
    story.on("2024-08-15")
    story.tell(made(contribution.ContributionAttestationDeemed, **about, party="ATRC"), name)
    story.attest(name, "INV-5G-1", content.content_hash)
    story.tell(made(contribution.ContributionConfirmed, **about), name)
    story.tell(made(invention.InventionContributionCounted, **about, element="E1"), "INV-5G-1")


def counting_all(story: Story) -> invention.DeterminationProposed:
    """Propose shares, naming what is counted, and have silence attest them first."""
    work = next(each.data for each in story.envelopes if isinstance(each.data, ContributionRecorded))
    counted = made(
        invention.CountedContribution, contribution=work.contribution, content_hash=work.content_hash, points="2/1"
    )
    proposed = story.propose(counted=(counted,))
    deemed = made(
        invention.DeterminationAttestationDeemed,
        agreement=story.agreement,
        invention=proposed.invention,
        determination=proposed.determination,
        party="ATRC",
        det_hash=proposed.det_hash,
    )
    story.tell(deemed, proposed.invention)
    return proposed


def licensed(story: Story) -> None:
    drafted = made(licence.LicenceDrafted, agreement=story.agreement, licence="LIC", document_hash=HASH)
    drafted = stating(drafted)
    story.tell(drafted, "LIC")
    for kind in (licence.LicenceConsentGiven, licence.LicenceGranted):
        story.tell(made(kind, agreement=story.agreement, licence="LIC", terms_hash=drafted.terms_hash), "LIC")


def decided(story: Story) -> None:
    """Let outcomes be laid down, objected to, declined and taken back, and one be confirmed and adopted."""
    outcome = {"ATRC": "1/7", "HUT": "6/7"}
    opened = story.dispute(outcome, adopted=None)
    for ended in (
        dispute.DisputeResolutionObjected,
        dispute.DisputeResolutionDeclined,
        dispute.DisputeResolutionWithdrawn,
        dispute.DisputeResolutionUnopposed,
    ):
        story.lay_down_alone(opened, outcome, "COURT", then=[made(ended)])
    decision = story.lay_down_alone(opened, outcome, "SETTLEMENT", "ATRC", "EGU", document_hash=HASH)
    story.adopt_outcome(opened, outcome, decision=decision, inputs_hash=HASH)


def changed(value: Any, path: list[str]) -> bool:
    """Change one digit of the hash at a path; tells whether there was one."""
    name, *rest = path
    inner = value[name.removesuffix("[]")]
    if name.endswith("[]"):
        return any(changed(each, rest) for each in inner)
    if rest:
        return inner is not None and changed(inner, rest)
    if inner is None or inner[-1] not in "0123456789abcdef":
        return False
    value[name] = inner[:-1] + ("1" if inner[-1] == "0" else "0")
    return True


def with_a_digit_changed(path: str) -> tuple[list[bytes], int] | None:
    """Return the story's entries up to the first with a hash at that path, which has one digit changed, and where."""
    kind, *rest = path.split(".")
    bodies = [message.body for message in BODIES]
    for position, body in enumerate(bodies, 1):
        said = msgspec.json.decode(body)
        if event_name(said["type"]) == kind and changed(said["data"], rest):
            return [*bodies[: position - 1], canonical_json(said)], position
    return None


BODIES: Final = told().messages
CHECKED: Final = [path for path in FIELDS if path not in OUTSIDE or path in BOUND]


def test_the_story_is_borne_out():
    """Else what follows would fail for another reason."""
    assert len(BODIES) == check(Bundle([message.body for message in BODIES])).moment.position


@pytest.mark.parametrize("path", CHECKED)
def test_a_hash_with_a_digit_changed_is_found(path: str):
    """Where it stands, though the ledger's own key has signed it."""
    altered = with_a_digit_changed(path)
    assert altered is not None, "the story has no such hash"
    bodies, position = altered

    with refuses(TamperDetected) as detected:
        check(Bundle(bodies))
    assert f"position {position}" == detected.value.at


@pytest.mark.parametrize("path", CHECKED)
async def test_the_ledger_halts_before_a_hash_with_a_digit_changed(path: str, writer):
    """It signs nothing that its verifier would refuse."""
    altered = with_a_digit_changed(path)
    assert altered is not None
    bodies, position = altered
    messages = [message._replace(body=body) for message, body in zip(BODIES, bodies, strict=False)]

    with pytest.raises(LedgerHalted) as halted:
        await writer.enter(messages)
    assert position == halted.value.position


def test_every_hash_is_checked_or_said_not_to_be():
    """A hash of tomorrow is in the story above, or on the list of those of what the ledger has not."""
    assert set(FIELDS) == {*CHECKED, *OUTSIDE}
    assert OUTSIDE >= BOUND


def test_the_page_for_auditors_names_what_nobody_can_tell():
    """By its event and its field, so that an auditor looks for the document."""
    page = Path("docs/ledger.md").read_text()

    assert [] == [path for path in sorted(OUTSIDE) if f"`{path}`" not in page]
