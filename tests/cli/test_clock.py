"""`moiety clock`: time that a portal's tests can let pass."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import rich_click as click
from click.testing import CliRunner

from services.cli.clock import TimeGoesForward, TimeUnreadable, instant_of, later_than
from services.cli.main import program
from services.notifications.escalations.model import TYPE as UNACKNOWLEDGED
from services.notifications.escalations.model import TYPE_BY_ANOTHER
from shared.calendar import legal_day
from shared.clock import ScenarioClock
from shared.embedded.home import Home, Ports
from shared.testing import Stack, block_until, temporary_home
from tests.agreements.bodies import terms_body
from tests.agreements.portals import DIGEST

REMINDED_SECONDS = 60
ENDED = "agreements.AgreementExpired.v1"
LATER = datetime(2190, 3, 1, 1, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A stack's directory, with nothing that runs in it."""
    made = Home(tmp_path / "home", Ports())
    made.prepare()
    return made


@pytest.fixture
def serving() -> Iterator[Stack]:
    """A stack that serves, with nothing recorded in it."""
    with temporary_home() as home, Stack(home) as stack:
        yield stack


class Caller:
    """Somebody who asks the agreements service of a stack, and decides on what is there now."""

    def __init__(self, home: Home, role: str, party: str | None = None) -> None:
        token = home.issuer.mint(f"{party or role}-1", party=party, roles=[role])
        self._headers = {"Authorization": f"Bearer {token}"}
        self._home = home

    def get(self, path: str) -> httpx.Response:
        return httpx.get(
            f"{self._home.url('agreements')}{path}", headers=self._headers, trust_env=False
        ).raise_for_status()

    def post(self, path: str, seen: str | None = None, **body: object) -> None:
        version = {"If-Match": self.get(seen).headers["ETag"]} if seen else {}
        url = f"{self._home.url('agreements')}{path}"
        httpx.post(url, json=body, headers=self._headers | version, trust_env=False).raise_for_status()


def an_agreement_until(home: Home, last: date) -> Caller:
    """Have an agreement of two parties take effect; return one of them."""
    operator, alma, kite = (
        Caller(home, "operator"),
        *(Caller(home, "representative", each) for each in ("ALMA", "KITE")),
    )
    for party in ("ALMA", "KITE"):
        operator.post("/v1/parties", party=party, kind="UNIVERSITY", legal_name=party, country="HK")
    alma.post(
        "/v1/agreements",
        agreement="MOU",
        kind="MOU",
        title="Joint research",
        parties=["ALMA", "KITE"],
        terms=terms_body(),
        period={"from": "2024-01-01", "to": last.isoformat()},
        document_hash=DIGEST,
    )
    alma.post("/v1/agreements/MOU/propose", seen="/v1/agreements/MOU")
    terms_hash = alma.get("/v1/agreements/MOU").json()["terms_in_force"]["terms_hash"]
    for signatory in (alma, kite):
        signed = {"terms_hash": terms_hash, "signed_on": "2024-01-01"}
        signatory.post("/v1/agreements/MOU/sign", seen="/v1/agreements/MOU", **signed)
    alma.post("/v1/agreements/MOU/activate", seen="/v1/agreements/MOU")
    return alma


def run(*arguments: str, home: Home) -> str:
    ran = CliRunner().invoke(
        program, ["clock", *arguments], env={"MOIETY_HOME": str(home.directory)}, catch_exceptions=False
    )
    assert 0 == ran.exit_code, ran.output
    return ran.output


def test_what_time_it_is_is_shown(home: Home) -> None:
    """The machine's time, or the one that stands still since somebody advanced it."""
    before = run(home=home)
    ScenarioClock(home.scenario_clock_file).move(LATER)

    assert before.endswith("Z by the clock of this machine\n")
    assert "2190-03-01T01:00:00Z and stands still: moiety clock advance\n" == run(home=home)


def test_a_day_begins_when_offices_open() -> None:
    """Nine in the morning in Hong Kong is that day there and everywhere west of it."""
    assert LATER == instant_of("2190-03-01")
    assert LATER == instant_of("2190-03-01T01:00:00Z")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2190-3-1",
        "21900301",
        "2190-W09-1",
        "2190-02-30",
        "2190-03-01T01:00:00",
        "\uff12190-03-01",
        "2190-03-01\n",
    ],
)
def test_a_time_is_written_in_one_way(text: str) -> None:
    """As over HTTP: what two people could read differently is refused."""
    with pytest.raises(TimeUnreadable):
        instant_of(text)


def test_time_ends_with_the_calendar() -> None:
    """What lies beyond it is refused, not guessed."""
    with pytest.raises(TimeUnreadable):
        later_than(datetime(9999, 12, 1, tzinfo=UTC), timedelta(days=40))


