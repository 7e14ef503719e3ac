"""What the verifier refuses the writer refuses before it: entries that nobody must ever sign, each told both."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
import pytest

from services.ledger.errors import LedgerHalted, TamperDetected
from services.ledger.rules.entry import ENTRY_CHECKS
from services.ledger.write.batch import AHEAD
from services.ledger.write.writer import Writer
from shared.canonical import canonical_json
from shared.events.dispute import DisputePositionFiled
from shared.events.invention import InventionDisclosed
from tests.docs.made import made
from tests.ledger.story import HASH, Story, sample
from tests.ledger.taken_apart import Bundle, check
from tests.told import refuses


class Unfit(NamedTuple):
    """A story whose last entry nobody can believe, and what the writer's alarm calls it."""

    told: Callable[[], Story]
    kind: str


def rewritten(change: Callable[[bytes], bytes]) -> Callable[[], Story]:
    """Tell the sample with the bytes of its last entry changed."""

    def told() -> Story:
        story = sample()
        story.messages[-1] = story.messages[-1]._replace(body=change(story.messages[-1].body))
        return story

    return told


def member(path: str, value: Any) -> Callable[[bytes], bytes]:
    """Write a member of the event otherwise, in canonical JSON."""

    def change(body: bytes) -> bytes:
        read = msgspec.json.decode(body)
        *outer, name = path.split(".")
        inner = read
        for each in outer:
            inner = inner[each]
        inner[name] = value
        return canonical_json(read)

    return change


def ending(tell: Callable[[Story], Any], *changes: Callable[[bytes], bytes]) -> Callable[[], Story]:
    """Tell the sample and one thing more, whose bytes may be changed."""

    def told() -> Story:
        story = sample()
        tell(story)
        for change in changes:
            story.messages[-1] = story.messages[-1]._replace(body=change(story.messages[-1].body))
        return story

    return told


def contributed(story: Story) -> None:
    story.contribute("PI", "E1", "1/1", attested=False)


def attested(story: Story) -> None:
    story.attest(story.contribute("PI", "E1", "1/1", attested=False), "INV-5G-1", HASH)


def attested_unheard(story: Story) -> None:
    story.attest("ctb-unheard", "INV-5G-1", HASH)


def determination_attested(story: Story) -> None:
    proposed = story.propose(3)
    story.adopt(msgspec.structs.replace(proposed, det_hash=HASH))
    for told in (story.messages, story.envelopes):
        told.pop()


def disclosed_again(story: Story) -> None:
    disclosed = next(each.data for each in story.envelopes if isinstance(each.data, InventionDisclosed))
    story.tell(disclosed, disclosed.invention)


def too_fine(story: Story) -> None:
    """Tell of shares that, each of them short, come to one that nobody could read again."""
    for number in range(2):
        story.transfer("HUT", "ATRC", "2025-06-01", f"XFR-F{number}", of_whole=f"1/{10**190 + number}")


def position_filed(story: Story) -> None:
    story.tell(made(DisputePositionFiled, dispute="DSP-UNHEARD", asset="INV-5G-1"), "DSP-UNHEARD")


UNFIT = {
    "spaces": Unfit(rewritten(msgspec.json.format), "EventNotCanonical"),
    "order": Unfit(
        rewritten(lambda body: msgspec.json.encode(dict(reversed(msgspec.json.decode(body).items())))),
        "EventNotCanonical",
    ),
    "a member twice": Unfit(
        rewritten(lambda body: body.replace(b'{"actor":', b'{"actor":"other","actor":', 1)), "EventNotCanonical"
    ),
    "a member of the data twice": Unfit(
        rewritten(lambda body: body.replace(b'"ground":', b'"ground":"other","ground":', 1)), "EventNotCanonical"
    ),
    "a space in the data": Unfit(
        rewritten(lambda body: body.replace(b'"data":{', b'"data":{ ', 1)), "EventNotCanonical"
    ),
    "a letter spelled out": Unfit(rewritten(lambda body: body.replace(b"HUT", b"\\u0048UT", 1)), "EventNotCanonical"),
    "an unknown member twice": Unfit(rewritten(lambda body: body[:-1] + b',"zz":1,"zz":1}'), "EventNotCanonical"),
    "a fraction": Unfit(rewritten(member("later", 1.5)), "EventNotCanonical"),
    "an exponent": Unfit(rewritten(lambda body: body[:-1] + b',"zz":1e400}'), "EventNotCanonical"),
    "a number beyond I-JSON": Unfit(rewritten(member("later", 2**53)), "EventNotCanonical"),
    "a negative one": Unfit(rewritten(member("later", [{"deep": -(2**53)}])), "EventNotCanonical"),
    "a version beyond it": Unfit(
        ending(lambda story: story.propose(3), member("data.version", 2**53 + 1)), "EventNotCanonical"
    ),
    "a number of thousands of digits": Unfit(
        rewritten(lambda body: body[:-1] + b',"zz":' + b"9" * 6_000 + b"}"), "EventNotCanonical"
    ),
    "too deep": Unfit(
        rewritten(lambda body: body[:-1] + b',"zz":' + b"[" * 9_000 + b"]" * 9_000 + b"}"), "EventMalformed"
    ),
    "65,536 bytes": Unfit(
        rewritten(lambda body: member("later", "x" * (65_536 - len(member("later", "")(body))))(body)), "EventTooLarge"
    ),
    "no offset": Unfit(rewritten(member("time", "2025-05-02T09:00:01.000000")), "EventWithoutTime"),
    "before all time": Unfit(rewritten(member("time", "0001-01-01T00:00:00.000000+23:00")), "EventWithoutTime"),
    "another asset's stream": Unfit(
        ending(contributed, member("subject", "contribution:CTB-OTHER")), "EventInAnotherStream"
    ),
    "disclosed again": Unfit(ending(disclosed_again), "EnteringFailed"),
    "content hash": Unfit(ending(contributed, member("data.content_hash", HASH)), "ContentHashWrong"),
    "changed content": Unfit(ending(contributed, member("data.points", "9/1")), "ContentHashWrong"),
    "hash of shares": Unfit(ending(lambda story: story.propose(3), member("data.det_hash", HASH)), "ContentHashWrong"),
    "hash of inputs": Unfit(
        ending(lambda story: story.propose(3), member("data.inputs_hash", HASH)), "ContentHashWrong"
    ),
    "attested other content": Unfit(ending(attested), "LedgerInconsistencyDetected"),
    "attested nothing": Unfit(ending(attested_unheard), "LedgerInconsistencyDetected"),
    "attested other shares": Unfit(ending(determination_attested), "LedgerInconsistencyDetected"),
    "a share too long": Unfit(
        ending(
            lambda story: story.transfer("HUT", "ATRC", "2025-06-01", of_whole="1/8"),
            member("data.amount.of_whole", "1/" + "9" * 400),
        ),
        "LedgerInconsistencyDetected",
    ),
    "shares too fine": Unfit(ending(too_fine), "EnteringFailed"),
    "an unheard invention": Unfit(
        ending(lambda story: story.transfer("HUT", "ATRC", "2025-06-01", invention="INV-UNHEARD", of_whole="1/8")),
        "EnteringFailed",
    ),
    "an unheard dispute": Unfit(ending(position_filed), "EnteringFailed"),
}
each_unfit = pytest.mark.parametrize("unfit", UNFIT.values(), ids=UNFIT)


