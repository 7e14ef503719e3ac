"""The composed run is one the code knows: its variables, its commands, its rights; to see that takes no containers."""

import json
import re
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import jsonschema
import pytest
import rich_click as click

from services.cli.main import program
from shared.embedded.nats import USERS
from shared.errors import StartupError
from shared.nkeys import AccountKey
from shared.settings import _REQUIRED as REQUIRED
from shared.settings import Settings, load
from tests.deployment.composed import (
    KEEPING,
    MIGRATIONS,
    OPERATOR,
    OURS,
    REKEYING,
    ROLES,
    ROOT,
    UNASKED,
    composed,
    environment,
    secret_files,
    service,
    wanted_from_the_operator,
)

SCHEMA = Path(__file__).with_name("compose-spec.json")
OURS_AND_MIGRATIONS = (*OURS, *MIGRATIONS)
ON_DEMAND = (REKEYING, KEEPING)
ENDING = (*MIGRATIONS, *ON_DEMAND)
GATE_KEY = AccountKey.generate().seed
SIGNED = "MOIETY_LEDGER_SIGNED_FILE"
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
TABLE = ("| Variable | Default |", "| `MOIETY_")
# Where they listen is the image's and the networks' matter; here is one NATS server; and it is no place to develop in.
NOT_IN_CONTAINERS = {
    *("MOIETY_HTTP_HOST", "MOIETY_HTTP_PORT", "MOIETY_METRICS_PORT", "MOIETY_NATS_REPLICAS"),
    *("MOIETY_ENVIRONMENT", "MOIETY_SCENARIO_CLOCK_FILE", "MOIETY_DOCS_TOKENS_FILE", "MOIETY_LOG_FORMAT"),
    # Authorities of one's own are a file, which who needs it mounts and names.
    *("MOIETY_START_TIMEOUT_SECONDS", "MOIETY_SMTP_CA_FILE"),
}


def with_secrets(name: str, folder: Path) -> dict[str, str]:
    """Return a service's variables with its secret files where the test may write them."""
    variables = environment(name)
    for path, source in secret_files(name).items():
        (folder / source).write_text(f"{GATE_KEY if source == 'gate_key' else 'secret'}\n")
        variables = {key: str(folder / source) if value == path else value for key, value in variables.items()}
    return variables


def test_it_is_a_compose_file() -> None:
    """The file keeps the Compose Specification's own schema."""
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(composed())


@pytest.mark.parametrize("name", OURS)
def test_every_service_can_start_on_its_variables(name: str, tmp_path: Path) -> None:
    """The settings a service reads at start accept exactly what it is given here."""
    settings = load(name, with_secrets(name, tmp_path))

    assert name == settings.service


@pytest.mark.parametrize("name", OURS)
def test_no_variable_is_there_in_vain(name: str, tmp_path: Path) -> None:
    """A variable that the code does not know, or that changes nothing, is a misunderstanding."""
    fields = set(Settings.__struct_fields__)
    known = {f"MOIETY_{field.upper()}{end}" for field in fields for end in ("", "_FILE")}

    assert set() == set(environment(name)) - known


@pytest.mark.parametrize("name", OURS)
def test_no_variable_can_be_left_out(name: str, tmp_path: Path) -> None:
    """What the composed run sets beyond defaults is needed: without it the service says which one is missing."""
    given = with_secrets(name, tmp_path)
    optional = {
        *("MOIETY_AUDIENCE", "MOIETY_LOG_LEVEL", "MOIETY_DATABASE_PASSWORD_FILE"),
        *("MOIETY_JWT_TYPES", "MOIETY_JWT_LEEWAY_SECONDS"),
        *("MOIETY_SUBJECT_CLAIM", "MOIETY_PARTY_CLAIM", "MOIETY_ROLES_CLAIM"),
        *("MOIETY_REQUESTS_PER_SECOND", "MOIETY_REQUESTS_SAVED", "MOIETY_STREAMS_PER_CALLER"),
        *("MOIETY_KEYS_PER_CALLER", "MOIETY_SIMULATIONS_PER_CALLER"),
        *("MOIETY_PEOPLE_PREVIOUS_KEYS_FILE", "MOIETY_PUBLIC_URL"),
        *("MOIETY_WEBHOOK_RETRIES_SECONDS", "MOIETY_WEBHOOK_TIMEOUT_SECONDS"),
        *("MOIETY_WEBHOOK_FAILING_SECONDS", "MOIETY_WEBHOOKS_UNDER_WAY"),
        *("MOIETY_MAIL_RETRIES_SECONDS", "MOIETY_MAIL_TIMEOUT_SECONDS", "MOIETY_MAIL_CONNECTIONS"),
        # Where no server is named there is no mail.
        *("MOIETY_SMTP_URL", "MOIETY_SMTP_PASSWORD_FILE", "MOIETY_MAIL_FROM", "MOIETY_PORTAL_URL"),
        "MOIETY_CONTRIBUTORS_URL",
    }

    for variable in given.keys() - optional:
        with pytest.raises(StartupError, match=variable.removesuffix("_FILE")):
            load(name, {key: value for key, value in given.items() if key != variable})


