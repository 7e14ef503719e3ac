"""Who may stop what is proposed, and until when."""

from datetime import date
from typing import Any

import pytest

from services.agreements.consent.acts import ABANDONING, MENDING, USUAL, Procedure
from services.agreements.consent.errors import NoVeto, RefusalTooLate
from services.agreements.consent.proposal import check_refusal
from shared.errors import DomainError
from shared.events.terms import ConsentRule
from tests.agreements.consent.situations import (
    LATER,
    MAJORITY,
    NONE,
    NOTICE,
    NOTICE_OVER,
    NOTICED,
    PAID_NOTICE,
    SILENCE,
    SILENCE_ENDS,
    THIRDS,
    TWO_THIRDS,
    UNANIMOUS,
    Piece,
    days_from,
    held,
    passed,
    proposed,
)
from tests.told import refuses, tells

ASSET = held(THIRDS)
AFTER = days_from(SILENCE_ENDS, 1)
THREE_FIFTHS = ConsentRule(rule="SUPERMAJORITY", ratio="3/5")


def stopped(asset: Piece, holder: str, today: date, rule: ConsentRule, **changed: Any) -> DomainError | None:
    """Return by what a holder is kept from stopping something, None where it may."""
    try:
        check_refusal(proposed(rule, **changed), [asset], holder, today, transfer="XFR")
    except DomainError as refusal:
        tells(refusal)
        return refusal
    return None


@pytest.mark.parametrize(
    ("rule", "who"),
    [
        (NONE, ""),
        (MAJORITY, ""),
        (TWO_THIRDS, "ATRC"),
        (ConsentRule(rule="SUPERMAJORITY", ratio="3/4"), "ATRC HUT"),
        (ConsentRule(rule="SUPERMAJORITY", ratio="1/1"), "ATRC HUT HUT-RD"),
        (UNANIMOUS, "ATRC HUT HUT-RD"),
        (NOTICE, "ATRC HUT HUT-RD"),
        (PAID_NOTICE, "ATRC HUT HUT-RD"),
        (SILENCE, "ATRC HUT HUT-RD"),
    ],
)
@pytest.mark.parametrize("procedure", [USUAL, ABANDONING], ids=["usual", "giving up"])
def test_whoever_is_needed_has_a_veto(procedure: Procedure, rule: ConsentRule, who: str):
    """And an objection stops a notice, although it needs nobody's consent."""
    vetoes = {holder for holder in THIRDS if stopped(ASSET, holder, NOTICED, rule, procedure=procedure) is None}

    assert set(who.split()) == vetoes


def test_who_is_not_needed_is_told_so():
    """With its name, and with what it would have stopped."""
    found = stopped(ASSET, "HUT", NOTICED, MAJORITY)

    assert isinstance(found, NoVeto)
    assert ("HUT", {"transfer": "XFR"}) == (found.got, found.ids)


@pytest.mark.parametrize(
    ("shares", "holder", "stops"),
    [
        ({"A": "1/2", "B": "1/2"}, "A", True),
        ({"A": "3/4", "B": "1/4"}, "A", True),
        ({"A": "3/4", "B": "1/4"}, "B", False),
        (None, "ATRC", True),
    ],
)
def test_half_stops_a_majority(shares: dict[str, str] | None, holder: str, *, stops: bool):
    """The other half is none; two parties of what nobody holds yet count as halves."""
    assert stops is (stopped(held(shares), holder, NOTICED, MAJORITY) is None)


def test_a_veto_about_one_asset_stops_the_whole():
    """What passes together is decided on together."""
    check_refusal(proposed(MAJORITY), [ASSET, held({"EGU": "1/1"})], "EGU", NOTICED)
    with refuses(NoVeto):
        check_refusal(proposed(MAJORITY), [ASSET, held({"EGU": "1/1"})], "HUT-RD", NOTICED)


def test_the_shares_of_the_day_say_who_is_needed():
    """Whoever has bought the larger part meanwhile stops what it could not before."""
    bought = held(THIRDS, passed("ATRC", "HUT", of_holding="4/5"))

    assert isinstance(stopped(bought, "HUT", NOTICED, MAJORITY, first_day=LATER), NoVeto)
    assert stopped(bought, "HUT", LATER, MAJORITY, first_day=LATER) is None


@pytest.mark.parametrize(
    ("procedure", "today", "late"),
    [
        (USUAL, SILENCE_ENDS, False),
        (USUAL, AFTER, True),
        (ABANDONING, AFTER, False),
        (MENDING, AFTER, True),
    ],
    ids=["the last day", "a day later", "giving up: until time has done it", "a deed"],
)
def test_a_refusal_after_silence_consented_is_late(procedure: Procedure, today: date, *, late: bool):
    """On the last day it still counts."""
    found = stopped(ASSET, "HUT", today, SILENCE, procedure=procedure)

    assert late is isinstance(found, RefusalTooLate)
    if found is not None:
        assert (f"at most {SILENCE_ENDS}", today, {"transfer": "XFR"}) == (found.expected, found.got, found.ids)


@pytest.mark.parametrize("rule", [NOTICE, PAID_NOTICE])
def test_an_objection_counts_until_the_act_has_taken_place(rule: ConsentRule):
    """Also after the notice is over: whoever waits to execute waits with everybody's leave."""
    assert stopped(ASSET, "HUT", days_from(NOTICE_OVER, 1), rule) is None


@pytest.mark.parametrize(
    ("rule", "stops"),
    [(NONE, False), (MAJORITY, False), (THREE_FIFTHS, False), (UNANIMOUS, True), (NOTICE, True), (SILENCE, True)],
)
def test_a_deed_is_stopped_where_anybody_could_stop_a_transfer(rule: ConsentRule, *, stops: bool):
    """Nobody's consent is needed for it, so by a rule of shares nobody is in its way."""
    for holder in THIRDS:
        assert stops is (stopped(ASSET, holder, NOTICED, rule, procedure=MENDING) is None)
