"""Stories of shares that rest on the word of people who have not given it, each beside one that holds."""

from collections.abc import Callable
from typing import Final

from shared.events.contribution import ContributionRecorded, ContributorConfirmed, ContributorContested
from shared.events.registry import Event
from tests.docs.made import made
from tests.ledger.false_words import INVENTION, Word, adopted, contributed, proposed
from tests.ledger.story import Story


def heard(story: Story, *kinds: type[Event], by: str | None = None) -> Story:
    """Let everybody say these of what is recorded of them, or somebody else say them for all."""
    recorded = [each.data for each in story.envelopes if isinstance(each.data, ContributionRecorded)]
    for each in recorded:
        fields = {"contribution": each.contribution, "content_hash": each.content_hash}
        common = {"agreement": story.agreement, "invention": INVENTION, "contributor": each.contributor}
        for kind in kinds or (ContributorConfirmed,):
            story.tell(made(kind, **common | fields), each.contribution, actor=by or each.contributor)
    return story


def asked_first(story: Callable[[Story], Story] = heard) -> Story:
    """Adopt shares, attested by all, where the terms ask for the word of the people before."""
    return adopted(proposed(story(contributed(contributors="REQUIRED"))), attested=True)


WORDS: Final[dict[str, Word]] = {
    "shares wait for the word of who contributed where the terms ask for it": Word(
        asked_first, lambda: asked_first(lambda story: story), "the word of SE on ctb-11, PI on ctb-9"
    ),
    "the word of who contributed is given by nobody else": Word(
        asked_first,
        lambda: asked_first(lambda story: heard(story, by="HUT-REP")),
        "the word of SE on ctb-11, PI on ctb-9",
    ),
    "whoever contested a content has not confirmed it": Word(
        lambda: asked_first(lambda story: heard(story, ContributorConfirmed, ContributorContested)),
        lambda: asked_first(lambda story: heard(story, ContributorContested, ContributorConfirmed)),
        "the word of SE on ctb-11, PI on ctb-9",
    ),
}
