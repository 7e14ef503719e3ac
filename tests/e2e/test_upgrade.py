"""A home made by the release before, which knew no chains, keeps its data and gets its chain."""

from typing import Final, LiteralString

import psycopg

from services.cli import scenario
from shared.migrate import folder_of
from shared.testing import PROCESSES, Stack, temporary_home
from tests.e2e.load import under_load
from tests.e2e.truth import settled

# What the migrations of this release made, and the function that they replaced.
_AS_BEFORE: Final[dict[str, LiteralString]] = {
    "agreements": """
        DROP FUNCTION hold_log;
        DROP TABLE log_hold;
        DROP FUNCTION log_append;
        ALTER TABLE event DROP COLUMN chain;
        ALTER TABLE log_head DROP COLUMN chain;
    """,
    "ledger": """
        ALTER TABLE progress DROP COLUMN chain;
        ALTER TABLE alarm DROP COLUMN over_at;
    """,
    "notifications": """
        DROP FUNCTION lost;
        DROP TABLE gone_back;
        ALTER TABLE progress DROP COLUMN chain;
    """,
}
_GRANTED: Final = (
    "REVOKE EXECUTE ON FUNCTION log_append FROM PUBLIC; GRANT EXECUTE ON FUNCTION log_append TO agreements"
)


def as_before(stack: Stack) -> None:
    """Let a stopped stack's databases and files be as the release before left them."""
    for service, statements in _AS_BEFORE.items():
        owner = f"{service}_owner"
        dsn, password = stack.home.postgres.dsn(service, owner), stack.home.secret(f"database-{owner}")
        with psycopg.connect(dsn, password=password) as connection:
            connection.execute(statements)
            if service == "agreements":
                connection.execute((folder_of(service) / "0004-append-reads-less.sql").read_bytes())
                connection.execute(_GRANTED)
            connection.execute("DELETE FROM _yoyo_migration WHERE migration_id LIKE '%-chain'")
    (stack.home.directory / "ledger-signed").unlink()


def test_a_home_of_the_release_before_gets_its_chain() -> None:
    """Everybody agrees on the same history, from the first event on, and goes on."""
    with temporary_home() as home, Stack(home, log_level="WARNING") as stack:
        scenario.load(home)
        before = settled(stack)
        for name in PROCESSES:
            stack.kill(name)
        as_before(stack)
        stack.stop()

        stack.start()

        assert before == settled(stack)
        with under_load(stack, "load-upgraded") as load:
            load.await_more(50)
        settled(stack, load)
