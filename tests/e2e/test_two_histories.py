"""Whatever is restored, promoted, exchanged or changed: what continues another history halts, and can be put right."""

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, Final

import httpx
import psycopg
import pytest

from shared.embedded.bootstrap import create_database, create_databases, drop_database
from shared.embedded.home import LEDGER_ORIGIN, note_signing_key
from shared.migrate import folder_of, migrate
from shared.testing import Stack, block_until, is_ready, temporary_home
from tests.e2e.truth import run, settled

SECONDS: Final = 40.0
_numbers = count(1)


class Operations:
    """A stack as whoever operates it sees it: what is recorded on it, its backups, and what it says."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack

    # -- what is recorded -------------------------------------------------------------------------------------------

    def register(self) -> httpx.Response:
        """Let an operator register a party."""
        name = f"PARTY-{next(_numbers)}"
        body = {"party": name, "kind": "COMPANY", "legal_name": name, "country": "HK"}
        token = self.stack.token("operator")
        return httpx.post(
            f"{self.stack.url('agreements')}/v1/parties",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
            trust_env=False,
        )

    def record(self, events: int) -> None:
        for _ in range(events):
            answer = self.register()
            assert httpx.codes.CREATED == answer.status_code, answer.text

    def await_held(self) -> None:
        """Wait until nothing is recorded any more."""
        self.await_true("agreements", "SELECT count(*) = 1 FROM log_hold")
        refused = self.register()
        assert (503, "LOG_ON_HOLD") == (refused.status_code, refused.json()["code"])
        assert "Retry-After" in refused.headers
        ready = httpx.get(f"{self.stack.url('agreements')}/health/ready", trust_env=False)
        assert (200, True) == (ready.status_code, "commands are not" in ready.json()["checks"]["log"]["reason"])

    # -- backups ----------------------------------------------------------------------------------------------------

    def back_up(self, database: str) -> None:
        """Copy a database, from which everybody has to be away for the moment."""
        self.stop("agreements", "relay", "ledger", "notifications")
        away = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s"
        self.query("postgres", away, database)
        create_database(self.stack.home.postgres, f"{database}_backup", like=database, template=database)
        self.start("agreements", "relay", "ledger", "notifications")
        self.stack.wait_ready()

    def restore(self, database: str) -> None:
        """Put a copy in the place of a database, whoever is using it."""
        postgres = self.stack.home.postgres
        drop_database(postgres, database)
        create_database(postgres, database, like=database, template=f"{database}_backup")

    def lose_stream(self) -> None:
        self.stack.kill("nats")
        self.stack.home.nats.lose_store()
        self.stack.start_process("nats")

    def stop(self, *names: str) -> None:
        for name in names:
            self.stack.kill(name)

    def start(self, *names: str) -> None:
        for name in names:
            self.stack.start_process(name)

    # -- what there is to see ---------------------------------------------------------------------------------------

    def query(self, database: str, query: Any, *values: object) -> Any:
        postgres = self.stack.home.postgres
        with psycopg.connect(postgres.dsn(database), password=postgres.password, autocommit=True) as connection:
            row = connection.execute(query, values or None).fetchone()
            return row[0] if row else None

    def execute(self, database: str, statement: Any) -> None:
        postgres = self.stack.home.postgres
        with psycopg.connect(postgres.dsn(database), password=postgres.password, autocommit=True) as connection:
            connection.execute(statement)

    def await_followed(self, position: int) -> None:
        """Wait until everybody has come to a position."""
        self.await_true("ledger", f"SELECT position >= {position} FROM progress")
        self.await_true("notifications", f"SELECT remembered >= {position} FROM progress")

    def await_true(self, database: str, query: str) -> None:
        """Wait until a question to a database is answered with true."""
        block_until(lambda: bool(self.query(database, query)), SECONDS, query)

    def await_unready(self, service: str) -> None:
        block_until(lambda: not is_ready(self.stack.url(service)), SECONDS, f"{service} is not ready")

    def await_halted(self, position: int) -> None:
        """Wait until ledger and notifications have halted at a position, and say so everywhere."""
        self.await_true("ledger", "SELECT count(*) = 1 FROM alarm WHERE kind = 'HistoryDiverged' AND over_at IS NULL")
        for service in ("ledger", "notifications"):
            self.await_unready(service)
        said = [line for line in self.stack.said("history-diverged") if f'"position":{position}' in line]
        assert {"entering", "alerting"} == {follower for follower in ("entering", "alerting") if follower in str(said)}

    def roots(self, *databases: str) -> dict[int, set[str]]:
        """Return the roots that were signed of each size, in all these ledgers and in the signed file."""
        notes = [
            str(note)
            for database in databases
            for note in (self.query(database, "SELECT array_agg(note) FROM checkpoint") or ())
        ]
        notes.append((self.stack.home.directory / "ledger-signed").read_text(encoding="utf-8"))
        roots: dict[int, set[str]] = {}
        for note in notes:
            origin, size, root, *_ = note.splitlines()
            assert origin == LEDGER_ORIGIN
            roots.setdefault(int(size), set()).add(root)
        return roots

    def differs_at(self) -> int:
        """Return the position of the first difference that `moiety log check` names."""
        checked = run(self.stack, "log", "check")
        assert 1 == checked.returncode, checked.stdout
        return int(checked.stderr.rpartition("the first difference is at position ")[2].split(":")[0])

    def does(self, *command: str) -> str:
        """Run a command, which must do it, and return what it says."""
        ran = run(self.stack, *command)
        assert 0 == ran.returncode, ran.stdout + ran.stderr
        return ran.stdout

    def refuses(self, *command: str) -> str:
        ran = run(self.stack, *command)
        assert 1 == ran.returncode, ran.stdout
        return ran.stderr


@pytest.fixture
def operations() -> Iterator[Operations]:
    """A stack of its own, with eight events, of which everybody knows."""
    with temporary_home() as home, Stack(home, log_level="WARNING") as running:
        operated = Operations(running)
        operated.record(8)
        operated.await_followed(8)
        yield operated


@pytest.fixture
def backed_up(operations: Operations) -> Operations:
    """A backup of the log at eight events, and twelve known to everybody."""
    operations.back_up("agreements")
    operations.record(4)
    operations.await_followed(12)
    return operations


def test_a_restored_log_is_held_and_takes_back_what_it_lost(backed_up: Operations) -> None:
    """The stream still has it: relay, ledger and notifications halt, and afterwards everything is as it was."""
    backed_up.restore("agreements")

    backed_up.await_held()
    backed_up.await_halted(12)
    assert not is_ready(backed_up.stack.url("relay"))
    assert 9 == backed_up.differs_at()
    # Nobody says for a while whose history it is: that is no leave to go on.
    backed_up.stop("agreements")
    block_until(lambda: len(backed_up.stack.said("history-unchecked")) > 1, SECONDS, "ledger and notifications asked")
    backed_up.start("agreements")

    assert "took back 4 events from the stream" in backed_up.does("log", "take-back", "--from", "stream")
    # Before anything new is recorded.
    backed_up.stack.wait_ready(SECONDS)
    backed_up.record(2)
    settled(backed_up.stack)


def test_a_restored_log_takes_back_from_the_ledger_what_the_stream_lost_too(backed_up: Operations) -> None:
    """NATS is gone as well: the relay knows nothing of what was, and the others halt all the same."""
    backed_up.stop("agreements", "relay")
    backed_up.restore("agreements")
    backed_up.lose_stream()
    backed_up.start("agreements", "relay")

    backed_up.await_halted(12)
    assert 9 == backed_up.differs_at()
    assert "took back 4 events from the ledger" in backed_up.does("log", "take-back")

    backed_up.stack.wait_ready(SECONDS)
    backed_up.record(2)
    settled(backed_up.stack)


def test_a_stale_standby_that_went_on_is_left_behind_by_an_event(backed_up: Operations) -> None:
    """Promoted behind everybody's back, it recorded others under the same numbers: walked to a green check."""
    stack, home = backed_up.stack, backed_up.stack.home
    backed_up.stop("relay")
    backed_up.restore("agreements")
    block_until(lambda: backed_up.register().status_code == httpx.codes.CREATED, SECONDS, "it records")
    backed_up.record(2)
    backed_up.start("relay")
    backed_up.await_held()
    backed_up.await_halted(12)
    assert 9 == backed_up.differs_at()
    assert "at position 9" in backed_up.refuses("log", "take-back")
    assert "stop it first" in backed_up.refuses("log", "continue-after", "8", "--because", "in a hurry")

    # As docs/operations.md says, step by step.
    backed_up.stop("relay")
    assert "agree up to 8" in backed_up.refuses("log", "continue-after", "9", "--because", "a guess")
    assert "epoch 1" in backed_up.does("log", "continue-after", "8", "--because", "a stale standby was promoted")
    backed_up.stop("ledger", "notifications")
    backed_up.lose_stream()
    assert "back from 12 to 8" in backed_up.does("notifications", "go-back", "8")
    backed_up.execute("postgres", "ALTER DATABASE ledger RENAME TO ledger_epoch_0")
    create_databases(home.postgres)
    migrate(home.postgres.dsn("ledger", "ledger_owner"), home.secret("database-ledger_owner"), folder_of("ledger"))
    (home.directory / "ledger-signed").rename(home.directory / "ledger-signed-0")
    home.secret_path("ledger-key").rename(home.secret_path("ledger-key-0"))
    home.secret_path("ledger-key").write_text(note_signing_key(f"{LEDGER_ORIGIN}/1"), encoding="utf-8")
    backed_up.start("relay", "ledger", "notifications")

    stack.wait_ready(SECONDS)
    backed_up.record(2)
    settled(stack)
    assert 12 == backed_up.query("ledger_epoch_0", "SELECT max(size) FROM checkpoint")
    told = httpx.get(
        f"{stack.url('notifications')}/v1/inbox",
        headers={"Authorization": f"Bearer {stack.token('operator')}"},
        trust_env=False,
    ).json()["items"]
    assert "agreements.LogContinued.v1" in {alert["type"] for alert in told}


