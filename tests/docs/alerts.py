"""Write `docs/alerts.md` anew: `python -m tests.docs.alerts`."""

from itertools import groupby

from services.notifications.rules import RULES
from services.notifications.rules.rule import Nobody, Rule
from shared.events.registry import Event
from tests.architecture.source import ROOT

PAGE = ROOT / "docs" / "alerts.md"
_HEAD = """\
# Alerts: of what whom is told

An alert is one event as one party is told of it ([the inbox](inbox.md)). Each event has one rule, below: its class,
which says what weight in law it has; who is told, and who is not; for whom of those it waits (`needs_you`: each of them
has a task by it); and the last day on which it counts to act. In `code` stands a field of the event
([events](events.md)) that names parties, or a day; the rest is remembered of earlier events:

- *the agreement's parties*: whoever is or was one;
- *who holds it*: whoever the last adoption or transfer of the asset named; before a determination nobody;
- *licensees on the day*: those whose licence of the asset runs on the day the shares pass;
- *who controls one*: whoever has one of those for whom it waits under its control on the day, directly or through
  others, and so may answer for it: it is told as well, and led to that one's tasks.

Who did it is left out where it need not be told of its own act. A *receipt* tells it all the same, as `info`, that the
others were told. A share that a title gap leaves with a person, or that nobody holds yet, has no inbox.

Besides events, an inbox tells of deadlines that are near, of what the ledger noticed, of webhooks that were switched
off, and of `legal-critical` alerts that nobody acknowledged: [the inbox](inbox.md) says whom.

This page is written by `python -m tests.docs.alerts` from the rules (`services/notifications/rules/`); a test compares
them.
"""


def page() -> str:
    """Return the page as it must read."""
    sections = [_HEAD]
    for entity, kinds in groupby(RULES, key=lambda kind: kind.__module__.rpartition(".")[2]):
        rows = [_row(kind, RULES[kind]) for kind in kinds]
        sections.append(
            "\n".join(
                [
                    f"## {entity.capitalize()}",
                    "",
                    "| Event | Class | Told | Needed | Until |",
                    "|---|---|---|---|---|",
                    *rows,
                    "",
                ]
            )
        )
    return "\n".join(sections)


def _row(kind: type[Event], rule: Rule | Nobody) -> str:
    if isinstance(rule, Nobody):
        return f"| `{kind.__name__}` | | nobody: {rule.because} | | |"
    told = ", ".join(source.says for source in rule.to)
    if rule.but:
        told += "; not " + ", ".join(source.says for source in rule.but)
    if rule.receipt:
        told += " but for a receipt"
    needed = ", ".join(source.says for source in rule.awaits) + ("; who controls one" if rule.spoken_for else "")
    class_ = f"{rule.class_}; with `{rule.weighs_by}` legal-critical" if rule.weighs_by else rule.class_
    return f"| `{kind.__name__}` | {class_} | {told} | {needed} | {rule.due.says} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
