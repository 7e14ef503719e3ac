"""Servers that hang: every wait ends, what cannot work says so, and everything goes on afterwards."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx
import psycopg
import pytest

from services.agreements.relay import TOLERATED_SECONDS
from shared.database import ACQUIRE_SECONDS, CONNECT_SECONDS, LOCK_SECONDS, STATEMENT_SECONDS
from shared.testing import Stack, block_until
from tests.e2e.frozen import frozen
from tests.e2e.load import under_load
from tests.e2e.truth import settled

# The longest that one thing may wait behind another: for a connection, then for its own statement.
BOUND_SECONDS: Final = STATEMENT_SECONDS + max(ACQUIRE_SECONDS, CONNECT_SECONDS) + 5
READINESS_SECONDS: Final = 4.0
END_SECONDS: Final = 12.0
# Whoever measures looks every two seconds, and may have to wait for NATS first.
LAG_SECONDS: Final = 15.0
SERVICES: Final = ("agreements", "ledger", "notifications")
READS: Final = {
    "agreements": "/v1/inventions/INV-5G-1",
    "ledger": "/v1/assets/INV-5G-1/ownership",
    "notifications": "/v1/inbox",
}
# Who may be behind, and what its metrics call it.
BEHIND: Final = {"relay": "relay", "ledger": "ledger", "notifications": "alerting"}
BODY: Final = {
    "project": "PRJ-5G",
    "contributor": "HUT-PI-5G",
    "kind": "NON_INVENTIVE",
    "conceived_on": "2024-07-08",
    "description_hash": "sha256:" + "6" * 64,
}


def asked(stack: Stack, service: str, path: str, timeout: float) -> httpx.Response:
    token = stack.token("representative", party="HUT", person="HUT-REP")
    with httpx.Client(base_url=stack.url(service), timeout=timeout, trust_env=False) as http:
        return http.get(path, headers={"Authorization": f"Bearer {token}"})


def commanded(stack: Stack, contribution: str) -> httpx.Response:
    token = stack.token("representative", party="HUT", person="HUT-REP")
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"key-{contribution}"}
    with httpx.Client(base_url=stack.url("agreements"), timeout=BOUND_SECONDS, trust_env=False) as http:
        return http.post("/v1/contributions", json={"contribution": contribution, **BODY}, headers=headers)


def at_once(*questions: Callable[[], Any]) -> list[Any]:
    """Ask everything at the same time, and return the answers in order."""
    answers: dict[int, Any] = {}
    threads = [
        threading.Thread(target=lambda number=number, ask=ask: answers.__setitem__(number, ask()))
        for number, ask in enumerate(questions)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answers[number] for number in range(len(questions))]


def is_unready(stack: Stack, service: str) -> bool:
    return asked(stack, service, "/health/ready", READINESS_SECONDS).status_code == httpx.codes.SERVICE_UNAVAILABLE


def administering(stack: Stack) -> psycopg.Connection[tuple[object, ...]]:
    postgres = stack.home.postgres
    return psycopg.connect(postgres.dsn("agreements"), password=postgres.password, autocommit=True)


@contextmanager
def without_its_standby(admin: psycopg.Connection[tuple[object, ...]]) -> Iterator[None]:
    """Let every commit wait for a standby that is not there."""
    admin.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    admin.execute("SELECT pg_reload_conf()")
    try:
        yield
    finally:
        admin.execute("ALTER SYSTEM RESET synchronous_standby_names")
        admin.execute("SELECT pg_reload_conf()")


def is_recorded(admin: psycopg.Connection[tuple[object, ...]], contribution: str) -> bool:
    stream = f"contribution:{contribution}"
    return admin.execute("SELECT FROM event WHERE stream = %s", [stream]).fetchone() is not None


def test_a_frozen_database_keeps_nobody_waiting(stack: Stack):
    """Commands and reads are told that it does not answer, readiness sooner; afterwards nothing is lost or doubled."""
    with under_load(stack, "load-frozen") as load:
        load.await_more(20)
        with frozen(stack, "postgres"):
            assert [True] * 3 == at_once(*(lambda each=each: is_unready(stack, each) for each in SERVICES))
            answers = at_once(
                lambda: commanded(stack, "CTB-frozen"),
                *(lambda service=service: asked(stack, service, READS[service], BOUND_SECONDS) for service in SERVICES),
            )
            for answer in answers:
                assert (503, "1") == (answer.status_code, answer.headers["Retry-After"]), answer.text
            assert "LOG_UNAVAILABLE" == answers[0].json()["code"]
        stack.wait_ready()
        load.await_more(20)
    assert commanded(stack, "CTB-frozen").is_success
    assert commanded(stack, "CTB-frozen").is_success

    settled(stack, load)


def test_a_command_that_was_recorded_after_all_is_found_by_its_key(stack: Stack):
    """Its commit waits for a standby that does not answer. Whoever was told 503 repeats it later and learns its answer.

    Until then nobody sees it: a wait that ends must not cancel the commit's, which would make it visible at once.
    """
    with administering(stack) as admin:
        with without_its_standby(admin):
            assert httpx.codes.SERVICE_UNAVAILABLE == commanded(stack, "CTB-unheard").status_code
            assert not is_recorded(admin, "CTB-unheard")
        block_until(lambda: is_recorded(admin, "CTB-unheard"), READINESS_SECONDS, "the commit goes through")
    stack.wait_ready()
    first, second = commanded(stack, "CTB-unheard"), commanded(stack, "CTB-unheard")
    assert httpx.codes.CREATED == first.status_code
    assert "true" == first.headers["Idempotent-Replayed"]
    assert first.content == second.content

    settled(stack)


def test_with_nats_frozen_everybody_says_what_waits(stack: Stack):
    """Commands are recorded all the while; who publishes, enters and alerts says how much waits, and for how long."""
    before = settled(stack).log_position
    with frozen(stack, "nats"):
        assert commanded(stack, "CTB-unpublished").is_success
        for process, name in BEHIND.items():
            await_measured(stack, process, f"moiety_{name}_lag", 1)
            assert before + 1 == measured(stack, process, "moiety_log_position")
        block_until(lambda: is_unready(stack, "relay"), TOLERATED_SECONDS + LAG_SECONDS, "the relay is no longer ready")
        assert not is_unready(stack, "agreements")
        for process, name in BEHIND.items():
            assert measured(stack, process, f"moiety_{name}_lag_seconds") > TOLERATED_SECONDS - LAG_SECONDS
            assert "1 events behind the log" in asked(stack, process, "/health/ready", READINESS_SECONDS).text
    stack.wait_ready()

    settled(stack)
    for process, name in BEHIND.items():
        await_measured(stack, process, f"moiety_{name}_lag_seconds", 0)


def await_measured(stack: Stack, process: str, metric: str, value: float) -> None:
    block_until(lambda: measured(stack, process, metric) == value, LAG_SECONDS, f"{metric} of {process} is {value}")


def measured(stack: Stack, process: str, metric: str) -> float:
    """Return what a process shows under a metric's name."""
    answer = httpx.get(stack.home.metrics_url(process), timeout=READINESS_SECONDS, trust_env=False)
    lines = answer.raise_for_status().text.splitlines()
    return next(float(line.split()[-1]) for line in lines if line.startswith(f"{metric} "))


