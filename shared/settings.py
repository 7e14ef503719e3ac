"""What a service is told by its environment, checked once, before anything else happens."""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import urlsplit

import msgspec

from shared.addresses import is_address
from shared.errors import StartupError
from shared.nkeys import AccountKey

LogFormat: TypeAlias = Literal["json", "console"]
Environment: TypeAlias = Literal["production", "development"]

PREFIX: Final = "MOIETY_"
_DEFAULT_PORTS: Final = {
    "agreements": 8401,
    "ledger": 8402,
    "notifications": 8403,
    "relay": 8404,
    "feeds": 8405,
    "gate": 8406,
}
# The others have none of their own: nobody but their operators asks them anything.
_DEFAULT_METRICS_PORTS: Final = {"agreements": 8411, "ledger": 8412, "notifications": 8413}
_HIGHEST_PORT: Final = 65_535
_LONGEST_LEEWAY_SECONDS: Final = 300
_LONGEST_COUNT: Final = 12
_MOST_RETRIES: Final = 20
_MOST_CONNECTIONS: Final = 50

# What a service cannot do without; everything else has a default or is not its business.
_TOKENS: Final = ("issuer", "jwks")
_BUS: Final = ("nats_url", "nats_user", "nats_password")
_FEED: Final = ("agreements_url", "service_token")
_REQUIRED: Final = {
    "agreements": ("database_url", *_TOKENS, "people_key"),
    "relay": ("database_url", *_BUS),
    "ledger": ("database_url", *_BUS, *_TOKENS, *_FEED, "ledger_origin", "ledger_key_file", "ledger_signed_file"),
    "notifications": ("database_url", *_BUS, *_TOKENS, *_FEED, "ledger_url"),
    "feeds": ("database_url", *_BUS),
    "gate": (*_BUS, *_TOKENS, "gate_key"),
}
# The same of commands that are no service.
_REQUIRED_BY_COMMANDS: Final = {
    "rekey": ("database_url", "people_key"),
    # Who else holds the history is asked as far as it is said where.
    "log": ("database_url",),
}


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Each field is the variable of the same name with the prefix MOIETY_, or a file's content with _FILE behind it."""

    service: str
    database_url: str = ""
    database_password: str | None = None
    nats_url: str = ""
    nats_user: str = ""
    nats_password: str = ""
    nats_replicas: int = 1
    http_host: str = "127.0.0.1"
    http_port: int
    public_url: str = ""
    metrics_port: int = 0
    issuer: str = ""
    audience: str = "moiety"
    jwks: str = ""
    jwt_types: str = "at+jwt"
    jwt_leeway_seconds: float = 5.0
    subject_claim: str = "sub"
    party_claim: str = "party"
    roles_claim: str = "roles"
    agreements_url: str = ""
    ledger_url: str = ""
    service_token: str = ""
    ledger_origin: str = ""
    ledger_key_file: Path = Path()
    ledger_signed_file: Path = Path()
    people_key: str = ""
    people_previous_keys: str = ""
    gate_key: str = ""
    environment: Environment = "production"
    scenario_clock_file: Path | None = None
    docs_tokens_file: Path | None = None
    requests_per_second: float = 200.0
    requests_saved: float = 1_000.0
    streams_per_caller: int = 20
    keys_per_caller: int = 250_000
    simulations_per_caller: int = 4
    webhook_retries_seconds: tuple[float, ...] = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
    webhook_timeout_seconds: float = 15.0
    webhook_failing_seconds: float = 432_000.0
    webhooks_under_way: int = 256
    smtp_url: str = ""
    smtp_password: str | None = None
    smtp_ca_file: Path | None = None
    mail_from: str = ""
    portal_url: str = ""
    contributors_url: str = ""
    mail_retries_seconds: tuple[float, ...] = (60, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
    mail_timeout_seconds: float = 30.0
    mail_connections: int = 8
    start_timeout_seconds: float = 30.0
    log_level: str = "INFO"
    log_format: LogFormat = "json"

    def __repr__(self) -> str:
        return f"Settings(service={self.service!r})"  # never the secrets: representations end up in logs


def load(service: str, environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the service's settings; raises StartupError, naming the variable, when one is missing or wrong."""
    ports = {"http_port": _DEFAULT_PORTS.get(service, 0), "metrics_port": _DEFAULT_METRICS_PORTS.get(service, 0)}
    values = {**ports, **_values(_CHECKS, environment)}
    for field in {**_REQUIRED, **_REQUIRED_BY_COMMANDS}[service]:
        if field not in values:
            message = f"{PREFIX}{field.upper()} is not set, and {service} cannot start without it"
            raise StartupError(message)
    settings = Settings(service=service, **values)
    _check_development(settings)
    _check_mail(settings)
    return settings


def load_database(environment: Mapping[str, str] = os.environ) -> tuple[str, str | None]:
    """Return the address and the password of the database alone, for whoever migrates it."""
    values = _values(("database_url", "database_password"), environment)
    return values.get("database_url", ""), values.get("database_password")


def _check_development(settings: Settings) -> None:
    """Raise StartupError for what is for development alone, and is set anywhere else."""
    if settings.environment == "development":
        return
    if settings.scenario_clock_file is not None:
        message = (
            f"{PREFIX}SCENARIO_CLOCK_FILE is set, and in production events are recorded when they happen: "
            f"only with {PREFIX}ENVIRONMENT=development can a scenario say what time it is"
        )
        raise StartupError(message)
    if settings.docs_tokens_file is not None:
        message = (
            f"{PREFIX}DOCS_TOKENS_FILE is set, and in production nobody is given a token with the documents: "
            f"only with {PREFIX}ENVIRONMENT=development can their page offer some"
        )
        raise StartupError(message)


def _check_mail(settings: Settings) -> None:
    """Raise StartupError where mail is to be sent, and something is not said without which there is none."""
    for field in ("mail_from", "portal_url"):
        if settings.smtp_url and not getattr(settings, field):
            message = f"{PREFIX}{field.upper()} is not set, and {PREFIX}SMTP_URL is: mail needs both"
            raise StartupError(message)
    if settings.contributors_url and not settings.smtp_url:
        message = f"{PREFIX}SMTP_URL is not set, and {PREFIX}CONTRIBUTORS_URL is: nobody could be sent their link"
        raise StartupError(message)
    if settings.smtp_ca_file is not None and not settings.smtp_ca_file.is_file():
        message = f"{PREFIX}SMTP_CA_FILE names no file: {settings.smtp_ca_file}"
        raise StartupError(message)


def _values(fields: Iterable[str], environment: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field in fields:
        name, text = _given(field, environment)
        if text is None:
            continue
        try:
            values[field] = _CHECKS[field](text)
        except ValueError as error:
            message = f"{name} must be {error}"  # what was given may be a secret put in the wrong place
            raise StartupError(message) from None
    return values


def _given(field: str, environment: Mapping[str, str]) -> tuple[str, str | None]:
    """Return the variable that gives the field, and its text; nothing given and nothing in it are the same."""
    name = PREFIX + field.upper()
    file_name = f"{name}_FILE"
    text, path = environment.get(name), environment.get(file_name)
    if text and path:
        message = f"{name} and {file_name} are both set; which of them counts?"
        raise StartupError(message)
    if not path:
        return name, text or None
    try:
        return file_name, Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        message = f"{file_name} names a file that cannot be read: {path}"
        raise StartupError(message) from error


def _text(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("one line of text without surrounding blanks")
    return text


def _words(text: str) -> str:
    return _text(" ".join(text.split()))  # a file may have a line for each


def _url(*schemes: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        parts = urlsplit(text)
        if parts.scheme not in schemes or not parts.hostname:
            raise ValueError(" or ".join(f"{scheme}://host..." for scheme in schemes))
        return text.rstrip("/")

    return check


def _origin(text: str) -> str:
    # A path would come between it and what clients look for at its root (RFC 9728, 3.1).
    parts = urlsplit(_url("https", "http")(text))
    if text.rstrip("/") != f"{parts.scheme}://{parts.netloc}" or parts.username is not None:
        raise ValueError("https://host without a path")
    return text.rstrip("/")


def _database_url(text: str) -> str:
    url = _url("postgresql")(text)
    parts = urlsplit(url)
    if not parts.username or not parts.path.strip("/"):
        raise ValueError("postgresql://role@host:port/database")
    return url


def _smtp_url(text: str) -> str:
    wanted = "smtps://user@host:port or smtp://user@host:port, without a password or a path"
    parts = urlsplit(_url("smtps", "smtp")(text))
    try:
        more = parts.port == 0 or parts.password is not None or parts.path.strip("/") or parts.query or parts.fragment
    except ValueError:  # the port is none
        raise ValueError(wanted) from None
    if more:
        raise ValueError(wanted)
    return text.rstrip("/")


def _mail_address(text: str) -> str:
    if not is_address(text):
        raise ValueError("an address such as moiety@example.org")
    return text


def _jwks(text: str) -> str:
    if text.startswith("http://") and urlsplit(text).hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise ValueError("a file or an https:// address: whoever can change these keys can be anybody")
    return text


def _jwt_types(text: str) -> str:
    types = text.lower().split()
    if not types or not {"at+jwt", "jwt"}.issuperset(types):
        raise ValueError("at+jwt, JWT or both")
    return " ".join(types)


def _leeway(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= _LONGEST_LEEWAY_SECONDS:
        raise ValueError(f"a number of seconds from 0 to {_LONGEST_LEEWAY_SECONDS}")
    return seconds


def _gate_key(text: str) -> str:
    AccountKey.parse(text)
    return text


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= _HIGHEST_PORT:
        raise ValueError(f"a port from 1 to {_HIGHEST_PORT}")
    return int(text)


def _replicas(text: str) -> int:
    if text not in {"1", "3", "5"}:
        raise ValueError("1, 3 or 5: an even number of copies survives no more than one less")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 < seconds < float("inf"):
        raise ValueError("a positive number of seconds")
    return seconds


def _several_seconds(text: str) -> tuple[float, ...]:
    waits = text.split()
    if not 0 < len(waits) <= _MOST_RETRIES:
        raise ValueError(f"one to {_MOST_RETRIES} numbers of seconds, with blanks between them")
    return tuple(map(_seconds, waits))


def _amount(text: str) -> float:
    try:
        amount = float(text)
    except ValueError:
        amount = 0
    if not 1 <= amount < float("inf"):
        raise ValueError("a number from 1 on")
    return amount


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > _LONGEST_COUNT or not int(text):
        raise ValueError("a whole number from 1 on")
    return int(text)


def _connections(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= _MOST_CONNECTIONS:
        raise ValueError(f"a whole number from 1 to {_MOST_CONNECTIONS}")
    return int(text)


def _one_of(*words: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text not in words:
            raise ValueError(f"one of {', '.join(words)}")
        return text

    return check


_CHECKS: Final[Mapping[str, Callable[[str], object]]] = {
    "database_url": _database_url,
    "database_password": _text,
    "nats_url": _url("nats", "tls"),
    "nats_user": _text,
    "nats_password": _text,
    "nats_replicas": _replicas,
    "http_host": _text,
    "http_port": _port,
    "metrics_port": _port,
    "public_url": _origin,
    "issuer": _text,
    "audience": _words,
    "jwks": _jwks,
    "jwt_types": _jwt_types,
    "jwt_leeway_seconds": _leeway,
    "subject_claim": _words,
    "party_claim": _text,
    "roles_claim": _text,
    "agreements_url": _url("http", "https"),
    "ledger_url": _url("http", "https"),
    "service_token": _text,
    "ledger_origin": _text,
    "ledger_key_file": Path,
    "ledger_signed_file": Path,
    "people_key": _text,
    "people_previous_keys": _words,
    "gate_key": _gate_key,
    "environment": _one_of("production", "development"),
    "scenario_clock_file": Path,
    "docs_tokens_file": Path,
    "requests_per_second": _amount,
    "requests_saved": _amount,
    "streams_per_caller": _count,
    "keys_per_caller": _count,
    "simulations_per_caller": _count,
    "webhook_retries_seconds": _several_seconds,
    "webhook_timeout_seconds": _seconds,
    "webhook_failing_seconds": _seconds,
    "webhooks_under_way": _count,
    "smtp_url": _smtp_url,
    "smtp_password": _text,
    "smtp_ca_file": Path,
    "mail_from": _mail_address,
    "portal_url": _url("https", "http"),
    "contributors_url": _origin,
    "mail_retries_seconds": _several_seconds,
    "mail_timeout_seconds": _seconds,
    "mail_connections": _connections,
    "start_timeout_seconds": _seconds,
    "log_level": _one_of("DEBUG", "INFO", "WARNING", "ERROR"),
    "log_format": _one_of("json", "console"),
}
