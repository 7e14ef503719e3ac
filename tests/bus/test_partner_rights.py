"""What a partner may do on the bus, with another one there: every act, on real servers with both configurations."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import pytest

from services.notifications.gate.answers import inbox_of
from shared.embedded.nats import USERS
from shared.log.parties import PARTNER_API, acknowledging, stream_of, subject_for
from shared.testing import wait_until
from tests.bus.acts import ACTS
from tests.bus.partners import (
    BODY,
    CONSUMERS,
    EVENTS,
    PARTIES,
    SUBJECT,
    Entrance,
    Partner,
    ask,
    entrance_to,
    furnish,
    state_of,
)

pytestmark = pytest.mark.servers

OTHER_OF = dict(zip(PARTIES, reversed(PARTIES), strict=True))
PULLED = {f"{PARTNER_API}.CONSUMER.MSG.NEXT.{{stream}}.{name}" for name in CONSUMERS}
LOOKED_AT = {f"{PARTNER_API}.CONSUMER.INFO.{{stream}}.{name}" for name in CONSUMERS}
# All that a partner may say and ask, of its own stream and for its own party.
MAY_SAY = {f"{PARTNER_API}.STREAM.INFO.{{stream}}", *LOOKED_AT, *PULLED}


@pytest.fixture(scope="module", params=["embedded", "deployed"])
def entrance(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entrance]:
    """A server as `make run` starts it, and one on `deploy/nats.conf`."""
    with entrance_to(request.param, tmp_path_factory.mktemp(request.param)) as opened:
        yield opened


@pytest.fixture
async def both(entrance: Entrance, tmp_path: Path) -> AsyncIterator[Mapping[str, Partner]]:
    """Two partners that are let in at once."""
    await furnish(entrance)
    async with entrance.gate(tmp_path), entrance.partner("HUT") as hut, entrance.partner("ATRC") as atrc:
        yield {"HUT": hut, "ATRC": atrc}


def questions_about(party: str) -> Iterator[str]:
    """Yield whatever the server can be asked of a party's stream, by either name of its API."""
    for act in ACTS.values():
        if not act.subject.startswith("{api}") or "ledger" in act.subject:
            continue
        for consumer in CONSUMERS:
            named = act.subject.replace("MOIETY", stream_of(party)).replace("atrc", consumer)
            for api in (PARTNER_API, "$JS.API"):
                yield named.format(api=api, own=consumer)


def says(party: str) -> Iterator[str]:
    """Yield what could be said to be, or in the place of, a party."""
    stream = stream_of(party)
    yield subject_for(party, SUBJECT)
    yield f"moiety.party.{party}"
    yield f"$JS.ACK.{stream}.main.1.1.1.1.0"
    yield f"$JS.ACK._.PARTIES.{stream}.main.1.1.1.1.0"
    yield f"$JS.FC.{stream}.main.1"
    yield f"$JS.SNAPSHOT.RESTORE.{stream}.1"
    yield f"{inbox_of(party)}.guessed"
    yield acknowledging(party)


ANYWHERE = [
    SUBJECT,
    "moiety.v1.x",
    "moiety.acknowledge",
    "moiety.acknowledge.HUT.x",
    "$SYS.REQ.USER.AUTH",
    "$SYS.REQ.USER.INFO",
    "$SYS.REQ.SERVER.PING.VARZ",
    "$SYS.REQ.ACCOUNT.PARTIES.CONNZ",
    "$SYS._INBOX.guessed",
    "$JS.EVENT.ADVISORY.STREAM.DELETED.PARTY_ATRC",
    "$JS.API.STREAM.INFO.MOIETY",
    "MOIETY.API.STREAM.INFO.MOIETY",
    "$JS.ACK.MOIETY.ledger.1.1.1.1.0",
    "_INBOX.guessed",
    "_INBOX_ledger.guessed",
    "_R_.guessed",
    "anything",
]


