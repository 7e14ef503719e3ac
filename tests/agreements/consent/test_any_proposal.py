"""What holds of every proposal: whatever the rule, the holders, who consented and the day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.agreements.consent.acts import ABANDONING, LICENSING, MENDING, USUAL, Procedure
from services.agreements.consent.errors import NoVeto, RefusalTooLate
from services.agreements.consent.holders import concerned, holders_ever, holders_on, shares_on
from services.agreements.consent.proposal import Proposal, asked_about, check_refusal, is_met
from services.agreements.notices.periods import deemed_on
from shared.events.terms import NOTICE_RULES, CalendarTerms, ConsentRule
from tests.agreements.accounts import HOLDERS, START, accounts
from tests.agreements.consent.situations import MAJORITY, NONE, TWO_THIRDS, UNANIMOUS, Piece

PARTIES = ("A", "B", "C")
SUPPORTED = (USUAL, ABANDONING, MENDING)

days = st.integers(0, 15).map(lambda number: START + timedelta(days=number))
consents = st.sets(st.sampled_from(HOLDERS))
parties = st.sets(st.sampled_from(PARTIES), min_size=1).map(lambda names: tuple(sorted(names)))
assets = st.lists(st.builds(Piece, parties, accounts()), min_size=1, max_size=2)
rules = st.one_of(
    st.sampled_from([NONE, MAJORITY, TWO_THIRDS, UNANIMOUS]),
    st.sampled_from(["1/4", "2/5", "3/4", "1/1"]).map(lambda ratio: ConsentRule(rule="SUPERMAJORITY", ratio=ratio)),
    st.builds(ConsentRule, rule=st.sampled_from([*sorted(NOTICE_RULES), "LEAD_DEEMED"]), days=st.integers(0, 8)),
)


@st.composite
def proposals(draw: st.DrawFn, *procedures: Procedure) -> Proposal:
    """Give a proposal as it comes about: with the last day to refuse on that its rule gives."""
    rule, noticed_on = draw(rules), draw(days)
    return Proposal(
        procedure=draw(st.sampled_from(procedures or (*SUPPORTED, LICENSING))),
        rule=rule,
        noticed_on=noticed_on,
        first_day=draw(st.none() | days),
        deemed_on=deemed_on(rule, noticed_on, CalendarTerms()),
    )


@given(proposals(), assets, consents, st.sampled_from(HOLDERS), days)
def test_one_consent_more_never_makes_it_less(
    proposal: Proposal, pieces: list[Piece], given_by: set[str], one: str, today: date
):
    """What was met stays met, whoever agrees besides."""
    assert is_met(proposal, pieces, given_by | {one}, today) >= is_met(proposal, pieces, given_by, today)


@given(proposals(*SUPPORTED), assets, days)
def test_when_everybody_consents_no_rule_lacks_anything(proposal: Proposal, pieces: list[Piece], today: date):
    """Notice is waived, and nobody waits for silence."""
    assert is_met(proposal, pieces, asked_about(proposal, pieces, today), today)


@given(proposals(), assets, consents, days)
def test_what_others_say_does_not_count(proposal: Proposal, pieces: list[Piece], given_by: set[str], today: date):
    """A consent of somebody who is not asked changes nothing."""
    asked = asked_about(proposal, pieces, today)

    assert is_met(proposal, pieces, given_by, today) is is_met(proposal, pieces, given_by & asked, today)


@given(proposals(*SUPPORTED), assets, days)
def test_who_can_stop_it_is_who_it_cannot_be_without(proposal: Proposal, pieces: list[Piece], today: date):
    """Save on notice, which anybody stops, and by the deed of somebody who need not ask."""
    asked = asked_about(proposal, pieces, today)
    for holder in asked:
        needed = not is_met(proposal, pieces, asked - {holder}, today)
        try:
            check_refusal(proposal, pieces, holder, today)
        except NoVeto:
            assert not needed
        except RefusalTooLate:
            assert is_met(proposal, pieces, set(), today)
        else:
            by_anybody = proposal.rule.rule in NOTICE_RULES or proposal.procedure is MENDING
            assert needed or by_anybody


@given(proposals(USUAL), assets, consents, days)
def test_silence_consents_after_its_last_day_and_not_before(
    proposal: Proposal, pieces: list[Piece], given_by: set[str], today: date
):
    """Up to then all must have said so, on that day too."""
    silent = proposal._replace(rule=ConsentRule(rule="LEAD_DEEMED", days=3), deemed_on=today)
    all_said_so = given_by >= asked_about(silent, pieces, today)

    assert all_said_so is is_met(silent, pieces, given_by, today)
    after = today + timedelta(days=1)
    assert is_met(silent, pieces, set(), after)
    with pytest.raises(RefusalTooLate):
        check_refusal(silent, pieces, "A", after)


@given(proposals(*SUPPORTED), assets, consents, days, st.integers(0, 20))
def test_waiting_takes_nothing_back(
    proposal: Proposal, pieces: list[Piece], given_by: set[str], today: date, longer: int
):
    """While the holders stay the same, what was met one day is met on every later one."""
    later = today + timedelta(days=longer)
    same = [piece for piece in pieces if shares_on(piece, today) == shares_on(piece, later)]

    assert is_met(proposal, same, given_by, later) >= is_met(proposal, same, given_by, today)


@given(assets, days)
def test_every_say_is_a_part_of_the_whole(pieces: list[Piece], today: date):
    """And whoever has one by a share is concerned, unless it is a person."""
    for piece in pieces:
        assert sum(shares_on(piece, today).values()) == 1
    holders, parties_ = holders_on(pieces, today), {party for piece in pieces for party in piece.parties}

    assert (holders | parties_) - {"person:V"} == set(concerned(pieces, holders))
    assert holders <= holders_ever(pieces)