def test_a_stream_that_is_another_one_is_not_continued(backed_up: Operations, tmp_path: Path) -> None:
    """Its store comes from a log that went another way: it is deleted, and filled again from the log that stands."""
    nats = backed_up.stack.home.nats
    backed_up.stack.kill("nats")
    shutil.copytree(nats.store, tmp_path / "forked")
    # The log goes back to eight and on with others, and everything else goes back with it.
    backed_up.stop("agreements", "relay", "ledger", "notifications")
    backed_up.restore("agreements")
    for database in ("ledger", "notifications"):
        drop_database(backed_up.stack.home.postgres, database)
    create_databases(backed_up.stack.home.postgres)
    for database in ("ledger", "notifications"):
        owner = f"{database}_owner"
        dsn = backed_up.stack.home.postgres.dsn(database, owner)
        migrate(dsn, backed_up.stack.home.secret(f"database-{owner}"), folder_of(database))
    (backed_up.stack.home.directory / "ledger-signed").unlink()
    nats.lose_store()
    backed_up.start("nats", "agreements", "relay", "ledger", "notifications")
    backed_up.stack.wait_ready(SECONDS)
    backed_up.record(5)
    backed_up.await_followed(13)

    backed_up.stack.kill("nats")
    nats.lose_store()
    shutil.copytree(tmp_path / "forked", nats.store)
    backed_up.stack.start_process("nats")

    backed_up.await_held()
    assert 9 == backed_up.differs_at()
    assert "position 9" in backed_up.refuses("log", "take-back", "--from", "stream")
    backed_up.lose_stream()
    backed_up.does("log", "take-back", "--from", "ledger")
    backed_up.stack.wait_ready(SECONDS)
    backed_up.record(2)
    settled(backed_up.stack)


