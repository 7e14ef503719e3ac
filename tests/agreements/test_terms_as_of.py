"""The terms as of any legal day, as known at any time."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.agreements.contracts.errors import TermsNotYetInForce
from services.agreements.contracts.handling import terms_as_of
from services.agreements.contracts.views import TermsAsOf, as_of
from shared.events.terms import Terms
from shared.known import AsKnown, KnownTimeNotOver, KnownTimeUnreadable, parse_known
from tests.agreements import desk as at
from tests.agreements.controls import ATRC, EGU, HUT, TODAY, active
from tests.agreements.lives import (
    ENDS,
    SOON,
    amended,
    amendment_proposed,
    amendment_signed,
    by_day,
    ended,
    given_up,
    open_hash,
    renewed,
)
from tests.told import refuses


async def as_known(desk: at.Desk, effective: date, known: AsKnown = AsKnown()) -> TermsAsOf:  # noqa: B008  # immutable
    return await terms_as_of(desk.store, "MOU", effective, known)


async def amended_desk() -> tuple[at.Desk, int]:
    """Give a desk with an amendment for July that all signed in June, and the position before its last signature."""
    desk = await at.an_agreement()
    await desk.does(amendment_proposed(acceding=("EGU",)))
    terms_hash = await open_hash(desk)
    for by in (HUT, ATRC):
        await desk.does(amendment_signed(terms_hash, by=by))
    before = (await desk.store.head()).position
    await desk.does(amendment_signed(terms_hash, by=EGU))
    return desk, before


async def test_each_day_has_the_terms_that_stood_on_it():
    """An amendment never changes what was before its day."""
    desk, _ = await amended_desk()

    assert [45, 45, 60] == [
        (await as_known(desk, day)).terms.publication.notice_days for day in (date(2024, 2, 1), date(2025, 6, 30), SOON)
    ]
    assert (1, SOON) == ((found := await as_known(desk, SOON)).amendment, found.stands_from)


async def test_what_was_not_yet_agreed_was_not_known():
    """Before the last signature nobody could say that the terms would change."""
    desk, before = await amended_desk()

    assert 45 == (await as_known(desk, SOON, AsKnown(position=before))).terms.publication.notice_days
    assert 60 == (await as_known(desk, SOON, AsKnown(position=before + 1))).terms.publication.notice_days


async def test_an_instant_is_a_time_of_knowledge_too():
    """Everything on this desk was recorded at one instant."""
    desk, _ = await amended_desk()
    instant = datetime(2025, 6, 1, 4, tzinfo=UTC)

    assert 60 == (await as_known(desk, SOON, AsKnown(instant=instant))).terms.publication.notice_days
    with refuses(TermsNotYetInForce):
        await as_known(desk, SOON, AsKnown(instant=instant - timedelta(microseconds=1)))


async def test_before_its_first_day_there_are_no_terms():
    """Nor of an agreement that not all have signed."""
    desk = await at.an_agreement()
    with refuses(TermsNotYetInForce):
        await as_known(desk, date(2024, 1, 31))

    draft = await at.a_draft()
    with refuses(TermsNotYetInForce):
        await as_known(draft, TODAY)


@pytest.mark.parametrize("agreed", [{}, {"terms": Terms()}], ids=["not yet", "never"])
async def test_what_is_only_signed_is_not_in_effect(agreed: dict[str, Terms]):
    """Its terms stand, on any day that is asked about, and have not taken effect as far as was known; some never do."""
    desk, terms_hash = await at.a_proposal(**agreed)
    for by in (HUT, ATRC):
        await desk.does(at.signed(terms_hash, by=by))
    signed = (await desk.store.head()).position

    assert not (await as_known(desk, TODAY)).in_effect
    if agreed:
        await desk.does(given_up())
        assert ("WITHDRAWN", False) == ((found := await as_known(desk, TODAY)).status, found.in_effect)
    else:
        await desk.does(at.activated())
        known = [await as_known(desk, TODAY, AsKnown(position=position)) for position in (signed, signed + 1)]
        assert [False, True] == [each.in_effect for each in known]


async def test_after_the_end_there_is_what_survives():
    """Its last terms are shown with what of them goes on, and until when."""
    desk = await at.an_agreement()
    await desk.does(ended(effective_on=TODAY))

    found = await as_known(desk, date(2026, 1, 1))
    assert (False, [("confidentiality", date(2030, 6, 1))]) == (
        found.in_effect,
        [(clause.clause, clause.until) for clause in found.surviving],
    )
    assert () == (await as_known(desk, date(2030, 6, 1))).surviving
    assert (await as_known(desk, date(2025, 5, 31))).in_effect


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_an_instant_beyond_the_calendar_is_refused(text: str):
    """An offset takes it out of the years that there are."""
    with refuses(KnownTimeUnreadable):
        parse_known(text)


@pytest.mark.parametrize("digits", [19, 20, 4_300, 4_301, 60_000])
def test_a_number_that_is_no_position_is_refused(digits: int):
    """However long: Python itself refuses to read one of thousands of digits, and that was a failure of ours."""
    with refuses(KnownTimeUnreadable):
        parse_known("9" * digits)


async def test_a_renewal_lengthens_what_was_known_to_end():
    """As known before it, the agreement ends; as known after it, it goes on."""
    desk = await at.an_agreement()
    await desk.does(renewed())
    before = (await desk.store.head()).position
    await desk.does(renewed(by=ATRC))

    assert [False, True] == [
        (await as_known(desk, ENDS, AsKnown(position=position))).in_effect
        for position in (before, (await desk.store.head()).position)
    ]


async def test_what_is_not_recorded_yet_is_not_known():
    """An answer as known at a position that the log has not reached would change."""
    desk, _ = await amended_desk()
    last = (await desk.store.head()).position

    assert (await as_known(desk, SOON, AsKnown(position=last))).in_effect
    with refuses(KnownTimeNotOver) as refused:
        await as_known(desk, SOON, AsKnown(position=last + 1))
    assert (f"at most position {last}", last + 1) == (refused.value.expected, refused.value.got)


def test_the_parties_are_those_of_the_day():
    """Who joins is not a party before."""
    state = by_day(amended(HUT, ATRC, EGU, acceding=("EGU",)), SOON)

    parties = []
    for day in (TODAY, SOON):
        version = state.terms_on(day)
        assert version is not None
        parties.append(as_of(state, version, day, known_version=0).parties)
    assert [("HUT", "ATRC"), ("HUT", "ATRC", "EGU")] == parties
    assert ("HUT", "ATRC") == active().members_on(TODAY)


def test_a_time_of_knowledge_is_a_day_an_instant_or_a_position():
    """A day is known at its end, in the zone in which legal days begin."""
    assert AsKnown() == parse_known(None)
    assert AsKnown(position=42) == parse_known("42")
    assert AsKnown(instant=datetime(2024, 8, 15, 12, tzinfo=UTC)) == parse_known("2024-08-15T12:00:00Z")
    assert AsKnown(instant=datetime(2024, 8, 15, 15, 59, 59, 999999, tzinfo=UTC)) == parse_known("2024-08-15")


@pytest.mark.parametrize(
    "text",
    [
        *("yesterday", "2024-08-15T12:00:00", "9" * 30, "9999-12-31", "", "0042", "+42", "42 ", "4_2", "\u0664\u0662"),
        *("2024-W33-4", "2024-8-15", "2024-02-30", "2024-08-15\n", "20240815T120000Z", "2024-08-15T12:00Z"),
        *("2024-08-15 12:00:00Z", "2024-08-15T12:00:00,5Z", "2024-08-15T12:00:00+08", "2024-08-15T12:00:00+0800"),
    ],
)
def test_any_other_time_is_refused(text: str):
    """An instant without its offset would be a guess; what a day or an instant is, is as strict as everywhere."""
    with refuses(KnownTimeUnreadable):
        parse_known(text)