@each_unfit
async def test_the_writer_halts_before_what_nobody_may_sign(unfit: Unfit, writer, owner):
    """Everything before it is entered and signed, nothing beyond, and the alarm is at its position."""
    story = unfit.told()
    position = len(story.messages)

    with pytest.raises(LedgerHalted) as halted:
        await writer.enter(story.messages)

    assert (position, unfit.kind) == (halted.value.position, halted.value.kind)
    assert position - 1 == writer.position == await owner.fetchval("SELECT max(size) FROM checkpoint")
    assert [(position, unfit.kind)] == [tuple(row) for row in await owner.fetch("SELECT position, kind FROM alarm")]


@each_unfit
def test_the_verifier_finds_it_if_somebody_signed_it(unfit: Unfit):
    """A bundle that the ledger's own key has signed is refused at that very entry, and not by a failure of ours."""
    story = unfit.told()
    bodies = [message.body for message in story.messages]
    if unfit.kind == "EventTooLarge":
        return  # a bundle cannot even hold it

    with refuses(TamperDetected) as detected:
        check(Bundle(bodies))
    assert detected.value.at == f"position {len(bodies)}"


def test_there_is_an_entry_for_every_check():
    """A check that no entry here fails is one that nobody would miss."""
    of_bytes = {"EventTooLarge", "EventMalformed", "EventNotCanonical"}

    assert of_bytes | {check.kind for check in ENTRY_CHECKS} <= {unfit.kind for unfit in UNFIT.values()}


async def test_an_event_from_the_future_halts_the_ledger(store, signer, owner):
    """By more than clocks differ: what was known by every instant until then would change."""
    story = sample()
    newest = story.envelopes[-1].time
    now = newest - AHEAD - timedelta(microseconds=1)
    ahead = Writer(store, signer, clock=lambda: now)
    await ahead.resume()

    with pytest.raises(LedgerHalted) as halted:
        await ahead.enter(story.messages)

    assert (len(story.messages), "EventAheadOfTime") == (halted.value.position, halted.value.kind)
    assert len(story.messages) - 1 == await owner.fetchval("SELECT position FROM progress")
    within = Writer(store, signer, clock=lambda: newest - AHEAD)
    await within.resume()
    await within.enter(story.messages)
    assert len(story.messages) == within.position


async def test_a_clock_that_cannot_be_read_halts_the_ledger(store, signer, owner):
    """Whatever goes wrong while it enters leaves an alarm at the position that it did not pass."""

    def broken() -> datetime:
        return datetime.fromisoformat("soon").astimezone(UTC)

    writer = Writer(store, signer, clock=broken)
    await writer.resume()

    with pytest.raises(LedgerHalted, match="position 1"):
        await writer.enter(sample().messages)
    assert (1, "EnteringFailed", "ValueError") == tuple(await owner.fetchrow("SELECT position, kind, got FROM alarm"))


async def test_an_alarm_shows_whatever_an_event_says(writer, owner):
    """Also what no database can hold and no inbox show: an alarm that cannot be kept would be silence."""
    story = sample()
    odd = member("type", "agreements.\0" + "\n" * 5_000)(story.messages[-1].body)
    story.messages[-1] = story.messages[-1]._replace(body=odd)

    with pytest.raises(LedgerHalted):
        await writer.enter(story.messages)

    position, got = await owner.fetchrow("SELECT position, got FROM alarm")
    assert len(story.messages) == position
    assert len(got) <= 1_000
    assert got.isprintable()
