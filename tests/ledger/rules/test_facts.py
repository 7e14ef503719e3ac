"""The ledger works out for itself what counts, and says so when a determination is not borne out by the facts."""

from datetime import timedelta

import msgspec
import pytest

from services.ledger.errors import LedgerInconsistencyDetected
from services.ledger.rules.facts.book import FactBook
from services.ledger.rules.history import derive
from shared.events.affiliation import AffiliationDeclared, AffiliationEnded
from shared.events.contribution import (
    ContributionAttested,
    ContributionContested,
    ContributionCorrected,
    ContributionRecorded,
    ContributionWithdrawn,
)
from shared.events.invention import DeterminationAdopted
from shared.events.values import Period
from shared.log.envelope import NO_AGREEMENT
from shared.ratio import format_shares
from tests.docs.made import made
from tests.ledger.story import (
    CONCEIVED,
    PARTIES,
    SINCE,
    Story,
    contributions_of_the_5g_invention,
    declared,
    sample,
)
from tests.told import refuses


def judged(story):
    """Read a story to its end, deriving each adopted determination where it stands."""
    book, derivations = FactBook(), []
    for position, envelope in enumerate(story.envelopes, start=1):
        book.read(envelope, position)
        if isinstance(envelope.data, DeterminationAdopted):
            derivations.append(book.derivation_of(envelope.data, at=f"position {position}"))
    return derivations


@pytest.fixture
def contributed():
    story = Story()
    story.agree()
    contributions_of_the_5g_invention(story)
    return story


def shares(story, invention="INV-5G-1"):
    book = FactBook()
    for position, envelope in enumerate(story.envelopes, start=1):
        book.read(envelope, position)
    return format_shares(derive(book.facts_about(invention)).holders)


def test_the_sample_is_borne_out():
    """Every determination of the sample is what the facts of its day give."""
    assert [
        {"ATRC": "37/72", "HUT": "35/72"},
        {"ATRC": "5/6", "person:VR": "1/6"},
        {"ATRC": "11/24", "HUT": "13/24"},
    ] == [format_shares(derivation.holders) for derivation in judged(sample())]


def test_other_shares_than_the_facts_give_are_noticed(contributed):
    """A determination that everybody attested is still not what the facts say."""
    contributed.adopt(contributed.propose(shares={"HUT": "1/2", "ATRC": "1/2"}))

    with refuses(LedgerInconsistencyDetected) as detected:
        judged(contributed)
    assert detected.value.at == f"position {contributed.position}"
    assert {"ATRC": "37/72", "HUT": "35/72"} == detected.value.expected
    assert {"ATRC": "1/2", "HUT": "1/2"} == detected.value.got


def test_adopting_other_shares_than_were_proposed_is_noticed(contributed):
    """What is adopted is what was attested."""
    contributed.adopt(contributed.propose(), shares={"HUT": "1/1"})

    with refuses(LedgerInconsistencyDetected):
        judged(contributed)


def test_adopting_without_every_attestation_is_noticed(contributed):
    """A party that did not attest has not agreed."""
    contributed.adopt(contributed.propose(), attested=False)

    with refuses(LedgerInconsistencyDetected, match="ATRC"):
        judged(contributed)


def test_adopting_what_was_never_proposed_is_noticed(contributed):
    """A determination out of nowhere is none."""
    proposed = contributed.propose()
    contributed.adopt(msgspec.structs.replace(proposed, determination="DET-X"))

    with refuses(LedgerInconsistencyDetected, match="a proposal"):
        judged(contributed)


def test_adopting_from_another_day_is_noticed(contributed):
    """A determination holds from conception."""
    contributed.adopt(contributed.propose(), effective_on=contributed.now.date())

    with refuses(LedgerInconsistencyDetected, match="2024-07-08"):
        judged(contributed)


@pytest.mark.parametrize(
    ("basis", "confirming"),
    [("SETTLEMENT", ["ATRC"]), ("EXPERT", ["ATRC"]), ("COURT", [])],
)
def test_an_outcome_that_stands_needs_no_contribution(contributed, basis, confirming):
    """What the parties settle or somebody decides for them is owned so, whoever did what."""
    outcome = {"HUT": "1/7", "ATRC": "6/7"}
    contributed.adopt(contributed.propose())
    dispute = contributed.dispute(outcome, adopted=None)
    contributed.lay_down(dispute, outcome, basis, *confirming)
    contributed.adopt_outcome(dispute, outcome)

    assert ["1/7"] == [format_shares(each.holders)["HUT"] for each in judged(contributed)[1:]]