def test_a_restored_ledger_catches_up_and_signs_the_same_root(operations: Operations) -> None:
    """On the log that it had, it signs nothing anew before it is as large as what it signed last."""
    operations.back_up("ledger")
    operations.record(4)
    operations.await_followed(12)
    signed = operations.roots("ledger")

    operations.stop("ledger")
    operations.restore("ledger")
    operations.start("ledger")
    operations.await_followed(12)
    operations.record(3)

    settled(operations.stack)
    after = operations.roots("ledger")
    assert all(after[size] == roots for size, roots in signed.items() if size in after)
    assert {1} == {len(roots) for roots in after.values()}
    assert {9, 10, 11}.isdisjoint(after)


def test_a_restored_ledger_on_another_continuation_never_signs(operations: Operations) -> None:
    """Log, stream and ledger all went back and on: only the signed file remembers, and no size has two roots."""
    operations.back_up("agreements")
    operations.back_up("ledger")
    operations.record(4)
    operations.await_followed(12)
    signed = operations.roots("ledger")

    operations.stop("agreements", "relay", "ledger", "notifications")
    operations.restore("agreements")
    operations.restore("ledger")
    operations.lose_stream()
    operations.start("agreements", "relay", "ledger")
    block_until(lambda: is_ready(operations.stack.url("agreements")), SECONDS, "agreements ready")
    operations.record(6)

    alarm = "SELECT count(*) = 1 FROM alarm WHERE kind = 'SignedOtherwise' AND position = 12"
    operations.await_true("ledger", alarm)
    operations.await_unready("ledger")
    assert 11 == operations.query("ledger", "SELECT position FROM progress")
    for size, roots in operations.roots("ledger").items():
        assert signed[size] == roots


def test_one_row_changed_by_hand_is_found_and_mended(operations: Operations) -> None:
    """Nobody looked for it: it is named, nothing is decided on it any more, and the ledger has what was there."""
    operations.execute(
        "agreements",
        "UPDATE event SET body = replace(convert_from(body, 'UTF8'), 'COMPANY', 'OTHER')::bytea WHERE position = 4",
    )

    operations.await_held()
    assert not is_ready(operations.stack.url("relay"))
    [halted] = operations.stack.said("relay-halted")
    assert '"kind":"LogAltered"' in halted
    assert '"position":4' in halted
    assert 4 == operations.differs_at()
    assert "mended 1 events, the first at position 4" in operations.does("log", "take-back")

    operations.stack.restart("agreements")
    operations.stack.wait_ready(SECONDS)
    operations.record(2)
    settled(operations.stack)
