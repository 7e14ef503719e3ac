"""What a proposal still lacks on a day: by whose shares, after which notice, and what silence does."""

from collections.abc import Sequence
from datetime import date

import pytest

from services.agreements.consent.acts import ABANDONING, LICENSING, MENDING, USUAL, Procedure
from services.agreements.consent.errors import (
    ConsentMissing,
    ConsentRuleNotSupported,
    ConsentShareTooSmall,
    NoticeNotProven,
    NoticePeriodRunning,
)
from services.agreements.consent.proposal import asked_about, check_met, is_met
from shared.errors import DomainError
from shared.events.terms import ConsentRule
from tests.agreements.consent.situations import (
    LATER,
    MAJORITY,
    NOTICE,
    NOTICE_OVER,
    NOTICED,
    SILENCE,
    SILENCE_ENDS,
    THIRDS,
    UNANIMOUS,
    Piece,
    days_from,
    held,
    passed,
    proposed,
)
from tests.told import refuses

ASSET = held(THIRDS)
OF_NOBODY = held(parties=("ATRC", "EGU", "HUT"))
EVE, AFTER = days_from(NOTICE_OVER, -1), days_from(SILENCE_ENDS, 1)
# HUT sells what it holds on a later day, to EGU.
SOLD = held(THIRDS, passed("HUT", "EGU"))


@pytest.mark.parametrize(
    ("procedure", "today", "asked"),
    [
        (USUAL, NOTICED, {"ATRC", "HUT", "HUT-RD"}),
        (USUAL, LATER, {"ATRC", "EGU", "HUT-RD"}),
        (ABANDONING, NOTICED, {"ATRC", "EGU", "HUT", "HUT-RD"}),
        (ABANDONING, LATER, {"ATRC", "EGU", "HUT-RD"}),
        (LICENSING, NOTICED, {"ATRC", "HUT", "HUT-RD"}),
        (LICENSING, LATER, {"ATRC", "EGU", "HUT-RD"}),
    ],
)
def test_the_holders_of_the_day_are_asked(procedure: Procedure, today: date, asked: set[str]):
    """Of the day on which it is decided, whatever its first day; about what is final, of later days too."""
    proposal = proposed(UNANIMOUS, procedure=procedure, first_day=LATER)

    assert asked == asked_about(proposal, [SOLD], today)
    check_met(proposal, [SOLD], asked, today)
    for holder in sorted(asked):
        with refuses(ConsentMissing) as refused:
            check_met(proposal, [SOLD], asked - {holder}, today)
        assert [holder] == refused.value.ids["missing"]


def test_whoever_has_sold_does_not_give_up_alone_what_the_buyer_will_hold():
    """A majority of today that is none of tomorrow's lacks the one who is."""
    asset = held({"ATRC": "1/3", "HUT": "2/3"}, passed("HUT", "EGU"))
    proposal = proposed(MAJORITY, procedure=ABANDONING)

    for consents in ({"HUT"}, {"EGU"}):
        with refuses(ConsentShareTooSmall):
            check_met(proposal, [asset], consents, NOTICED)
    check_met(proposal, [asset], {"EGU", "HUT"}, NOTICED)
    check_met(proposal, [asset], {"EGU"}, LATER)


def test_without_a_first_day_it_holds_from_the_decision():
    """What is given up is given up then."""
    proposal = proposed(NOTICE, procedure=LICENSING, first_day=None)

    assert {"ATRC", "EGU", "HUT-RD"} == asked_about(proposal, [SOLD], LATER)
    assert is_met(proposal, [SOLD], set(), NOTICE_OVER)
    assert not is_met(proposal, [SOLD], set(), EVE)


@pytest.mark.parametrize(
    ("procedure", "first_day", "today", "over"),
    [
        (USUAL, NOTICE_OVER, NOTICE_OVER, True),
        (USUAL, LATER, EVE, False),
        (USUAL, EVE, LATER, False),
        (ABANDONING, None, NOTICE_OVER, True),
        (ABANDONING, None, EVE, False),
        (LICENSING, NOTICE_OVER, NOTICE_OVER, True),
        (LICENSING, LATER, EVE, False),
        (LICENSING, EVE, LATER, False),
    ],
)
def test_a_notice_is_over_before_any_of_its_days(
    procedure: Procedure, first_day: date | None, today: date, *, over: bool
):
    """Neither a first day far ahead nor deciding late makes it shorter."""
    proposal = proposed(NOTICE, procedure=procedure, first_day=first_day)

    assert over is is_met(proposal, [ASSET], set(), today)
    if not over:
        with refuses(NoticePeriodRunning):
            check_met(proposal, [ASSET], {"ATRC", "HUT"}, today)
        check_met(proposal, [ASSET], set(THIRDS), today)


@pytest.mark.parametrize(
    ("procedure", "first_day", "today", "at"),
    [
        (LICENSING, EVE, LATER, "the first day of what it is about"),
        (USUAL, EVE, LATER, "the first day of what it is about"),
        (USUAL, LATER, EVE, "the day on which it is decided"),
        (ABANDONING, None, EVE, "the day on which it is decided"),
    ],
)
def test_a_running_notice_says_which_day_is_too_early(
    procedure: Procedure, first_day: date | None, today: date, at: str
):
    """However late a licence is granted, it is its own first day that must not come before the end of the notice."""
    proposal = proposed(NOTICE, procedure=procedure, first_day=first_day)

    with refuses(NoticePeriodRunning) as refused:
        check_met(proposal, [ASSET], {"ATRC", "HUT"}, today)
    assert (EVE, at, str(NOTICE_OVER)) == (refused.value.got, refused.value.ids["at"], refused.value.ids["until"])


