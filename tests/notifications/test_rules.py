"""Every rule of alerting: whom it tells of an event, as what and until when, written down a second time by hand.

One event is told with a party of its own in every place from which somebody could be told, so that the table below says
by the names alone who is told and who is not: compare it with what the parties need to know.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest

import services.notifications.rules as folder
from services.notifications.affiliates import Affiliates, Control
from services.notifications.alerts import alerts_for
from services.notifications.remembered import AFFILIATES, AgreedConsent, NotAskedFor, Remembered, State
from services.notifications.rules import RULES
from services.notifications.rules.rule import Due, Nobody, Rule, Source
from shared import events as published
from shared.events import (
    acknowledgement,
    affiliation,
    agreement,
    background,
    contribution,
    dispute,
    invention,
    licence,
    log,
    opportunity,
    participant,
    progress,
    project,
    retirement,
    transfer,
)
from shared.events.concerned import Circle, Licensed, Stay
from shared.events.licence import Scope
from shared.events.registry import Event, registered
from shared.events.terms import ConsentRule, ConsentTerms
from shared.events.values import Period
from shared.log.envelope import NO_AGREEMENT, Envelope
from tests.docs.made import made
from tests.notifications.controls import said

EFFECTIVE_ON, DEEMED_ON, RETIRES_ON, RESPOND_BY, DUE_ON = (date(2025, 7, day) for day in (1, 3, 5, 7, 9))
NOTICED_ON, CONFIRM_BY = date(2025, 6, 1), date(2025, 7, 11)
OVER = date(2015, 1, 1)
NOTICE = ConsentRule(rule="NOTICE", days=40)
TWO_WEEKS = ConsentRule(rule="NOTICE", days=14)

# What the event names. ACTOR is who caused it.
SITUATION: dict[str, Any] = {
    "agreement": "AGR-1",
    "invention": "INV-1",
    "asset": "INV-1",
    "assets": ("INV-1",),
    "scope": made(Scope, assets=("INV-1",)),
    "parties": ("ACTOR", "PARTY"),
    "signatories": ("JOINS",),
    "attesting_parties": ("ACTOR", "ATTESTS"),
    "shares": {"GETS": "1/2", "person:P": "1/4", "UNALLOCATED": "1/4"},
    "holders": ("IS-NAMED",),
    "position": {"IS-CLAIMED-FOR": "1/1"},
    "outcome": {"IS-AWARDED": "1/1"},
    "awaited": ("LOSES",),
    "unopposed_by": ("WAS-SILENT",),
    "registrar": "REGISTERS",
    "licensors": ("LICENSES",),
    "licensee": "IS-GIVEN",
    "parent": "PARENT",
    "child": "CHILD",
    "owner_party": "OWNS",
    "by_party": "ASKS",
    "to_party": "ASKED",
    "drafted_by_party": "DRAFTS",
    "kind": "NON_EXCLUSIVE",
    "basis": "COURT",
    "verdict": "CONTEST",
    "rule": NOTICE,
    "noticed_on": NOTICED_ON,
    "effective_on": EFFECTIVE_ON,
    "deemed_on": DEEMED_ON,
    "retires_on": RETIRES_ON,
    "respond_by": RESPOND_BY,
    "due_on": DUE_ON,
    "confirm_by": CONFIRM_BY,
}
# Whose answers CONTROLS may give.
CONTROLLED = ("HOLDS", "PARTY", "LOSES", "IS-IN", "ATTESTS", "OWNS")
# What earlier events said: who is in the agreement, who holds the asset and held it, who is licensed and was.
REMEMBERED: dict[str, State] = {
    "agreement:AGR-1": Circle(
        stays={"IS-IN": (Stay(since=1),), "HAS-LEFT": (Stay(since=1, until=2, on=NOTICED_ON),)},
    ),
    "invention:INV-1": Circle(
        stays={
            "HOLDS": (Stay(since=1),),
            "DRAFTS": (Stay(since=1),),
            "HELD": (Stay(since=1, until=2, on=NOTICED_ON),),
        },
        licences={
            "LIC-1": Licensed(licensee="IS-LICENSED", period=Period(start=EFFECTIVE_ON)),
            "LIC-0": Licensed(licensee="IS-LICENSED-NO-MORE", period=Period(start=OVER, end=OVER + timedelta(days=9))),
            "LIC-2": Licensed(licensee="WAS-LICENSED", period=Period(start=NOTICED_ON, end=EFFECTIVE_ON)),
        },
    ),
    "dispute:X": Circle(stays={"TAKES-PART": (Stay(since=1),)}),
    "registrar:X": Circle(stays={"WAS-ASKED": (Stay(since=1),)}),
    AFFILIATES: Affiliates(
        controls=tuple(
            Control(parent="CONTROLS", child=each, period=Period(start=date(2015, 1, 1))) for each in CONTROLLED
        )
    ),
    "consent:AGR-1": AgreedConsent(in_force=ConsentTerms(non_exclusive=TWO_WEEKS)),
}


class Told(NamedTuple):
    """Who is alerted of an event as what, until when to act, and who only gets to know that it has arrived.

    `needs` are those of them for whom it waits.
    """

    class_: str
    who: str
    until: date | None = None
    informed: str = ""
    needs: str = ""


# Everybody that the event calls its parties; or the others, where whoever did it need not be told.
ALL, OTHERS = "ACTOR PARTY", "PARTY"
AND_HOLDERS = "ACTOR PARTY HOLDS DRAFTS"
IN_DISPUTE = "PARTY HOLDS DRAFTS TAKES-PART"

EXPECTED: dict[type[Event], Told] = {
    agreement.AgreementProposed: Told("action", ALL, needs=ALL),
    agreement.AgreementSigned: Told("info", OTHERS),
    agreement.AgreementFullySigned: Told("info", ALL),
    agreement.AgreementActivated: Told("info", ALL),
    agreement.AgreementWithdrawn: Told("info", OTHERS),
    agreement.AmendmentProposed: Told("action", "ACTOR PARTY JOINS", until=EFFECTIVE_ON, needs="JOINS"),
    agreement.AmendmentSigned: Told("info", OTHERS),
    agreement.AmendmentTookEffect: Told("info", ALL),
    agreement.AmendmentLapsed: Told("info", ALL),
    agreement.PartyAcceded: Told("legal-critical", ALL),
    agreement.PartyWithdrew: Told("legal-critical", ALL),
    agreement.AgreementRenewalAgreed: Told("action", OTHERS, needs=OTHERS),
    agreement.AgreementRenewed: Told("info", ALL),
    agreement.AgreementSuspended: Told("legal-critical", ALL),
    agreement.AgreementResumed: Told("info", ALL),
    agreement.TerminationNoticeGiven: Told("legal-critical", ALL),
    agreement.AgreementTerminated: Told("legal-critical", ALL),
    agreement.AgreementExpired: Told("legal-critical", ALL),
    agreement.SurvivalEnded: Told("info", ALL),
    agreement.AgreementClosed: Told("info", ALL),
    affiliation.DeclarationMade: Told("action", "PARENT CHILD", until=CONFIRM_BY, needs="PARENT CHILD"),
    affiliation.DeclarationConfirmed: Told("legal-critical", "PARENT CHILD"),
    affiliation.DeclarationDeclined: Told("info", "PARENT CHILD"),
    affiliation.DeclarationWithdrawn: Told("info", "PARENT CHILD"),
    affiliation.DeclarationLapsed: Told("info", "PARENT CHILD"),
    affiliation.DeclarationEnded: Told("legal-critical", "PARENT CHILD"),
    project.ProjectCreated: Told("action", "ACTOR PARTY IS-IN HAS-LEFT", needs=ALL),
    project.ProjectApproved: Told("info", OTHERS),
    project.ProjectStarted: Told("info", ALL),
    project.ProjectPaused: Told("info", OTHERS),
    project.ProjectResumed: Told("info", OTHERS),
    project.ProjectCompleted: Told("info", ALL),
    project.ProjectPeriodEnded: Told("info", ALL),
    project.ProjectCancelled: Told("info", ALL),
    participant.IpInstrumentRecorded: Told("legal-critical", OTHERS),
    contribution.ContributionRecorded: Told("action", "ATTESTS", until=DEEMED_ON, informed="ACTOR", needs="ATTESTS"),
    contribution.ContributionCorrected: Told("action", "ATTESTS", until=DEEMED_ON, informed="ACTOR", needs="ATTESTS"),
    contribution.ContributionAttested: Told("info", OTHERS),
    contribution.ContributionAttestationDeemed: Told("legal-critical", ALL),
    contribution.ContributionConfirmed: Told("info", ALL),
    contribution.ContributionWithdrawn: Told("info", OTHERS),
    contribution.ContributionContested: Told("legal-critical", AND_HOLDERS),
    contribution.ContributorConfirmed: Told("info", ALL),
    contribution.ContributorContested: Told("legal-critical", AND_HOLDERS),
    invention.InventionDisclosed: Told("info", OTHERS),
    invention.InventionElementsDefined: Told("info", OTHERS),
    invention.DeterminationProposed: Told(
        "legal-critical", "ACTOR PARTY GETS HOLDS DRAFTS ATTESTS", until=DEEMED_ON, needs="ATTESTS"
    ),
    invention.DeterminationAttested: Told("info", OTHERS),
    invention.DeterminationAttestationDeemed: Told("legal-critical", AND_HOLDERS),
    invention.DeterminationEscalated: Told("legal-critical", AND_HOLDERS),
    invention.DeterminationRejected: Told("info", "PARTY HOLDS DRAFTS"),
    invention.DeterminationAdopted: Told("legal-critical", "ACTOR PARTY GETS HOLDS DRAFTS IS-LICENSED WAS-LICENSED"),
    invention.DeterminationSuperseded: Told("legal-critical", "ACTOR PARTY IS-NAMED HOLDS DRAFTS"),
    invention.OwnershipTransferred: Told("legal-critical", "ACTOR PARTY IS-NAMED HOLDS DRAFTS IS-LICENSED"),
    invention.TransferRescinded: Told("legal-critical", "ACTOR PARTY IS-NAMED HOLDS DRAFTS IS-LICENSED"),
    retirement.RetirementProposed: Told(
        "legal-critical",
        f"{AND_HOLDERS} CONTROLS",
        until=RETIRES_ON - timedelta(days=1),
        needs="HOLDS DRAFTS CONTROLS",
    ),
    retirement.RetirementConsentGiven: Told("info", "PARTY HOLDS DRAFTS"),
    retirement.RetirementOpposed: Told("legal-critical", AND_HOLDERS),
    retirement.InventionRetired: Told("legal-critical", f"{AND_HOLDERS} IS-LICENSED WAS-LICENSED"),
    transfer.TransferProposed: Told(
        "legal-critical",
        f"{AND_HOLDERS} CONTROLS",
        until=NOTICED_ON + timedelta(days=39),
        needs="HOLDS DRAFTS CONTROLS",
    ),
    transfer.TransferConsentGiven: Told("info", OTHERS),
    transfer.TransferConsented: Told("info", ALL),
    transfer.TransferConsentDeemedGiven: Told("legal-critical", ALL),
    transfer.TransferRefused: Told("legal-critical", ALL),
    transfer.PreemptionExercised: Told("legal-critical", ALL),
    transfer.RecordalFiled: Told("info", OTHERS),
    transfer.RecordalConfirmed: Told("info", OTHERS),
    acknowledgement.OwnershipAcknowledged: Told("info", "HOLDS DRAFTS"),
    dispute.DisputeOpened: Told(
        "legal-critical",
        "ACTOR PARTY IS-CLAIMED-FOR HOLDS DRAFTS CONTROLS",
        until=DUE_ON - timedelta(days=1),
        needs="PARTY CONTROLS",
    ),
    dispute.DisputePositionFiled: Told("legal-critical", f"{IN_DISPUTE} ACTOR IS-CLAIMED-FOR"),
    dispute.DisputeEvidenceFiled: Told("info", "PARTY TAKES-PART"),
    dispute.DisputeEscalated: Told("legal-critical", f"{IN_DISPUTE} ACTOR", until=DUE_ON - timedelta(days=1)),
    dispute.DisputeResolutionProposed: Told(
        "legal-critical", f"{IN_DISPUTE} LOSES REGISTERS CONTROLS", needs="LOSES REGISTERS CONTROLS"
    ),
    dispute.DisputeResolutionConfirmed: Told("info", "PARTY TAKES-PART"),
    dispute.DisputeResolutionObjected: Told("legal-critical", f"{IN_DISPUTE} WAS-ASKED"),
    dispute.DisputeResolutionDeclined: Told("legal-critical", IN_DISPUTE),
    dispute.DisputeResolutionWithdrawn: Told("legal-critical", f"{IN_DISPUTE} WAS-ASKED"),
    dispute.DisputeResolutionUnopposed: Told("legal-critical", "WAS-SILENT"),
    dispute.DisputeResolved: Told("legal-critical", f"{IN_DISPUTE} ACTOR IS-AWARDED WAS-ASKED"),
    dispute.DisputeWithdrawn: Told("legal-critical", f"{IN_DISPUTE} ACTOR WAS-ASKED"),
    dispute.DisputeLapsed: Told("legal-critical", f"{IN_DISPUTE} ACTOR WAS-ASKED"),
    licence.LicenceDrafted: Told(
        "legal-critical", "HOLDS CONTROLS", until=NOTICED_ON + timedelta(days=13), needs="HOLDS CONTROLS"
    ),
    licence.LicenceConsentGiven: Told("info", OTHERS),
    licence.LicenceGranted: Told("legal-critical", "IS-GIVEN IS-NAMED LICENSES"),
    opportunity.OpportunityShared: Told("action", OTHERS, until=RESPOND_BY, informed="ACTOR", needs=OTHERS),
    opportunity.OpportunityReviewed: Told("info", OTHERS),
    opportunity.OpportunityAccepted: Told("info", ALL),
    opportunity.OpportunityDeclined: Told("info", OTHERS),
    opportunity.OpportunityLapsed: Told("info", ALL),
    background.BackgroundDeclared: Told("action", OTHERS, needs=OTHERS),
    background.BackgroundAgreed: Told("info", OTHERS),
    background.BackgroundContested: Told("action", OTHERS, informed="ACTOR"),
    background.BackgroundRestricted: Told("info", OTHERS),
    background.BackgroundWithdrawn: Told("info", OTHERS),
    background.AccessRequested: Told("action", "OWNS", needs="OWNS"),
    background.AccessGranted: Told("info", "ASKED"),
    background.AccessRefused: Told("info", "ASKED"),
    background.AccessEnded: Told("info", "ASKED"),
    progress.ResourceCommitted: Told("info", OTHERS),
    progress.MilestoneReached: Told("info", OTHERS),
    progress.DeliverableAccepted: Told("info", OTHERS),
    progress.ExportScreeningRecorded: Told("info", OTHERS),
    log.LogContinued: Told("legal-critical", "role:operator"),
}
TELLING: dict[type[Event], Rule] = {kind: rule for kind, rule in RULES.items() if isinstance(rule, Rule)}


def _name(kind: type[Event]) -> str:
    return kind.__name__


def happening(kind: type[Event]) -> Envelope:
    return said(made(kind, **SITUATION), by="ACTOR")


def remembering(envelope: Envelope, rule: Rule) -> Remembered:
    return Remembered(REMEMBERED, rule.needs(envelope))


class Noting(dict[str, State]):
    """What is remembered, noting what is looked at."""

    def __init__(self) -> None:
        super().__init__(REMEMBERED)
        self.looked_at: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.looked_at.add(name)
        return super().get(name, default)


# -- of every event ---------------------------------------------------------------------------------------------------


def test_every_published_event_has_a_rule_or_alerts_nobody_on_purpose():
    """A new event can't be forgotten: the rules named like its own module say whom it is told, or why nobody."""
    for name in published.__all__:
        there = {kind for kind in registered().values() if kind.__module__ == f"shared.events.{name}"}

        assert there == set(getattr(folder, name).RULES), name
    assert {kind for name, kind in registered().items() if name.startswith("agreements.")} == set(RULES)


