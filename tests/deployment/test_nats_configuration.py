"""The production bus grants what the embedded one grants, to the same users, and nothing more."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.embedded.nats import ANSWERS, PARTNER_SERVICES, SERVICES, USERS, _binary, configuration
from tests.deployment.composed import service
from tests.deployment.nats_conf import (
    CONFIGURATION,
    EMBEDDED_ONLY,
    FOR_PARTNERS,
    PROCESSES,
    passwords,
    with_partners,
)

_USER = re.compile(
    r"user: (?P<user>\w+), password: \$(?P<password>\w+)\s+"
    r"permissions: \{\s+publish: \[(?P<publish>[^\]]*)\]\s+subscribe: \[(?P<subscribe>[^\]]*)\]"
)


@pytest.fixture
def configured(tmp_path: Path) -> Path:
    """Return the configuration beside a file of passwords, as in the container."""
    text = CONFIGURATION.read_text(encoding="utf-8")
    (tmp_path / "nats.conf").write_text(text, encoding="utf-8")
    (tmp_path / "passwords.conf").write_text(passwords(*PROCESSES), encoding="utf-8")
    return tmp_path / "nats.conf"


def granted(text: str) -> Iterator[tuple[str, list[str], list[str]]]:
    for found in _USER.finditer(text):
        assert f"{found['user']}_password" == found["password"]
        yield found["user"], _texts(found["publish"]), _texts(found["subscribe"])


def _texts(listed: str) -> list[str]:
    return re.findall(r'"([^"]+)"', listed)


def test_the_server_accepts_it(configured: Path) -> None:
    """nats-server itself finds the file valid."""
    checked = subprocess.run([_binary(), "-t", "-c", str(configured)], capture_output=True, text=True, check=False)

    assert "is valid" in checked.stderr + checked.stdout
    assert checked.returncode == 0


def test_it_does_not_start_without_passwords(configured: Path) -> None:
    """A missing secret is an error, never an empty password."""
    configured.with_name("passwords.conf").write_text("")
    checked = subprocess.run([_binary(), "-t", "-c", str(configured)], capture_output=True, text=True, check=False)

    assert checked.returncode != 0


def test_rights_are_those_of_the_embedded_server() -> None:
    """What was tried on the embedded server is what production grants."""
    embedded = {
        name: (list(rights.publish), [f"_INBOX_{name}.>", *rights.asked])
        for name, rights in USERS.items()
        if name not in EMBEDDED_ONLY
    }

    assert embedded == {user: (publish, subscribe) for user, publish, subscribe in granted(with_partners())}


def test_as_shipped_only_our_own_processes_have_users() -> None:
    """Letting a partner in is somebody's decision."""
    shipped = re.sub(r"^ *#\|.*\n", "", CONFIGURATION.read_text(encoding="utf-8"), flags=re.MULTILINE)

    assert list(PROCESSES) == [user for user, _, _ in granted(shipped)]


def test_the_server_accepts_it_with_partners(configured: Path) -> None:
    """What is shipped as a comment is valid once it is none."""
    configured.write_text(with_partners(), encoding="utf-8")
    configured.with_name("passwords.conf").write_text(passwords(*PROCESSES, *FOR_PARTNERS), encoding="utf-8")
    checked = subprocess.run([_binary(), "-t", "-c", str(configured)], capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize(
    ("of", "to", "services"), [("LOG", "READERS", SERVICES), ("PARTIES", "PARTNERS", PARTNER_SERVICES)]
)
def test_accounts_meet_by_the_same_services_as_on_the_embedded_server(
    of: str, to: str, services: dict[str, str]
) -> None:
    """What one account exports and the other imports is the embedded server's, so nobody else shares the streams'."""
    text = with_partners()
    exported = re.findall(rf'\{{ service: "([^"]+)", response_type: stream, accounts: \[{to}\] \}}', text)
    imported = re.findall(rf'account: {of}, subject: "([^"]+)" \}}, to: "([^"]+)"', text)

    assert list(services) == exported
    assert list(services.items()) == imported


def test_what_partners_answer_reaches_the_notifications_and_nobody_else() -> None:
    """By the one service that their account has of the readers', in which nothing is stored."""
    text = with_partners()

    assert [(ANSWERS, "PARTNERS")] == re.findall(r'\{ service: "([^"]+)", accounts: \[(\w+)\] \}', text)
    assert [("READERS", ANSWERS)] == re.findall(r'service: \{ account: (\w+), subject: "([^"]+)" \} \}', text)
    assert {"notifications"} == {user for user, _, subscribe in granted(text) if ANSWERS in subscribe}


def test_everybody_is_in_the_account_it_is_in_on_the_embedded_server() -> None:
    """A right means another thing in another account."""
    sections = re.split(r"^  ([A-Z]+): \{$", with_partners(), flags=re.MULTILINE)[1:]
    accounts = {
        user: account
        for account, section in zip(sections[::2], sections[1::2], strict=True)
        for user in re.findall(r"user: (\w+),", section)
    }

    assert {name: rights.account for name, rights in USERS.items() if name not in EMBEDDED_ONLY} == accounts


def test_who_is_not_named_for_it_is_not_asked_of_the_gate() -> None:
    """Whoever is configured comes in by a password; the gate would refuse it."""
    found = re.search(r"auth_users: \[([^\]]*)\]", CONFIGURATION.read_text(encoding="utf-8"))

    assert found is not None
    assert set(USERS) - EMBEDDED_ONLY == set(found[1].split(", "))


def test_everybody_listens_on_their_own_inboxes_only() -> None:
    """Nobody can overhear an answer to somebody else, or an event they did not ask for; two are asked by name."""
    assert all(f"_INBOX_{user}.>" == subscribe[0] for user, _, subscribe in granted(with_partners()))
    assert {"gate", "notifications"} == {user for user, _, subscribe in granted(with_partners()) if len(subscribe) > 1}


def test_only_the_relays_may_publish_events() -> None:
    """No other user has a right that reaches the subjects of events, or all of JetStream's API."""
    reaching = {
        user
        for user, publish, _ in granted(with_partners())
        if any(subject in {">", "*", "$JS.>"} or subject.startswith("moiety.") for subject in publish)
    }

    assert {"relay", "feeds"} == reaching


def test_a_connection_is_bounded_as_on_the_embedded_server(tmp_path: Path) -> None:
    """What it may say at once, and to how much it may listen."""
    embedded = json.loads(configuration(1, tmp_path, {}, {}))
    text = CONFIGURATION.read_text(encoding="utf-8")

    assert f"max_payload: {embedded['max_payload'] // 1024}KB\n" in text
    assert f"max_subscriptions: {embedded['max_subscriptions']}\n" in text


def test_every_batch_reaches_the_disk() -> None:
    """What NATS has acknowledged survives a power cut."""
    assert "sync_interval: always" in CONFIGURATION.read_text(encoding="utf-8")


def test_the_container_reads_it_where_it_is_mounted() -> None:
    """The configuration and its passwords lie side by side in the container."""
    container = service("nats")

    assert ["--config", container["configs"][0]["target"]] == container["command"]
    assert Path(container["secrets"][0]["target"]) == Path(container["configs"][0]["target"]).with_name(
        "passwords.conf"
    )
    assert "nats:/data" in container["volumes"]
    assert 'store_dir: "/data"' in CONFIGURATION.read_text(encoding="utf-8")
