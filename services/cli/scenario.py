"""The sample scenario, played over HTTP as the parties' own systems would: each act with its actor's own token."""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import httpx
import msgspec

from services.cli.calendar import Calendar
from shared.errors import MoietyError, StartupError

if TYPE_CHECKING:
    from shared.embedded.home import Home

STORY: Final = Path(__file__).resolve().parents[2] / "examples" / "hut-atrc" / "scenario.toml"
_ANSWER_SECONDS: Final = 30.0
_ENTERED_SECONDS: Final = 30.0
_TOKEN_SECONDS: Final = 3600.0


class AnsweredOtherwise(MoietyError):
    """A step of the scenario was not answered as the scenario says."""


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who acts, under a pseudonym, and what their token says."""

    role: Literal["operator", "representative", "auditor"]
    party: str | None = None


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The status of the answer, and members it must have; others it may."""

    status: int
    answer: dict[str, Any] = {}


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One request. Its actor decides on what they see at `see`, whose ETag becomes If-Match.

    In the body, `$<step>.<member>.<member>` stands for a value from the answer to an earlier step; a list's members
    are 0, 1 and so on. In the file, a step without a day `on` is done on the same day as the one before it.
    """

    id: str
    title: str
    by: str
    request: str
    expect: Expected
    on: date
    see: str | None = None
    body: dict[str, Any] | None = None

    @property
    def leaves_a_trace(self) -> bool:
        return self.request.startswith("POST") and httpx.codes.is_success(self.expect.status)


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the ledger must say, in the end, of who owned an asset on a day as it was known at the end of another."""

    asset: str
    effective: date
    known: date
    holders: dict[str, str]
    disputed: bool = False


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A story: who acts, what they do in order, who owns what in the end, and who owned what on days before."""

    name: str
    title: str
    people: dict[str, Person]
    ownership: dict[str, dict[str, str]]
    answers: list[Answer] = msgspec.field(name="answer")
    steps: list[Step] = msgspec.field(name="step")


def read(path: Path = STORY) -> Scenario:
    """Read a scenario; raises StartupError."""
    try:
        story = tomllib.loads(path.read_text(encoding="utf-8"))
        for before, step in pairwise(story.get("step", [])):
            step.setdefault("on", before.get("on"))
        return msgspec.convert(story, Scenario)
    except (OSError, ValueError) as error:  # a TOMLDecodeError and msgspec's errors are ValueErrors
        message = f"{path} holds no scenario: {error}"
        raise StartupError(message) from error


def load(home: "Home") -> None:
    """Play what leaves a trace, and wait until the ledger has entered it.

    Every step has its Idempotency-Key, so a load that was broken off is simply repeated: what was done is answered
    again, what was not is done. A refusal is not kept under a key, so steps that show one are for the demo alone.
    """
    from rich.console import Console
    from rich.progress import track

    from services.cli.standing import Standing

    scenario = read()
    played = play(scenario, home, only_traces=True)
    for _ in track(played, "Loading the sample scenario", len(scenario.steps), console=Console(stderr=True)):
        pass
    # From here on it is as late as it is: whoever uses the stack now does so today.
    with Calendar(home) as calendar:
        calendar.stop()
    with Standing(home) as standing:
        standing.await_entered(_ENTERED_SECONDS)


def client(url: str) -> httpx.Client:
    # A stack on this machine: no proxy of the environment's has business in between.
    return httpx.Client(base_url=url, timeout=_ANSWER_SECONDS, trust_env=False)


def tokens(home: "Home", scenario: Scenario, *, lifetime_seconds: float = _TOKEN_SECONDS) -> dict[str, str]:
    """Return a token of the local issuer's for everybody who acts."""
    return {
        name: home.issuer.mint(name, party=person.party, roles=[person.role], lifetime_seconds=lifetime_seconds)
        for name, person in scenario.people.items()
    }


def play(
    scenario: Scenario,
    home: "Home",
    steps: Iterable[Step] | None = None,
    *,
    only_traces: bool = False,
    answers: dict[str, Any] | None = None,
) -> Iterator[Step]:
    """Do the steps on their days and yield each when it is done; raises AnsweredOtherwise, NotInTime, httpx.HTTPError.

    What each was answered is put into `answers`, by the step's id. With `only_traces` the others are passed over, but
    not the days they are on: time brings something by itself, too. Time stays where the last step left it, so that what
    was broken off can go on from there.
    """
    answers = {} if answers is None else answers
    token_of = tokens(home, scenario)
    with client(home.url("agreements")) as http, Calendar(home) as calendar:
        for step in scenario.steps if steps is None else steps:
            calendar.await_day(step.on)
            headers = {"Authorization": f"Bearer {token_of[step.by]}", "Idempotency-Key": f"{scenario.name}/{step.id}"}
            if step.leaves_a_trace or not only_traces:
                answers[step.id] = _act(step, http, headers, lambda text: picked(text, answers))
            yield step


def _act(step: Step, http: httpx.Client, headers: dict[str, str], pick: Callable[[str], Any]) -> Any:  # noqa: ANN401  # JSON
    if step.see:
        seen = http.get(step.see, headers=headers).raise_for_status()
        headers = {**headers, "If-Match": seen.headers["ETag"]}
    method, _, path = step.request.partition(" ")
    body = None if step.body is None else filled(step.body, pick)
    answer = http.request(method, path, json=body, headers=headers)
    content = answer.json()
    if answer.status_code != step.expect.status:
        message = f"{step.id}: expected {step.expect.status}, got {answer.status_code} {answer.text}"
        raise AnsweredOtherwise(message)
    if not _holds(step.expect.answer, content):
        message = f"{step.id}: expected {step.expect.answer}, got {answer.text}"
        raise AnsweredOtherwise(message)
    return content


def filled(body: Any, pick: Callable[[str], Any]) -> Any:  # noqa: ANN401  # JSON
    """Return a body with what it takes from the answers to earlier steps."""
    match body:
        case dict():
            return {name: filled(value, pick) for name, value in body.items()}
        case list():
            return [filled(value, pick) for value in body]
        case str() if body.startswith("$"):
            return pick(body[1:])
    return body


def picked(reference: str, answers: Mapping[str, Any]) -> Any:  # noqa: ANN401  # JSON
    """Return what a body refers to: a step, and the members and items on the way from there."""
    value: Any = answers
    for name in reference.split("."):
        value = value[int(name) if isinstance(value, list) else name]
    return value


def _holds(expected: Any, got: Any) -> bool:  # noqa: ANN401  # JSON
    """Tell whether every member that is expected is there; what else there is does not matter, but in lists it does."""
    if isinstance(expected, dict):
        return isinstance(got, dict) and all(_holds(value, got.get(name)) for name, value in expected.items())
    if isinstance(expected, list):
        return isinstance(got, list) and len(expected) == len(got) and all(map(_holds, expected, got))
    return bool(expected == got)