def test_the_table_has_every_rule():
    """A rule is written down twice: where it works, and here."""
    assert set(EXPECTED) == set(TELLING)


@pytest.mark.parametrize("kind", EXPECTED, ids=_name)
def test_an_event_is_told_as_the_table_says(kind: type[Event]):
    """To these and nobody else, as this, until then."""
    envelope, expected = happening(kind), EXPECTED[kind]

    alerts = alerts_for(7, envelope, remembering(envelope, TELLING[kind]))

    asked = dict.fromkeys(expected.who.split(), (expected.class_, expected.until))
    informed = dict.fromkeys(expected.informed.split(), ("info", None))
    assert asked | informed == {alert.recipient: (alert.class_, alert.due_on) for alert in alerts}
    assert {*expected.needs.split()} == {alert.recipient for alert in alerts if alert.needs_you}


@pytest.mark.parametrize("kind", TELLING, ids=_name)
def test_no_part_of_a_rule_can_be_left_out(kind: type[Event]):
    """In the table's situation every way of being told, and of not being told, makes a difference."""
    envelope, rule = happening(kind), TELLING[kind]
    shorter = [replace(rule, to=_without(rule.to, each)) for each in rule.to]
    shorter += [replace(rule, but=_without(rule.but, each)) for each in rule.but]

    asked = rule.asked(envelope, remembering(envelope, rule))

    assert [] == [each for each in shorter if each.asked(envelope, remembering(envelope, rule)) == asked]


