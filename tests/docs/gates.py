"""Write what each command takes into `docs/states.md` anew: `python -m tests.docs.gates`."""

import re
from inspect import getsourcelines
from typing import Any, Final

from services.agreements.gates import Gate, Standing
from tests.architecture.source import ROOT
from tests.docs.drawings import commands

PAGE = ROOT / "docs" / "states.md"
_HEADING: Final = "## What each command takes"
_SLICES: Final = (
    *("parties", "affiliations", "people", "contracts", "background", "opportunities", "projects", "progress"),
    *(
        "participants",
        "contributions",
        "inventions",
        "retirement",
        "acknowledgements",
        "notices",
        "transfers",
        "disputes",
        "licences",
    ),
)
_TABLE: Final = re.compile(r"(?<=\n)\| Command \|.*?\n(?=\n|$)", re.DOTALL)


def page() -> str:
    """Return the page as it must read."""
    before, heading, section = PAGE.read_text(encoding="utf-8").partition(_HEADING)
    return before + heading + _TABLE.sub(lambda _: table(), f"{section}\n", count=1).rstrip("\n") + "\n"


def table() -> str:
    rows = [f"| {_words(each)} | {' | '.join(_cells(each.gate))} |" for each in sorted(commands(), key=_place)]
    return "\n".join(["| Command | Power | While the agreement | For |", "|---|---|---|---|", *rows, ""])


def _place(command: type[Any]) -> tuple[int, bool, str, int]:
    _, _, slice_, module = command.__module__.split(".")
    return _SLICES.index(slice_), module != "decisions", module, getsourcelines(command)[1]


def _words(command: type[Any]) -> str:
    return " ".join(re.findall(r"[A-Z][a-z]+", command.__name__)).lower()


def _cells(gate: Gate) -> tuple[str, str, str]:
    power = f"`{gate.power}`" if gate.power else "none"
    standing = gate.standing
    stands = (
        str(standing)
        if isinstance(standing, Standing)
        else "; ".join(f"to {purpose.lower()}: {each}" for purpose, each in standing.items())
    )
    parties = f"{'active ' if gate.new else ''}parties{' that have not left' if gate.member else ''}"
    return power, stands, "all" if parties == "parties" else parties


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
