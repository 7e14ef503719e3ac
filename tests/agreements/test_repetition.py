"""Saying again what is recorded already."""

from datetime import date, timedelta

from services.agreements.contracts.decisions import sign_agreement
from services.agreements.contracts.ending import suspend_agreement, terminate_agreement
from services.agreements.contracts.model import AGREEMENT
from services.agreements.errors import RecordedOtherwise
from services.agreements.projects.decisions import complete_project, start_project
from services.agreements.projects.model import PROJECT
from services.agreements.repetition import Statement, already
from tests.agreements import lives
from tests.agreements.controls import ATRC, HUT, TODAY, active, agreement, approved, project, signed, signing, starting
from tests.told import refuses

_TOMORROW = TODAY + timedelta(days=1)


def test_the_same_again_is_nothing_to_do():
    """However it is recorded."""
    assert () == already({"reason": "late"}, {"reason": "late"})
    assert () == already(Statement(party="HUT", reason="late"), {"party": "HUT", "reason": "late"})


def test_what_differs_is_named():
    """Both as it is recorded and as it was said, and nothing that is the same."""
    with refuses(RecordedOtherwise) as refused:
        already({"party": "HUT", "reason": "late"}, {"party": "HUT", "reason": "dear"}, project="PRJ")

    assert ({"reason": "late"}, {"reason": "dear"}) == (refused.value.expected, refused.value.got)
    assert {"project": "PRJ"} == refused.value.ids


def test_a_day_that_was_left_open_is_repeated_on_any_day():
    """Whoever said nothing of the day said today; the same said tomorrow is a repeat, another day is not."""
    state = project(approved())
    started = PROJECT.fold(state, start_project(state, starting(started_on=None)))
    assert started is not None
    completed = PROJECT.fold(started, complete_project(started, lives.completing(completed_on=None)))
    assert completed is not None

    assert (TODAY, TODAY) == (started.started_on, completed.completed_on)
    assert () == start_project(started, starting(started_on=None, today=_TOMORROW))
    assert () == complete_project(completed, lives.completing(completed_on=None, today=_TOMORROW))
    with refuses(RecordedOtherwise):
        start_project(started, starting(started_on=_TOMORROW, today=_TOMORROW))


def test_a_notice_whose_day_was_left_open_is_repeated_on_any_day():
    """It was given on the day on which it was given."""
    state = active()
    noticed = AGREEMENT.fold(state, terminate_agreement(state, lives.terminating(notice_on=None)))
    assert noticed is not None

    assert () == terminate_agreement(noticed, lives.terminating(notice_on=None, today=_TOMORROW))
    with refuses(RecordedOtherwise):
        terminate_agreement(noticed, lives.terminating(notice_on=TODAY - timedelta(days=1)))


def test_who_suspended_is_part_of_it():
    """Only that party lets the agreement go on, so another that suspends it too must hear that it did not."""
    state = active()
    suspended = AGREEMENT.fold(state, suspend_agreement(state, lives.suspending(by=HUT)))
    assert suspended is not None

    with refuses(RecordedOtherwise) as refused:
        suspend_agreement(suspended, lives.suspending(by=ATRC))
    assert {"party": "HUT"} == refused.value.expected


def test_a_signature_is_on_the_day_that_it_is_on():
    """A person who signs again with another day, or another signature, has not signed like that."""
    state = agreement(signed(HUT))
    terms_hash = state.standing.terms_hash

    assert () == sign_agreement(state, signing(terms_hash))
    for otherwise in ({"signed_on": date(2024, 1, 23)}, {"signature": "another"}):
        with refuses(RecordedOtherwise):
            sign_agreement(state, signing(terms_hash, **otherwise))
