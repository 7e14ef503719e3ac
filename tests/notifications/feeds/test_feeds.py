"""Each party's feed: exactly what concerns it, in order, numbered without a gap, and the same however it is written."""

from collections.abc import Sequence
from hashlib import sha256
from random import Random

import pytest

from services.notifications.batch import Progress
from services.notifications.consumer import PART, Alerting, ConsumerMetrics
from services.notifications.errors import ConcernOfALaterRelease, InboxUnavailable
from services.notifications.feeds.store import FeedReader
from services.notifications.going_back import feed_anew, go_back
from services.notifications.meaning import read_messages
from services.notifications.store import PIECE, sole_writer
from shared.bus.consumer import Received, StreamMessage
from shared.bus.history import linked
from shared.database import Database, Pool
from shared.events.agreement import AgreementDrafted, PartyAcceded, PartyWithdrew
from shared.events.concerned import EVERYBODY, NOBODY, Circle, concerned, lessons
from shared.events.log import LogContinued
from shared.events.party import PartyRegistered
from shared.log.chain import START, leaf_hash
from shared.log.envelope import NO_AGREEMENT, Envelope, decode
from shared.testing import MigratedDatabase
from tests.docs.made import made
from tests.notifications.controls import contribution_recorded, published, said
from tests.notifications.told import STORIES, history_of

Feeds = dict[str, list[tuple[int, int, bytes]]]


# -- what is told -----------------------------------------------------------------------------------------------------


def meeting() -> list[StreamMessage]:
    """Parties that meet, come later, leave and come back, and what is recorded meanwhile."""
    everybody = ("HUT", "ATRC", "EGU")
    told = [
        *(said(made(PartyRegistered, party=party), agreement=NO_AGREEMENT) for party in ("HUT", "ATRC", "EGU", "NLN")),
        said(made(AgreementDrafted, agreement="AGR-1", parties=("HUT", "ATRC"))),
        *(said(contribution_recorded(contribution=f"C-{number}")) for number in range(3)),
        said(made(PartyAcceded, agreement="AGR-1", parties=everybody, party="EGU")),
        said(contribution_recorded(contribution="C-3")),
        said(made(PartyWithdrew, agreement="AGR-1", party="EGU", effective_on=said(made(LogContinued)).time.date())),
        said(contribution_recorded(contribution="C-4")),
        said(made(LogContinued), agreement=NO_AGREEMENT),
        said(made(PartyAcceded, agreement="AGR-1", parties=everybody, party="EGU")),
    ]
    return published(told)


async def recorded(number: int) -> list[StreamMessage]:
    """What is published of a story, or of a walk through everything that can be done."""
    entries = await history_of(number)
    return linked(START, [Received(entry.id, entry.subject, entry.state, None) for entry in entries])


def expected(messages: Sequence[StreamMessage]) -> Feeds:
    """The feeds, worked out from the one function alone, event by event, with everything that is known by then."""
    circles: dict[str, Circle] = {}
    feeds: dict[str, list[int]] = {}
    events: list[tuple[int, Envelope]] = []
    for message in messages:
        envelope = decode(message.body)
        events.append((message.position, envelope))
        taught = lessons(envelope, message.position)
        circles |= {name: lesson(circles.get(name, NOBODY)) for name, lesson in taught.items()}
        concerns = [(position, concerned(each, position, circles)) for position, each in events]
        for party in feeds.keys() | {party for _, parties in concerns for party in parties} - {EVERYBODY}:
            feed = feeds.setdefault(party, [])
            # What concerns everybody concerns those that were there when it was recorded.
            reading = {party, EVERYBODY} if EVERYBODY in concerns[-1][1] else {party}
            now = [position for position, parties in concerns[:-1] if party in parties]
            now += [message.position] if reading & concerns[-1][1] else []
            feed += [position for position in now if position not in feed]
    bodies = {message.position: message.body for message in messages}
    return {
        party: _chained(party, [(position, bodies[position]) for position in feed]) for party, feed in feeds.items()
    }


def _chained(party: str, events: Sequence[tuple[int, bytes]]) -> list[tuple[int, int, bytes]]:
    chain = sha256(f"moiety-feed/v1\n0\n{party}\n".encode()).digest()
    rows = []
    for number, (position, body) in enumerate(events, start=1):
        chain = sha256(chain + leaf_hash(body)).digest()
        rows.append((number, position, chain))
    return rows


async def stored(pool: Pool) -> Feeds:
    reader = FeedReader(pool)
    feeds: Feeds = {}
    for party in await reader.parties():
        items = await reader.after(party, 0, limit=100_000)
        feeds[party] = [(item.number, item.position, item.chain) for item in items]
        head = await reader.head(party)
        assert head is not None
        assert (head.number, head.position, head.chain) == feeds[party][-1]
    return feeds


async def fed(alerting: Alerting, messages: Sequence[StreamMessage], sizes: Random) -> None:
    """Have messages taken in batches of any size."""
    messages = list(messages)
    while messages:
        batch = sizes.randrange(1, 40)
        await alerting.take(messages[:batch])
        messages = messages[batch:]


# -- what is in a feed ------------------------------------------------------------------------------------------------


