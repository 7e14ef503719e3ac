"""The ledger follows the stream by itself: from its own position on, one process at a time, whatever is lost."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial

import asyncpg
import pytest
from prometheus_client import CollectorRegistry

from services.ledger.check.evidence import Evidence
from services.ledger.check.fsck import fsck
from services.ledger.errors import VerificationFailed
from services.ledger.write.consumer import LedgerMetrics, enter_forever
from services.ledger.write.rebuild import rebuild
from services.ledger.write.signed import SignedFile
from services.ledger.write.store import sole_writer
from services.ledger.write.writer import Writer
from shared.bus.connection import connect
from shared.bus.consumer import Received, StreamMessage
from shared.bus.follow import Source
from shared.bus.history import linked
from shared.bus.stream import CHAIN_HEADER, ensure_stream, stream_config
from shared.log.chain import START, Head, chain_text
from shared.parts import end_all
from shared.testing import wait_until
from tests.bus.known_log import KnownLog
from tests.ledger.published import Published
from tests.ledger.story import sample

SECONDS = 20
CHECK_SECONDS = 0.1


@pytest.fixture
async def publish(empty_nats):
    """Publish as the relay does: in order, sequence being position."""
    async with connect(empty_nats.url, user="relay", password=empty_nats.passwords["relay"]) as client:
        await ensure_stream(client.jetstream())

        async def publish_all(messages: Sequence[StreamMessage]) -> None:
            for message in messages:
                headers = {CHAIN_HEADER: chain_text(message.chain)} if message is messages[-1] else None
                acknowledged = await client.jetstream().publish(message.subject, message.body, headers=headers)
                assert message.position == acknowledged.seq

        yield publish_all


class Process:
    """What enters events, as one of several."""

    def __init__(self, address, source, signer, kept):
        self._registry = CollectorRegistry()
        metrics = LedgerMetrics(self._registry)
        entering = enter_forever(address, source, partial(Writer, signer=signer, kept=kept), metrics)
        self.task = asyncio.create_task(entering)

    def shows(self, metric: str) -> float:
        return self._registry.get_sample_value(metric) or 0.0

    async def stop(self) -> None:
        await end_all([self.task])


@pytest.fixture
async def start(empty_nats, address, signer, tmp_path) -> AsyncIterator[Callable[..., Awaitable[Process]]]:
    """Start processes that know the log itself, too, as far as the test lets them."""
    started: list[Process] = []
    kept = SignedFile(tmp_path / "signed", signer.verifier)
    async with contextlib.AsyncExitStack() as stack:

        async def begin(log: Sequence[StreamMessage] = ()) -> Process:
            # The list itself: what a test changes in it, the log has changed.
            password = empty_nats.passwords["ledger"]
            client = await stack.enter_async_context(connect(empty_nats.url, user="ledger", password=password))
            started.append(Process(address, Source(client, KnownLog(log), "ledger", CHECK_SECONDS), signer, kept))
            return started[-1]

        yield begin
        for process in started:
            await process.stop()


async def entered(owner, size):
    """Wait until the ledger has so many entries."""

    async def reached() -> bool:
        return bool(await owner.fetchval("SELECT position FROM progress") >= size)

    await wait_until(reached, SECONDS, f"{size} entries")


async def test_what_is_published_is_entered(publish, start, story, owner, signer):
    """From the stream into a ledger that passes every check."""
    await publish(story.messages)
    process = await start()

    await entered(owner, len(story.messages))

    await fsck(Evidence(owner), signer.verifier)
    assert (1, len(story.messages)) == (process.shows("moiety_ledger_active"), process.shows("moiety_ledger_size"))


async def test_another_process_takes_over(publish, start, story, owner, signer):
    """One enters, one stands by; when the first is gone, the second goes on where it was."""
    first = await start()
    await publish(story.messages[:10])
    await entered(owner, 10)
    second = await start()
    assert second.shows("moiety_ledger_active") == 0

    await first.stop()
    await publish(story.messages[10:])

    await entered(owner, len(story.messages))
    assert second.shows("moiety_ledger_active") == 1
    await fsck(Evidence(owner), signer.verifier)


async def test_what_the_stream_has_lost_comes_from_the_log(start, story, owner, empty_nats, signer):
    """A stream that begins late is no reason to begin late."""
    async with connect(empty_nats.url, user="relay", password=empty_nats.passwords["relay"]) as client:
        await client.jetstream().add_stream(stream_config(), first_seq=8)
        for message in story.messages[7:]:
            await client.jetstream().publish(message.subject, message.body)

    await start(story.messages)

    await entered(owner, len(story.messages))
    await fsck(Evidence(owner), signer.verifier)


async def test_a_malformed_message_halts_loudly(publish, start, story, owner):
    """Metric, alarm and the end of entering; what came before stays."""
    messages = [*story.messages]
    messages[12] = messages[12]._replace(body=b"{}")
    await publish(linked(START, [Received(*each[:4]) for each in messages]))

    process = await start()
    await asyncio.wait_for(process.task, SECONDS)

    assert (1, 0) == (process.shows("moiety_ledger_halted"), process.shows("moiety_ledger_active"))
    assert await owner.fetchval("SELECT position FROM progress") == 12
    assert [(13, "EventMalformed")] == [tuple(row) for row in await owner.fetch("SELECT position, kind FROM alarm")]


class Broken(Published):
    """A source that fails as nobody foresaw."""

    async def check(self, followed: Head) -> None:
        raise ZeroDivisionError


async def test_whatever_ends_the_writer_leaves_an_alarm(publish, start, story, owner, address, signer, tmp_path):
    """Where it ended, as long as it does not go on: nothing ends in silence."""
    await publish(story.messages[:10])
    process = await start()
    await entered(owner, 10)
    await process.stop()

    broken = Process(address, Broken(story.messages), signer, SignedFile(tmp_path / "signed", signer.verifier))
    with pytest.raises(ZeroDivisionError):
        await broken.task
    assert [(11, "LedgerFailed", True)] == await alarms(owner)
    assert broken.shows("moiety_ledger_halted") == 1

    process = await start()
    await wait_until(lambda: process.shows("moiety_ledger_active") == 1, SECONDS, "it enters again")
    assert [(11, "LedgerFailed", False)] == await alarms(owner)


class BrokenBesides(Published):
    """A source that fails as nobody foresaw just when the database lets nobody in any more."""

    def __init__(self, messages, admin):
        super().__init__(messages)
        self._admin = admin

    async def check(self, followed: Head) -> None:
        await self._admin.execute("UPDATE pg_database SET datallowconn = false WHERE datname = current_database()")
        raise ZeroDivisionError


async def test_the_alarm_of_what_ended_the_writer_waits_for_the_database(
    story, owner, address, signer, tmp_path, ledger_database
):
    """Nobody comes to it again: it is kept as soon as it can be, and until then nothing says that all is well."""
    admin = await asyncpg.connect(ledger_database.admin_dsn, password=ledger_database.admin_password)
    kept = SignedFile(tmp_path / "signed", signer.verifier)
    process = Process(address, BrokenBesides(story.messages, admin), signer, kept)
    await wait_until(lambda: process.shows("moiety_ledger_halted") == 1, SECONDS, "it says that it halted")
    assert [] == await alarms(owner)
    assert not process.task.done()

    await admin.execute("UPDATE pg_database SET datallowconn = true WHERE datname = current_database()")
    admin.terminate()
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(process.task, SECONDS)
    assert [(1, "LedgerFailed", True)] == await alarms(owner)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM progress",
        "DELETE FROM tile",
        "UPDATE tile SET hashes = set_byte(hashes, 0, get_byte(hashes, 0) # 1)",
        "UPDATE checkpoint SET note = replace(note, 'moiety', 'noiety')",
    ],
)
@pytest.mark.usefixtures("unguarded")
async def test_a_ledger_that_was_changed_says_so_until_it_is_mended(
    publish, start, story, owner, owner_address, signer, statement
):
    """By an alarm at what would come next; a rebuild mends it, but for what was signed."""
    await publish(story.messages)
    process = await start()
    await entered(owner, len(story.messages))
    await process.stop()
    checkpoints = await owner.fetch("SELECT size, note FROM checkpoint")
    await owner.execute(statement)

    process = await start()
    with pytest.raises(VerificationFailed):
        await process.task
    assert [(len(story.messages) + 1, "LedgerTampered", True)] == await alarms(owner)

    await owner.executemany("UPDATE checkpoint SET note = $2 WHERE size = $1", checkpoints)
    await rebuild(owner_address, Published(story.messages), signer.verifier)
    process = await start()
    await wait_until(lambda: process.shows("moiety_ledger_active") == 1, SECONDS, "it enters again")
    assert [(len(story.messages) + 1, "LedgerTampered", False)] == await alarms(owner)
    await fsck(Evidence(owner), signer.verifier)


# -- another history --------------------------------------------------------------------------------------------------


async def alarms(owner):
    return [tuple(row) for row in await owner.fetch("SELECT position, kind, over_at IS NULL FROM alarm")]


async def halted(process, owner, position):
    """Wait until the ledger has halted after a position and says so everywhere."""

    async def raised() -> bool:
        return (position + 1, "HistoryDiverged", True) in await alarms(owner)

    await wait_until(raised, SECONDS, "the alarm")
    assert (1, 0) == (process.shows("moiety_ledger_halted"), process.shows("moiety_ledger_active"))
    assert position == await owner.fetchval("SELECT position FROM progress")


async def test_a_log_that_ends_below_the_ledger_halts_it_until_it_is_whole_again(publish, start, story, owner, signer):
    """A restored log: nothing is entered, the alarm says where and what, and it is over once the rest is taken back."""
    await publish(story.messages[:20])
    log = [*story.messages[:20]]
    process = await start(log)
    await entered(owner, 20)

    del log[15:]
    await halted(process, owner, 20)
    expected, got = await owner.fetchrow("SELECT expected, got FROM alarm")
    assert chain_text(story.messages[19].chain) in expected
    assert "its end at position 15" in got

    log += story.messages[15:]
    await publish(story.messages[20:])
    await entered(owner, len(story.messages))
    assert [(21, "HistoryDiverged", False)] == await alarms(owner)
    assert process.shows("moiety_ledger_halted") == 0
    await fsck(Evidence(owner), signer.verifier)


async def test_an_alarm_that_is_over_is_over_though_nothing_follows(publish, start, story, owner):
    """Another log was asked by mistake, and then the right one: nothing has to be recorded for that to be seen."""
    await publish(story.messages)
    log = [*story.messages]
    process = await start(log)
    await entered(owner, len(story.messages))
    del log[5:]
    await halted(process, owner, len(story.messages))

    log += story.messages[5:]

    async def over() -> bool:
        return not any(raised for _, _, raised in await alarms(owner))

    await wait_until(over, SECONDS, "the alarm is over")
    assert process.shows("moiety_ledger_halted") == 0


async def test_another_log_is_halted_at_whatever_its_length(publish, start, story, owner):
    """It is longer than what was entered, and another one from the start."""
    await publish(story.messages[:10])
    other = sample().on("2024-01-16")
    log = [message._replace(chain=bytes(32)) for message in other.messages]
    process = await start()
    await entered(owner, 10)
    await process.stop()

    process = await start(log)

    await halted(process, owner, 10)


async def test_a_stream_that_states_another_chain_halts_the_ledger(publish, start, story, owner):
    """What was published before is not what was entered: the message is not, whatever it says."""
    await publish(story.messages[:10])
    process = await start()
    await entered(owner, 10)

    await publish([story.messages[10]._replace(chain=bytes(32))])

    await halted(process, owner, 10)
    expected, got = await owner.fetchrow("SELECT expected, got FROM alarm")
    assert chain_text(story.messages[10].chain) == expected
    assert f"{chain_text(bytes(32))} at 11" == got


async def test_what_one_met_another_tells_once_it_enters(publish, start, story, owner, address):
    """The gauge of who stands by says nothing of the ledger: it would do so long after the other has gone on."""
    await publish(story.messages[:10])
    process = await start()
    await entered(owner, 10)
    await publish([story.messages[10]._replace(chain=bytes(32))])
    await halted(process, owner, 10)

    async with sole_writer(address):
        await wait_until(lambda: process.shows("moiety_ledger_halted") == 0, SECONDS, "it leaves that to the other")

    await wait_until(lambda: process.shows("moiety_ledger_halted") == 1, SECONDS, "it meets it itself")
