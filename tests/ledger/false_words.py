"""Stories whose last event claims what the rules do not bear out, each beside the one that differs in that and holds.

The writing service would never record these. Whoever could write to its log might.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import msgspec

from shared.calendar import legal_day
from shared.events.contribution import (
    ContributionAttestationDeemed,
    ContributionContested,
    ContributionRecorded,
)
from shared.events.invention import DeterminationAttestationDeemed, DeterminationProposed, TransferRescinded
from shared.events.notice import NoticeDelivered
from shared.events.registry import Event
from shared.events.retirement import RetirementOpposed
from shared.events.terms import ConsentRule
from shared.events.transfer import Amount, Conveyance, TransferUndone
from tests.docs.made import made
from tests.ledger.story import CONCEIVED, EVERYBODY, FREE, HASH, PARTIES, Story

INVENTION = "INV-5G-1"
DEEMED_DAYS = 10
SILENT_DAYS = DEEMED_DAYS + 1
Events = tuple[type[Event], ...]
Said = Mapping[str, str]
NOTHING: Final[Said] = MappingProxyType({})
# What the facts give when the second contribution counts; while it does not, HUT has it all.
BOTH = {"ATRC": "1/3", "HUT": "2/3"}


_NOTICE: Final = ConsentRule(rule="NOTICE", days=5)
_SILENCE: Final = ConsentRule(rule="LEAD_DEEMED", days=5)
_MOST: Final = ConsentRule(rule="MAJORITY_SHARE")
_QUALIFIED: Final = ConsentRule(rule="SUPERMAJORITY", ratio="3/4")


class Word(NamedTuple):
    """A claim: told truly it is entered, told falsely it must stop whoever checks, and `said` is in what they say."""

    truly: Callable[[], Story]
    falsely: Callable[[], Story]
    said: str


def contributed(
    *, deemed_days: int | None = DEEMED_DAYS, attested: bool = True, deemed_on: date | None = None, **terms: Any
) -> Story:
    """Tell of an invention with one contribution of HUT's that counts, and one of ATRC's, asked to be attested."""
    story = Story()
    story.agree(deemed_days=deemed_days, **terms)
    story.engage("PI", "HUT")
    story.engage("SE", "ATRC")
    story.on("2024-07-15").disclose(E1="1/1")
    story.on("2024-07-16").contribute("PI", "E1", "2/1")
    story.contribute("SE", "E1", "1/1", attested=attested, deemed_on=deemed_on)
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


def noticed(story: Story, kind: type[Any], *by: type[Event], **changed: object) -> str:
    """Prove that ATRC is on notice of the newest event of a kind, in its inbox, and return which that is."""
    event = next(each for each in reversed(story.envelopes) if isinstance(each.data, kind))
    said = {"agreement": story.agreement, "event": event.id, "subject": event.stream, "party": "ATRC"}
    for each in by:
        story.tell(made(each, **{**said, "channel": "INBOX", **changed}), event.id)
    return event.id


def silent_contribution(
    story: Story, days: int = SILENT_DAYS, *, by: Events = (NoticeDelivered,), told: Said = NOTHING, **changed: object
) -> Story:
    """Let ATRC be silent about the newest contribution for so many days of notice, which is said to attest it."""
    recorded: ContributionRecorded = last(story, ContributionRecorded)
    event = noticed(story, ContributionRecorded, *by, **told)
    content = {"contribution": recorded.contribution, "content_hash": recorded.content_hash, "party": "ATRC"}
    tell(
        later(story, days),
        ContributionAttestationDeemed,
        recorded.contribution,
        **content | {"notice": event} | changed,
    )
    return story


def silent_determination(
    story: Story, days: int = SILENT_DAYS, *, by: Events = (NoticeDelivered,), told: Said = NOTHING, **changed: object
) -> Story:
    """Let ATRC be silent about the newest proposal for so many days of notice, which is said to attest it."""
    proposed: DeterminationProposed = last(story, DeterminationProposed)
    event = noticed(story, DeterminationProposed, *by, **told)
    content = {"determination": proposed.determination, "version": proposed.version, "det_hash": proposed.det_hash}
    said = {"party": "ATRC", "notice": event}
    tell(later(story, days), DeterminationAttestationDeemed, INVENTION, **content | said | changed)
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
        story.propose_retirement("ATRC")
        story.retire("ATRC")
    return story


def given_up(story: Story, *consenting: str, **changed: Any) -> Story:
    story.retire(*consenting, **changed)
    return story


def proposed_to_be_given_up(*consenting: str, then: Callable[[Story], object] = lambda _: None, **said: Any) -> Story:
    """Let HUT propose to give up what is determined, others consent, and perhaps something come between."""
    story = determined_of(**said.pop("terms", {}))
    story.propose_retirement(*consenting, **said)
    then(story)
    return story


def transferred(story: Story) -> Story:
    story.transfer("HUT", "ATRC", "2024-07-20", of_holding="1/2")
    return story


# -- what passes ------------------------------------------------------------------------------------------------------

_ON = "2024-08-01"


def determined_of(**terms: Any) -> Story:
    """Tell of an invention that is two thirds HUT's and one third ATRC's, under these terms."""
    story = contributed(**terms)
    story.adopt(story.propose())
    return story


def to_pass(
    *consenting: str, rule: ConsentRule = EVERYBODY, terms: Any = None, agreed: Any = NOTHING, **said: Any
) -> Story:
    """Let HUT propose that half of what it holds pass to EGU, and others consent to that; more is agreed by name."""
    story = determined_of(assign=terms or rule, **agreed)
    story.propose_transfer("HUT", "EGU", _ON, rule=rule, **said)
    story.consent("XFR", *consenting)
    return story


def executed(story: Story, **changed: Any) -> Story:
    story.execute("XFR", **changed)
    return story


def consented_to_another(story: Story) -> Story:
    story.consent("XFR", "ATRC", to=HASH)
    return story


def unregistered() -> Story:
    """Propose that something pass to whom nobody has registered."""
    story = determined_of(assign=FREE)
    story.propose_transfer("HUT", "EGU", _ON, unheard=True)
    return story


def opposed(story: Story) -> None:
    tell(story, RetirementOpposed, INVENTION, party="ATRC")


def posted(story: Story, **changed: Any) -> Story:
    story.post("XFR", **changed)
    return story


def refused(story: Story) -> Story:
    story.refuse("XFR", "ATRC")
    return story


def taken_over(by: str, portion: str, rule: ConsentRule = _NOTICE) -> Story:
    """Let somebody take over all of what was to pass, and the time to do so be over."""
    story = to_pass(rule=rule)
    story.take_over("XFR", by, portion)
    return later(story, 20)


def undone(story: Story, *, by: str = "HUT") -> Story:
    """Undo a transfer, and take it out of the account."""
    common = {"transfer": "XFR", "effective_on": story.transfers["XFR"].effective_on, "ground": "void"}
    tell(story, TransferUndone, "XFR", party=by, **common)
    tell(story, TransferRescinded, INVENTION, **common)
    return story


def taken_back(story: Story, **changed: Any) -> Story:
    """Take a transfer out of the account, whatever its own entries say."""
    common = {"transfer": "XFR", "effective_on": story.transfers["XFR"].effective_on, "ground": "void"}
    tell(story, TransferRescinded, INVENTION, **common | changed)
    return story


def saying(**changed: Any) -> Story:
    """Post what all consented to, with something else said of how it came to pass."""
    story = to_pass("ATRC")
    stated = story.transfers["XFR"]
    conveyance = Conveyance(
        transfer_hash=stated.transfer_hash,
        instrument_hash=stated.instrument_hash,
        consents=("ATRC", "HUT"),
        rule=EVERYBODY,
    )
    return executed(story, conveyance=msgspec.structs.replace(conveyance, **changed))


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
    "nothing passes that nobody proposed": Word(
        lambda: executed(to_pass("ATRC")), lambda: executed(to_pass("ATRC"), transfer="XFR-FORGED"), "a proposal"
    ),
    "no more passes than was proposed": Word(
        lambda: executed(to_pass("ATRC")),
        lambda: executed(to_pass("ATRC"), amount=Amount(of_holding="6/7")),
        "1/2 of the holding to EGU, got 6/7 of the holding to EGU",
    ),
    "nothing passes to anybody else": Word(
        lambda: executed(to_pass("ATRC")), lambda: executed(to_pass("ATRC"), to="ATRC"), "of the holding to EGU"
    ),
    "nothing passes from anybody else": Word(
        lambda: executed(to_pass("ATRC")), lambda: executed(to_pass("ATRC"), source="ATRC"), "HUT"
    ),
    "nothing passes on another day": Word(
        lambda: executed(to_pass("ATRC")), lambda: executed(to_pass("ATRC"), effective_on=CONCEIVED), _ON
    ),
    "nothing passes in another kind": Word(
        lambda: executed(to_pass("ATRC")), lambda: executed(to_pass("ATRC"), kind="DEED"), "ASSIGNMENT"
    ),
    "nothing passes of another asset": Word(
        lambda: executed(to_pass("ATRC")),
        lambda: posted(executed(to_pass("ATRC", assets=()))),
        "an asset of XFR",
    ),
    "nothing passes twice": Word(
        lambda: executed(to_pass("ATRC")), lambda: posted(executed(to_pass("ATRC"))), "XFR again"
    ),
    "nothing passes again that was undone": Word(
        lambda: undone(executed(to_pass("ATRC"))), lambda: posted(undone(executed(to_pass("ATRC")))), "XFR again"
    ),
    "nothing passes before it is executed": Word(
        lambda: executed(to_pass("ATRC")), lambda: posted(to_pass("ATRC")), "not executed"
    ),
    "nothing passes that was refused": Word(
        lambda: executed(to_pass("ATRC")), lambda: executed(refused(to_pass("ATRC"))), "refused by ATRC"
    ),
    "nothing passes without a consent that it needs": Word(
        lambda: executed(to_pass("ATRC")), lambda: executed(to_pass()), "consents of ATRC"
    ),
    "nobody consents for another": Word(
        lambda: executed(to_pass("ATRC")), lambda: executed(to_pass("EGU")), "consents of ATRC"
    ),
    "a consent is to exactly what was proposed": Word(
        lambda: to_pass("ATRC"), lambda: consented_to_another(to_pass()), "sha256"
    ),
    "half is not most": Word(
        lambda: executed(to_pass(rule=_MOST)), lambda: executed(to_pass(rule=_QUALIFIED)), "at least 3/4"
    ),
    "a notice is over on its day": Word(
        lambda: executed(later(to_pass(rule=_NOTICE), 20)),
        lambda: executed(later(to_pass(rule=_NOTICE), 4)),
        "consents of ATRC",
    ),
    "silence is consent from the day after its last": Word(
        lambda: executed(later(to_pass(rule=_SILENCE), 8)),
        lambda: executed(later(to_pass(rule=_SILENCE), 7)),
        "consents of ATRC",
    ),
    "the rule is that of the terms": Word(
        lambda: executed(to_pass(rule=FREE)), lambda: executed(to_pass(rule=FREE, terms=EVERYBODY)), "UNANIMOUS"
    ),
    "nobody proposes what is another's": Word(
        lambda: executed(to_pass("ATRC", by="HUT")), lambda: executed(to_pass("ATRC", by="EGU")), "a proposal by HUT"
    ),
    "nothing passes to whom nobody registered": Word(
        lambda: executed(to_pass("ATRC")), lambda: executed(unregistered()), "a registered party"
    ),
    "holders alone take over a part": Word(
        lambda: executed(taken_over("ATRC", "1/1"), to="ATRC"),
        lambda: executed(taken_over("OWS", "1/1"), to="OWS"),
        "holders who take over a part",
    ),
    "nobody takes over what is not on notice": Word(
        lambda: executed(taken_over("ATRC", "1/1"), to="ATRC"),
        lambda: executed(taken_over("ATRC", "1/1", FREE), to="ATRC"),
        "nobody who takes over a part",
    ),
    "nobody takes over more than there is": Word(
        lambda: executed(taken_over("ATRC", "1/1"), to="ATRC"),
        lambda: executed(taken_over("ATRC", "3/2"), to="ATRC"),
        "portions of at most 1/1",
    ),
    "what passed says whose word it had": Word(
        saying, lambda: saying(consents=("EGU", "HUT")), "consents of ATRC, HUT"
    ),
    "what passed says by which instrument": Word(saying, lambda: saying(instrument_hash="sha256:1"), "by instrument"),
    "what passed says by which proposal": Word(saying, lambda: saying(transfer_hash="sha256:1"), "proposal sha256"),
    "what passed says by which rule": Word(saying, lambda: saying(rule=FREE), "by the rule UNANIMOUS"),
    "nothing is taken back that was not undone": Word(
        lambda: undone(executed(to_pass("ATRC"))), lambda: taken_back(executed(to_pass("ATRC"))), "undone once"
    ),
    "nothing is taken back twice": Word(
        lambda: undone(executed(to_pass("ATRC"))),
        lambda: taken_back(undone(executed(to_pass("ATRC")))),
        "undone once",
    ),
    "nothing is taken back that never passed": Word(
        lambda: undone(executed(to_pass("ATRC"))), lambda: undone(to_pass("ATRC")), "undone once"
    ),
    "nobody else undoes a transfer": Word(
        lambda: undone(executed(to_pass("ATRC"))), lambda: undone(executed(to_pass("ATRC")), by="ATRC"), "got ATRC"
    ),
    "nothing is given up that nobody proposed to": Word(
        lambda: given_up(proposed_to_be_given_up("ATRC"), "ATRC"),
        lambda: given_up(determined_of(), "ATRC"),
        "an open proposal",
    ),
    "nothing is given up without a consent that it needs": Word(
        lambda: given_up(proposed_to_be_given_up("ATRC"), "ATRC"),
        lambda: given_up(proposed_to_be_given_up()),
        "consents of ATRC",
    ),
    "nothing is given up with consents that were not given": Word(
        lambda: given_up(proposed_to_be_given_up("ATRC"), "ATRC"),
        lambda: given_up(proposed_to_be_given_up("ATRC"), "ATRC", "EGU"),
        "consents of ATRC, HUT",
    ),
    "nothing is given up for another reason": Word(
        lambda: given_up(proposed_to_be_given_up("ATRC"), "ATRC"),
        lambda: given_up(proposed_to_be_given_up("ATRC"), "ATRC", reason="none"),
        "nobody wants it",
    ),
    "nothing is given up by a rule that was not agreed": Word(
        lambda: given_up(proposed_to_be_given_up("ATRC"), "ATRC"),
        lambda: given_up(proposed_to_be_given_up("ATRC", rule=FREE), "ATRC"),
        "UNANIMOUS",
    ),
    "nothing is given up that somebody wants to keep": Word(
        lambda: given_up(proposed_to_be_given_up("ATRC"), "ATRC"),
        lambda: given_up(proposed_to_be_given_up("ATRC", then=opposed), "ATRC"),
        "an open proposal",
    ),
    "nothing is given up by whoever held it before": Word(
        lambda: given_up(proposed_to_be_given_up("ATRC"), "ATRC"),
        lambda: given_up(proposed_to_be_given_up("ATRC", then=transferred), "ATRC"),
        "an open proposal",
    ),
    "nothing is given up in a dispute": Word(
        lambda: given_up(proposed_to_be_given_up("ATRC"), "ATRC"),
        lambda: given_up(proposed_to_be_given_up("ATRC", then=disputed), "ATRC"),
        "an open proposal",
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