def hears(party: str) -> Iterator[str]:
    yield f"{inbox_of(party)}.>"
    yield f"moiety.party.{party}.>"
    yield acknowledging(party)
    yield f"$JS.ACK.{stream_of(party)}.>"
    yield f"{PARTNER_API}.CONSUMER.MSG.NEXT.{stream_of(party)}.main"
    yield f"$JS.API.CONSUMER.MSG.NEXT.{stream_of(party)}.main"


OVERHEARD = [
    *("_INBOX.>", "_INBOX_*.>", "*.>", ">", "*", "_R_.>", "$SYS.>", "$SYS.REQ.USER.AUTH", "$JS.>", "$JS.API.>"),
    *("$JS.EVENT.>", "$JS.ACK.>", "MOIETY.API.>", "moiety.>", "moiety.v1.>", "moiety.party.>", "moiety.acknowledge.>"),
]


@pytest.mark.parametrize("party", PARTIES)
async def test_a_partner_may_do_this_and_nothing_else(both: Mapping[str, Partner], party: str) -> None:
    """Look at its own stream and consumers, pull, acknowledge, answer, and hear what it is answered."""
    partner, stream = both[party], stream_of(party)
    may_say = {subject.format(stream=stream) for subject in MAY_SAY}
    may_say |= {f"$JS.ACK.{stream}.main.1.1.1.1.0", acknowledging(party)}
    tried = {*ANYWHERE, *(each for one in PARTIES for each in (*questions_about(one), *says(one)))}
    heard = {*OVERHEARD, *(each for one in PARTIES for each in hears(one))}

    assert may_say == {subject for subject in sorted(tried) if await partner.may_publish(subject)}
    assert {f"{inbox_of(party)}.>"} == {subject for subject in sorted(heard) if await partner.may_hear(subject)}
    assert {f"{inbox_of(party)}.>"} == {subject for subject in sorted(heard) if await partner.may_hear(subject, "gate")}


@pytest.mark.parametrize("party", PARTIES)
async def test_nothing_that_a_partner_tries_touches_the_other(
    entrance: Entrance, both: Mapping[str, Partner], party: str
) -> None:
    """Whatever it says, with the worst of bodies: the other's stream and consumers are as they were."""
    other = OTHER_OF[party]
    before = await state_of(entrance, other)
    for subject in (*questions_about(other), *says(other), *ANYWHERE):
        await both[party].client.publish(subject, BODY)
    await both[party].client.flush()

    assert before == await state_of(entrance, other)


@pytest.mark.parametrize("party", PARTIES)
async def test_no_answer_does_what_a_partner_may_not(
    entrance: Entrance, both: Mapping[str, Partner], party: str
) -> None:
    """NATS asks nobody whether a *reply* subject may be published on: no answer may act on the other's, or be an event.

    Not even one whose body is a request for messages, as the events here are.
    """
    partner, other = both[party], OTHER_OF[party]
    before = {one: await state_of(entrance, one) for one in PARTIES}
    replies = [*questions_about(other), *says(other), *ANYWHERE, f"moiety.party.{party}.x.y.Z"]
    asked = [f"{PARTNER_API}.STREAM.INFO.{stream_of(party)}"]
    asked += [f"{PARTNER_API}.CONSUMER.{act}.{stream_of(party)}.main" for act in ("INFO", "MSG.NEXT")]
    for reply in replies:
        for subject in asked:
            await partner.client.publish(subject, BODY, reply=reply)
        await partner.client.publish(f"$JS.ACK.{stream_of(party)}.reporting.1.1.1.1.0", b"+NXT", reply=reply)
    await partner.client.flush()
    # Whatever came before is done when the same is answered.
    await partner.client.jetstream(prefix=PARTNER_API).consumer_info(stream_of(party), "main")

    assert before[other] == await state_of(entrance, other)
    assert before[party]["last"] == (await state_of(entrance, party))["last"]