@pytest.mark.parametrize("name", OURS)
def test_every_variable_can_be_set(name: str) -> None:
    """What an operator may say of a service, by the table of docs/operations.md, reaches it in its container."""
    header, *rows = (line.strip("| ").split("|") for line in OPERATIONS.splitlines() if line.startswith(TABLE))
    column = [cell.strip() for cell in header].index(name)
    readable = {row[0].strip(" `") for row in rows if row[column].strip()}
    given = {variable.removesuffix("_FILE") for variable in environment(name)}

    assert column
    assert set() == {each for each in readable if each.removesuffix("_FILE") not in given} - NOT_IN_CONTAINERS


@pytest.mark.parametrize("name", OURS)
def test_what_is_not_set_is_as_the_code_has_it(name: str, tmp_path: Path) -> None:
    """A default that is written in both places is the same in both."""
    given = with_secrets(name, tmp_path)
    optional = {key for key in given if key.removeprefix("MOIETY_").lower() in Settings.__struct_fields__} - {
        f"MOIETY_{field.upper()}" for field in REQUIRED[name]
    }

    assert load(name, given) == load(name, {key: value for key, value in given.items() if key not in optional})


@pytest.mark.parametrize("name", OURS_AND_MIGRATIONS)
def test_its_command_is_one_the_program_has(name: str) -> None:
    """The program itself reads the command line, argument for argument."""
    command, *arguments = service(name)["command"]
    found = program.get_command(click.Context(program), command)

    assert found is not None
    assert {"service": name.removeprefix("migrate-")} == found.make_context(command, arguments).params


def test_keys_are_wrapped_anew_only_when_asked_for(tmp_path: Path) -> None:
    """By a command of its own, as the owner, with the settings it reads and the keys that the service has."""
    container = service(REKEYING)
    group, name = container["command"]
    settings = load("rekey", with_secrets(REKEYING, tmp_path))

    assert ["rekey"] == container["profiles"]
    assert isinstance(found := program.get_command(click.Context(program), group), click.Group)
    assert name in found.commands
    assert "agreements_owner" == urlsplit(settings.database_url).username
    assert set(secret_files(REKEYING)) - set(secret_files("agreements")) == {"/run/secrets/agreements_owner_password"}


def test_the_log_is_looked_at_only_when_asked_for(tmp_path: Path) -> None:
    """By a command of its own, as the owner and a reader of the stream, and as an auditor once there is a token."""
    container = service(KEEPING)
    group, name = container["command"]
    settings = load("log", with_secrets(KEEPING, tmp_path))

    assert ["log"] == container["profiles"]
    assert isinstance(found := program.get_command(click.Context(program), group), click.Group)
    assert name in found.commands
    assert ("agreements_owner", "ledger") == (urlsplit(settings.database_url).username, settings.nats_user)


def test_only_what_nobody_else_can_know_is_asked_of_the_operator() -> None:
    """Three variables have no default: the issuer, its keys and the ledger's name."""
    assert set(OPERATOR) == wanted_from_the_operator()


@pytest.mark.parametrize("name", [*OURS_AND_MIGRATIONS, *ON_DEMAND])
def test_secrets_come_as_files(name: str) -> None:
    """No password, token or key is in a variable, where every `inspect` would show it."""
    spoken = {
        key for key in environment(name) if re.search(r"PASSWORD|TOKEN|KEY(?!S_PER)", key) and not key.endswith("_FILE")
    }

    assert set() == spoken


@pytest.mark.parametrize("name", [*OURS_AND_MIGRATIONS, *ON_DEMAND])
def test_a_service_gets_the_secrets_it_reads_and_no_others(name: str) -> None:
    """Every file a variable names is mounted, and nothing is mounted that no variable names."""
    read = {value for key, value in environment(name).items() if key.endswith("_FILE") and key != SIGNED}

    assert set(secret_files(name)) == read


def test_what_was_signed_outlives_container_and_database() -> None:
    """It is kept in a volume of its own, below a directory that the image gives to whom the ledger runs as."""
    volumes = dict(volume.split(":") for volume in service("ledger")["volumes"])
    folder = str(Path(environment("ledger")[SIGNED]).parent)

    assert folder in volumes.values()
    assert set(volumes) <= set(composed()["volumes"]) - {"postgres", "nats"}
    assert re.search(
        rf"install --directory --owner=10001 .*{folder}", (ROOT / "Dockerfile").read_text(encoding="utf-8")
    )


