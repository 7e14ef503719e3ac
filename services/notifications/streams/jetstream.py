"""What is asked of JetStream about the parties' streams and their consumers, beside what the relay asks."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from nats.aio.client import Client

from services.notifications.consumers.store import Consumer
from shared.errors import MoietyError
from shared.log.parties import stream_of

ANSWER_SECONDS: Final = 10.0
# What is not acknowledged for so long is delivered again, and so much may wait for that.
ACKNOWLEDGED_WITHIN_SECONDS: Final = 30
MOST_UNACKNOWLEDGED: Final = 1_000
# What a consumer was made from, in its configuration.
_REVISION: Final = "moiety-revision"
_AFTER: Final = "moiety-after"
_STREAM_NOT_FOUND: Final = 10059
_CONSUMER_NOT_FOUND: Final = 10014
_NANOSECONDS: Final = 1_000_000_000


class JetStreamRefused(MoietyError):
    """JetStream did not do what it was asked for."""


class StreamMissing(JetStreamRefused):
    """There is no such stream."""


class Held(NamedTuple):
    """A consumer as it is on the server: what it was made from, and the last number up to which all is acknowledged."""

    revision: str
    after: str
    acknowledged: int
    configuration: dict[str, Any]


class _Error(msgspec.Struct):
    err_code: int = 0
    description: str = ""


class _State(msgspec.Struct):
    last_seq: int


class _Named(msgspec.Struct):
    name: str


class _Stream(msgspec.Struct):
    config: _Named
    state: _State


class _Floor(msgspec.Struct):
    stream_seq: int


class _Consumer(msgspec.Struct):
    name: str
    config: dict[str, Any]
    ack_floor: _Floor


class _Answer(msgspec.Struct):
    error: _Error | None = None
    total: int = 0
    streams: list[_Stream] | None = None
    consumers: list[_Consumer] | None = None


class JetStream:
    """The server, asked as the one user who may make the parties' streams and consumers."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def streams(self) -> dict[str, int]:
        """Return the last number of every stream by its name."""
        found: dict[str, int] = {}
        while True:
            answer = await self._ask("STREAM.LIST", {"offset": len(found)})
            page = answer.streams or []
            found.update({stream.config.name: stream.state.last_seq for stream in page})
            if not page or len(found) >= answer.total:
                return found

    async def delete_stream(self, party: str) -> None:
        """Remove a party's stream, where there is one."""
        try:
            await self._ask(f"STREAM.DELETE.{stream_of(party)}")
        except StreamMissing:
            return

    async def consumers(self, party: str) -> dict[str, Held]:
        """Return the consumers of a party's stream by name; raises StreamMissing."""
        answer = await self._ask(f"CONSUMER.LIST.{stream_of(party)}")
        return {each.name: _held(each) for each in answer.consumers or ()}

    async def make(self, party: str, consumer: Consumer) -> None:
        """Make a consumer that is not there."""
        await self._create(party, consumer.name, "create", configuration_of(party, consumer))

    async def change(self, party: str, consumer: Consumer, held: Held) -> None:
        """Have a consumer tell of something else from where it is."""
        kept = {name: value for name, value in held.configuration.items() if name != "filter_subject"}
        wanted = configuration_of(party, consumer)
        changed = {name: wanted[name] for name in ("filter_subjects", "metadata")}
        await self._create(party, consumer.name, "update", {**kept, **changed})

    async def remove(self, party: str, name: str) -> None:
        """Remove a consumer, where there is one."""
        await self._ask(f"CONSUMER.DELETE.{stream_of(party)}.{name}", missing_is_fine=True)

    async def _create(self, party: str, name: str, action: str, configuration: Mapping[str, Any]) -> None:
        stream = stream_of(party)
        body = {"stream_name": stream, "config": configuration, "action": action}
        await self._ask(f"CONSUMER.CREATE.{stream}.{name}", body)

    async def _ask(
        self, question: str, body: Mapping[str, Any] | None = None, *, missing_is_fine: bool = False
    ) -> _Answer:
        asked = b"" if body is None else msgspec.json.encode(body)
        message = await self._client.request(f"$JS.API.{question}", asked, timeout=ANSWER_SECONDS)
        answer = msgspec.json.decode(message.data, type=_Answer)
        if (error := answer.error) is None or (missing_is_fine and error.err_code == _CONSUMER_NOT_FOUND):
            return answer
        refused = StreamMissing if error.err_code == _STREAM_NOT_FOUND else JetStreamRefused
        raise refused(f"{question}: {error.description} ({error.err_code})")


def configuration_of(party: str, consumer: Consumer) -> dict[str, Any]:
    """Return how a consumer is to be: pulled from, durable, and going on after what was acknowledged."""
    subjects: Sequence[str] = consumer.filter.subjects(party)
    return {
        "name": consumer.name,
        "durable_name": consumer.name,
        "deliver_policy": "by_start_sequence",
        "opt_start_seq": consumer.acknowledged + 1,
        "ack_policy": "explicit",
        "ack_wait": ACKNOWLEDGED_WITHIN_SECONDS * _NANOSECONDS,
        "max_ack_pending": MOST_UNACKNOWLEDGED,
        "replay_policy": "instant",
        "filter_subjects": list(subjects),
        "metadata": {_REVISION: str(consumer.revision), _AFTER: str(consumer.after)},
    }


def is_made_from(held: Held, consumer: Consumer) -> bool:
    """Tell whether a consumer on the server is as it was asked for."""
    return held.revision == str(consumer.revision) and held.after == str(consumer.after)


def begins_as(held: Held, consumer: Consumer) -> bool:
    """Tell whether it began where it should, so that it may stay where it is."""
    return held.after == str(consumer.after)


def _held(consumer: _Consumer) -> Held:
    metadata = consumer.config.get("metadata") or {}
    return Held(metadata.get(_REVISION, ""), metadata.get(_AFTER, ""), consumer.ack_floor.stream_seq, consumer.config)
