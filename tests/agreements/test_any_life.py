"""Whatever an agreement's parties do, and whenever, what an agreement promises holds."""

import contextlib
from collections.abc import Callable
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.agreements.commands import Representative
from services.agreements.contracts import amendments, ending
from services.agreements.contracts.decisions import advance
from services.agreements.contracts.model import AGREEMENT, ENDED, Agreement, next_due
from shared.errors import DomainError
from shared.events.agreement import AmendmentProposed
from shared.events.concerned import Circle, lessons
from shared.events.registry import Event
from shared.events.terms import PublicationTerms, SurvivalTerm
from tests.agreements.controls import ATRC, DIGEST, EGU, HUT, TODAY, active, period, terms
from tests.agreements.lives import (
    after,
    amending,
    leaving,
    renewing,
    resuming,
    retracting,
    signing_amendment,
    suspending,
    terminating,
)
from tests.events.histories import told

Events = tuple[Event, ...]
Step = Callable[[Agreement, date], Events]
SURVIVAL = (SurvivalTerm(clause="confidentiality", months=3), SurvivalTerm(clause="audit", months=5))

_parties = st.sampled_from((HUT, ATRC, EGU))
_ahead = st.integers(0, 40).map(lambda days: timedelta(days=days))


def _signed_by(by: Representative) -> Step:
    def sign(state: Agreement, today: date) -> Events:
        pending = state.open_amendment
        terms_hash = pending.version.in_force.terms_hash if pending else DIGEST
        command = signing_amendment(terms_hash, no=len(state.amendments), by=by, today=today, signed_on=today)
        return amendments.sign_amendment(state, command)

    return sign


def _by_all(step: Callable[[Representative], Step]) -> Step:
    """Give the step that each party takes after the other."""

    def together(state: Agreement, today: date) -> Events:
        events: Events = ()
        for by in (HUT, ATRC, EGU):
            with contextlib.suppress(DomainError):
                events += step(by)(after(state, *events), today)
        return events

    return together


def _renewed_by(by: Representative) -> Step:
    return lambda state, today: ending.renew_agreement(
        state, renewing(by=by, today=today, new_to=(state.period.end or today) + timedelta(days=30))
    )


@st.composite
def _steps(draw: st.DrawFn) -> Step:
    by, ahead, notice = draw(_parties), draw(_ahead), draw(st.integers(1, 90))
    acceding = draw(st.sampled_from(((), (), ("EGU",))))
    changed = terms(publication=PublicationTerms(notice_days=notice), survival=SURVIVAL)
    whole = draw(
        st.none() | st.integers(30, 200).map(lambda days: period(date(2024, 2, 1), TODAY + timedelta(days=days)))
    )

    def propose(state: Agreement, today: date) -> Events:
        command = amending(
            by=by, today=today, terms=changed, period=whole, effective_on=today + ahead, acceding=acceding
        )
        return amendments.propose_amendment(state, command)

    steps: tuple[Step, ...] = (
        propose,
        propose,
        _signed_by(by),
        _by_all(_signed_by),
        _by_all(_signed_by),
        _renewed_by(by),
        lambda state, today: amendments.retract_amendment(
            state, retracting(by=by, today=today, no=len(state.amendments))
        ),
        lambda state, today: ending.leave_agreement(state, leaving(by=by, today=today, effective_on=today + ahead)),
        lambda state, today: ending.suspend_agreement(state, suspending(by=by, today=today)),
        lambda state, today: ending.resume_agreement(state, resuming(by=by, today=today)),
        lambda state, today: ending.terminate_agreement(
            state, terminating(by=by, today=today, notice_on=today, effective_on=today + ahead)
        ),
    )
    return draw(st.sampled_from(steps))


def check(state: Agreement, today: date) -> None:
    """Fail where an agreement breaks what it promises."""
    days = [version.effective_on for version in state.agreed]
    assert days == sorted(set(days))
    assert len(state.members_on(today)) >= 2 or state.status in ENDED
    assert len([each for each in state.amendments if each == state.open_amendment]) <= 1
    stands = state.terms_on(today)
    assert stands is not None
    assert state.status in ENDED or stands.in_force == state.terms_in_force
    due = next_due(state)
    assert due is None or advance(state, due)
    assert due is None or due > today


@given(st.lists(st.tuples(_steps(), st.integers(0, 15)), max_size=25))
def test_whatever_happens_in_whatever_order(steps: list[tuple[Step, int]]):
    """Versions stand one after the other, two parties remain, time never gets stuck, and what was agreed stays."""
    state = active(terms=terms(survival=SURVIVAL), period=period(date(2024, 2, 1), TODAY + timedelta(days=120)))
    today, seen, circle = TODAY, state.agreed, Circle().joined_by(state.parties, since=1)
    for step, days in steps:
        today += timedelta(days=days)
        for _ in range(100):
            if not (events := advance(state, today)):
                break
            state, circle = after(state, *events), _joined_and_left(circle, events)
        check(state, today)
        try:
            events = step(state, today)
        except DomainError:
            continue
        state, circle = after(state, *events), _joined_and_left(circle, events)
        assert () == tuple(each for each in events if isinstance(each, AmendmentProposed) and not each.diff)
        check(state, today)
    assert seen[0].in_force == state.agreed[0].in_force
    assert AGREEMENT.fold(state, ()) == state
    # Whoever follows the events knows of the parties what the agreement itself does.
    assert (set(state.parties), set(state.parties) - set(state.left)) == (set(circle), set(circle.present))


def _joined_and_left(circle: Circle, events: Events) -> Circle:
    for envelope in map(told, events):
        lesson = lessons(envelope, 1).get("agreement:MOU")
        circle = lesson(circle) if lesson else circle
    return circle
