"""A party's system at work: the programs in `examples/`, run as their developers run them, and held to what is so."""

import contextlib
import shutil
import sqlite3
import sys
from pathlib import Path
from typing import Any, Final

import httpx

from services.cli.partner.program import Program
from shared.testing import Stack, block_until
from tests.architecture.source import ROOT
from tests.clients.generated import NODE, installed

PYTHON: Final = (sys.executable, str(ROOT / "examples" / "partner-python" / "partner.py"))
_NODE_EXAMPLE: Final = ROOT / "examples" / "partner-node"
_PAGE: Final = 200
_CAUGHT_UP_SECONDS: Final = 90.0

Holdings = dict[str, dict[str, dict[str, str]]]
"""Of each asset who holds what from which day on."""


def in_node(folder: Path) -> tuple[str, str]:
    """Return the command of the example in Node, brought into a folder with the packages that it is locked to."""
    (folder / "node_modules").symlink_to(installed(_NODE_EXAMPLE) / "node_modules")
    for name in ("package.json", "evidence.mjs", "partner.mjs", "webhook.mjs"):
        shutil.copy(_NODE_EXAMPLE / name, folder)
    return str(NODE), str(folder / "partner.mjs")


def ask(stack: Stack, party: str, service: str, path: str, **asked: Any) -> Any:
    """Ask as a party's system."""
    headers = {"Authorization": f"Bearer {stack.token('partner', party=party)}"}
    answer = httpx.get(f"{stack.url(service)}{path}", params=asked, headers=headers, trust_env=False, timeout=30)
    return answer.raise_for_status().json()


def feed_of(stack: Stack, party: str) -> list[tuple[int, int, str]]:
    """Return what concerns a party, as it is told over HTTP: number, position and type."""
    events: list[tuple[int, int, str]] = []
    while page := ask(stack, party, "notifications", "/v1/feed", after=len(events), limit=_PAGE)["events"]:
        events += [(event["number"], event["position"], event["type"]) for event in page]
    return events


def await_caught_up(stack: Stack, program: Program) -> None:
    """Wait until a program has taken everything that there is."""
    last = ask(stack, program.party, "notifications", "/v1/feed/head")["number"]
    block_until(
        lambda: bool(taken := program.taken()) and taken[-1]["number"] >= last,
        _CAUGHT_UP_SECONDS,
        lambda: f"{program.party} took {len(program.taken())} of {last}: {program.last_words()}",
    )


def took_exactly_its_feed(stack: Stack, program: Program, *, kills: int) -> None:
    """What an example kept is its party's feed; it told of each event once, in order, except where it was killed.

    A kill between keeping an event and telling of it leaves it untold.
    """
    feed = feed_of(stack, program.party)
    told = [(line["number"], line["position"], line["type"]) for line in program.taken()]
    with contextlib.closing(sqlite3.connect(program.database)) as connection:
        kept = connection.execute("SELECT number, position, type FROM event ORDER BY number").fetchall()
    assert feed == kept
    assert [event for event in feed if event in set(told)] == told
    assert len(feed) - len(told) <= kills


def worked_out(database: Path) -> Holdings:
    """Return what an example has worked out."""
    held: Holdings = {}
    with contextlib.closing(sqlite3.connect(database)) as connection:
        for asset, since, holder, share in connection.execute("SELECT asset, since, holder, share FROM holding"):
            held.setdefault(asset, {}).setdefault(since, {})[holder] = share
    return held


def answered_by_the_ledger(stack: Stack, party: str) -> Holdings:
    """Return what the ledger says of every asset that a party may read about."""
    assets = [each["asset"] for each in ask(stack, party, "ledger", "/v1/assets", limit=_PAGE)["items"]]
    return {
        asset: {
            period["from"]: period["holders"]
            for period in ask(stack, party, "ledger", f"/v1/assets/{asset}/timeline")["periods"]
        }
        for asset in assets
    }
