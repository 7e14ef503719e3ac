"""Write what each law says into `docs/terms.md` anew: `python -m tests.docs.laws`."""

import re
from typing import Final, get_args

import msgspec

from shared.events.law import LAWS
from shared.events.terms import Act, ConsentRule
from tests.architecture.source import ROOT

PAGE = ROOT / "docs" / "terms.md"
_TABLE: Final = re.compile(r"(?<=\n)\| Act \|.*?\n(?=\n|$)", re.DOTALL)


def page() -> str:
    """Return the page as it must read."""
    return _TABLE.sub(lambda _: table(), PAGE.read_text(encoding="utf-8"), count=1)


def table() -> str:
    """Return a row for each act, with what each law asks for."""
    rows = [
        " | ".join([f"| `{act}`", *(_words(getattr(law, act.lower())) for law in LAWS.values())]) + " |"
        for act in get_args(Act)
    ]
    return "\n".join([f"| Act | {' | '.join(f'`{law}`' for law in LAWS)} |", "|---" * (len(LAWS) + 1) + "|", *rows, ""])


def _words(rule: ConsentRule | None) -> str:
    if rule is None:
        return "must be agreed"
    said = msgspec.to_builtins(rule)
    return " ".join([f"`{rule.rule}`", *(str(each) for name, each in said.items() if name != "rule")])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