@pytest.mark.parametrize("to", ["2190-03-01", "2190-02-28", "2024-02-01"])
def test_time_goes_forward_only(home: Home, to: str) -> None:
    """Neither back nor to where it stands: events have their times in the order in which they are recorded."""
    ScenarioClock(home.scenario_clock_file).move(LATER)

    with pytest.raises(TimeGoesForward):
        run("advance", "--to", to, home=home)
    assert LATER == ScenarioClock(home.scenario_clock_file)()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "say when it is to be"),
        (["--to", "2190-03-01", "--days", "3"], "--to says when it is"),
        (["--to", "2190-03-01", "--hours", "3"], "--to says when it is"),
        (["--days", "0"], "0 is not in the range"),
        (["--hours", "-1"], "-1 is not in the range"),
    ],
)
def test_how_late_it_is_to_be_is_said_once(home: Home, arguments: list[str], said: str) -> None:
    """Either when, or how much later."""
    ran = CliRunner().invoke(program, ["clock", "advance", *arguments], env={"MOIETY_HOME": str(home.directory)})

    assert click.UsageError.exit_code == ran.exit_code
    assert said in ran.output
    assert not home.scenario_clock_file.exists()


@pytest.mark.stack
def test_what_time_brings_is_there_once_the_command_returns(serving: Stack) -> None:
    """An agreement ends on its last day by itself, and the ledger answers for the day that it is then."""
    home, today = serving.home, legal_day(datetime.now(UTC))
    alma = an_agreement_until(home, today + timedelta(days=20))
    before = alma.get("/v1/agreements/MOU").json()["status"]
    told = run("advance", "--days", "30", home=home)

    assert ("ACTIVE", "SURVIVING") == (before, alma.get("/v1/agreements/MOU").json()["status"])
    assert "Z and stands still" in told
    assert today + timedelta(days=30) == legal_day(ScenarioClock(home.scenario_clock_file)())


@pytest.mark.stack
def test_time_that_passes_reminds_of_what_it_will_bring(serving: Stack) -> None:
    """A week before an agreement ends both its parties find a reminder, with its last day, and only one."""
    home, today = serving.home, legal_day(datetime.now(UTC))
    alma = an_agreement_until(home, today + timedelta(days=40))
    run("advance", "--days", "34", home=home)

    block_until(lambda: bool(reminders(home, "ALMA")), REMINDED_SECONDS, "ALMA is not reminded")
    block_until(lambda: bool(reminders(home, "KITE")), REMINDED_SECONDS, "KITE is not reminded")
    run("advance", "--days", "2", home=home)
    run("advance", "--days", "2", home=home)
    block_until(lambda: 2 == len(reminders(home, "ALMA")), REMINDED_SECONDS, "ALMA is not reminded of the last day")

    last_day = (date.fromisoformat(alma.get("/v1/agreements/MOU").json()["ends_on"]) - timedelta(days=1)).isoformat()
    assert [(last_day, "agreement:MOU", "reminder", False)] * 2 == reminders(home, "ALMA")


@pytest.mark.stack
def test_time_that_passes_tells_others_what_nobody_acknowledges(serving: Stack) -> None:
    """An agreement has ended, and neither party takes note: each is told again, and then that the other has not."""
    home, today = serving.home, legal_day(datetime.now(UTC))
    an_agreement_until(home, today + timedelta(days=20))
    run("advance", "--days", "30", home=home)
    block_until(lambda: bool(told(home, "ALMA", ENDED)), REMINDED_SECONDS, "ALMA is not told of the end")

    def is_told(kind: str) -> bool:
        run("advance", "--days", "1", home=home)  # from when its days are counted nobody sees
        return bool(told(home, "ALMA", kind))

    block_until(lambda: is_told(UNACKNOWLEDGED), REMINDED_SECONDS, "ALMA is not told again")
    assert not told(home, "ALMA", TYPE_BY_ANOTHER)
    block_until(lambda: is_told(TYPE_BY_ANOTHER), REMINDED_SECONDS, "ALMA is not told of KITE")

    [ended] = told(home, "ALMA", ENDED)
    [again] = told(home, "ALMA", UNACKNOWLEDGED)
    [other] = told(home, "ALMA", TYPE_BY_ANOTHER)
    assert again["link"] == other["link"] == f"/v1/inbox/{ended['id']}"
    assert ("agreement:MOU", "party:KITE") == (again["subject"], other["subject"])


def told(home: Home, party: str, kind: str) -> list[dict[str, Any]]:
    """Return the alerts of a type in a party's inbox."""
    headers = {"Authorization": f"Bearer {home.issuer.mint('person-1', party=party, roles=['representative'])}"}
    url = f"{home.url('notifications')}/v1/inbox"
    found = httpx.get(url, params={"type": kind}, headers=headers, trust_env=False).raise_for_status()
    items: list[dict[str, Any]] = found.json()["items"]
    return items


def reminders(home: Home, party: str) -> list[tuple[str, str, str, bool]]:
    """Return which reminders are in a party's inbox."""
    headers = {"Authorization": f"Bearer {home.issuer.mint('person-1', party=party, roles=['representative'])}"}
    found = httpx.get(f"{home.url('notifications')}/v1/inbox", headers=headers, trust_env=False).raise_for_status()
    return [
        (alert["due_on"], alert["subject"], alert["class"], alert["needs_you"])
        for alert in found.json()["items"]
        if alert["type"] == "notifications.DeadlineNear.v1"
    ]