@pytest.mark.parametrize("server", ["postgres", "nats"])
def test_a_frozen_server_keeps_nobody_from_stopping(stack: Stack, server: str):
    """Told to stop while the server hangs, every process ends within its grace; started again, it goes on."""
    with under_load(stack, f"load-stopped-{server}") as load:
        load.await_more(20)
        with frozen(stack, server):
            await_waiting(stack, server)
            for name in (*SERVICES, "relay"):
                stack.process(name).send_signal(signal.SIGTERM)
            deadline = time.monotonic() + END_SECONDS
            for name in (*SERVICES, "relay"):
                stack.process(name).wait(timeout=max(0.1, deadline - time.monotonic()))
        for name in (*SERVICES, "relay"):
            stack.start_process(name)
        stack.wait_ready()
        load.await_more(20)

    settled(stack, load)


def is_behind(stack: Stack, process: str) -> bool:
    return measured(stack, process, f"moiety_{BEHIND[process]}_lag") > 0


def await_waiting(stack: Stack, server: str) -> None:
    """Wait until everybody has asked the server for something that does not come."""
    if server == "nats":
        block_until(lambda: all(is_behind(stack, process) for process in BEHIND), LAG_SECONDS, "all are behind")
    else:
        assert [True] * 3 == at_once(*(lambda each=each: is_unready(stack, each) for each in SERVICES))


def test_a_locked_head_keeps_nobody_waiting(stack: Stack):
    """Somebody holds the lock that every command needs: commands and readiness say so, and reads are answered."""
    with administering(stack) as holder, holder.transaction():
        holder.execute("SELECT FROM log_head FOR UPDATE")
        assert is_unready(stack, "agreements")
        answer = commanded(stack, "CTB-locked")
        assert (503, "LOG_UNAVAILABLE") == (answer.status_code, answer.json()["code"])
        assert answer.elapsed.total_seconds() < LOCK_SECONDS + READINESS_SECONDS
        assert asked(stack, "agreements", READS["agreements"], READINESS_SECONDS).is_success
    block_until(lambda: not is_unready(stack, "agreements"), READINESS_SECONDS, "agreements is ready again")
    assert commanded(stack, "CTB-locked").is_success

    settled(stack)
