"""The one JetStream stream: its name, its settings, and what its server must be able to do."""

from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from shared.log.envelope import SUBJECT_ROOT

STREAM = "MOIETY"
SUBJECTS = f"{SUBJECT_ROOT}.>"
# What readers know JetStream's API as: it is in the stream's account, theirs is another (shared/embedded/nats.py).
READER_API = "MOIETY.API"


def stream_config(*, replicas: int = 1) -> StreamConfig:
    """Return the stream's settings: file storage, nothing ever removed, atomic batches."""
    return StreamConfig(
        name=STREAM,
        description="The log of agreements, number by number: sequence = position.",
        subjects=[SUBJECTS],
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.NEW,
        storage=StorageType.FILE,
        num_replicas=replicas,
        deny_delete=True,
        deny_purge=True,
        allow_direct=True,
        allow_atomic=True,
    )


async def ensure_stream(jetstream: JetStreamContext, *, replicas: int = 1) -> int:
    """Create the stream where it is missing and return its last sequence, 0 when it is empty."""
    try:
        info = await jetstream.stream_info(STREAM)
    except NotFoundError:
        info = await jetstream.add_stream(stream_config(replicas=replicas))
    return info.state.last_seq
