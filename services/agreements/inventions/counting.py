"""What counts for an invention: it keeps the list itself, so that a determination cannot miss or outrun any of it."""

from services.agreements.contributions.decisions import check_element
from services.agreements.contributions.model import Contribution
from services.agreements.inventions.errors import TooManyContributions
from services.agreements.inventions.model import Invention, check_not_retired
from shared.events.invention import InventionContributionCounted, InventionContributionDropped
from shared.events.registry import Event

MAX_COUNTED = 100


def count_contribution(invention: Invention, contribution: Contribution) -> tuple[Event, ...]:
    """Count a contribution that is being confirmed (R2: the caller has seen that it is inventive)."""
    check_not_retired(invention)
    content = contribution.content
    # The elements may have been laid down anew since it was recorded.
    check_element(invention, content.element)
    assert content.element is not None
    if len(invention.counted) >= MAX_COUNTED:
        raise TooManyContributions(expected=f"at most {MAX_COUNTED}", invention=invention.invention)
    return (
        InventionContributionCounted(
            agreement=invention.agreement,
            project=invention.project,
            parties=invention.parties,
            invention=invention.invention,
            contribution=content.contribution,
            element=content.element,
            content_hash=contribution.content_hash,
        ),
    )


def drop_contribution(invention: Invention, contribution: str) -> tuple[Event, ...]:
    check_not_retired(invention)
    return (
        InventionContributionDropped(
            agreement=invention.agreement,
            project=invention.project,
            parties=invention.parties,
            invention=invention.invention,
            contribution=contribution,
        ),
    )
