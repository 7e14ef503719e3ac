"""Whom an event concerns: what it is about, who is in that, and what is asked of it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from shared.events.affiliation import AffiliationDeclared
from shared.events.agreement import AgreementDrafted, PartyAcceded, PartyWithdrew
from shared.events.concerned import EVERYBODY, NOBODY, Circle, Stay, about, around, concerned, joining, kind_of, lessons
from shared.events.dispute import DisputeOpened, DisputePositionFiled
from shared.events.invention import AssetLicensed, DeterminationAdopted, OwnershipTransferred, TransferRescinded
from shared.events.licence import LicenceDrafted, Scope
from shared.events.log import LogContinued
from shared.events.opportunity import OpportunityIdentified, OpportunityShared
from shared.events.party import PartyRegistered
from shared.events.project import ProjectCreated
from shared.events.questions import (
    A_CONTRIBUTION,
    A_DISPUTE,
    A_LICENCE,
    A_PARTICIPANT,
    A_TRANSFER,
    AN_AGREEMENT,
    AN_ASSET,
    AN_ITEM,
    AN_OPPORTUNITY,
    WITHIN_AN_AGREEMENT,
    Question,
)
from shared.events.registry import Event
from shared.events.transfer import PreemptionExercised, TransferConsentGiven, TransferProposed
from shared.events.values import Period
from shared.log.envelope import Envelope
from tests.docs.made import made
from tests.events.histories import KINDS, histories, told

DECISION = Path(__file__).parents[2] / "docs" / "decisions" / "0019-whom-an-event-concerns.md"
# What events are about, by the fields that name it: one of every kind.
NAMED = {
    "agreement": "AGR-1",
    "invention": "INV-1",
    "asset": "INV-1",
    "assets": ("INV-1", "INV-2"),
    "scope": made(Scope, assets=("INV-1",)),
    "transfer": "XFR-1",
    "licence": "LIC-1",
    "dispute": "DSP-1",
    "opportunity": "OPP-1",
    "party": "HUT",
    "parent": "HUT",
    "child": "HUT-RD",
}
# By the entity of their stream; by their name where they are about something else.
ABOUT = {
    "affiliation": "partners",
    "agreement": "agreement",
    "background": "agreement",
    "contribution": "agreement invention",
    "declaration": "party",
    "dispute": "agreement dispute invention",
    "acknowledgement": "agreement invention",
    "invention": "agreement invention",
    "licence": "agreement licence",
    "log": "",
    "notice": "party",
    "opportunity": "opportunity",
    "participant": "agreement",
    "party": "party",
    "progress": "agreement",
    "project": "agreement",
    "transfer": "agreement transfer",
    "voice": "agreement invention",
    # What names the opportunity that it comes of.
    "ProjectReserved": "opportunity",
    # What is told of one asset because of something else.
    "AssetFrozen": "agreement dispute invention",
    "AssetUnfrozen": "agreement dispute invention",
    "AssetLicensed": "agreement invention licence",
    "DeterminationAdopted": "agreement dispute invention",
    "OwnershipTransferred": "agreement invention transfer",
    "TransferRescinded": "agreement invention transfer",
    # What names the assets that it reaches.
    "LicenceDrafted": "agreement invention licence",
    "LicenceGranted": "agreement invention licence",
    "TransferProposed": "agreement invention transfer",
}


def fold(*events: Event | Envelope) -> dict[str, Circle]:
    """The circles after events, the first of which is at position 1."""
    circles: dict[str, Circle] = {}
    for position, event in enumerate(events, start=1):
        envelope = event if isinstance(event, Envelope) else told(event)
        circles |= learned(circles, envelope, position)
    return circles


def learned(circles: Mapping[str, Circle], envelope: Envelope, position: int) -> dict[str, Circle]:
    """What an event changes in circles."""
    return {name: lesson(circles.get(name, NOBODY)) for name, lesson in lessons(envelope, position).items()}


# -- what events are about --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_an_event_is_about_follows_from_what_it_names(kind: type[Event]):
    """As the table above says; a new event shows up here."""
    expected = ABOUT.get(kind.__name__, ABOUT[kind.ENTITY])

    assert sorted(expected.split()) == sorted({kind_of(name) for name in about(told(made(kind, **NAMED)))})


def test_an_affiliation_is_about_both_its_ends():
    """Whoever is under control, and who has it."""
    declared = told(made(AffiliationDeclared, parent="HUT", child="HUT-RD"))

    assert ("partners:HUT", "partners:HUT-RD") == about(declared)


def test_every_asset_that_is_named_counts():
    """Of a transfer of several, whoever holds any of them."""
    proposed = told(made(TransferProposed, **NAMED))

    assert ("agreement:AGR-1", "transfer:XFR-1", "invention:INV-1", "invention:INV-2") == about(proposed)


def test_a_contribution_to_no_invention_is_about_none():
    """It is the project's, and so the agreement's."""
    kind = next(kind for kind in KINDS if kind.__name__ == "ContributionRecorded")

    assert ("agreement:AGR-1",) == about(told(made(kind, **{**NAMED, "invention": None})))


# -- who is in what ---------------------------------------------------------------------------------------------------


def test_parties_join_with_the_draft_and_by_accession():
    """Since the event by which they did."""
    draft = made(AgreementDrafted, agreement="AGR-1", parties=("HUT", "ATRC"))
    accession = made(PartyAcceded, agreement="AGR-1", parties=("HUT", "ATRC", "EGU"), party="EGU")

    circle = fold(draft, accession)["agreement:AGR-1"]

    assert {"HUT": (Stay(since=1),), "ATRC": (Stay(since=1),), "EGU": (Stay(since=2),)} == circle.stays
    assert ("HUT", "ATRC", "EGU") == circle.present
    assert (("HUT", "ATRC"), ("EGU",)) == (joining(draft), joining(accession))


def test_who_left_and_came_back_was_away_in_between():
    """It stays among those who ever were in it; every stay has its beginning and its end."""
    draft = made(AgreementDrafted, agreement="AGR-1", parties=("HUT", "ATRC"))
    left = made(PartyWithdrew, agreement="AGR-1", party="ATRC", effective_on=date(2024, 7, 1))
    back = made(PartyAcceded, agreement="AGR-1", parties=("HUT", "ATRC"), party="ATRC")

    away, again = fold(draft, left)["agreement:AGR-1"], fold(draft, left, back)["agreement:AGR-1"]

    assert (("HUT",), True) == (away.present, "ATRC" in away)
    assert (Stay(since=1, until=2, on=date(2024, 7, 1)), Stay(since=3)) == again.stays["ATRC"]
    assert ("HUT", "ATRC") == again.present


def test_what_happens_once_a_party_has_left_does_not_concern_it_unless_it_comes_back():
    """What was recorded before it left still does; who comes back is told, as who joins is, of what came before."""
    draft = made(AgreementDrafted, agreement="AGR-1", parties=("HUT", "ATRC"))
    left = made(PartyWithdrew, agreement="AGR-1", party="ATRC", effective_on=date(2024, 7, 1))
    back = made(PartyAcceded, agreement="AGR-1", parties=("HUT", "ATRC"), party="ATRC")
    before, after = (told(made(ProjectCreated, agreement="AGR-1", project=name)) for name in ("PRJ-1", "PRJ-2"))
    away, again = fold(draft, before, left, after), fold(draft, before, left, after, back)

    assert {"HUT", "ATRC"} == concerned(before, 2, away)
    assert {"HUT"} == concerned(after, 4, away)
    assert {"HUT", "ATRC"} == concerned(after, 4, again)


def test_every_stay_is_kept():
    """Whoever left twice was there twice."""
    left = made(PartyWithdrew, agreement="AGR-1", party="ATRC", effective_on=date(2024, 7, 1))
    back = made(PartyAcceded, agreement="AGR-1", parties=("HUT", "ATRC"), party="ATRC")

    circle = fold(made(AgreementDrafted, agreement="AGR-1", parties=("HUT", "ATRC")), left, back, left)[
        "agreement:AGR-1"
    ]

    assert [(1, 2), (3, 4)] == [(stay.since, stay.until) for stay in circle.stays["ATRC"]]


def adoption(*holders: str, **changed: Any) -> DeterminationAdopted:
    return made(DeterminationAdopted, invention="INV-1", shares=dict.fromkeys(holders, "1/2"), **changed)


def passed(to: str, transfer: str = "XFR-1", **changed: Any) -> OwnershipTransferred:
    return made(OwnershipTransferred, invention="INV-1", transfer=transfer, to=to, **changed)


def undone(transfer: str = "XFR-1") -> TransferRescinded:
    return made(TransferRescinded, invention="INV-1", transfer=transfer)


@pytest.mark.parametrize(
    ("events", "present"),
    [
        ([adoption("HUT", "ATRC")], {"HUT", "ATRC"}),
        ([adoption("HUT", "ATRC"), passed("EGU")], {"HUT", "ATRC", "EGU"}),
        ([adoption("HUT"), passed("EGU"), undone()], {"HUT"}),
        ([adoption("HUT"), passed("EGU"), passed("EGU", "XFR-2"), undone()], {"HUT", "EGU"}),
        ([adoption("HUT"), passed("EGU"), passed("NLN"), undone()], {"HUT"}),
        ([adoption("HUT"), passed("HUT"), undone()], {"HUT"}),
        ([adoption("HUT", "ATRC"), adoption("HUT")], {"HUT"}),
        ([adoption("HUT", "ATRC"), adoption("HUT", mode="PROSPECTIVE")], {"HUT", "ATRC"}),
        ([adoption("HUT", "ATRC"), passed("EGU"), adoption("HUT")], {"HUT", "EGU"}),
        ([passed("EGU")], set()),
        ([passed("EGU"), adoption("HUT")], {"HUT", "EGU"}),
        ([passed("EGU"), undone(), adoption("HUT")], {"HUT"}),
    ],
)
def test_in_an_assets_circle_is_whoever_was_given_a_share_by_what_counts(events: list[Event], present: set[str]):
    """Whoever passed its share on stays; whose share is undone does not; while none are determined, transfers wait."""
    assert present == set(fold(*events).get("invention:INV-1", NOBODY).present)


def test_what_undoes_a_share_is_the_last_that_concerns_its_holder():
    """All that came before it does for ever; nothing that comes after, until it holds one again."""
    circle = fold(adoption("HUT", "ATRC"), passed("EGU"), adoption("HUT"))["invention:INV-1"]
    again = fold(adoption("HUT", "ATRC"), adoption("HUT"), passed("ATRC"))["invention:INV-1"]

    late = datetime(2034, 1, 1, tzinfo=UTC)
    assert [True, True, False] == ["ATRC" in circle.members_at(position, late) for position in (1, 3, 4)]
    assert [True] * 4 == ["ATRC" in again.members_at(position, late) for position in (1, 2, 3, 4)]


# -- whom an event concerns -------------------------------------------------------------------------------------------


def test_what_becomes_of_an_asset_concerns_whoever_holds_it():
    """Also where an event names the transfer alone: of which assets that is was said when it was proposed."""
    proposal = told(made(TransferProposed, transfer="XFR-9", assets=("INV-1",), source="HUT", to="NLN"))
    approval = told(made(TransferConsentGiven, transfer="XFR-9", party="HUT"))
    circles = fold(told(adoption("ATRC")), proposal)

    assert "invention:INV-1" in around(approval, 3, circles)
    assert "invention:INV-1" not in around(approval, 1, circles)
    assert "ATRC" in concerned(approval, 3, circles)


def test_neither_a_person_nor_nobody_is_a_party():
    """While a title gap lasts a share is held by either; neither has a feed."""
    adopted = told(adoption("HUT", "person:P-1", "UNALLOCATED"))

    assert {"HUT"} == concerned(adopted, 1, fold(adopted))


def test_what_happens_to_the_log_concerns_everybody():
    """It is of everybody's history."""
    assert {EVERYBODY} == concerned(told(made(LogContinued)), 1, {})