@pytest.mark.parametrize(
    ("basis", "confirming", "changed"),
    [
        ("SETTLEMENT", [], {}),
        ("EXPERT", ["HUT"], {}),
        ("EXPERT", ["ATRC"], {"shares": {"HUT": "1/1"}}),
        ("EXPERT", ["ATRC"], {"dispute": "DSP-X"}),
        ("EXPERT", ["EGU"], {}),
    ],
)
def test_an_outcome_that_does_not_stand_is_noticed(contributed, basis, confirming, changed):
    """One party's word is no settlement, and no decision of others."""
    outcome = {"HUT": "1/7", "ATRC": "6/7"}
    contributed.adopt(contributed.propose())
    dispute = contributed.dispute(outcome, adopted=None)
    contributed.lay_down(dispute, outcome, basis, *confirming)
    contributed.adopt_outcome(dispute, outcome, **changed)

    with refuses(LedgerInconsistencyDetected):
        judged(contributed)


# -- what counts ------------------------------------------------------------------------------------------------------


def test_an_unattested_contribution_does_not_count(contributed):
    """Until every party asked has attested, it is a claim."""
    before = shares(contributed)

    contributed.contribute("PI", "E3", "9/1", attested=False)

    assert before == shares(contributed)


def test_an_attestation_of_other_content_does_not_count(contributed):
    """An attestation binds one exact content."""
    before = shares(contributed)
    name = contributed.contribute("PI", "E3", "9/1", attested=False)

    contributed.attest(name, "INV-5G-1", "sha256:" + "f" * 64)

    assert before == shares(contributed)


def test_an_attestation_by_the_recording_person_does_not_count(contributed):
    """Four eyes: nobody attests what they recorded, for whichever party."""
    before = shares(contributed)
    name = contributed.contribute("PI", "E3", "9/1", attested=False)
    recorded = contributed.envelopes[-1].data

    contributed.attest(name, "INV-5G-1", recorded.content_hash, person="HUT-REP")

    assert before == shares(contributed)


def corrected(story, name, **changed):
    recorded = next(
        envelope.data
        for envelope in story.envelopes
        if isinstance(envelope.data, ContributionRecorded) and envelope.data.contribution == name
    )
    fields = msgspec.structs.asdict(recorded) | {"supersedes": recorded.content_hash} | changed
    story.tell(ContributionCorrected(**fields), name, actor="HUT-REP")


def test_a_correction_voids_the_attestations(contributed):
    """What was attested is not what now stands there."""
    before = shares(contributed)
    name = contributed.contribute("PI", "E3", "9/1")
    assert before != shares(contributed)

    corrected(contributed, name, points="8/1")

    assert before == shares(contributed)


def test_a_contribution_moved_to_another_invention_counts_there_only(contributed):
    """A correction may name another invention; the old one loses it."""
    before = shares(contributed)
    name = contributed.contribute("PI", "E3", "9/1")

    corrected(contributed, name, invention="INV-OTHER")

    assert before == shares(contributed)


def test_an_attestation_that_was_taken_back_does_not_count(contributed):
    """A party that contests what it had attested has not attested it any more."""
    before = shares(contributed)
    name = contributed.contribute("PI", "E3", "9/1", attested=False)
    recorded = contributed.envelopes[-1].data
    contributed.envelopes[-1] = msgspec.structs.replace(
        contributed.envelopes[-1], data=msgspec.structs.replace(recorded, attesting_parties=("ATRC", "EGU"))
    )
    contributed.attest(name, "INV-5G-1", recorded.content_hash)
    contested = made(
        ContributionContested, contribution=name, party="ATRC", content_hash=recorded.content_hash, parties=PARTIES
    )
    contributed.tell(contested, name)
    attested = made(
        ContributionAttested, contribution=name, party="EGU", content_hash=recorded.content_hash, person="EGU-REP"
    )
    contributed.tell(attested, name)

    assert before == shares(contributed)


def test_a_withdrawn_contribution_does_not_count(contributed):
    """What was taken back was never there, as far as shares go."""
    before = shares(contributed)
    name = contributed.contribute("PI", "E3", "9/1")

    contributed.tell(
        ContributionWithdrawn(
            agreement="AGR-1",
            contribution=name,
            project="PRJ-5G",
            invention="INV-5G-1",
            parties=PARTIES,
            reason="twice recorded",
        ),
        name,
    )

    assert before == shares(contributed)


def test_an_instrument_recorded_after_the_proposal_changes_nothing_in_it(contributed):
    """A determination is judged by the facts on record when it was proposed and attested."""
    proposed = contributed.propose()
    contributed.instrument("PI", "ATRC", kind="STATUTE")
    contributed.adopt(proposed)

    assert ["35/72"] == [format_shares(derivation.holders)["HUT"] for derivation in judged(contributed)]


