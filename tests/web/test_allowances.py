"""Each caller has a part of a process's time and no more: what it asks beyond waits, and then is refused."""

import asyncio
import time
from collections.abc import Iterator

import pytest
from litestar import get
from litestar.testing import TestClient

from shared.testing import wait_until
from shared.web.allowances import Allowances, Metered
from shared.web.app import create_app
from shared.web.auth import Caller
from shared.web.edge import Application
from shared.web.issuer import LocalIssuer
from shared.web.refusals import AllowanceSpent, TooManyStreams, refusals
from tests.told import refuses
from tests.web.kitchen import ROUTES, WebSettings
from tests.web.published import Clock

HUT = Caller("psn-1", party="HUT", roles=frozenset({"representative"}))
HUT_TOO = Caller("psn-2", party="HUT", roles=frozenset({"representative"}))
ATRC = Caller("psn-1", party="ATRC", roles=frozenset({"representative"}))
AUDITOR = Caller("HUT", roles=frozenset({"auditor"}))
LEDGER = Caller("ledger", roles=frozenset({"service"}))
BUSY_SECONDS = 0.1
WAIT_SECONDS = 1.0


def busy(seconds: float = BUSY_SECONDS) -> None:
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


@get("/v1/costly", responses=refusals())
async def costly() -> str:
    busy()
    return "done"


@get("/v1/patient", responses=refusals())
async def patient() -> str:
    await asyncio.sleep(BUSY_SECONDS)
    return "done"


@pytest.fixture
def small(settings: WebSettings) -> Iterator[TestClient[Application]]:
    """A service in which each caller has 20 units, and little more for a long time."""
    few = WebSettings(jwks=settings.jwks, requests_per_second=0.1, requests_saved=20)
    with TestClient(create_app(service="kitchen", settings=few, routes=[*ROUTES, costly, patient])) as client:
        yield client


@pytest.fixture
def clock() -> Clock:
    return Clock(1000.0)


async def admitted(allowances: Allowances, caller: Caller, times: int) -> float:
    """Ask so many times, one by one; return how long that took."""
    started = time.monotonic()
    for _ in range(times):
        await allowances.admit(caller)
    return time.monotonic() - started


async def test_what_was_saved_is_there_at_once_and_the_rest_by_the_clock() -> None:
    """A burst passes, and what follows is slowed down to what comes back; nothing is refused for that."""
    allowances = Allowances(per_second=100, saved=50)

    assert await admitted(allowances, HUT, 50) < 0.2
    assert await admitted(allowances, HUT, 30) >= 0.25


async def test_what_would_wait_long_is_refused_and_told_until_when(clock: Clock) -> None:
    """After as long a wait as any: asking on and on is no way around it."""
    allowances = Allowances(per_second=0.5, saved=3, longest_wait_seconds=WAIT_SECONDS, clock=clock)
    await admitted(allowances, HUT, 3)
    started = time.monotonic()
    with refuses(AllowanceSpent) as refused:
        await allowances.admit(HUT)

    assert time.monotonic() - started >= WAIT_SECONDS
    assert 2 == refused.value.retry_after_seconds
    clock.now += 1
    await allowances.admit(HUT)


async def test_each_party_has_its_own_whoever_speaks_for_it(clock: Clock) -> None:
    """Two people of one party share, two parties do not; whoever speaks for none has its own."""
    allowances = Allowances(per_second=0.1, saved=2, longest_wait_seconds=WAIT_SECONDS, clock=clock)
    await allowances.admit(HUT)
    await allowances.admit(HUT_TOO)
    with refuses(AllowanceSpent):
        await allowances.admit(HUT)

    assert await admitted(allowances, ATRC, 2) + await admitted(allowances, AUDITOR, 2) < WAIT_SECONDS


async def test_our_own_services_have_all_they_need(clock: Clock) -> None:
    """They read all there is when they catch up, and are the operator's own."""
    allowances = Allowances(per_second=0.1, saved=2, longest_wait_seconds=WAIT_SECONDS, clock=clock)
    allowances.charge(LEDGER, 1_000)
    await allowances.pay(LEDGER, 1_000)

    assert await admitted(allowances, LEDGER, 100) < WAIT_SECONDS


