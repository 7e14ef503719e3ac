"""Letters as they read, in each language; write them anew: `python -m tests.notifications.letters.golden`.

What is written is what a reader of the bytes makes of them, so that it can be read here as well.
"""

from datetime import date
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from services.notifications.escalations.model import TYPE as UNACKNOWLEDGED
from services.notifications.escalations.model import TYPE_BY_ANOTHER
from services.notifications.mail.letters import DigestLetter, Letter, Question
from services.notifications.mail.letters.clock import Clock
from services.notifications.reminders.model import TYPE as DEADLINE_NEAR
from shared.languages import Language
from tests.notifications.letters.controls import QUESTION, digest, html_of, letter, received, text_of

GOLDEN: Final = Path(__file__).parent / "golden"
_TRANSFER: Final = {
    "type": "agreements.TransferProposed.v1",
    "subject": "transfer:XFR-1",
    "link": "/v1/transfers/XFR-1",
}
_NO_DAY: Final = {"needs_you": False, "due_on": None}
LETTERS: Final[dict[str, Letter | DigestLetter | Question]] = {
    "asked": letter(),
    "receipt": letter({"class_": "info", **_NO_DAY}),
    "critical-and-asked": letter({**_TRANSFER, "class_": "legal-critical"}),
    "asked-since-notice": letter({"class_": "legal-critical", "due_on": None}, clock=Clock(10, "INBOX")),
    "asked-since-it-took-note": letter({"class_": "legal-critical", "due_on": None}, clock=Clock(10, "ACKNOWLEDGED")),
    "critical": letter(
        {
            "type": "agreements.DeterminationAdopted.v1",
            "class_": "legal-critical",
            "subject": "invention:INV-1",
            "link": "/v1/assets/INV-1/timeline?known=41",
            **_NO_DAY,
        },
        title="A sensor <that> sorts & more",
        may_name=True,
    ),
    "reminder": letter({"class_": "reminder", "due_on": date(2025, 6, 2)}, name=""),
    "deadline": letter({"type": DEADLINE_NEAR, "class_": "reminder", "due_on": date(2025, 6, 2)}),
    "overdue": letter({**_TRANSFER, "class_": "reminder", "due_on": date(2025, 5, 31)}),
    "information": letter(
        {
            "type": "agreements.ProjectPaused.v1",
            "class_": "info",
            "subject": "project:PRJ-1",
            "link": "/v1/projects/PRJ-1",
            **_NO_DAY,
        },
        name="陳美, Zoë",
        unsubscribe_url=None,
    ),
    "for-another": letter({**_TRANSFER, "class_": "legal-critical", "recipient": "KPD", "link": "/v1/tasks?party=EGU"}),
    "unacknowledged": letter(
        {
            "type": UNACKNOWLEDGED,
            "class_": "legal-critical",
            "subject": "transfer:XFR-1",
            "link": "/v1/inbox/alr-20db73cd7b36cbcd40a482bcd52725f7",
            **_NO_DAY,
        }
    ),
    "unacknowledged-by-another": letter(
        {
            "type": TYPE_BY_ANOTHER,
            "class_": "legal-critical",
            "subject": "party:HUT",
            "link": "/v1/inbox/alr-20db73cd7b36cbcd40a482bcd52725f8",
            **_NO_DAY,
        }
    ),
    "of-the-ledger": letter(
        {
            "type": "ledger.EventMissing.v1",
            "class_": "legal-critical",
            "recipient": "role:operator",
            "agreement": "_",
            "subject": "ledger",
            "link": "/v1/alarms",
            **_NO_DAY,
        }
    ),
    "digest": digest(
        {},
        {**_TRANSFER, "class_": "reminder", "due_on": date(2025, 6, 2)},
        {"type": "notifications.DeadlineNear.v1", "class_": "reminder", "needs_you": False},
    ),
    "digest-of-many": digest(*[{}] * 53, name="陳美, Zoë", unsubscribe_url=None),
    "digest-of-one": digest({}, name=""),
    "question": QUESTION,
    "question-once-corrected": replace(QUESTION, corrected=True, name=""),
}


def written(sent: Letter | DigestLetter | Question, language: Language) -> str:
    """Return a letter as it reads: its headers, its text, and its page."""
    message = received(replace(sent, language=language))
    headers = "".join(f"{name}: {value}\n" for name, value in message.items())
    return f"{headers}\n{text_of(message)}\n{html_of(message)}"


def path_of(name: str, language: Language) -> Path:
    return GOLDEN / f"{name}.{language}.txt"


def main() -> None:
    for old in GOLDEN.glob("*.txt"):
        old.unlink()
    GOLDEN.mkdir(exist_ok=True)
    for name, sent in LETTERS.items():
        for language in Language:
            path_of(name, language).write_text(written(sent, language), encoding="utf-8")


if __name__ == "__main__":
    main()
