"""Stories whose last event claims what the rules do not bear out, each beside the one that differs in that and holds.

The writing service would never record these. Whoever could write to its log might.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, NamedTuple

from shared.calendar import legal_day
from shared.events.contribution import (
    ContributionAttestationDeemed,
    ContributionContested,
    ContributionRecorded,
)
from shared.events.invention import DeterminationAttestationDeemed, DeterminationProposed
from shared.events.registry import Event
from shared.events.retirement import InventionRetired
from tests.docs.made import made
from tests.ledger.story import CONCEIVED, PARTIES, Story

INVENTION = "INV-5G-1"
DEEMED_DAYS = 10
# What the facts give when the second contribution counts; while it does not, HUT has it all.
BOTH = {"ATRC": "1/3", "HUT": "2/3"}


class Word(NamedTuple):
    """A claim: told truly it is entered, told falsely it must stop whoever checks, and `said` is in what they say."""

    truly: Callable[[], Story]
    falsely: Callable[[], Story]
    said: str


def contributed(*, deemed_days: int | None = DEEMED_DAYS, attested: bool = True) -> Story:
    """Tell of an invention with one contribution of HUT's that counts, and one of ATRC's, asked to be attested."""
    story = Story()
    story.agree(deemed_days=deemed_days)
    story.engage("PI", "HUT")
    story.engage("SE", "ATRC")
    story.on("2024-07-15").disclose(E1="1/1")
    story.on("2024-07-16").contribute("PI", "E1", "2/1")
    story.contribute("SE", "E1", "1/1", attested=attested)
    return story


def last(story: Story, kind: type[Any]) -> Any:
    return next(each.data for each in reversed(story.envelopes) if isinstance(each.data, kind))


def tell(story: Story, kind: type[Event], name: str, **said: object) -> None:
    common = {"agreement": story.agreement, "project": "PRJ-5G", "parties": PARTIES, "invention": INVENTION}
    story.tell(made(kind, **common | said), name)


def later(story: Story, days: int) -> Story:
    """Let some days pass, and it is morning."""
    return story.on((legal_day(story.now) + timedelta(days=days)).isoformat())


# -- silence ----------------------------------------------------------------------------------------------------------


def silent_contribution(story: Story, days: int = DEEMED_DAYS + 1, **changed: object) -> Story:
    """Let ATRC be silent about the newest contribution for so many days, which is said to be its attestation."""
    recorded: ContributionRecorded = last(story, ContributionRecorded)
    content = {"contribution": recorded.contribution, "content_hash": recorded.content_hash, "party": "ATRC"}
    tell(later(story, days), ContributionAttestationDeemed, recorded.contribution, **content | changed)
    return story


def silent_determination(story: Story, days: int = DEEMED_DAYS + 1) -> Story:
    """Let ATRC be silent about the newest proposal for so many days, which is said to be its attestation."""
    proposed: DeterminationProposed = last(story, DeterminationProposed)
    content = {"determination": proposed.determination, "version": proposed.version, "det_hash": proposed.det_hash}
    tell(later(story, days), DeterminationAttestationDeemed, INVENTION, party="ATRC", **content)
    return story


def counting_both(story: Story) -> Story:
    story.adopt(story.propose(shares=BOTH))
    return story


def proposed(story: Story) -> Story:
    story.propose()
    return story


def adopted(story: Story, *, attested: bool = False) -> Story:
    """Adopt what was proposed last, which in these stories nobody's word has attested unless it is said."""
    story.adopt(last(story, DeterminationProposed), attested=attested)
    return story


def disputed(story: Story) -> Story:
    story.dispute({"HUT": "1/1"}, adopted=None)
    return story


def settled(story: Story) -> Story:
    """Open a dispute and end it."""
    story.settle(story.dispute({"HUT": "1/1"}, adopted=None))
    return story


def contested(story: Story) -> Story:
    """Let ATRC contest the newest contribution, which is what silence is not."""
    recorded: ContributionRecorded = last(story, ContributionRecorded)
    said = {"contribution": recorded.contribution, "content_hash": recorded.content_hash, "party": "ATRC"}
    tell(story, ContributionContested, recorded.contribution, **said)
    return story


