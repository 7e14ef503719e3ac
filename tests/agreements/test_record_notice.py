"""Notice of what happened: proven by whoever delivers it, in a stream of its own, and once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.agreements.contributions.model import CONTRIBUTION
from services.agreements.errors import RecordedOtherwise
from services.agreements.notices.decisions import Noticed, RecordNotice, effective_on, record_notice
from services.agreements.notices.errors import NoticedEventNotFound, NoticeOfNotice, NoticeOutOfTime, NoticeToNobody
from services.agreements.notices.model import NOTICE
from shared.events.notice import NoticeAcknowledged, NoticeDelivered
from shared.events.terms import CalendarTerms, NoticeTerms, Terms
from shared.log.envelope import decode
from shared.log.handle import Handler, Work
from tests.agreements import desk as at
from tests.agreements.controls import ATRC, HUT, OTHER_DIGEST, TODAY, terms
from tests.agreements.lives import amendment_proposed, amendment_signed, open_hash
from tests.agreements.notice import acknowledged, delivered, of_last, proven
from tests.told import refuses

RECORD = "contribution:C1"


async def last_event(desk: at.Desk) -> str:
    return decode((await desk.store.read_stream(RECORD))[-1].state).id


async def stream_of_notice(desk: at.Desk) -> str:
    return NOTICE.stream(await last_event(desk))


# -- happens ----------------------------------------------------------------------------------------------------


async def test_notice_is_proven_on_the_day_on_which_the_proof_is_recorded():
    """However long ago it was delivered: what depends on it begins with what everybody can verify."""
    desk, _ = await at.a_record()
    await proven(desk, RECORD, today=date(2025, 6, 9))

    [event] = [decode(each.state) for each in await desk.store.read_stream(await stream_of_notice(desk))]
    assert isinstance(event.data, NoticeDelivered)
    assert ("ATRC", "INBOX", RECORD) == (event.data.party, event.data.channel, event.data.subject)
    assert date(2025, 6, 9) == event.data.noticed_on == event.data.effective_on == event.effective_on
    assert "MOU" == event.agreement == event.data.agreement


async def test_nothing_else_gets_another_version_by_it():
    """Who has seen a contribution still decides on the version that it has."""
    desk, _ = await at.a_record()
    _, before = await desk.handler.read(CONTRIBUTION, "C1")
    await proven(desk, RECORD)

    assert before == (await desk.handler.read(CONTRIBUTION, "C1"))[1]


async def test_that_somebody_took_note_is_proven_apart():
    """Delivered first or not; each party and channel has its own proof."""
    desk, _ = await at.a_record()
    await proven(desk, RECORD, acknowledged(), delivered(channel="EMAIL"), delivered("HUT"))
    await proven(desk, RECORD, delivered())

    names = ["NoticeDelivered", "NoticeDelivered", "NoticeAcknowledged", "NoticeDelivered"]
    state = await desk.state(NOTICE, await last_event(desk))
    assert names == await desk.names(await stream_of_notice(desk))
    assert {"EMAIL", "INBOX"} == {*state.to("ATRC").delivered}
    assert (TODAY, None) == tuple(state.to(party).acknowledged_on for party in ("ATRC", "HUT"))


async def test_by_the_terms_notice_counts_from_the_next_business_day():
    """A Saturday's from Monday on; the day of the proof stays that on which it was recorded."""
    desk, _ = await at.a_record(terms=terms(notice=NoticeTerms(effective="NEXT_BUSINESS_DAY")))
    await proven(desk, RECORD, today=date(2025, 6, 7))

    [event] = [decode(each.state).data for each in await desk.store.read_stream(await stream_of_notice(desk))]
    assert isinstance(event, NoticeDelivered)
    assert (date(2025, 6, 7), date(2025, 6, 9)) == (event.noticed_on, event.effective_on)


async def a_record_whose_terms_are_about_to_change() -> tuple[at.Desk, Work]:
    """Give a desk with a contribution, and what has notice count from another day by the terms of its agreement."""
    desk, _ = await at.a_record()
    await desk.does(
        amendment_proposed(terms=terms(notice=NoticeTerms(effective="NEXT_BUSINESS_DAY")), effective_on=TODAY)
    )
    terms_hash = await open_hash(desk)
    await desk.does(amendment_signed(terms_hash, by=HUT))
    return desk, amendment_signed(terms_hash, by=ATRC)


async def counts_from(desk: at.Desk) -> date:
    [event] = [decode(each.state) for each in await desk.store.read_stream(await stream_of_notice(desk))]
    assert isinstance(event.data, NoticeDelivered)
    return event.data.effective_on


async def test_the_terms_are_those_in_force_where_it_is_entered():
    """Whoever reads the log works out the day by them: replaced a moment before, they are not those any more."""
    desk, changing = await a_record_whose_terms_are_about_to_change()
    await desk.interrupted(await of_last(desk, RECORD, delivered()), meanwhile=changing)

    assert date(2025, 6, 2) == await counts_from(desk)


async def test_what_one_process_remembers_of_terms_is_not_believed_where_another_changed_them():
    """However long ago."""
    desk, changing = await a_record_whose_terms_are_about_to_change()
    work = await of_last(desk, RECORD, delivered())
    other = at.Desk()
    other.store, other.handler = desk.store, Handler(desk.store)
    await other.does(changing)
    await desk.does(work)

    assert date(2025, 6, 2) == await counts_from(desk)


