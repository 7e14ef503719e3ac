"""Played step by step, the sample story tells whoever is asked for something, and leads all to what they may read."""

import contextlib
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest

from services.cli import scenario
from services.cli.calendar import Calendar
from services.cli.standing import Standing
from shared.embedded.home import Home
from shared.testing import NotInTime, Stack, block_until, temporary_home
from tests.undeclared import refusing_as_declared_at

SECONDS: Final = 60.0
LISTED_SECONDS: Final = 10.0
# What waits for somebody, and is told by no alert that it does: why is said in tests/notifications/test_links.py.
OPENED_BY_OTHERS: Final = {"ADOPT_SHARES", "START_PROJECT", "TAKE_UP_OPPORTUNITY", "EXECUTE_TRANSFER", "GRANT_LICENCE"}

# Who is told that it is needed, and can do nothing: by the step, the party and the thing.
NOTHING_TO_DO: Final = {
    ("propose-transfer", "HUT-RD", "/v1/transfers/XFR-7"): "held a share until the transfer before this one",
}


class Party:
    """A party of the story as its portal sees it: its inbox, its tasks, and what it was told that needs it."""

    def __init__(self, home: Home, party: str) -> None:
        token = home.issuer.mint(f"{party}-PORTAL", party=party, roles=["representative"])
        headers = {"Authorization": f"Bearer {token}"}
        self._party = party
        self._http = {
            name: httpx.Client(base_url=home.url(name), headers=headers, trust_env=False)
            for name in ("agreements", "ledger", "notifications")
        }
        self._sequence = 0
        # By the address of the thing: that it needs the party.
        self.needed: set[str] = set()
        self.classes: set[str] = set()
        # What it was told that needs it and is no task of it, and the reverse.
        self.idle: set[tuple[str, str, str]] = set()
        self.untold: set[tuple[str, str, str, str]] = set()
        # Where it was led to and found nothing.
        self.lost: list[tuple[str, str, str]] = []

    def close(self) -> None:
        for http in self._http.values():
            http.close()

    def looks(self, step: str) -> None:
        """Look at what a step of the story has brought, and fail where one is told without the other."""
        new = self.alerts()
        asked = {alert["link"] for alert in new if alert["needs_you"]}
        with contextlib.suppress(NotInTime):
            block_until(lambda: not self._idle(asked), LISTED_SECONDS, lambda: "what is asked is listed")
        self.idle |= {(step, self._party, link) for link in self._idle(asked)}
        waiting = {
            (name, thing)
            for name, party, thing in self.tasks()
            if party == self._party and name not in OPENED_BY_OTHERS
        }
        self.untold |= {(step, self._party, *each) for each in waiting if each[1] not in self.needed}
        # Reminders come when somebody next looks what is near: beside the story, which moves the clock.
        self.classes |= {alert["class"] for alert in new if alert["needs_you"] and alert["class"] != "reminder"}
        self.lost += [
            (step, self._party, alert["link"]) for alert in new if self.reads(alert["link"]) != httpx.codes.OK
        ]

    def _idle(self, asked: set[str]) -> set[str]:
        tasks = self.tasks()
        return asked - {thing for _, _, thing in tasks} - {f"/v1/tasks?party={party}" for _, party, _ in tasks}

    def alerts(self) -> list[dict[str, Any]]:
        """Return the alerts that are new."""
        new = [alert for alert in self._inbox() if alert["sequence"] > self._sequence]
        self._sequence = max([self._sequence, *(alert["sequence"] for alert in new)])
        self.needed |= {alert["link"] for alert in new if alert["needs_you"]}
        return new

    def tasks(self) -> set[tuple[str, str, str]]:
        """Return what waits for it, or for those that it controls: its name, for whom, and the thing's address."""
        tasks = self._pages("agreements", "/v1/tasks")
        return {(task["task"], task["party"], task["thing"]) for task in tasks}

    def reads(self, link: str) -> int:
        """Return the status with which the party is answered where it was led to."""
        services = {"/v1/assets/": "ledger", "/v1/inbox/": "notifications"}
        service = next((name for begins, name in services.items() if link.startswith(begins)), "agreements")
        return self._http[service].get(link).status_code

    def _inbox(self) -> Iterator[dict[str, Any]]:
        for alert in self._pages("notifications", "/v1/inbox"):
            if alert["sequence"] <= self._sequence:
                return
            yield alert

    def _pages(self, service: str, path: str) -> Iterator[dict[str, Any]]:
        following: str | None = f"{path}?limit=200"
        while following:
            answer = self._http[service].get(following).raise_for_status()
            yield from answer.json()["items"]
            following = answer.links.get("next", {}).get("url")


@pytest.fixture
def fresh() -> Iterator[Stack]:
    """A stack in which nothing has happened."""
    with temporary_home() as home, Stack(home, log_level="WARNING") as stack, refusing_as_declared_at(stack):
        yield stack


def test_what_needs_a_party_is_a_task_and_the_reverse(fresh: Stack) -> None:
    """At every step an alert that needs it comes with a task, a task with such an alert, and links are answered."""
    story = scenario.read()
    registered = [step.body["party"] for step in story.steps if step.request == "POST /v1/parties" and step.body]
    parties = [Party(fresh.home, name) for name in dict.fromkeys(registered)]
    with contextlib.ExitStack() as portals, Standing(fresh.home) as standing:
        for party in parties:
            portals.callback(party.close)
        for step in scenario.play(story, fresh.home, only_traces=True):
            standing.await_settled(SECONDS)
            for party in parties:
                party.looks(step.id)
    with Calendar(fresh.home) as calendar:
        calendar.stop()

    assert [] == [each for party in parties for each in party.lost]
    assert set() == {each for party in parties for each in party.untold}
    assert {*NOTHING_TO_DO} == {each for party in parties for each in party.idle}
    assert {"action", "legal-critical"} == {class_ for party in parties for class_ in party.classes}
