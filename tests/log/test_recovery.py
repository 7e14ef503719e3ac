"""What the log lost is taken back byte for byte, or is left behind by an event that says so; it never just goes on."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import asyncpg
import pytest

from shared.database import Connection
from shared.events.log import LogContinued
from shared.log.chain import START, Head, HistoryDiverged, chain_text
from shared.log.compared import Published, compare, recount
from shared.log.envelope import decode, encode
from shared.log.postgres import PostgresEventStore
from shared.log.recount import LogAltered
from shared.log.recovery import KeptLog, LogWentOn, NotOfTheLog, NotTheLastInCommon, ToBeTakenBack
from shared.log.store import Append, LogOnHold, LogUnavailable, Recordable
from shared.testing import MigratedDatabase
from tests.log.controls import CoinDropped, an_append, an_envelope

NOW = datetime(2025, 6, 1, 4, tzinfo=UTC)
RECORDED = 10


class Copy:
    """Whoever else has the history, as it was when this was made."""

    def __init__(self, published: Sequence[Published], name: str = "stream") -> None:
        self.name = name
        self.published = [*published]

    async def end(self) -> int:
        return len(self.published)

    async def until(self, end: int) -> AsyncIterator[Sequence[Published]]:
        for start in range(0, end, 4):
            yield self.published[start : min(start + 4, end)]


def coin(version: int, *, jar: str = "J1", worth: int = 1) -> Append:
    envelope = an_envelope(stream=f"jar:{jar}", version=version, data=CoinDropped(jar=jar, worth=worth))
    recorded = Recordable(
        originator_id=envelope.stream,
        originator_version=version,
        topic=envelope.type,
        state=encode(envelope),
        agreement=envelope.agreement,
    )
    return Append(events=[recorded], expected={envelope.stream: version - 1})


@pytest.fixture
async def log(log_database: MigratedDatabase) -> AsyncIterator[PostgresEventStore]:
    """A log of ten coins in a jar."""
    async with PostgresEventStore.open(log_database.dsn, password=log_database.password) as opened:
        for version in range(1, RECORDED + 1):
            await opened.append(coin(version))
        yield opened


@pytest.fixture
async def owner(log_database: MigratedDatabase) -> AsyncIterator[Connection]:
    async with log_database.reached_by_owner(LogUnavailable).connected() as connection:
        yield connection


@pytest.fixture
def kept(owner: Connection) -> KeptLog:
    return KeptLog(owner)


@pytest.fixture
async def copy(log: PostgresEventStore) -> Copy:
    """All ten as they were published, the chain stated where a batch ended."""
    entries = await log.read_log(after=0, limit=100)
    stated = {each.id: chain_text(each.chain) for each in entries if each.id % 3 == 1}
    return Copy([Published(each.id, each.state, stated.get(each.id)) for each in entries])


async def everything(owner: Connection) -> list[asyncpg.Record]:
    return [*await owner.fetch("SELECT * FROM event ORDER BY position"), *await owner.fetch("SELECT * FROM log_head")]


async def restore(owner: Connection, position: int) -> None:
    """Let the log be as it was at a position, and on hold."""
    await owner.execute("DELETE FROM event WHERE position > $1", position)
    await owner.execute(
        "UPDATE log_head SET (position, chain) = (SELECT position, chain FROM event WHERE position = $1)", position
    )
    await hold(owner)


async def hold(owner: Connection) -> None:
    await owner.execute("SELECT hold_log(8, 'expected', 'got')")


# -- taking back ------------------------------------------------------------------------------------------------------


async def test_what_was_lost_is_put_back_byte_for_byte(
    kept: KeptLog, copy: Copy, log: PostgresEventStore, owner: Connection
):
    """Every row and the head are as they were, and the log records on after them."""
    before = await everything(owner)
    await restore(owner, 7)
    with pytest.raises(LogOnHold):
        await log.append(coin(8))

    taken = await kept.take_back(copy)

    assert (3, []) == taken[:2]
    assert before == await everything(owner)
    assert [RECORDED + 1] == list(await log.append(coin(RECORDED + 1)))
    assert await recount(kept) == await log.head()


async def test_an_empty_log_gets_everything_back(kept: KeptLog, copy: Copy, owner: Connection):
    """The oldest backup of all."""
    before = await everything(owner)
    await owner.execute("DELETE FROM event")
    await owner.execute("UPDATE log_head SET (position, chain) = ($1, $2)", *START)

    assert RECORDED == (await kept.take_back(copy)).events

    assert before == await everything(owner)


CHANGES = {
    "a body": "UPDATE event SET body = replace(convert_from(body, 'UTF8'), '\"worth\":1', '\"worth\":9')::bytea",
    "a stream": "UPDATE event SET stream = 'jar:J2'",
    "a type": "UPDATE event SET type = 'tests.JarOpened.v1'",
    "a chain": "UPDATE event SET chain = sha256(chain)",
    "a row that is gone": "DELETE FROM event",
}


@pytest.mark.parametrize("position", [1, 4, RECORDED])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_what_was_changed_by_hand_is_mended(
    kept: KeptLog, copy: Copy, owner: Connection, change: str, position: int
):
    """The chain says what was recorded there; what was folded from the change is forgotten."""
    before = await everything(owner)
    await owner.execute("INSERT INTO snapshot VALUES ('jar:J1', 10, 'r', 'x')")
    await owner.execute(f"{change} WHERE position = $1", position)
    with pytest.raises(LogAltered, match=f"position {position}|none before position"):
        await recount_with_head(kept)

    taken = await kept.take_back(copy)

    assert (0, [position]) == taken[:2]
    assert before == await everything(owner)
    assert 0 == await owner.fetchval("SELECT count(*) FROM snapshot")


async def recount_with_head(kept: KeptLog) -> None:
    at, head = await recount(kept), await kept.head()
    if at != head:
        raise LogAltered(head.position, expected=str(head), got=str(at))


async def test_what_is_only_on_hold_is_let_go(kept: KeptLog, copy: Copy, log: PostgresEventStore, owner: Connection):
    """Somebody restored what was missing by other means: there is nothing to put back."""
    await hold(owner)

    assert (0, []) == (await kept.take_back(copy))[:2]

    assert [RECORDED + 1] == list(await log.append(coin(RECORDED + 1)))


async def test_a_log_that_recorded_something_else_is_left_as_it_is(
    kept: KeptLog, copy: Copy, log: PostgresEventStore, owner: Connection
):
    """Named by the first position that is another event; nothing is put back and nothing let go."""
    await restore(owner, 7)
    await owner.execute("DELETE FROM log_hold")
    await log.append(coin(8, worth=5))
    await hold(owner)
    before = await everything(owner)

    with pytest.raises(LogWentOn) as went_on:
        await kept.take_back(copy)

    assert 8 == went_on.value.position
    assert before == await everything(owner)
    with pytest.raises(LogOnHold):
        await log.append(coin(9))


async def test_what_does_not_continue_a_stream_is_not_of_the_log(kept: KeptLog, copy: Copy, owner: Connection):
    """Held by whoever it may be: an event of a version that does not follow, and bytes that are no event."""
    before = await everything(owner)
    skipping = encode(an_envelope(version=RECORDED + 2, data=CoinDropped(jar="J1", worth=1)))
    for body in (skipping, b"{}"):
        with pytest.raises(NotOfTheLog):
            await kept.take_back(Copy([*copy.published, Published(RECORDED + 1, body)]))

    assert before == await everything(owner)


# -- going on without -------------------------------------------------------------------------------------------------


async def forked(log: PostgresEventStore, owner: Connection) -> None:
    """Restored to seven, and gone on to nine with others."""
    await restore(owner, 7)
    await owner.execute("DELETE FROM log_hold")
    for version in (8, 9):
        await log.append(coin(version, worth=5))
    await hold(owner)


async def test_the_log_goes_on_by_an_event_that_says_so(
    kept: KeptLog, copy: Copy, log: PostgresEventStore, owner: Connection
):
    """With the last position in common, the chain there, the reason, and the number of the epoch it begins."""
    await forked(log, owner)
    chain = await log.chain_at(7)

    continued = await kept.continue_after(7, "the standby was stale", [copy], now=NOW)

    assert chain is not None
    expected = LogContinued(log="0", epoch=1, after=7, chain=chain_text(chain), because="the standby was stale")
    assert expected == continued
    [entry] = await log.read_log(after=9, limit=10)
    envelope = decode(entry.state)
    assert (expected, "log:0", 1, "operator") == (envelope.data, envelope.stream, envelope.version, envelope.actor)
    assert "moiety.v1._.log.LogContinued" == entry.subject
    assert [11] == list(await log.append(an_append("jar:NEW", 1)))
    assert await log.head() == await recount(kept)


async def test_a_second_time_begins_another_epoch(
    kept: KeptLog, copy: Copy, log: PostgresEventStore, owner: Connection
):
    """They are counted, and each follows the last."""
    await forked(log, owner)
    for epoch in (1, 2):
        assert epoch == (await kept.continue_after(7, "again", [copy], now=NOW)).epoch


@pytest.mark.parametrize("last", [0, 6, 8, 9, 10, 11])
async def test_another_than_the_last_position_in_common_is_refused(
    kept: KeptLog, copy: Copy, log: PostgresEventStore, owner: Connection, last: int
):
    """Whoever decides this must have looked."""
    await forked(log, owner)

    with pytest.raises(NotTheLastInCommon):
        await kept.continue_after(last, "a guess", [copy], now=NOW)
    with pytest.raises(LogOnHold):
        await log.append(coin(10))


async def test_what_can_be_taken_back_is_not_left_behind(kept: KeptLog, copy: Copy, owner: Connection):
    """The log recorded nothing else, and somebody holds what it lost."""
    await restore(owner, 7)

    with pytest.raises(ToBeTakenBack, match="3 events after 7"):
        await kept.continue_after(7, "in a hurry", [copy], now=NOW)


async def test_what_nobody_holds_any_more_may_be_left_behind(kept: KeptLog, copy: Copy, owner: Connection):
    """Only an inbox remembers that there was more."""
    await restore(owner, 7)
    others = [Copy(copy.published[:7]), Copy(copy.published[:5], "ledger")]

    assert 7 == (await kept.continue_after(7, "all of it is gone", others, now=NOW)).after


async def test_a_log_that_was_changed_is_not_gone_on_with(kept: KeptLog, copy: Copy, owner: Connection):
    """First it has to be what was recorded."""
    await owner.execute("UPDATE event SET body = 'x' WHERE position = 4")

    with pytest.raises(LogAltered, match="position 4"):
        await kept.continue_after(7, "never mind", [copy], now=NOW)


# -- comparing --------------------------------------------------------------------------------------------------------


async def test_the_same_history_is_the_same(kept: KeptLog, copy: Copy):
    """As far as somebody has it."""
    for end in (0, 1, 7, RECORDED):
        await compare(kept, copy, end)


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (Published(5, b"another"), "in the stream"),
        (Published(5, b"another", chain_text(START.chain)), "in the stream"),
    ],
)
async def test_the_first_other_event_is_named(kept: KeptLog, copy: Copy, other: Published, what: str):
    """With what each has."""
    copy.published[4] = other
    copy.published[7] = other._replace(position=8)

    with pytest.raises(HistoryDiverged, match=what) as diverged:
        await compare(kept, copy, RECORDED)
    assert 5 == diverged.value.position


async def test_another_chain_over_the_same_event_is_another_history(kept: KeptLog, copy: Copy):
    """What is stated counts, too."""
    copy.published[3] = copy.published[3]._replace(chain=chain_text(START.chain))

    with pytest.raises(HistoryDiverged) as diverged:
        await compare(kept, copy, RECORDED)
    assert 4 == diverged.value.position


async def test_more_than_the_log_has_is_another_history(kept: KeptLog, copy: Copy, owner: Connection):
    """The log lost its end."""
    await restore(owner, 7)

    with pytest.raises(HistoryDiverged, match="nothing in the log") as diverged:
        await compare(kept, copy, RECORDED)
    assert (8, Head(7, (await kept.head()).chain)) == (diverged.value.position, await kept.head())