@pytest.mark.parametrize(
    ("procedure", "deemed_on", "today", "consents", "refusal"),
    [
        (USUAL, SILENCE_ENDS, NOTICED, "", ConsentMissing),
        (USUAL, SILENCE_ENDS, SILENCE_ENDS, "ATRC HUT", ConsentMissing),
        (USUAL, SILENCE_ENDS, NOTICED, "ATRC HUT HUT-RD", None),
        (USUAL, SILENCE_ENDS, AFTER, "", None),
        (USUAL, None, date.max, "ATRC HUT", ConsentMissing),
        (ABANDONING, SILENCE_ENDS, AFTER, "ATRC HUT", ConsentMissing),
        (ABANDONING, None, AFTER, "ATRC HUT HUT-RD", None),
        (LICENSING, SILENCE_ENDS, AFTER, "ATRC HUT", ConsentRuleNotSupported),
        (LICENSING, SILENCE_ENDS, NOTICED, "ATRC HUT HUT-RD", None),
    ],
)
def test_silence_consents_when_the_time_to_refuse_is_over(
    procedure: Procedure, deemed_on: date | None, today: date, consents: str, refusal: type[DomainError] | None
):
    """Before that it says nothing, so all must have spoken; where it carries the act out by itself, time does."""
    proposal = proposed(SILENCE, procedure=procedure, deemed_on=deemed_on)

    if refusal is None:
        check_met(proposal, [ASSET], set(consents.split()), today)
    else:
        with refuses(refusal):
            check_met(proposal, [ASSET], set(consents.split()), today)


@pytest.mark.parametrize(("rule", "last"), [(NOTICE, EVE), (SILENCE, SILENCE_ENDS)])
def test_each_holder_has_its_own_last_day_once_it_is_on_notice(rule: ConsentRule, last: date):
    """No person can be, and has its time since it was proposed, whenever it came to hold anything."""
    proposal = proposed(rule, deemed_on=None, last_days={"ATRC": LATER})

    assert (LATER, None, last) == tuple(proposal.last_day(holder) for holder in ("ATRC", "HUT", "person:V"))


@pytest.mark.parametrize(
    ("noticed", "missing", "until"),
    [("ATRC", ["HUT", "HUT-RD"], None), ("ATRC HUT HUT-RD", ["ATRC", "HUT", "HUT-RD"], SILENCE_ENDS)],
)
def test_where_silence_consents_it_is_told_what_keeps_it_from_that(
    noticed: str, missing: list[str], until: date | None
):
    """Who is not on notice, or until when the last of them may refuse."""
    last_days = dict.fromkeys(noticed.split(), SILENCE_ENDS)

    with refuses(NoticeNotProven if until is None else ConsentMissing) as refused:
        check_met(proposed(SILENCE, last_days=last_days), [ASSET], set(), SILENCE_ENDS)
    assert (missing, str(until) if until else None) == (refused.value.ids["missing"], refused.value.ids.get("until"))


@pytest.mark.parametrize("rule", [UNANIMOUS, MAJORITY, NOTICE, SILENCE])
def test_a_deed_needs_nobody(rule: ConsentRule):
    """It mends what a person should have assigned, whatever the terms say of transfers."""
    check_met(proposed(rule, procedure=MENDING), [ASSET], set(), NOTICED)


@pytest.mark.parametrize(
    ("rule", "consents", "met"),
    [
        (UNANIMOUS, "ATRC EGU HUT", True),
        (UNANIMOUS, "ATRC EGU", False),
        (MAJORITY, "ATRC EGU", True),
        (MAJORITY, "ATRC HUT-RD", False),
    ],
)
def test_of_what_nobody_holds_its_parties_decide_alike(rule: ConsentRule, consents: str, *, met: bool):
    """Any of them may turn out to hold it."""
    assert met is is_met(proposed(rule), [OF_NOBODY], set(consents.split()), NOTICED)


@pytest.mark.parametrize(
    ("assets", "consents", "got"),
    [
        ([ASSET, held({"EGU": "1/1"})], "ATRC HUT EGU", None),
        ([ASSET, held({"EGU": "1/1"})], "ATRC HUT", "0/1"),
        ([held({"EGU": "1/1"}), ASSET], "EGU HUT", "1/3"),
    ],
)
def test_each_asset_needs_its_own_holders(assets: Sequence[Piece], consents: str, got: str | None):
    """What is lacking of one is not made up for by the other."""
    if got is None:
        check_met(proposed(MAJORITY), assets, set(consents.split()), NOTICED)
    else:
        with refuses(ConsentShareTooSmall) as refused:
            check_met(proposed(MAJORITY), assets, set(consents.split()), NOTICED)
        assert got == refused.value.got


def test_an_act_to_come_is_asked_for_by_a_rule_of_its_own():
    """A sub-licence by the rule of its licence; a right by who holds that right and not by who holds the invention."""
    right = held({"ATRC": "1/2", "HUT": "1/2"}, parties=("ATRC", "EGU", "HUT"))

    check_met(proposed(ConsentRule(rule="SUPERMAJORITY", ratio="3/4")), [right], {"ATRC", "HUT"}, NOTICED)
    assert {"ATRC", "HUT"} == asked_about(proposed(UNANIMOUS, procedure=ABANDONING), [right], NOTICED)
