"""Why anybody holds anything of the sample scenario: told alike by agreements, the ledger and the offline verifier."""

import re
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from typing import Any, NamedTuple

import httpx
import pytest

from services.cli import audit, scenario
from services.cli.standing import Standing
from services.ledger.check.offline import ownership_in_words
from services.ledger.check.replay import Replay
from services.ledger.check.verify import verify
from shared.known import AsKnown
from shared.testing import Stack
from tests.e2e.truth import settled

_DERIVED = re.compile(r"^  (?P<person>\S+) (?P<share>\d+/\d+) to (?P<holder>\S+) by (?P<instruments>.+)$")


class Told(NamedTuple):
    """The reason for one holder's share: what carried to it from whom, or else what decided it."""

    carried: frozenset[tuple[str, str, tuple[str, ...]]]
    decided: tuple[str, ...] | None


class Share(NamedTuple):
    """One holder's share from a day on, as the ledger has it, with what decided it."""

    asset: str
    holder: str
    day: date
    because: list[dict[str, Any]]


@pytest.fixture(scope="module")
def replay(stack: Stack) -> Replay:
    """What an auditor has: the bundle, and all that follows from it."""
    settled(stack)
    found = Replay()
    with Standing(stack.home) as standing:
        bundle = audit.download(standing)
    verify(BytesIO(bundle), audit.pinned_key(stack.home), replay=found)
    return found


def shares(stack: Stack) -> Iterator[Share]:
    """Give every holder's share in every period of every asset of the story."""
    headers = {"Authorization": f"Bearer {stack.token('auditor')}"}
    for asset in scenario.read().ownership:
        answer = httpx.get(f"{stack.url('ledger')}/v1/assets/{asset}/timeline", headers=headers)
        for period in answer.json()["periods"]:
            for holder in period["holders"]:
                yield Share(asset, holder, date.fromisoformat(period["from"]), period["because"])


def by_agreements(stack: Stack, share: Share) -> Told:
    headers = {"Authorization": f"Bearer {stack.token('representative', party='HUT', person='HUT-REP')}"}
    asked = {"holder": share.holder, "on": share.day.isoformat()}
    why = httpx.get(f"{stack.url('agreements')}/v1/assets/{share.asset}/why", params=asked, headers=headers).json()
    carried = frozenset((each["person"], each["share"], tuple(each["instruments"])) for each in why["people"])
    return Told(carried, _words(why["decided"]))


def by_the_ledger(share: Share) -> Told:
    [adopted] = [each for each in share.because if each["event"] == "DeterminationAdopted"]
    reasons = [each for each in adopted["reasons"] if each["holder"] == share.holder]
    carried = frozenset((each["contributor"], each["share"], tuple(each["instruments"])) for each in reasons)
    assert adopted["derived"] is (adopted["decided"] is None)
    return Told(carried, _words(adopted["decided"]))


def by_the_verifier(replay: Replay, share: Share) -> Told:
    lines = ownership_in_words(replay, share.asset, share.day, AsKnown())
    found = [match for line in lines if (match := _DERIVED.match(line)) and match["holder"] == share.holder]
    carried = frozenset((each["person"], each["share"], _instruments(each["instruments"])) for each in found)
    said = [line for line in lines if "decided in dispute" in line]
    at = lines.index(said[0]) if said else 0
    return Told(carried, (said[0].partition(": ")[2], *lines[at + 1 : at + 5]) if said else None)


def _instruments(told: str) -> tuple[str, ...]:
    return () if told == "no instrument" else tuple(told.split(", "))


def _words(decided: dict[str, Any] | None) -> tuple[str, ...] | None:
    """Return what decided it in the words of the verifier."""
    if decided is None:
        return None
    return (
        f"decided in dispute {decided['dispute']} on the basis {decided['basis']}:",
        f"  laid down by {decided['laid_down_by']}",
        f"  confirmed by {' and '.join(decided['confirmed_by']) or 'nobody else'}",
        f"  document {decided['document_hash']}",
        "  not derived from contributions",
    )


def test_every_share_has_one_reason(stack: Stack, replay: Replay):
    """Whom one asks makes no difference: whose contribution by which instrument, or what decided it by whose word."""
    told = {}
    for share in shares(stack):
        told[share.asset, share.holder, share.day] = one = by_the_ledger(share)
        assert one == by_agreements(stack, share), share
        assert one == by_the_verifier(replay, share), share

    decided = {asset: one.decided for (asset, _, _), one in told.items() if one.decided}
    assert ["INV-5G-1"] == list(decided)
    assert "  laid down by HUT" in decided["INV-5G-1"]
    assert "  confirmed by ATRC" in decided["INV-5G-1"]
    # Everything else is somebody's because somebody contributed, or got it from who did.
    assert any(one.carried for one in told.values())