def test_a_licensee_gets_its_licence_and_not_the_agreement():
    """Nor what is said of the asset without it."""
    agreed = made(AgreementDrafted, agreement="AGR-1", parties=("HUT", "ATRC"))
    drafted = told(made(LicenceDrafted, licence="LIC-1", licensors=("HUT",), licensee="NLN", drafted_by_party="HUT"))
    circles = fold(agreed, drafted)

    assert "NLN" in concerned(drafted, 2, circles)
    assert "NLN" not in concerned(told(adoption("HUT")), 3, circles)


def test_an_opportunity_concerns_who_saw_it_and_whom_it_is_shared_with():
    """Not the rest of its agreement."""
    agreed = made(AgreementDrafted, agreement="AGR-1", parties=("HUT", "ATRC", "EGU"))
    seen = told(made(OpportunityIdentified, opportunity="O", by_party="HUT", agreement="AGR-1"))
    shared = told(made(OpportunityShared, opportunity="O", parties=("HUT", "ATRC")))

    assert {"HUT"} == concerned(seen, 2, fold(agreed, seen))
    assert {"HUT", "ATRC"} == concerned(seen, 2, fold(agreed, seen, shared))


def test_an_asset_may_have_several_licences():
    """A later one takes no earlier one away; the same one, told again, is one."""
    scope = made(Scope, period=Period(start=date(2024, 1, 1)))
    licences = {"LIC-1": "NLN", "LIC-2": "KPD"}
    granted = [
        made(AssetLicensed, invention="INV-1", licence=licence, licensee=licensee, scope=scope)
        for licence, licensee in licences.items()
    ]

    assert {"NLN", "KPD"} == fold(*granted)["invention:INV-1"].licensees_on(date(2024, 12, 31))
    assert fold(*granted) == fold(*granted, granted[0])


