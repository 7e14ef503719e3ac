"""For how long an answer counts, as the event itself says it."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from services.notifications.mail.letters.clock import Clock, clock_of
from services.notifications.mail.letters.reading import WORDS
from services.notifications.rules import RULES
from services.notifications.rules.rule import Rule
from shared.events.registry import Event
from shared.languages import Language
from tests.docs.made import made

RUNNING = {"rule": {"rule": "NOTICE", "days": 45}, "notice_method": "INBOX"}
LEAD = {"rule": {"rule": "LEAD_DEEMED", "days": 10}, "notice_method": "ACKNOWLEDGED"}


def said(kind: str, data: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode({"id": "E1", "type": f"agreements.{kind}.v1", "data": data})


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        ("ContributionRecorded", {"deemed_after": 10, "notice_method": "EMAIL"}, Clock(10, "EMAIL")),
        ("ContributionRecorded", {"deemed_after": 0, "notice_method": "INBOX"}, Clock(0, "INBOX")),
        ("ContributionRecorded", {"deemed_on": "2025-06-11"}, None),
        ("TransferProposed", RUNNING, Clock(45, "INBOX")),
        ("TransferProposed", LEAD, Clock(10, "ACKNOWLEDGED", business_days=True)),
        ("TransferProposed", {"rule": {"rule": "UNANIMOUS"}}, None),
        ("LicenceDrafted", RUNNING, Clock(45, "INBOX")),
        ("DisputeResolutionProposed", {"objection_days": 30}, None),
        (
            "DisputeResolutionProposed",
            {"objection_days": 30, "notice_method": "EMAIL"},
            Clock(30, "EMAIL_OR_ACKNOWLEDGED"),
        ),
        (
            "DisputeResolutionProposed",
            {"objection_days": 30, "notice_method": "ACKNOWLEDGED"},
            Clock(30, "ACKNOWLEDGED"),
        ),
    ],
    ids=str,
)
def test_an_event_says_for_how_long_an_answer_counts(
    kind: str, data: Mapping[str, Any], expected: Clock | None
) -> None:
    """So many days after notice, and by what that is; or a day, or nothing."""
    assert expected == clock_of(said(kind, data), "E1")


def test_of_another_event_it_says_nothing() -> None:
    """After a loss of the log another may stand where the one that was alerted of stood; or none."""
    body = said("ContributionRecorded", {"deemed_after": 10, "notice_method": "EMAIL"})

    assert (None, None) == (clock_of(body, "E2"), clock_of(None, "E1"))


ALERTED = [kind for kind, rule in RULES.items() if isinstance(rule, Rule)]


@pytest.mark.parametrize("kind", ALERTED, ids=lambda kind: kind.TYPE)
def test_every_event_that_is_alerted_of_can_be_asked(kind: type[Event]) -> None:
    """Whatever its members of the same names are."""
    body = msgspec.json.encode({"id": "E1", "type": kind.TYPE, "data": made(kind)})

    clock = clock_of(body, "E1")
    assert clock is None or clock.on_notice in WORDS[Language.ENGLISH].frame.on_notice
