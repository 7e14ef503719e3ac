"""What the page for portals names is what the service answers."""

import re
from typing import get_args

from services.agreements.tasks.awaited import WAITING_FOR
from services.agreements.tasks.views import EffectOfSilence
from tests.architecture.source import ROOT

PAGE = (ROOT / "docs" / "portals.md").read_text(encoding="utf-8")


def test_every_task_is_on_the_page() -> None:
    """By its name, and none besides."""
    names = {each.name for waiting in WAITING_FOR.values() for each in waiting.awaited}
    rows = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `")]

    assert names == set(re.findall(r"`([A-Z_]+)`", " ".join(rows)))


def test_every_meaning_of_silence_is_on_the_page() -> None:
    """A portal shows it beside the day, so it has to know all of them."""
    assert [] == [each for each in get_args(EffectOfSilence) if f"`{each}`" not in PAGE]