def test_a_licence_ends_with_its_period():
    """Who is licensed on a day is asked by the day."""
    scope = made(Scope, period=Period(start=date(2024, 1, 1), end=date(2025, 1, 1)))
    circle = fold(made(AssetLicensed, invention="INV-1", licence="LIC-1", licensee="NLN", scope=scope))

    assert {"NLN"} == circle["invention:INV-1"].licensees_on(date(2024, 12, 31))
    assert set() == circle["invention:INV-1"].licensees_on(date(2025, 1, 1))


@pytest.mark.parametrize(
    ("events", "circle", "parties"),
    [
        ([made(PartyRegistered, party="HUT")], "party:HUT", {"HUT"}),
        ([made(PartyRegistered, party="HUT")], "partners:HUT", {"HUT"}),
        ([made(TransferProposed, transfer="T", source="A", to="B", proposed_by_party="C")], "transfer:T", set("ABC")),
        ([made(PreemptionExercised, transfer="T", party="D")], "transfer:T", {"D"}),
        (
            [made(LicenceDrafted, licence="L", licensors=("A",), licensee="B", drafted_by_party="C")],
            "licence:L",
            set("ABC"),
        ),
        ([made(DisputeOpened, dispute="D", opened_by="A", position={"B": "1/1"})], "dispute:D", set("AB")),
        ([made(DisputePositionFiled, dispute="D", party="C", position={"E": "1/1"})], "dispute:D", set("CE")),
        ([made(OpportunityIdentified, opportunity="O", by_party="A")], "opportunity:O", {"A"}),
        (
            [
                made(OpportunityIdentified, opportunity="O", by_party="A"),
                made(OpportunityShared, opportunity="O", parties=("A", "B")),
            ],
            "opportunity:O",
            set("AB"),
        ),
        ([made(AgreementDrafted, parties=("A", "B"))], "partners:A", set("AB")),
        ([made(PartyAcceded, parties=("A", "B", "C"), party="C")], "partners:A", {"C"}),
        ([made(PartyAcceded, parties=("A", "B", "C"), party="C")], "partners:C", set("ABC")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_whoever_takes_part_is_in_the_circle(events: list[Event], circle: str, parties: set[str]):
    """Also the one from outside, whom no later event of the same thing names again."""
    assert parties == set(fold(*events)[circle])


# -- what is to be remembered -----------------------------------------------------------------------------------------


@given(histories)
def test_only_what_an_event_changes_has_to_be_remembered_for_it(history: list[Envelope]):
    """What it teaches is the same when nothing else is known."""
    circles: dict[str, Circle] = {}
    for position, envelope in enumerate(history, start=1):
        alone = {name: circles[name] for name in lessons(envelope, position) if name in circles}
        changed = learned(alone, envelope, position)
        assert changed == learned(circles, envelope, position)
        circles |= changed


@given(histories)
def test_whom_an_event_concerns_is_answered_by_the_circles_it_is_about(history: list[Envelope]):
    """Nothing else has to be remembered to answer; so it is the same whatever else was."""
    circles = fold(*history)
    for position, envelope in enumerate(history, start=1):
        few = {name: circles[name] for name in around(envelope, position, circles) if name in circles}

        assert concerned(envelope, position, circles) == concerned(envelope, position, few)


# -- what is asked ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "admitted"),
    [
        (AN_AGREEMENT, {"PARTY", "ASKED"}),
        (WITHIN_AN_AGREEMENT, {"PARTY"}),
        (AN_OPPORTUNITY, {"KNOWING"}),
        (AN_ASSET, {"PARTY", "HOLDER"}),
        (A_TRANSFER, {"PARTY", "HOLDER", "BUYING"}),
        (A_LICENCE, {"PARTY", "HOLDER", "LICENSED"}),
        (A_DISPUTE, {"PARTY", "HOLDER", "CLAIMING"}),
        (A_CONTRIBUTION, {"PARTY", "HOLDER", "ATTESTING"}),
        (A_PARTICIPANT, {"PARTY", "EMPLOYING"}),
        (AN_ITEM, {"PARTY", "OWNING"}),
    ],
    ids=[
        *("an agreement", "within an agreement", "an opportunity"),
        *("an asset", "a transfer", "a licence", "a dispute", "a contribution", "a participant", "an item"),
    ],
)
def test_each_question_admits_its_own(question: Question, admitted: set[str]):
    """One party in each kind of circle, and the questions say which of them count."""
    circles = {
        "agreement": ["PARTY"],
        "amendment": ["ASKED"],
        "opportunity": ["KNOWING"],
        "invention": ["HOLDER"],
        "transfer": ["BUYING"],
        "licence": ["LICENSED"],
        "dispute": ["CLAIMING"],
        "contribution": ["ATTESTING"],
        "participant": ["EMPLOYING"],
        "background": ["OWNING"],
    }
    counting = {kind: circles[kind] for kind in question.kinds}

    assert admitted == {party for [party] in circles.values() if question.admits(party, **counting)}


def test_a_question_looks_at_every_circle_that_counts():
    """Whoever forgets one is told at once, and not only those who are then kept from what is theirs."""
    with pytest.raises(AssertionError):
        AN_ASSET.admits("HUT", agreement=("HUT",))


def test_the_decision_lists_the_questions():
    """Its table names each, with the kinds of circles that count."""
    questions = {
        "AN_AGREEMENT": AN_AGREEMENT,
        "WITHIN_AN_AGREEMENT": WITHIN_AN_AGREEMENT,
        "AN_OPPORTUNITY": AN_OPPORTUNITY,
        "AN_ASSET": AN_ASSET,
        "A_CONTRIBUTION": A_CONTRIBUTION,
        "A_PARTICIPANT": A_PARTICIPANT,
        "AN_ITEM": AN_ITEM,
        "A_TRANSFER": A_TRANSFER,
        "A_LICENCE": A_LICENCE,
        "A_DISPUTE": A_DISPUTE,
    }
    rows = [
        line.split("|")[1:-1]
        for line in DECISION.read_text(encoding="utf-8").splitlines()
        if line.startswith(("| `AN_", "| `A_", "| `WITHIN"))
    ]

    assert {name: question.kinds for name, question in questions.items()} == {
        name.strip(" `"): _kinds(kinds) for name, _, kinds in rows
    }


def _kinds(cell: str) -> frozenset[str]:
    return frozenset(each.strip(" `") for each in cell.split(","))


def test_an_affiliation_concerns_whoever_is_in_an_agreement_with_either():
    """Their shares may accrue to another holder by it."""
    circles = fold(
        made(PartyRegistered, party="HUT"),
        made(AgreementDrafted, agreement="AGR-1", parties=("HUT", "ATRC")),
        made(AgreementDrafted, agreement="AGR-2", parties=("EGU", "NLN")),
    )

    assert {"HUT", "ATRC"} == concerned(told(made(AffiliationDeclared, parent="HUT", child="HUT-RD")), 9, circles)
