"""What the page promises to portals about the stream, beside its examples, which run with the others."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from services.notifications.inbox.views import ListedAlert
from services.notifications.live import HEARTBEAT_SECONDS
from shared.testing import Stack, block_until
from tests.architecture.source import ROOT

PAGE = (ROOT / "docs" / "inbox.md").read_text(encoding="utf-8")
NODE = shutil.which("node")
FOLLOW = """
import { follow } from "./follow.mjs";
const [url, token, after, last] = process.argv.slice(2);
const end = new AbortController();
let begun = 0;
await follow({
  url, after: Number(after), signal: end.signal,
  token: async () => (begun++ ? token : "none"),
  onAlert: (alert) => {
    console.log(JSON.stringify(alert));
    if (alert.sequence === Number(last)) end.abort();
  },
});
"""

pytestmark = pytest.mark.stack


@pytest.fixture
def portal(documented: Stack) -> Iterator[httpx.Client]:
    """A representative of HUT's, whose inbox has something in it."""
    headers = {"Authorization": f"Bearer {documented.token('representative', party='HUT')}"}
    with httpx.Client(base_url=documented.url("notifications"), headers=headers, timeout=5, trust_env=False) as client:
        block_until(lambda: bool(newest(client)), 10, "no alert")
        yield client


def newest(portal: httpx.Client) -> int:
    items = portal.get("/v1/inbox", params={"limit": 1}).raise_for_status().json()["items"]
    return int(items[0]["sequence"]) if items else 0


def first_lines(portal: httpx.Client, count: int, **headers: str) -> list[str]:
    with portal.stream("GET", "/v1/inbox/stream", headers=headers) as answer:
        lines = answer.raise_for_status().iter_lines()
        return [next(lines) for _ in range(count)]


def test_the_page_lists_every_field_of_an_alert() -> None:
    """And none that is not there."""
    table = PAGE[PAGE.index("| Field of an alert") : PAGE.index("## List")]
    named = {
        name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1] if row else "")
    }

    assert {field.encode_name for field in msgspec.structs.fields(ListedAlert)} == named


def test_the_stream_looks_as_on_the_page(portal: httpx.Client) -> None:
    """A time to wait, then an id and an alert, each on one line."""
    retry, number, data = first_lines(portal, 3)

    assert ["retry: 1000", "id: 1"] == [retry, number]
    assert 1 == json.loads(data.removeprefix("data: "))["sequence"]
    assert f"after {HEARTBEAT_SECONDS:.0f} seconds without an alert" in PAGE


def test_a_number_beyond_the_newest_is_refused(portal: httpx.Client) -> None:
    """With the problem that the page names."""
    refused = portal.get("/v1/inbox/stream", headers={"Last-Event-ID": "100000"})

    assert (409, "SEQUENCE_NOT_REACHED") == (refused.status_code, refused.json()["code"])


def test_what_is_no_number_is_refused(portal: httpx.Client) -> None:
    """With the problem that the page names."""
    refused = portal.get("/v1/inbox/stream", headers={"Last-Event-ID": "alr-1"})

    assert (400, "PARAMETER_MISTYPED") == (refused.status_code, refused.json()["code"])


if NODE:

    def test_the_browsers_client_follows(documented: Stack, portal: httpx.Client, tmp_path: Path) -> None:
        """Refused once for its token, it tries again with another, and gets every alert above a number, in order."""
        [code] = re.findall(r"```js\n(.*?)```", PAGE, re.DOTALL)
        (tmp_path / "follow.mjs").write_text(code, encoding="utf-8")
        (tmp_path / "main.mjs").write_text(FOLLOW, encoding="utf-8")
        last = newest(portal)
        token = documented.token("representative", party="HUT")
        ran = subprocess.run(
            [str(NODE), "main.mjs", documented.url("notifications"), token, "3", str(last)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

        assert ran.returncode == 0, ran.stderr
        assert list(range(4, last + 1)) == [json.loads(line)["sequence"] for line in ran.stdout.splitlines()]
