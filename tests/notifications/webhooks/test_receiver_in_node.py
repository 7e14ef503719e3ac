"""A receiver in another language verifies what it is sent with the official library, and refuses anything else."""

import asyncio
import contextlib
import shutil
import time
from base64 import b64decode
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
import pytest

from services.notifications.webhooks.signing import Key, Scheme, signed
from shared.database import Pool
from shared.embedded.child import free_ports
from tests.clients.generated import HERE, NODE, installed
from tests.notifications.feeding import feed
from tests.notifications.webhooks.conftest import Portal, Sending
from tests.notifications.webhooks.test_delivering import everything_taken

SCRIPT = "webhooks.mjs"
BODY = b'{"type":"agreements.PartyRegistered.v1","data":{}}'
SECRET = Key("v1", b"s" * 32)


@contextlib.asynccontextmanager
async def receiving_in_node(folder: Path, port: int, key: str) -> AsyncIterator[asyncio.StreamReader]:
    """Run the receiver until the end of the block; yields what it prints."""
    (folder / "node_modules").symlink_to(await asyncio.to_thread(installed) / "node_modules")
    shutil.copy(HERE / SCRIPT, folder)
    receiver = await asyncio.create_subprocess_exec(
        NODE, SCRIPT, cwd=folder, env={"PORT": str(port), "KEY": key}, stdout=asyncio.subprocess.PIPE
    )
    assert receiver.stdout is not None
    try:
        assert b"listening\n" == await receiver.stdout.readline()
        yield receiver.stdout
    finally:
        receiver.kill()
        await receiver.wait()


@pytest.mark.parametrize("scheme", ["v1", "v1a"])
async def test_it_verifies_what_it_is_sent(
    portal: Portal, pool: Pool, sending: Sending, tmp_path: Path, scheme: Scheme
):
    """The challenge and every event, with the key that was shown when the webhook was set up."""
    [port] = free_ports(1)
    made = await portal.done("PUT", "/main", {"url": f"http://127.0.0.1:{port}/", "scheme": scheme})
    await feed(pool, "HUT", 20)
    async with receiving_in_node(tmp_path, port, made["verified_with"]) as printed, sending():
        await portal.done("POST", "/main/verify")
        await everything_taken(portal, 20)
        lines = [msgspec.json.decode(await printed.readline()) for _ in range(20)]

    assert {"agreements.ContributionRecorded.v1"} == {line["type"] for line in lines}
    assert set(range(1, 21)) == {int(line["id"].split("-")[2]) for line in lines}


async def test_it_refuses_what_is_not_ours_or_not_now(tmp_path: Path):
    """A body that was changed, a time long ago or far ahead, another key, another id, and no signature at all."""
    [port] = free_ports(1)
    now = int(time.time())
    right = signed("id-1", now, BODY, (SECRET,))
    async with (
        receiving_in_node(tmp_path, port, SECRET.verified_with),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http,
    ):

        async def status(body: bytes, headers: dict[str, str]) -> int:
            return (await http.post("/", content=body, headers=headers)).status_code

        assert 200 == await status(BODY, right)
        assert 200 == await status(BODY, signed("id-1", now, BODY, (Key("v1", b"o" * 32), SECRET)))
        assert 400 == await status(BODY.replace(b"Party", b"Other"), right)
        for wrong in (
            signed("id-1", now - 3_600, BODY, (SECRET,)),
            signed("id-1", now + 3_600, BODY, (SECRET,)),
            signed("id-1", now, BODY, (Key("v1", b"o" * 32),)),
            {**right, "webhook-id": "id-2"},
            {**right, "webhook-timestamp": str(now + 1)},
            {**right, "webhook-signature": ""},
        ):
            assert 400 == await status(BODY, wrong), wrong


def test_the_key_is_shown_as_the_library_reads_it():
    """What it is given is the secret itself, in base64 behind its prefix."""
    assert SECRET.secret == b64decode(SECRET.verified_with.removeprefix("whsec_"))