@pytest.mark.parametrize("kind", [kind for kind in RULES if kind not in TELLING], ids=_name)
def test_of_some_events_nobody_is_told_for_a_reason(kind: type[Event]):
    """It is written beside the event."""
    rule, envelope = RULES[kind], happening(kind)
    assert isinstance(rule, Nobody)

    assert len(rule.because.split()) > 3
    assert () == alerts_for(7, envelope, Remembered({}, ()))


# -- what a rule needs to know ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TELLING, ids=_name)
def test_a_rule_needs_what_it_says_and_says_what_it_needs(kind: type[Event]):
    """Each part of it looks at all that it asks for, and is given nothing else to look at."""
    envelope, rule = happening(kind), TELLING[kind]
    parts: list[Source | Due] = [*rule.to, *rule.but, *rule.awaits, rule.due]
    for part in parts:
        states = Noting()
        part.of(envelope, Remembered(states, rule.needs(envelope)))

        assert part.needs(envelope) == states.looked_at


def test_a_rule_that_reads_more_than_it_says_is_stopped():
    """What is not asked for is not fetched either: without this the rule would take it for nothing."""
    envelope = happening(project.ProjectCreated)
    secretive = Source("whoever is in the agreement", lambda _envelope, known: known.circle("agreement:AGR-1").present)

    with pytest.raises(NotAskedFor):
        secretive.of(envelope, Remembered(REMEMBERED, {"agreement:AGR-1"}))