@pytest.mark.parametrize("name", OURS)
def test_a_service_has_its_own_role_and_user(name: str) -> None:
    """Each service comes to PostgreSQL and NATS under its own name, and to its own database."""
    variables = environment(name)
    role = ROLES.get(name, name)

    if name != "gate":
        database = urlsplit(variables["MOIETY_DATABASE_URL"])
        assert role == database.username
        assert database.path == ("/agreements" if name == "relay" else f"/{role}")
    assert variables.get("MOIETY_NATS_USER", name) == name
    assert name == "agreements" or name in USERS


@pytest.mark.parametrize("name", MIGRATIONS)
def test_only_owners_migrate(name: str) -> None:
    """A migration comes as the owner of a database, which no service does."""
    database = urlsplit(environment(name)["MOIETY_DATABASE_URL"])

    assert f"{database.path.strip('/')}_owner" == database.username
    assert all("owner" not in environment(one).get("MOIETY_DATABASE_URL", "") for one in OURS)


def test_who_lets_partners_in_has_nothing_else() -> None:
    """Its key could let anybody be anybody on NATS: it comes to no database, and nothing else has the key."""
    assert not {name for name in environment("gate") if "DATABASE" in name or "SERVICE_TOKEN" in name}
    assert "database" not in service("gate")["networks"]
    assert ["gate"] == [name for name in composed()["services"] if "/run/secrets/gate_key" in secret_files(name)]


@pytest.mark.parametrize("name", sorted(composed()["services"]))
def test_nothing_runs_with_more_rights_than_it_needs(name: str) -> None:
    """Read-only, without capabilities and without a way to get more."""
    container = service(name)

    assert container["read_only"] is True
    assert ["ALL"] == container["cap_drop"]
    assert "no-new-privileges:true" in container["security_opt"]
    assert "privileged" not in container
    assert not container.get("cap_add") or name == "postgres"


@pytest.mark.parametrize("name", sorted(composed()["services"]))
def test_everything_that_stays_says_whether_it_is_well(name: str) -> None:
    """What stays has a health check, its own or the image's; what ends is waited for."""
    container = service(name)
    stays = container.get("restart") == "unless-stopped"

    assert stays == (name not in ENDING)
    assert not container.get("healthcheck", {}).get("disable") or not stays
    assert container.get("image", "").startswith("${MOIETY_IMAGE") or container["healthcheck"]["test"]


@pytest.mark.parametrize("name", sorted({*OURS} - {"gate"}))
def test_a_service_waits_for_its_tables(name: str) -> None:
    """Nothing of ours that has any starts before PostgreSQL is well and its own migrations are done."""
    waits = service(name)["depends_on"]
    migration = "migrate-agreements" if name == "relay" else f"migrate-{ROLES.get(name, name)}"

    assert waits["postgres"] == {"condition": "service_healthy"}
    assert waits[migration] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("name", sorted(composed()["services"]))
def test_whoever_talks_shares_a_network(name: str) -> None:
    """Every host a variable names is on one of the service's own networks."""
    hosts = {urlsplit(value).hostname for value in environment(name).values() if "://" in value}
    reachable = {
        other
        for other, container in composed()["services"].items()
        if {*container["networks"]} & {*service(name)["networks"]}
    }

    assert {host for host in hosts if host and "." not in host} <= reachable


def test_the_servers_are_not_reachable_from_outside() -> None:
    """PostgreSQL and NATS publish no port and are only on networks that lead nowhere."""
    for name in ("postgres", "nats"):
        assert "ports" not in service(name)
        assert all(composed()["networks"][network]["internal"] for network in service(name)["networks"])


@pytest.mark.parametrize("name", OURS)
def test_metrics_are_published_to_this_machine_alone(name: str, tmp_path: Path) -> None:
    """Under the number that the service has by itself; whom nobody asks anything publishes nothing."""
    port = load(name, with_secrets(name, tmp_path)).metrics_port
    published = service(name).get("ports", [])

    assert all(each.startswith("127.0.0.1:") for each in published)
    assert [f"127.0.0.1:{port}:{port}"] * (name not in UNASKED) == published[1:]


def test_images_are_pinned() -> None:
    """No image is `latest`: what was tried is what runs."""
    images = [container["image"] for container in composed()["services"].values()]

    assert all(
        re.search(r":\d+\.\d+(\.\d+)?", image) or image.startswith("${MOIETY_IMAGE:-moiety:") for image in images
    )


def test_the_image_is_of_this_version() -> None:
    """The image is named after the version that is built from here."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

    assert {f"${{MOIETY_IMAGE:-moiety:{version}}}"} == {service(name)["image"] for name in OURS_AND_MIGRATIONS}


def test_every_file_it_mounts_is_there() -> None:
    """Everything but the secrets is part of the repository."""
    configs = [config["file"] for config in composed()["configs"].values()]
    mounts = [
        volume.split(":")[0]
        for container in composed()["services"].values()
        for volume in container.get("volumes", [])
        if volume.startswith(".")
    ]

    assert all((ROOT / path).exists() for path in [*configs, *mounts])
    assert all(secret["file"].startswith("deploy/secrets/") for secret in composed()["secrets"].values())
