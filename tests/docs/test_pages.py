"""The pages hang together."""

import json
import re
from pathlib import Path

import pytest

import shared.events  # noqa: F401  # registers every event
from shared.events.registry import registered
from shared.log.envelope import decode
from shared.settings import _REQUIRED as REQUIRED
from shared.settings import Settings
from tests.architecture.source import ROOT, python_files

PAGES = sorted(path for folder in (".", "docs", "docs/decisions", "deploy") for path in (ROOT / folder).glob("*.md"))
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
_LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)(#[^)]*)?\)")
_PATH = re.compile(r"`((?:tests|services|shared|deploy|docs|examples)/[\w/.-]*)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    """A link to a file leads to a file that is here."""
    links = [found[1] for found in _LINK.finditer(page.read_text(encoding="utf-8"))]

    assert [] == [link for link in links if not (page.parent / link).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_path_named_is_there(page: Path) -> None:
    """A file or folder that a page speaks of exists, but for the secrets, which are made."""
    named = [name for name in _PATH.findall(page.read_text(encoding="utf-8")) if not name.startswith("deploy/secrets")]

    assert [] == [name for name in named if not (ROOT / name).exists()]


def test_every_decision_names_its_enforcer() -> None:
    """A decision that nothing enforces is a wish."""
    decisions = sorted((ROOT / "docs" / "decisions").glob("0*.md"))

    assert decisions
    assert [] == [path.name for path in decisions if "**Enforced by**" not in path.read_text(encoding="utf-8")]


def test_every_decision_is_in_the_index() -> None:
    """The index lists each decision once, in order."""
    index = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")

    assert re.findall(r"\((\d{4}-[\w-]+\.md)\)", index) == sorted(
        path.name for path in (ROOT / "docs" / "decisions").glob("0*.md")
    )


def test_the_pages_name_only_events_that_exist() -> None:
    """An event type in the documentation is one that is published."""
    named = {name for page in PAGES for name in re.findall(r"agreements\.\w+\.v\d+", page.read_text(encoding="utf-8"))}

    assert set() == named - set(registered())


def test_the_operations_page_lists_every_setting() -> None:
    """Every variable that a service reads is in the table, as required exactly where it is."""
    rows = [line.strip("|").split("|") for line in OPERATIONS.splitlines() if line.startswith("| `MOIETY_")]
    required = {row[0].strip(" `"): [cell.strip() == "required" for cell in row[2:8]] for row in rows}

    assert [f"MOIETY_{field.upper()}" for field in Settings.__struct_fields__ if field != "service"] == list(required)
    assert required == {
        f"MOIETY_{field.upper()}": [field in needed for needed in REQUIRED.values()]
        for field in Settings.__struct_fields__
        if field != "service"
    }


def test_the_operations_page_lists_every_metric() -> None:
    """Every metric of the code is on the page, under the name that Prometheus reads."""
    code = "".join(path.read_text(encoding="utf-8") for path in python_files("services", "shared"))
    metrics = re.findall(r'\b(Gauge|Counter|Histogram|Summary)\(\s*"(moiety_\w+)"', code)
    named = {f"{name}_total" if kind == "Counter" else name for kind, name in metrics}

    assert named
    assert set() == named - set(re.findall(r"`(moiety_\w+)`", OPERATIONS))


def test_the_operations_page_lists_every_action_that_is_logged_and_no_other() -> None:
    """An operator who meets a word in the logs finds it on this page, and the other way round."""
    code = "".join(path.read_text(encoding="utf-8") for path in python_files("services", "shared"))
    not_logged = {"stable_name", "send"}  # an example, and what AsyncAPI calls an operation
    followers = set(re.findall(r'Following\(\s*"(\w+)"', code))
    logged = set(re.findall(r'(?:\baction=|"action": |setdefault\("action", )"([\w-]+)"', code)) - not_logged
    tables = OPERATIONS[OPERATIONS.index("## What stops") : OPERATIONS.index("## Losing NATS")]
    first_cells = re.findall(r"^\|([^|]+)\|", tables, re.MULTILINE)

    assert followers
    assert {*logged, *followers, *(f"{follower}-pauses" for follower in followers)} == {
        action for cell in first_cells for action in re.findall(r"`([\w-]+)`", cell) if action != "action"
    }


def test_the_example_event_has_the_form_of_a_real_one() -> None:
    """The event shown to integrators has exactly the attributes and fields that are published."""
    page = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    shown = json.loads(page[page.index("```json") + 7 : page.index("```", page.index("```json") + 7)])
    golden = json.loads((ROOT / "tests" / "events" / "golden" / f"{shown['type']}.json").read_bytes())

    assert shown.keys() - {"actorparty", "traceparent"} == golden.keys() - {"actorparty", "traceparent", "causationid"}
    assert shown["data"].keys() == golden["data"].keys()
    assert decode(json.dumps(shown).encode()).type == shown["type"]