def unattested(**terms: Any) -> Story:
    return contributed(attested=False, **terms)


# -- modes ------------------------------------------------------------------------------------------------------------


def redetermined(proposed_from: int | None, **adopted_as: Any) -> Story:
    """Determine, and again: proposed from conception on or from a day after it, and adopted as a test says."""
    story = contributed()
    story.adopt(story.propose())
    counts_from = CONCEIVED + timedelta(days=proposed_from) if proposed_from is not None else None
    story.adopt(story.propose(2, counts_from=counts_from), **adopted_as)
    return story


# -- what was given up ------------------------------------------------------------------------------------------------


def determined(*, retired: bool) -> Story:
    story = contributed()
    story.adopt(story.propose())
    story.propose(2)
    if retired:
        tell(story, InventionRetired, INVENTION)
    return story


def transferred(story: Story) -> Story:
    story.transfer("HUT", "ATRC", "2024-07-20", of_holding="1/2")
    return story


WORDS: Final = {
    "a silence counts from the day after its last": Word(
        lambda: counting_both(silent_contribution(unattested())),
        lambda: counting_both(silent_contribution(unattested(), DEEMED_DAYS)),
        "1/1",
    ),
    "a silence about shares counts from the day after its last": Word(
        lambda: adopted(silent_determination(proposed(contributed()))),
        lambda: adopted(silent_determination(proposed(contributed()), DEEMED_DAYS)),
        "attestations of ATRC",
    ),
    "a silence counts where the terms say so": Word(
        lambda: counting_both(silent_contribution(unattested())),
        lambda: counting_both(silent_contribution(unattested(deemed_days=None))),
        "1/1",
    ),
    "a silence about shares counts where the terms say so": Word(
        lambda: adopted(silent_determination(proposed(contributed()))),
        lambda: adopted(silent_determination(proposed(contributed(deemed_days=None)))),
        "attestations of ATRC",
    ),
    "nobody is silent about a contribution in a dispute": Word(
        lambda: counting_both(silent_contribution(settled(unattested()))),
        lambda: counting_both(silent_contribution(disputed(unattested()))),
        "1/1",
    ),
    "a contribution is to the invention that its content names": Word(
        lambda: counting_both(silent_contribution(settled(unattested()), invention=None)),
        lambda: counting_both(silent_contribution(disputed(unattested()), invention=None)),
        "1/1",
    ),
    "a dispute ends the silence about what was proposed": Word(
        lambda: adopted(silent_determination(proposed(settled(contributed())))),
        lambda: adopted(silent_determination(settled(proposed(contributed())))),
        "attestations of ATRC",
    ),
    "no silence begins about what is proposed in a dispute": Word(
        lambda: adopted(silent_determination(proposed(settled(contributed())))),
        lambda: adopted(silent_determination(proposed(disputed(contributed())))),
        "attestations of ATRC",
    ),
    "whoever contested is not silent": Word(
        lambda: counting_both(silent_contribution(unattested())),
        lambda: counting_both(silent_contribution(contested(unattested()))),
        "1/1",
    ),
    "shares proposed from a day hold from that day only": Word(
        lambda: redetermined(30), lambda: redetermined(30, mode="AB_INITIO"), "PROSPECTIVE"
    ),
    "shares proposed from conception hold from conception": Word(
        lambda: redetermined(None), lambda: redetermined(None, mode="PROSPECTIVE"), "AB_INITIO"
    ),
    "shares proposed from conception on, as of a day, are two things": Word(
        lambda: redetermined(0), lambda: redetermined(0, mode="AB_INITIO"), "PROSPECTIVE"
    ),
    "nothing of what was given up passes on": Word(
        lambda: transferred(determined(retired=False)), lambda: transferred(determined(retired=True)), "retired"
    ),
    "no shares of what was given up are proposed": Word(
        lambda: proposed(determined(retired=False)), lambda: proposed(determined(retired=True)), "retired"
    ),
    "no shares of what was given up are adopted": Word(
        lambda: adopted(determined(retired=False), attested=True),
        lambda: adopted(determined(retired=True), attested=True),
        "retired",
    ),
}
