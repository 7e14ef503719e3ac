"""Stories of outcomes that bind whoever did not object, when that is not so, each beside the one that holds."""

from collections.abc import Callable
from typing import Any, Final

from shared.events.dispute import (
    Decision,
    DisputeOpened,
    DisputeResolutionObjected,
    DisputeResolutionProposed,
    DisputeResolutionUnopposed,
    DisputeResolved,
)
from shared.events.notice import NoticeAcknowledged, NoticeDelivered
from shared.events.terms import DisputeTerms, NoticeTerms
from tests.docs.made import made
from tests.ledger.false_words import BOTH, NOTHING, Events, Said, Word, determined_of, last, later, noticed, tell
from tests.ledger.story import Story

OBJECTION_DAYS: Final = 30
_SILENT_DAYS: Final = OBJECTION_DAYS + 1
_MORE_FOR_HUT: Final = {"ATRC": "1/7", "HUT": "6/7"}
_INBOX: Final = {"channel": "INBOX"}
_TAKEN: Final = NoticeTerms(method="ACKNOWLEDGED")
_NEXT_DAY: Final = NoticeTerms(effective="NEXT_BUSINESS_DAY")
_ASKED: Final = "confirmations of ATRC"


def laid_down(terms: NoticeTerms | None = None, *, basis: str = "COURT", method: str | None = "EMAIL") -> Story:
    """Let HUT lay down that it was given more of what is two thirds its own and one third ATRC's."""
    story = determined_of(notice=terms)
    dispute = story.dispute(_MORE_FOR_HUT, adopted=BOTH)
    story.lay_down_alone(dispute, _MORE_FOR_HUT, basis, awaited=("ATRC",), notice_method=method)
    return story


def silent(
    story: Story,
    days: int = _SILENT_DAYS,
    *,
    by: Events = (NoticeDelivered,),
    told: Said = NOTHING,
    then: Callable[[Story], object] = lambda _: None,
    **changed: object,
) -> Story:
    """Let ATRC have notice of it and be silent for so many days, which is said to bind it."""
    proposed: DisputeResolutionProposed = last(story, DisputeResolutionProposed)
    event = noticed(story, DisputeResolutionProposed, *by, **{"channel": "EMAIL", **told})
    then(story)
    said = {
        "dispute": proposed.dispute,
        "asset": proposed.asset,
        "resolution_hash": proposed.resolution_hash,
        "unopposed_by": ("ATRC",),
        "notice": event,
    }
    tell(later(story, days), DisputeResolutionUnopposed, proposed.dispute, **said | changed)
    return story


def bound(story: Story, **changed: Any) -> Story:
    """Let it be the shares, by whom they are said to be decided."""
    opened, proposed = last(story, DisputeOpened), last(story, DisputeResolutionProposed)
    decision = Decision(basis=proposed.basis, laid_down_by="HUT", confirmed_by=(), unopposed_by=("ATRC",))
    story.adopt_outcome(opened, _MORE_FOR_HUT, **{"decision": decision, **changed})
    return story


def objected(story: Story) -> None:
    """Let ATRC object, at a step after which there is no other."""
    proposed: DisputeResolutionProposed = last(story, DisputeResolutionProposed)
    said = {"dispute": proposed.dispute, "resolution_hash": proposed.resolution_hash, "party": "ATRC"}
    tell(story, DisputeResolutionObjected, proposed.dispute, **said)


def rejecting(days: int) -> Story:
    """Let ATRC lay down that HUT's claim to more is rejected, and end the dispute by HUT's silence."""
    story = determined_of()
    today = story.now.date()
    dispute = story.dispute(_MORE_FOR_HUT, adopted=BOTH, opened_on=today, ladder=DisputeTerms().ladder)
    said: dict[str, Any] = {"party": "ATRC", "awaited": ("HUT",), "claims_until": today, "notice_method": "EMAIL"}
    story.lay_down_alone(dispute, BOTH, "COURT", **said)
    silent(story, days, told={"party": "HUT"}, unopposed_by=("HUT",))
    resolved = made(DisputeResolved, dispute=dispute.dispute, asset=dispute.asset, outcome=BOTH)
    story.tell(resolved, dispute.dispute)
    return story


WORDS: Final[dict[str, Word]] = {
    "an outcome binds by silence from the day after the last to object on": Word(
        lambda: bound(silent(laid_down())), lambda: bound(silent(laid_down(), OBJECTION_DAYS)), _ASKED
    ),
    "a claim is rejected by silence from the day after the last to object on": Word(
        lambda: rejecting(_SILENT_DAYS), lambda: rejecting(OBJECTION_DAYS), "confirmations of HUT"
    ),
    "the days to object begin with notice": Word(
        lambda: bound(silent(laid_down())), lambda: bound(silent(laid_down(), by=())), _ASKED
    ),
    "the days to object begin with notice, however long it was laid down before": Word(
        lambda: bound(silent(later(laid_down(), 20))),
        lambda: bound(silent(later(laid_down(), 20), OBJECTION_DAYS - 10)),
        _ASKED,
    ),
    "the days to object begin with notice to whoever may": Word(
        lambda: bound(silent(laid_down())), lambda: bound(silent(laid_down(), told={"party": "EGU"})), _ASKED
    ),
    "the days to object begin with the notice that is named": Word(
        lambda: bound(silent(laid_down())), lambda: bound(silent(laid_down(), notice="another")), _ASKED
    ),
    "what lies in an inbox takes nothing": Word(
        lambda: bound(silent(laid_down())), lambda: bound(silent(laid_down(), told=_INBOX)), _ASKED
    ),
    "who took note has notice, as one has by a letter": Word(
        lambda: bound(silent(laid_down(), by=(NoticeAcknowledged,))), lambda: bound(silent(laid_down(), by=())), _ASKED
    ),
    "a letter is no notice of an outcome where the terms ask that note is taken": Word(
        lambda: bound(silent(laid_down(_TAKEN), by=(NoticeAcknowledged,))),
        lambda: bound(silent(laid_down(_TAKEN))),
        _ASKED,
    ),
    "notice of an outcome counts from the next business day where the terms say so": Word(
        lambda: bound(silent(laid_down(_NEXT_DAY), _SILENT_DAYS + 3)),
        lambda: bound(silent(laid_down(_NEXT_DAY))),
        _ASKED,
    ),
    "nobody is silent who has objected": Word(
        lambda: bound(silent(laid_down())), lambda: bound(silent(laid_down(), then=objected)), _ASKED
    ),
    "nobody is bound by silence about what was laid down before": Word(
        lambda: bound(silent(laid_down())), lambda: bound(silent(laid_down(method=None))), _ASKED
    ),
    "nobody is silent about what all have to agree on": Word(
        lambda: bound(silent(laid_down())),
        lambda: bound(silent(laid_down(basis="SETTLEMENT"))),
        _ASKED,
    ),
    "nobody is bound by another's silence": Word(
        lambda: bound(silent(laid_down())), lambda: bound(silent(laid_down(), unopposed_by=("EGU",))), _ASKED
    ),
    "shares say by whose silence they were decided": Word(
        lambda: bound(silent(laid_down())),
        lambda: bound(
            silent(laid_down()), decision=Decision(basis="COURT", laid_down_by="HUT", confirmed_by=("ATRC",))
        ),
        "unopposed_by",
    ),
}
