from pathlib import Path

import pytest

from shared.errors import StartupError
from shared.settings import load, load_database

RELAY = {
    "MOIETY_DATABASE_URL": "postgresql://relay@db:5432/agreements",
    "MOIETY_NATS_URL": "nats://bus:4222",
    "MOIETY_NATS_USER": "relay",
    "MOIETY_NATS_PASSWORD": "secret",
}


def test_what_is_given_is_read_and_the_rest_has_defaults() -> None:
    """A service is told only what differs from the defaults."""
    settings = load("relay", RELAY)

    assert "nats://bus:4222" == settings.nats_url
    assert ("127.0.0.1", 8404, "json") == (settings.http_host, settings.http_port, settings.log_format)


@pytest.mark.parametrize("missing", RELAY)
def test_a_missing_variable_is_named(missing: str) -> None:
    """The one line says which variable to set."""
    with pytest.raises(StartupError, match=missing):
        load("relay", {name: value for name, value in RELAY.items() if name != missing})


def test_an_empty_variable_is_a_missing_one() -> None:
    """Compose files pass unset variables as empty ones."""
    with pytest.raises(StartupError, match="MOIETY_NATS_PASSWORD is not set"):
        load("relay", {**RELAY, "MOIETY_NATS_PASSWORD": "", "MOIETY_NATS_PASSWORD_FILE": ""})


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("MOIETY_DATABASE_URL", "mysql://relay@db/agreements"),
        ("MOIETY_DATABASE_URL", "postgresql://db/agreements"),
        ("MOIETY_NATS_URL", "http://bus"),
        ("MOIETY_HTTP_PORT", "0"),
        ("MOIETY_HTTP_PORT", "65536"),
        ("MOIETY_METRICS_PORT", "0"),
        ("MOIETY_PUBLIC_URL", "moiety.example"),
        ("MOIETY_PUBLIC_URL", "https://moiety.example/agreements"),
        ("MOIETY_PUBLIC_URL", "https://moiety.example?tenant=1"),
        ("MOIETY_PUBLIC_URL", "https://user@moiety.example"),
        ("MOIETY_REQUESTS_PER_SECOND", "0"),
        ("MOIETY_REQUESTS_SAVED", "inf"),
        ("MOIETY_STREAMS_PER_CALLER", "0"),
        ("MOIETY_KEYS_PER_CALLER", "1.5"),
        ("MOIETY_SIMULATIONS_PER_CALLER", "-1"),
        ("MOIETY_HTTP_PORT", "eighty"),
        ("MOIETY_START_TIMEOUT_SECONDS", "-1"),
        ("MOIETY_START_TIMEOUT_SECONDS", "nan"),
        ("MOIETY_LOG_LEVEL", "LOUD"),
        ("MOIETY_LOG_FORMAT", "xml"),
        ("MOIETY_JWKS", "http://keys.example/jwks"),
        ("MOIETY_JWT_TYPES", "id_token"),
        ("MOIETY_JWT_TYPES", "at+jwt, jwt"),
        ("MOIETY_JWT_LEEWAY_SECONDS", "-1"),
        ("MOIETY_JWT_LEEWAY_SECONDS", "301"),
        ("MOIETY_JWT_LEEWAY_SECONDS", "nan"),
        ("MOIETY_JWT_LEEWAY_SECONDS", "soon"),
        ("MOIETY_PARTY_CLAIM", "two\nlines"),
        ("MOIETY_NATS_PASSWORD", "two\nlines"),
    ],
)
def test_a_wrong_value_is_refused_without_being_repeated(name: str, wrong: str) -> None:
    """The line names the variable and what it must be; what was given may be a secret in the wrong place."""
    with pytest.raises(StartupError, match=f"{name} must be") as refused:
        load("relay", {**RELAY, name: wrong})

    assert wrong not in str(refused.value).partition("must be")[2].split()


def test_any_value_may_come_from_a_file(tmp_path: Path) -> None:
    """Secrets are mounted as files, which may end in a newline."""
    secret = tmp_path / "password"
    secret.write_text("from a file\n")
    given = {**RELAY, "MOIETY_NATS_PASSWORD": "", "MOIETY_NATS_PASSWORD_FILE": str(secret)}

    assert "from a file" == load("relay", given).nats_password


def test_a_file_that_cannot_be_read_is_named() -> None:
    """The one line says which file was looked for."""
    with pytest.raises(StartupError, match="MOIETY_DATABASE_PASSWORD_FILE names a file that cannot be read: /nowhere"):
        load("relay", {**RELAY, "MOIETY_DATABASE_PASSWORD_FILE": "/nowhere"})


