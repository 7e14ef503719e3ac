"""Stories of silence that rest on notice which there is not, each beside the one that differs in that and holds."""

from datetime import date
from typing import Final

from shared.events.contribution import ContributionAttestationDeemed, ContributionCorrected, ContributionRecorded
from shared.events.notice import NoticeAcknowledged, NoticeDelivered
from shared.events.terms import NoticeTerms
from tests.docs.made import made
from tests.ledger.false_words import (
    DEEMED_DAYS,
    SILENT_DAYS,
    Word,
    adopted,
    contributed,
    counting_both,
    last,
    later,
    proposed,
    silent_contribution,
    silent_determination,
    tell,
    unattested,
)
from tests.ledger.story import Story

_FORETOLD: Final = "evt-foretold"
_SAID: Final = date(2024, 7, 26)
_BY_EMAIL: Final = NoticeTerms(method="EMAIL")
_TAKEN: Final = NoticeTerms(method="ACKNOWLEDGED")
_NEXT_DAY: Final = NoticeTerms(effective="NEXT_BUSINESS_DAY")


def foretold(story: Story, *, early: bool) -> Story:
    """Let ATRC be silent about a contribution recorded anew, of which it had notice before that was, or after."""
    recorded = last(story, ContributionRecorded)
    told = {"agreement": story.agreement, "event": _FORETOLD, "subject": f"contribution:{recorded.contribution}"}
    notice = made(NoticeDelivered, **told, party="ATRC", channel="INBOX")
    shared = ContributionCorrected.__struct_fields__
    said = {name: getattr(recorded, name, recorded.content_hash) for name in shared}
    if early:
        story.tell(notice, _FORETOLD)
    story.tell(made(ContributionCorrected, **said), recorded.contribution, id=_FORETOLD)
    if not early:
        story.tell(notice, _FORETOLD)
    content = {"contribution": recorded.contribution, "content_hash": recorded.content_hash}
    silent = later(story, SILENT_DAYS)
    tell(silent, ContributionAttestationDeemed, recorded.contribution, **content, party="ATRC", notice=_FORETOLD)
    return story


WORDS: Final[dict[str, Word]] = {
    "what was recorded before notice was proven says the day, which the terms say": Word(
        lambda: counting_both(silent_contribution(unattested(deemed_on=_SAID), by=(), notice=None)),
        lambda: counting_both(silent_contribution(unattested(deemed_on=_SAID), DEEMED_DAYS, by=(), notice=None)),
        "1/1",
    ),
    "a silence begins with notice": Word(
        lambda: counting_both(silent_contribution(unattested())),
        lambda: counting_both(silent_contribution(unattested(), by=())),
        "1/1",
    ),
    "a silence about shares begins with notice": Word(
        lambda: adopted(silent_determination(proposed(contributed()))),
        lambda: adopted(silent_determination(proposed(contributed()), by=())),
        "attestations of ATRC",
    ),
    "a silence begins with notice to whoever is silent": Word(
        lambda: counting_both(silent_contribution(unattested(), told={"party": "ATRC"})),
        lambda: counting_both(silent_contribution(unattested(), told={"party": "HUT"})),
        "1/1",
    ),
    "a silence begins with the notice that it names": Word(
        lambda: counting_both(silent_contribution(unattested())),
        lambda: counting_both(silent_contribution(unattested(), notice=None)),
        "1/1",
    ),
    "a silence about shares begins with the notice that it names": Word(
        lambda: adopted(silent_determination(proposed(contributed()))),
        lambda: adopted(silent_determination(proposed(contributed()), notice=None)),
        "attestations of ATRC",
    ),
    "a silence lasts from the notice on, however long it was asked for before": Word(
        lambda: counting_both(silent_contribution(later(unattested(), 3))),
        lambda: counting_both(silent_contribution(later(unattested(), 3), DEEMED_DAYS)),
        "1/1",
    ),
    "notice is of what has happened": Word(
        lambda: counting_both(foretold(unattested(), early=False)),
        lambda: counting_both(foretold(unattested(), early=True)),
        "1/1",
    ),
    "notice is of the thing that it names": Word(
        lambda: counting_both(silent_contribution(unattested())),
        lambda: counting_both(silent_contribution(unattested(), told={"subject": "contribution:ANOTHER"})),
        "1/1",
    ),
    "notice is by the channel of the terms": Word(
        lambda: counting_both(silent_contribution(unattested(notice=_BY_EMAIL), told={"channel": "EMAIL"})),
        lambda: counting_both(silent_contribution(unattested(notice=_BY_EMAIL))),
        "1/1",
    ),
    "notice is what was acknowledged where the terms say so": Word(
        lambda: adopted(silent_determination(proposed(contributed(notice=_TAKEN)), by=(NoticeAcknowledged,))),
        lambda: adopted(silent_determination(proposed(contributed(notice=_TAKEN)))),
        "attestations of ATRC",
    ),
    "notice counts from the next business day where the terms say so": Word(
        lambda: counting_both(silent_contribution(unattested(notice=_NEXT_DAY), DEEMED_DAYS + 2)),
        lambda: counting_both(silent_contribution(unattested(notice=_NEXT_DAY))),
        "1/1",
    ),
}