def test_the_terms_decide_about_title_gaps():
    """The same gap blocks under one term and is held in person under the other."""
    for term, expected in {"BLOCK": "no shares", "HOLD_IN_PERSON": None}.items():
        story = Story()
        story.agree(title_gap=term)
        story.engage("VR", None)
        story.disclose(E1="1/1")
        story.contribute("VR", "E1", "1/1")
        story.adopt(story.propose(shares={"person:VR": "1/1"}))

        if expected:
            with refuses(LedgerInconsistencyDetected, match=expected):
                judged(story)
        else:
            assert {"person:VR": 1} == judged(story)[0].holders


def test_dual_appointments_reach_the_derivation():
    """The split that an engagement states divides the share."""
    story = Story()
    story.agree()
    story.engage("X", None, HUT="3/4", ATRC="1/4")
    story.disclose(E1="1/1")
    story.contribute("X", "E1", "1/1")

    assert {"ATRC": "1/4", "HUT": "3/4"} == shares(story)


def affiliated(story, parent, *, accrual=True, since=SINCE, ended=None):
    """Let a parent control HUT, with or without HUT's shares accruing to it."""
    declared = made(AffiliationDeclared, parent=parent, child="HUT", period=since, accrual=accrual)
    story.tell(declared, "all", agreement=NO_AGREEMENT)
    if ended:
        end = made(AffiliationEnded, parent=parent, child="HUT", since=since.start, to=ended)
        story.tell(end, "all", agreement=NO_AGREEMENT)
    return story


def test_a_share_accrues_along_affiliations_that_are_declared_to(contributed):
    """Who is controlled by another holds for itself, unless it was said that its shares accrue."""
    assert {"ATRC": "37/72", "HUT": "35/72"} == shares(affiliated(contributed, "OTHER", accrual=False))
    assert {"ATRC": "37/72", "GROUP": "35/72"} == shares(affiliated(contributed, "GROUP"))


def test_an_affiliation_that_had_ended_accrues_nothing(contributed):
    """The day on which it ended is the first without it."""
    assert {"ATRC": "37/72", "HUT": "35/72"} == shares(affiliated(contributed, "FORMER", ended=CONCEIVED))
    after = CONCEIVED + timedelta(days=1)
    assert {"ATRC": "37/72", "GROUP": "35/72"} == shares(affiliated(contributed, "GROUP", ended=after))


def test_the_end_of_an_affiliation_that_does_not_accrue_ends_no_other(contributed):
    """Each is ended by its parent, its child and its first day."""
    affiliated(contributed, "GROUP")

    assert {"ATRC": "37/72", "GROUP": "35/72"} == shares(affiliated(contributed, "A", accrual=False, ended=CONCEIVED))


def of_the_laboratory(story):
    """Give the shares of what somebody of HUT-RD conceives, which is in no agreement."""
    story.engage("RD", "HUT-RD")
    story.instrument("RD", "HUT-RD")
    story.disclose(E1="1/1")
    story.contribute("RD", "E1", "1/1")
    return shares(story)


@pytest.mark.parametrize(
    ("said", "holder"),
    [
        ({}, "HUT"),
        ({"by": "HUT", "confirmed_by": ("HUT-RD",)}, "HUT"),
        ({"confirmed_by": ()}, "HUT-RD"),
        ({"confirmed_by": ("HUT-RD",)}, "HUT-RD"),
        ({"confirmed_by": ("ATRC",)}, "HUT-RD"),
        ({"by": "ATRC"}, "HUT-RD"),
        ({"known": False}, "HUT-RD"),
        ({"begins": CONCEIVED - timedelta(days=1)}, "HUT-RD"),
        ({"accrual": False}, "HUT-RD"),
        ({"parent": "GROUP"}, "HUT-RD"),
    ],
)
def test_what_parties_declare_counts_once_both_have_said_it(said, holder):
    """What is entered by a declaration that one end has not made, or the other not confirmed, counts for nothing."""
    story = Story()
    story.agree()
    declared(story, **{"parent": "HUT", "child": "HUT-RD", **said})

    assert {holder: "1/1"} == of_the_laboratory(story)


@pytest.mark.parametrize(("parent", "child"), [("GROUP", "HUT"), ("ATRC", "HUT")])
def test_by_what_two_declare_no_party_puts_another_in_its_place(parent, child):
    """Who holds beside the others they have agreed, and an operator may declare otherwise."""
    story = Story()
    story.agree()
    declared(story, parent, child)
    contributions_of_the_5g_invention(story)
    assert {"ATRC": "37/72", "HUT": "35/72"} == shares(story)

    affiliated(story, parent, since=Period(start=CONCEIVED))
    assert "HUT" not in shares(story)


def test_malformed_numbers_are_a_refusal_not_a_crash(contributed):
    """Points that are no ratio give no shares, and the ledger can still say so."""
    contributed.contribute("PI", "E3", "lots")
    contributed.adopt(contributed.propose(shares={"HUT": "1/1"}))

    with refuses(LedgerInconsistencyDetected, match="NOT_A_RATIO"):
        judged(contributed)