def test_under_no_agreement_there_is_none_to_remember():
    """The agreement of an opportunity that was not shared is no address to look anything up by."""
    envelope = said(made(project.ProjectCreated, **SITUATION), agreement=NO_AGREEMENT)

    assert frozenset() == TELLING[project.ProjectCreated].needs(envelope)


# -- where it depends -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "deemed_on", "until"),
    [
        (NOTICE, None, NOTICED_ON + timedelta(days=39)),
        (ConsentRule(rule="NOTICE_AND_FAIR_COMPENSATION", days=10), None, NOTICED_ON + timedelta(days=9)),
        (ConsentRule(rule="LEAD_DEEMED", days=10), DEEMED_ON, DEEMED_ON),
        (ConsentRule(rule="UNANIMOUS"), None, None),
        (ConsentRule(rule="MAJORITY_SHARE", days=10), None, None),
    ],
    ids=lambda value: value.rule if isinstance(value, ConsentRule) else "",
)
def test_a_transfer_waits_as_long_as_its_rule_says(rule: ConsentRule, deemed_on: date | None, until: date | None):
    """A notice has a last day, and so has silence before it is consent; other rules set no day."""
    proposed = made(transfer.TransferProposed, **{**SITUATION, "rule": rule, "deemed_on": deemed_on})

    assert until == _until(said(proposed))