async def test_whoever_asks_one_thing_after_another_is_never_refused(clock: Clock) -> None:
    """However much the last one took: it waits for half of the longest wait, and has its turn."""
    allowances = Allowances(per_second=100, saved=50, longest_wait_seconds=WAIT_SECONDS, clock=clock)
    for _ in range(3):
        await allowances.admit(HUT)
        allowances.charge(HUT, 3_600)
    started = time.monotonic()
    await allowances.admit(HUT)

    assert WAIT_SECONDS / 2 <= time.monotonic() - started < WAIT_SECONDS * 2


async def test_what_is_sent_on_a_stream_is_paid_for_before() -> None:
    """However long it takes: a stream is slowed down, not ended."""
    allowances = Allowances(per_second=100, saved=10)
    started = time.monotonic()
    await allowances.pay(HUT, 10)
    await allowances.pay(HUT, 10)

    assert 0.09 <= time.monotonic() - started < 1


def test_a_request_costs_the_time_it_takes(small: TestClient[Application], issuer: LocalIssuer) -> None:
    """Not the time that it waits for others; whoever has asked for too much is refused by name, others are not."""
    hut, atrc = ({"Authorization": f"Bearer {issuer.mint('psn-1', party=party)}"} for party in ("HUT", "ATRC"))
    assert [200] * 5 == [small.get("/v1/patient", headers=hut).status_code for _ in range(5)]
    assert small.get("/v1/costly", headers=hut).status_code == 200
    refused = small.get("/v1/me", headers=hut)

    assert (429, "ALLOWANCE_SPENT") == (refused.status_code, refused.json()["code"])
    assert 10 <= int(refused.headers["retry-after"]) <= 15
    assert small.get("/v1/me", headers=atrc).status_code == 200
    assert small.get("/health/live").status_code == 200


def test_what_is_refused_or_fails_costs_as_well(small: TestClient[Application], signed: dict[str, str]) -> None:
    """Whoever asks for what is not there, or for what fails, uses the same machine."""
    codes = [small.get("/v1/failures/cold", headers=signed).status_code for _ in range(21)]

    assert 503 == codes[0]
    assert 429 in codes


async def test_streams_are_few_and_make_room_when_they_end() -> None:
    """Counted for each party, whoever opens them."""
    allowances = Allowances(streams=2)
    first, second, third = ({"state": dict[str, object]()} for _ in range(3))
    allowances.open_stream(HUT, first)  # type: ignore[arg-type]  # as much of a scope as is looked at
    allowances.open_stream(HUT_TOO, second)  # type: ignore[arg-type]
    with refuses(TooManyStreams):
        allowances.open_stream(HUT, third)  # type: ignore[arg-type]
    allowances.open_stream(ATRC, third)  # type: ignore[arg-type]
    allowances.ended(first)  # type: ignore[arg-type]
    allowances.ended(first)  # type: ignore[arg-type]  # no stream any more
    allowances.open_stream(HUT, first)  # type: ignore[arg-type]
    with refuses(TooManyStreams):
        allowances.open_stream(HUT, second)  # type: ignore[arg-type]


async def test_work_is_metered_as_it_is() -> None:
    """What it gets, what it raises and how it is told to stop stay what they were."""
    told: list[str] = []

    async def work() -> None:
        busy(0.05)
        await asyncio.sleep(1)
        told.append("waits")
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            told.append("stopped")
            raise

    async def failing() -> None:
        await asyncio.sleep(0)
        raise ZeroDivisionError

    metered = Metered(work())

    async def run() -> None:
        await metered

    task = asyncio.create_task(run())
    await wait_until(lambda: told == ["waits"], 10, "it waits")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ZeroDivisionError):
        await Metered(failing())

    assert ["waits", "stopped"] == told
    assert 0.05 <= metered.busy_seconds < 1
