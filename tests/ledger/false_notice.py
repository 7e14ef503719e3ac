"""Stories of silence that rest on notice which there is not, each beside the one that differs in that and holds."""

from datetime import date
from typing import Any, Final

from shared.events.contribution import ContributionAttestationDeemed, ContributionCorrected, ContributionRecorded
from shared.events.notice import NoticeAcknowledged, NoticeDelivered
from shared.events.retirement import RetirementProposed
from shared.events.terms import ConsentRule, NoticeTerms
from shared.events.transfer import Conveyance, TransferProposed
from tests.docs.made import made
from tests.ledger.false_words import (
    DEEMED_DAYS,
    NOTHING,
    SILENT_DAYS,
    Events,
    Said,
    Word,
    adopted,
    contributed,
    counting_both,
    executed,
    given_up,
    last,
    later,
    noticed,
    proposed,
    proposed_to_be_given_up,
    silent_contribution,
    silent_determination,
    tell,
    to_pass,
    unattested,
)
from tests.ledger.story import Story

_FORETOLD: Final = "evt-foretold"
_SAID: Final = date(2024, 7, 26)
_BY_EMAIL: Final = NoticeTerms(method="EMAIL")
_TAKEN: Final = NoticeTerms(method="ACKNOWLEDGED")
_NEXT_DAY: Final = NoticeTerms(effective="NEXT_BUSINESS_DAY")
_RUNNING: Final = ConsentRule(rule="NOTICE", days=5)
_SILENT: Final = ConsentRule(rule="LEAD_DEEMED", days=5)
_PROVEN: Final = (NoticeDelivered,)


def passed(
    days: int,
    *,
    rule: ConsentRule = _RUNNING,
    waited: int = 0,
    by: Events = _PROVEN,
    told: Said = NOTHING,
    conveyance: Any = None,
    **terms: Any,
) -> Story:
    """Let something pass so many days after it was proven that ATRC is on notice, which it was days after the proposal.

    ATRC says nothing.
    """
    story = later(to_pass(rule=rule, notice_method="INBOX", agreed=terms), waited)
    noticed(story, TransferProposed, *by, **told)
    later(story, days)
    return executed(story) if conveyance is None else executed(story, conveyance=conveyance(story))


def retired(
    days: int,
    *,
    rule: ConsentRule = _RUNNING,
    waited: int = 0,
    by: Events = _PROVEN,
    told: Said = NOTHING,
    consenting: tuple[str, ...] = (),
    **changed: Any,
) -> Story:
    """Let something be given up so many days after it was proven that ATRC is on notice of that; it says nothing."""
    terms = {"abandon": rule, "notice": changed.pop("terms", NoticeTerms())}
    story = proposed_to_be_given_up(*consenting, rule=rule, notice_method="INBOX", terms=terms)
    noticed(later(story, waited), RetirementProposed, *by, **told)
    return given_up(later(story, days), *consenting, **changed)


def naming_no_notice(story: Story) -> Conveyance:
    """Say how something came to pass as it was said before notice was proven."""
    proposed = story.transfers["XFR"]
    hashes = {"transfer_hash": proposed.transfer_hash, "instrument_hash": proposed.instrument_hash}
    return Conveyance(**hashes, consents=("HUT",), rule=proposed.rule)


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
    "a notice of what is to pass begins with its proof": Word(
        lambda: passed(5), lambda: passed(20, by=()), "consents of ATRC"
    ),
    "a notice of what is to pass begins with the proof of whoever is silent": Word(
        lambda: passed(5), lambda: passed(20, told={"party": "EGU"}), "consents of ATRC"
    ),
    "a notice of what is to pass runs from its proof, however long before it was proposed": Word(
        lambda: passed(5, waited=10), lambda: passed(4, waited=10), "consents of ATRC"
    ),
    "a silence that consents to what is to pass begins with the proof": Word(
        lambda: passed(8, rule=_SILENT), lambda: passed(20, rule=_SILENT, by=()), "consents of ATRC"
    ),
    "a silence that consents lasts from the proof, however long before it was proposed": Word(
        lambda: passed(8, rule=_SILENT, waited=21), lambda: passed(7, rule=_SILENT, waited=21), "consents of ATRC"
    ),
    "a notice of what is to pass is by the method of the terms": Word(
        lambda: passed(5, by=(NoticeAcknowledged,), notice=_TAKEN), lambda: passed(5, notice=_TAKEN), "consents of ATRC"
    ),
    "what passes after a notice says of what it was": Word(
        lambda: passed(5), lambda: passed(5, conveyance=naming_no_notice), "with notice of|consents of ATRC"
    ),
    "a notice of giving up begins with its proof": Word(
        lambda: retired(5), lambda: retired(20, by=()), "consents of ATRC"
    ),
    "a notice of giving up begins with the proof of whoever is silent": Word(
        lambda: retired(5), lambda: retired(20, told={"party": "EGU"}), "consents of ATRC"
    ),
    "a notice of giving up runs from its proof, however long before that was proposed": Word(
        lambda: retired(5, waited=20), lambda: retired(4, waited=20), "consents of ATRC"
    ),
    "a silence about giving up begins with its proof": Word(
        lambda: retired(8, rule=_SILENT), lambda: retired(20, rule=_SILENT, by=()), "consents of ATRC"
    ),
    "a notice of giving up is by the method of the terms": Word(
        lambda: retired(5, terms=_TAKEN, by=(NoticeAcknowledged,)), lambda: retired(5, terms=_TAKEN), "consents of ATRC"
    ),
    "what is given up after a notice says of what it was": Word(
        lambda: retired(5), lambda: retired(5, notice=None), "consents of ATRC"
    ),
    "what is given up after a notice names the proposal": Word(
        lambda: retired(5), lambda: retired(5, notice="another"), "notice of"
    ),
    "whoever has consented needs no notice of giving up": Word(
        lambda: retired(0, consenting=("ATRC",), by=(), notice=None),
        lambda: retired(0, by=(), notice=None),
        "consents of ATRC",
    ),
}