@pytest.mark.parametrize(
    ("kind", "until"),
    [("NON_EXCLUSIVE", 13), ("SOLE", 29), ("EXCLUSIVE", 39), ("CO_EXCLUSIVE", None)],
)
def test_a_licence_waits_as_long_as_the_terms_say_for_its_kind(kind: str, until: int | None):
    """Of a kind that they do not speak of, they ask for no notice."""
    consent = ConsentTerms(non_exclusive=TWO_WEEKS, sole=ConsentRule(rule="NOTICE", days=30), exclusive=NOTICE)
    states: dict[str, State] = {"consent:AGR-1": AgreedConsent(in_force=consent)}
    drafted = said(made(licence.LicenceDrafted, **{**SITUATION, "kind": kind}))

    assert (NOTICED_ON + timedelta(days=until) if until else None) == _until(drafted, states)


def test_a_licence_of_several_assets_asks_the_holders_of_each():
    """Of one whose shares nobody knows yet, every party but the one that drafted it."""
    scope = made(Scope, assets=("INV-1", "INV-2"))
    parties = ("DRAFTS", "PARTY")
    drafted = said(made(licence.LicenceDrafted, **{**SITUATION, "scope": scope, "parties": parties}))
    rule = TELLING[licence.LicenceDrafted]

    assert {"HOLDS", "PARTY"} == rule.asked(drafted, remembering(drafted, rule))


@pytest.mark.parametrize(
    ("end", "told"),
    [(date(2024, 7, 16), False), (date(2024, 7, 17), True), (None, True)],
    ids=["over", "last day", "open"],
)
def test_a_licence_that_has_ended_tells_nobody_of_other_shares(end: date | None, *, told: bool):
    """On the day that it ends it is over, by the day on which the shares were adopted."""
    licensed = Licensed(licensee="IS-LICENSED", period=Period(start=OVER, end=end))
    states: dict[str, State] = {"invention:INV-1": Circle(licences={"LIC-1": licensed})}
    adopted = happening(invention.DeterminationAdopted)
    rule = TELLING[invention.DeterminationAdopted]

    assert told == ("IS-LICENSED" in rule.asked(adopted, Remembered(states, rule.needs(adopted))))


def _until(envelope: Envelope, states: dict[str, State] | None = None) -> date | None:
    due = TELLING[type(envelope.data)].due
    return due.of(envelope, Remembered(states or {}, due.needs(envelope)))


def _without(sources: Collection[Source], left_out: Source) -> tuple[Source, ...]:
    return tuple(each for each in sources if each is not left_out)