def test_holidays_are_no_business_days():
    """Of the list that the terms have."""
    calendar = CalendarTerms(holiday_dates=(date(2025, 6, 9),))
    next_day = Terms(calendar=calendar, notice=NoticeTerms(effective="NEXT_BUSINESS_DAY"))

    assert date(2025, 6, 10) == effective_on(next_day, date(2025, 6, 6))
    assert date(2025, 6, 6) == effective_on(Terms(calendar=calendar), date(2025, 6, 6))


async def test_of_what_is_in_no_agreement_there_is_notice_all_the_same():
    """By the terms that silence gives."""
    desk = await at.a_draft()
    await proven(desk, "party:HUT", delivered("HUT"))

    assert TODAY == (await desk.state(NOTICE, await first_of(desk, "party:HUT"))).to("HUT").counts_from("INBOX")


async def first_of(desk: at.Desk, stream: str) -> str:
    return decode((await desk.store.read_stream(stream))[0].state).id


# -- refused ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "otherwise",
    [
        {"event": "01980000-0000-7000-8000-000000000000"},
        {"position": 1},
        {"position": 999},
        {"event_hash": OTHER_DIGEST},
    ],
    ids=["another-id", "another-position", "beyond-the-log", "another-hash"],
)
async def test_only_of_what_was_recorded_can_there_be_notice(otherwise: dict[str, Any]):
    """By its id, its position and its bytes, all three."""
    desk, _ = await at.a_record()
    work = await of_last(desk, RECORD, delivered(), **otherwise)

    with pytest.raises(NoticedEventNotFound):
        await desk.does(work)


async def test_there_is_no_notice_of_notice():
    """Else every proof would ask for another."""
    desk, _ = await at.a_record()
    await proven(desk, RECORD)
    work = await of_last(desk, await stream_of_notice(desk), delivered())

    with pytest.raises(NoticeOfNotice):
        await desk.does(work)


async def test_whoever_has_notice_is_named():
    """A proof that names nobody proves nothing."""
    desk, _ = await at.a_record()
    work = await of_last(desk, RECORD)

    with pytest.raises(NoticeToNobody):
        await desk.does(work)


async def test_other_content_was_not_delivered_by_the_same_channel():
    """What was proven first stands."""
    desk, _ = await at.a_record()
    await proven(desk, RECORD)
    work = await of_last(desk, RECORD, delivered(sent_hash=OTHER_DIGEST))

    with pytest.raises(RecordedOtherwise):
        await desk.does(work)


# -- repeated ---------------------------------------------------------------------------------------------------


async def test_what_is_said_again_is_recorded_once():
    """Also on another day, and twice in one breath: the first day is that of the notice."""
    desk, _ = await at.a_record()
    await proven(desk, RECORD, delivered(), delivered(), acknowledged(), acknowledged())
    await proven(desk, RECORD, delivered(), acknowledged(person="ATRC-OTHER"), today=date(2025, 7, 1))

    names = [NoticeDelivered.__name__, NoticeAcknowledged.__name__]
    state = await desk.state(NOTICE, await last_event(desk))
    assert names == await desk.names(await stream_of_notice(desk))
    assert TODAY == state.to("ATRC").counts_from("INBOX") == state.to("ATRC").counts_from("ACKNOWLEDGED")


# -- raced ------------------------------------------------------------------------------------------------------


async def test_of_two_that_prove_the_same_at_once_one_does():
    """The other finds it done."""
    desk, _ = await at.a_record()
    again = await of_last(desk, RECORD, delivered(), today=date(2025, 6, 2))
    first = await of_last(desk, RECORD, delivered())
    await desk.interrupted(again, first)

    assert [NoticeDelivered.__name__] == await desk.names(await stream_of_notice(desk))


EVENT_AT = datetime(2025, 6, 1, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("delivered_at", "said_at", "is_recorded"),
    [
        (EVENT_AT, EVENT_AT, True),
        (EVENT_AT - timedelta(minutes=1), EVENT_AT, True),
        (EVENT_AT - timedelta(minutes=1, seconds=1), EVENT_AT, False),
        (EVENT_AT + timedelta(minutes=1), EVENT_AT, True),
        (EVENT_AT + timedelta(minutes=1, seconds=1), EVENT_AT, False),
        (EVENT_AT + timedelta(days=30), EVENT_AT + timedelta(days=40), True),
        # A scenario is played ahead of the machine's time, by which letters are sent.
        (EVENT_AT - timedelta(days=30), EVENT_AT - timedelta(days=20), True),
        (EVENT_AT - timedelta(days=10), EVENT_AT - timedelta(days=20), False),
    ],
)
def test_notice_is_of_some_moment_after_its_event_and_before_now(
    delivered_at: datetime,
    said_at: datetime,
    is_recorded: bool,  # noqa: FBT001  # by name
):
    """A minute is given either way, for the clocks of two machines."""
    noticed = Noticed(agreement="MOU", subject=RECORD, terms=terms(), recorded_at=EVENT_AT)
    for said in (
        {"delivered": (delivered(delivered_at=delivered_at),)},
        {"acknowledged": (acknowledged(acknowledged_at=delivered_at),)},
    ):
        command = RecordNotice(today=TODAY, event="evt", position=1, event_hash="x", said_at=said_at, **said)
        if is_recorded:
            assert 1 == len(record_notice(None, noticed, command))
        else:
            with refuses(NoticeOutOfTime):
                record_notice(None, noticed, command)