async def test_both_pull_their_own_at_once(entrance: Entrance, both: Mapping[str, Partner]) -> None:
    """Consumers of one name on two streams are two, and each gets all of its own once."""
    pulled = await asyncio.gather(*(both[party].pull(name) for party in PARTIES for name in CONSUMERS))

    assert [list(range(1, EVENTS + 1))] * 4 == [list(numbers) for numbers in pulled]
    for party in PARTIES:
        consumers = (await state_of(entrance, party))["consumers"]
        assert {EVENTS} == {consumer["ack_floor"]["stream_seq"] for consumer in consumers.values()}


async def test_an_inbox_of_the_others_has_to_be_guessed(both: Mapping[str, Partner]) -> None:
    """An answer can be sent to any subject that somebody listens to; those of clients end in what nobody can guess."""
    inboxes = {both["ATRC"].client.new_inbox() for _ in range(100)}

    assert 100 == len(inboxes)
    assert all(re.fullmatch(r"_INBOX_ATRC\.[A-Za-z0-9]{22}", inbox) for inbox in inboxes)


@pytest.mark.parametrize("user", ["feeds", "gate"])
async def test_who_serves_partners_may_not_do_this(entrance: Entrance, user: str, tmp_path: Path) -> None:
    """Neither publishes what is in the log; the gate does nothing but answer, and the other takes nobody's messages."""
    await furnish(entrance)
    listed = {
        *ANYWHERE,
        *(f"{inbox_of(party)}.guessed" for party in PARTIES),
        *(each for party in PARTIES for each in questions_about(party)),
        *(subject_for(party, SUBJECT) for party in PARTIES),
    }
    overheard = {each for party in PARTIES for each in hears(party)} | {*OVERHEARD}
    rights = [re.escape(right).replace(r"\*", "[^.]+").replace(">", ".+") for right in USERS[user].publish]
    complaints: list[str] = []
    async with entrance.as_user(user) as client:

        async def complain(error: Exception) -> None:
            complaints.append(str(error).lower())

        client._error_cb = complain  # the client has no other way to be told of another
        somebody = Partner("nobody", client, complaints)
        told = {subject for subject in sorted(listed) if await somebody.may_publish(subject)}
        heard = {subject for subject in sorted(overheard) if await somebody.may_hear(subject)}

    assert told == {subject for subject in listed if any(re.fullmatch(right, subject) for right in rights)}
    assert not [subject for subject in told if re.search(r"PURGE|SNAPSHOT|RESTORE|MSG|PAUSE|RESET|moiety\.v1", subject)]
    assert set(USERS[user].asked) == heard


async def test_whoever_makes_streams_makes_none_for_the_log(entrance: Entrance) -> None:
    """In its own account it may; what is published on the log's subjects is in another."""
    async with entrance.as_user("feeds") as feeds:
        await ask(feeds, "STREAM.CREATE.MINE", name="MINE", subjects=["moiety.v1.>"])
        async with entrance.as_user("relay") as relay:
            await relay.publish(SUBJECT, b"{}")
            await relay.flush()
        stored = (await ask(feeds, "STREAM.INFO.MINE"))["state"]["messages"]
        await ask(feeds, "STREAM.DELETE.MINE")

    assert 0 == stored


async def test_two_systems_of_one_party_share_its_consumers(entrance: Entrance, tmp_path: Path) -> None:
    """What one acknowledged, the other is not told."""
    await furnish(entrance)
    async with entrance.gate(tmp_path), entrance.partner("HUT") as one, entrance.partner("HUT") as another:
        assert [1, 2] == list(await one.pull("main", 2))
        assert [3, 4, 5] == list(await another.pull("main", 3))


async def test_a_partner_that_listens_to_too_much_is_sent_away(entrance: Entrance, tmp_path: Path) -> None:
    """It loses its own connection, and nobody else's."""
    await furnish(entrance)
    async with entrance.gate(tmp_path), entrance.partner("ATRC") as other:
        async with entrance.partner("HUT") as listening:
            for _ in range(300):
                await listening.client.subscribe(listening.client.new_inbox())
            await wait_until(lambda: listening.client.is_closed, 10, "it was not sent away")
        assert [1, 2, 3, 4, 5] == list(await other.pull("main"))