def test_a_value_given_twice_is_refused(tmp_path: Path) -> None:
    """Nobody should have to guess which of two secrets counts."""
    with pytest.raises(StartupError, match="both set"):
        load("relay", {**RELAY, "MOIETY_NATS_PASSWORD_FILE": str(tmp_path / "other")})


def test_settings_never_show_their_secrets() -> None:
    """Representations end up in logs and tracebacks."""
    assert "secret" not in repr(load("relay", RELAY))


def test_migrations_need_the_database_alone() -> None:
    """Who migrates is told no other secret."""
    given = {"MOIETY_DATABASE_URL": "postgresql://ledger_owner@db/ledger", "MOIETY_DATABASE_PASSWORD": "x"}

    assert ("postgresql://ledger_owner@db/ledger", "x") == load_database(given)


def test_a_scenario_clock_is_refused_in_production() -> None:
    """Where events count, nobody can say that it is another time than it is."""
    clock = {"MOIETY_SCENARIO_CLOCK_FILE": "/somewhere/clock"}

    with pytest.raises(StartupError, match="MOIETY_SCENARIO_CLOCK_FILE is set, and in production"):
        load("relay", RELAY | clock)
    with pytest.raises(StartupError, match="MOIETY_SCENARIO_CLOCK_FILE is set, and in production"):
        load("relay", RELAY | clock | {"MOIETY_ENVIRONMENT": "production"})
    with pytest.raises(StartupError, match="MOIETY_ENVIRONMENT must be one of production, development"):
        load("relay", RELAY | clock | {"MOIETY_ENVIRONMENT": "test"})


def test_a_scenario_clock_is_for_development() -> None:
    """A stack that plays a scenario is told where its time stands."""
    clock = {"MOIETY_SCENARIO_CLOCK_FILE": "/somewhere/clock", "MOIETY_ENVIRONMENT": "development"}

    assert Path("/somewhere/clock") == load("relay", RELAY | clock).scenario_clock_file


def test_tokens_are_offered_in_development_alone() -> None:
    """Where events count, the documents give nobody a token."""
    offered = {"MOIETY_DOCS_TOKENS_FILE": "/somewhere/tokens"}

    with pytest.raises(StartupError, match="MOIETY_DOCS_TOKENS_FILE is set, and in production"):
        load("relay", RELAY | offered)
    assert Path("/somewhere/tokens") == (
        load("relay", RELAY | offered | {"MOIETY_ENVIRONMENT": "development"}).docs_tokens_file
    )


def test_mail_is_sent_where_all_of_it_is_said(tmp_path: Path) -> None:
    """A server without an address to send from, or a portal to lead to, or with authorities that are not there."""
    mail = {
        "MOIETY_SMTP_URL": "smtps://mail.example",
        "MOIETY_MAIL_FROM": "alerts@moiety.example",
        "MOIETY_PORTAL_URL": "https://portal.example",
    }

    assert "smtps://mail.example" == load("relay", RELAY | mail).smtp_url
    for missing in ("MOIETY_MAIL_FROM", "MOIETY_PORTAL_URL"):
        with pytest.raises(StartupError, match=f"{missing} is not set"):
            load("relay", RELAY | mail | {missing: ""})
    with pytest.raises(StartupError, match="MOIETY_SMTP_CA_FILE names no file"):
        load("relay", RELAY | mail | {"MOIETY_SMTP_CA_FILE": str(tmp_path / "nowhere")})


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("MOIETY_SMTP_URL", "http://mail.example"),
        ("MOIETY_SMTP_URL", "smtps://user:secret@mail.example"),
        ("MOIETY_SMTP_URL", "smtps://mail.example/inbox"),
        ("MOIETY_SMTP_URL", "smtps://mail.example:port"),
        ("MOIETY_MAIL_FROM", "Moiety <alerts@moiety.example>"),
        ("MOIETY_MAIL_FROM", "alerts@moiety.example, other@moiety.example"),
        ("MOIETY_PORTAL_URL", "portal.example"),
        ("MOIETY_CONTRIBUTORS_URL", "voice.example"),
        ("MOIETY_CONTRIBUTORS_URL", "https://voice.example/voice"),
        ("MOIETY_MAIL_CONNECTIONS", "51"),
        ("MOIETY_MAIL_RETRIES_SECONDS", "soon"),
    ],
)
def test_what_mail_is_told_is_checked_at_the_start(name: str, wrong: str) -> None:
    """And not repeated: a password may stand in the wrong place."""
    with pytest.raises(StartupError, match=f"{name} must be") as refused:
        load("relay", {**RELAY, name: wrong})

    assert wrong not in str(refused.value)
