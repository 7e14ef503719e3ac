"""Stories of silence that rest on notice which there is not, each beside the one that differs in that and holds."""

from datetime import date
from typing import Final

from shared.events.notice import NoticeAcknowledged
from shared.events.terms import NoticeTerms
from tests.ledger.false_words import (
    DEEMED_DAYS,
    Word,
    adopted,
    contributed,
    counting_both,
    later,
    proposed,
    silent_contribution,
    silent_determination,
    unattested,
)

_SAID: Final = date(2024, 7, 26)
_BY_EMAIL: Final = NoticeTerms(method="EMAIL")
_TAKEN: Final = NoticeTerms(method="ACKNOWLEDGED")
_NEXT_DAY: Final = NoticeTerms(effective="NEXT_BUSINESS_DAY")

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
