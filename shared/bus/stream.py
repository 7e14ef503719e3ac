"""Streams that mirror a history number by number: their names and settings, and the one that mirrors the log."""

from typing import Final, NamedTuple

from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import APIError, NotFoundError

from shared.errors import MoietyError
from shared.log.chain import LOG, START, Head
from shared.log.envelope import SUBJECT_ROOT
from shared.telemetry import logger

STREAM = "MOIETY"
SUBJECTS = f"{SUBJECT_ROOT}.>"
# What readers know JetStream's API as: it is in the stream's account, theirs is another (shared/embedded/nats.py).
READER_API = "MOIETY.API"
# Three are the services' own (shared/embedded/nats.py), the others are made for partners. No limit on how long one may
# be inactive: the server applies it to durable ones as well, and a partner on holiday would lose its own.
MAX_CONSUMERS = 256
# On the last message of every batch, and on what is in none: the chain up to it (shared/log/chain.py).
CHAIN_HEADER = "Moiety-Chain"
# Whose history the stream is, in its configuration.
LOG_NAME = "moiety-log"
_METADATA = {LOG_NAME: LOG}


class Stream(NamedTuple):
    """A stream that mirrors a history: its name, what is published on it, and where that history begins."""

    name: str
    subjects: str
    description: str
    start: Head = START
    max_consumers: int = MAX_CONSUMERS


LOG_STREAM: Final = Stream(STREAM, SUBJECTS, "The log of agreements, number by number: sequence = position.")


class StreamOfAnotherLog(MoietyError):
    """The stream was made for another log."""


_log = logger()


def stream_config(stream: Stream = LOG_STREAM, *, replicas: int = 1) -> StreamConfig:
    """Return a stream's settings: file storage, nothing ever removed, atomic batches."""
    return StreamConfig(
        name=stream.name,
        description=stream.description,
        subjects=[stream.subjects],
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.NEW,
        storage=StorageType.FILE,
        num_replicas=replicas,
        max_consumers=stream.max_consumers,
        deny_delete=True,
        deny_purge=True,
        allow_direct=True,
        allow_atomic=True,
        metadata=_METADATA,
    )


async def ensure_stream(jetstream: JetStreamContext, stream: Stream = LOG_STREAM, *, replicas: int = 1) -> int:
    """Create the stream where it is missing and return its last sequence, 0 when it is empty.

    Raises StreamOfAnotherLog, for its numbers count other events then.
    """
    try:
        info = await jetstream.stream_info(stream.name)
    except NotFoundError:
        info = await jetstream.add_stream(stream_config(stream, replicas=replicas))
    metadata = info.config.metadata or {}
    if LOG_NAME not in metadata:  # made before streams named their log
        info.config.metadata = {**metadata, **_METADATA}
        info = await jetstream.update_stream(info.config)
    elif metadata[LOG_NAME] != LOG:
        message = f"the stream {stream.name} is of log {metadata[LOG_NAME]}, expected {LOG}"
        raise StreamOfAnotherLog(message)
    return info.state.last_seq


async def bound_consumers(jetstream: JetStreamContext, stream: Stream = LOG_STREAM) -> None:
    """Give a stream from before consumers had a bound its bound; what the server says against it is told."""
    config = (await jetstream.stream_info(stream.name)).config
    if config.max_consumers == stream.max_consumers:
        return
    config.max_consumers = stream.max_consumers
    try:
        await jetstream.update_stream(config)
    except APIError as error:
        # nats-server before 2.12.5 changes this of no stream. Nobody but the administrator could pass the bound.
        _log.warning("The stream keeps its number of consumers", action="consumers-unbounded", reason=str(error))
