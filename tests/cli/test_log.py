"""`moiety log`: what is checked, what is asked, and how a hold is seen and released."""

from collections.abc import Callable

import psycopg
import pytest

from shared.testing import MigratedDatabase, Servers
from tests.cli.test_finding import one_line, ran

Log = Callable[..., str]


@pytest.fixture
def owned(log_database: MigratedDatabase) -> dict[str, str]:
    return {"MOIETY_DATABASE_URL": log_database.owner_dsn, "MOIETY_DATABASE_PASSWORD": log_database.owner_password}


def hold(database: MigratedDatabase) -> None:
    with psycopg.connect(database.owner_dsn, password=database.owner_password) as owner:
        owner.execute("SELECT hold_log(8, 'ours', 'theirs')")


def test_a_log_on_hold_is_not_well_though_nothing_differs(
    log_database: MigratedDatabase, owned: dict[str, str]
) -> None:
    """Every command is answered with 503 until it is released, and the check says how that is done."""
    assert 0 == ran("log", "check", **owned).returncode
    hold(log_database)

    checked = ran("log", "check", **owned)

    assert "at position 8: expected ours, got theirs" in checked.stdout
    assert "moiety log take-back lets it go on" in one_line(checked)


@pytest.mark.parametrize("because", ["", " ", "\t\n", "\u200b", "a\u202eb", "x" * 2_001], ids=ascii)
def test_a_reason_that_nobody_can_read_is_none(owned: dict[str, str], because: str) -> None:
    """It is recorded and published for ever, and asked for as the API asks for one."""
    refused = ran("log", "continue-after", "0", "--because", because, **owned)

    assert 2 == refused.returncode
    assert "a reason is" in " ".join(refused.stderr.split())


def test_a_log_is_not_continued_while_a_relay_looks_at_it(
    servers: Servers, log_database: MigratedDatabase, owned: dict[str, str]
) -> None:
    """It would find the old stream, and hold the log again."""
    relay = servers.as_role(log_database, "relay")
    with psycopg.connect(relay.dsn, password=relay.password):
        assert "stop it first" in one_line(ran("log", "continue-after", "0", "--because", "lost", **owned))

    assert 0 == ran("log", "continue-after", "0", "--because", "lost", **owned).returncode