async def test_a_feed_has_what_concerns_its_party_and_nothing_else(alerting: Alerting, pool: Pool):
    """In order; who accedes gets what came before at that moment, and who leaves nothing of what comes after."""
    messages = meeting()
    await alerting.take(messages)

    feeds = await stored(pool)
    assert {
        "HUT": [1, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
        "ATRC": [2, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
        # Of 12, recorded once it had left, it hears when it has come back.
        "EGU": [3, 5, 6, 7, 8, 9, 10, 11, 13, 12, 14],
        "NLN": [4, 13],
    } == {party: [position for _, position, _ in rows] for party, rows in feeds.items()}
    assert expected(messages) == feeds


@pytest.mark.parametrize("number", range(len(STORIES) + 4))
async def test_every_feed_is_what_the_one_function_says(alerting: Alerting, pool: Pool, number: int):
    """Over stories and walks through everything that can be done, however the events come in batches."""
    messages = await recorded(number)
    await fed(alerting, messages, Random(number))

    assert expected(messages) == await stored(pool)


async def test_numbers_are_the_same_however_it_is_stopped(database: Database, metrics: ConsumerMetrics, pool: Pool):
    """A process that begins anew, after each event and amid what is brought to whoever comes, goes on as before."""
    messages = meeting()
    for message in messages:
        async with sole_writer(database) as store:
            alerting = Alerting(store, metrics)
            await alerting.resume()
            if message.position == 9:  # brought half, and killed before the accession itself
                assert 2 == await store.bring("EGU", ["agreement:AGR-1"], before=7)
            await alerting.take([message])

    assert expected(messages) == await stored(pool)


async def test_what_came_before_is_brought_in_pieces(alerting: Alerting, pool: Pool):
    """However much it is, and in the order of the log."""
    many = [said(contribution_recorded(contribution=f"C-{number}")) for number in range(PIECE + 1)]
    draft = said(made(AgreementDrafted, agreement="AGR-1", parties=("HUT", "ATRC")))
    accession = said(made(PartyAcceded, agreement="AGR-1", parties=("HUT", "ATRC", "EGU"), party="EGU"))
    messages = published([draft, *many, accession])
    await alerting.take(messages)

    items = await FeedReader(pool).after("EGU", 0, limit=PIECE + 10)
    assert list(range(1, PIECE + 4)) == [item.position for item in items]
    assert _chained("EGU", [(message.position, message.body) for message in messages])[-1][2] == items[-1].chain


async def test_parts_mean_what_the_whole_means(alerting: Alerting):
    """Whatever is worked out while the part before is written knows what that said, and goes on with its numbers."""
    # Up to where EGU accedes: with that another batch begins.
    messages, before = meeting()[:8], Progress(0, 0, START.chain)
    whole = (await alerting._meaning_of(messages, read_messages(messages))).of(messages, before)
    meaning = await alerting._meaning_of(messages, read_messages(messages))
    parts = [meaning.of(messages[start : start + 3], before) for start in range(0, len(messages), 3)]

    assert whole.alerts == [alert for part in parts for alert in part.alerts]
    assert list(whole.fed.rows) == [row for part in parts for row in part.fed.rows]
    assert whole.learned == {name: state for part in parts for name, state in part.learned.items()}
    assert {alert.recipient for alert in parts[-1].alerts}, "the last part tells somebody by what the first one said"


async def test_a_batch_longer_than_a_part_is_written_in_parts(alerting: Alerting, pool: Pool, owner: Pool):
    """Each in one transaction after the one before: nothing is put aside to be tried alone."""
    draft = said(made(AgreementDrafted, agreement="AGR-1", parties=("HUT", "ATRC")))
    messages = published([draft, *(said(contribution_recorded(contribution=f"C-{n}")) for n in range(2 * PART))])
    await alerting.take(messages)

    written = await owner.fetch("SELECT max(position) AS last FROM published GROUP BY xmin ORDER BY 1")
    assert [PART, 2 * PART, 2 * PART + 1] == [row["last"] for row in written]
    rows = _chained("ATRC", [(message.position, message.body) for message in messages])
    assert rows == (await stored(pool))["ATRC"]


async def test_a_feed_written_anew_is_the_same(
    alerting: Alerting, notifications_database: MigratedDatabase, metrics: ConsumerMetrics, pool: Pool
):
    """Numbers are facts: whoever reads the log again gives each event the number that it had."""
    messages = meeting()
    await alerting.take(messages)
    before = await stored(pool)
    async with notifications_database.reached_by_owner(InboxUnavailable).connected() as connection:
        assert len(messages) == await feed_anew(connection)
    assert {} == await stored(pool)

    again = Alerting(alerting._store, metrics)
    assert 0 == await again.resume()
    await fed(again, messages, Random(1))
    assert before == await stored(pool)


@pytest.mark.parametrize("last", range(14))
async def test_a_feed_ends_where_the_first_lost_event_stood(
    alerting: Alerting, notifications_database: MigratedDatabase, metrics: ConsumerMetrics, pool: Pool, last: int
):
    """What is lost is in none, nor what a party was brought by it; what comes instead is numbered from there."""
    messages = meeting()
    await alerting.take(messages)
    async with notifications_database.reached_by_owner(InboxUnavailable).connected() as connection:
        await go_back(connection, last)

    assert expected(messages[:last]) == await stored(pool)
    again = Alerting(alerting._store, metrics)
    await again.resume()
    messages = [*messages[:last], *meeting()[last:]]  # others, which say the same
    await fed(again, messages, Random(last))
    assert expected(messages) == await stored(pool)


async def test_a_release_before_the_rules_does_not_go_on(owner: Pool, database: Database, metrics: ConsumerMetrics):
    """It would number otherwise what is numbered already."""
    await owner.fetch("INSERT INTO concern (edition, since) VALUES (2, 1)")

    async with sole_writer(database) as store:
        with pytest.raises(ConcernOfALaterRelease, match="expected edition 1, got 2"):
            await Alerting(store, metrics).resume()


async def test_another_edition_counts_from_the_next_event(owner: Pool, alerting: Alerting):
    """What an edition numbered stays as it was."""
    await alerting.take(meeting())
    await alerting._store.agree_on(2)

    rows = await owner.fetch("SELECT edition, since FROM concern ORDER BY edition")
    assert [(1, 1), (2, 15)] == [tuple(row) for row in rows]
