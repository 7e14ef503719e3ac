"""Commands that are valid as they are, and the histories they make; a test overrides the one field it is about."""

from datetime import date
from typing import Any

from services.agreements.commands import Representative
from services.agreements.contracts import decisions as contracts
from services.agreements.contracts.model import AGREEMENT, Agreement
from services.agreements.contributions import decisions as contributions
from services.agreements.contributions.model import CONTRIBUTION, Contribution
from services.agreements.inventions import counting, determinations
from services.agreements.inventions import decisions as inventions
from services.agreements.inventions.model import INVENTION, Invention
from services.agreements.licences import decisions as licences
from services.agreements.licences.check import Circumstances
from services.agreements.licences.model import LICENCE, Licence
from services.agreements.participants import decisions as participants
from services.agreements.participants.model import PARTICIPANT, Participant
from services.agreements.parties import decisions as parties
from services.agreements.parties.model import PARTY
from services.agreements.projects import decisions as projects
from services.agreements.projects.model import PROJECT, Project
from shared.events.invention import Contributor, CountedContribution, DeterminationInputs, Element
from shared.events.licence import Scope
from shared.events.participant import Instrument
from shared.events.registry import Event
from shared.events.terms import (
    ConsentRule,
    ConsentTerms,
    CostTerms,
    OwnershipTerms,
    RevenueTerms,
    SurvivalTerm,
    Terms,
)
from shared.events.values import Period

Events = tuple[Event, ...]

TODAY = date(2025, 6, 1)
CONCEIVED = date(2024, 7, 8)
HUT = Representative("HUT-REP", "HUT")
ATRC = Representative("ATRC-REP", "ATRC")
EGU = Representative("EGU-REP", "EGU")
NLN = Representative("NLN-REP", "NLN")
DIGEST = "sha256:" + "a" * 64
OTHER_DIGEST = "sha256:" + "b" * 64

_UNANIMOUS = ConsentRule(rule="UNANIMOUS")
CONSENT = ConsentTerms(
    own_use=ConsentRule(rule="NONE"),
    non_exclusive=_UNANIMOUS,
    sole=_UNANIMOUS,
    exclusive=_UNANIMOUS,
    assign=_UNANIMOUS,
    assign_affiliate=ConsentRule(rule="NOTICE", days=30),
    charge=_UNANIMOUS,
    enforce=ConsentRule(rule="NOTICE", days=30),
    abandon=ConsentRule(rule="NOTICE", days=60),
)


def said(changed: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"by": HUT, "today": TODAY, **fields, **changed}


def period(start: date, end: date | None = None) -> Period:
    return Period(start=start, end=end)


# -- parties and agreements -----------------------------------------------------------------------------------


def registering(**changed: Any) -> parties.RegisterParty:
    fields = {"party": "HUT", "kind": "UNIVERSITY", "legal_name": "A university", "country": "HK"}
    return parties.RegisterParty(**{**fields, **changed})


def terms(**changed: Any) -> Terms:
    fields: dict[str, Any] = {
        "ownership": OwnershipTerms(affiliate_accrual="SEPARATE", title_gap="HOLD_IN_PERSON"),
        "consent": CONSENT,
        "revenue": RevenueTerms(steps=("DEDUCT_TAX", "RECOUP", "SPLIT")),
        "cost": CostTerms(split="AS_PAID"),
        "survival": (SurvivalTerm(clause="confidentiality", months=60),),
    }
    return Terms(**{**fields, **changed})


def drafting(**changed: Any) -> contracts.DraftAgreement:
    return contracts.DraftAgreement(
        **said(
            changed,
            agreement="MOU",
            kind="MOU",
            title="Joint research",
            parties=("HUT", "ATRC"),
            terms=terms(),
            period=period(date(2024, 2, 1), date(2034, 2, 1)),
            document_hash=DIGEST,
        )
    )


def setting_terms(**changed: Any) -> contracts.SetTerms:
    whole = period(date(2024, 2, 1), date(2034, 2, 1))
    return contracts.SetTerms(**said(changed, terms=terms(), period=whole, document_hash=OTHER_DIGEST))


def proposing(**changed: Any) -> contracts.ProposeAgreement:
    return contracts.ProposeAgreement(**said(changed))


def signing(terms_hash: str, **changed: Any) -> contracts.SignAgreement:
    return contracts.SignAgreement(**said(changed, terms_hash=terms_hash, signed_on=date(2024, 1, 22)))


def activating(**changed: Any) -> contracts.ActivateAgreement:
    return contracts.ActivateAgreement(**said(changed))


def agreement(events: Events) -> Agreement:
    state = AGREEMENT.fold(None, events)
    assert state is not None
    return state


def drafted(**changed: Any) -> Events:
    return contracts.draft_agreement(None, drafting(**changed))


def proposed(**changed: Any) -> Events:
    events = drafted(**changed)
    return (*events, *contracts.propose_agreement(agreement(events), proposing()))


def signed(*signatories: Representative, **changed: Any) -> Events:
    events = proposed(**changed)
    for signatory in signatories or (HUT, ATRC):
        state = agreement(events)
        events += contracts.sign_agreement(state, signing(state.standing.terms_hash, by=signatory))
    return events


def active(**changed: Any) -> Agreement:
    events = signed(**changed)
    return agreement((*events, *contracts.activate_agreement(agreement(events), activating())))


# -- projects and participants --------------------------------------------------------------------------------


def creating(**changed: Any) -> projects.CreateProject:
    return projects.CreateProject(
        **said(
            changed,
            project="PRJ",
            agreement="MOU",
            parties=("HUT", "ATRC"),
            title="Advanced 5G",
            fields=("telecom/ran/5g",),
            period=period(date(2024, 3, 1), date(2025, 9, 1)),
        )
    )


def approving(**changed: Any) -> projects.ApproveProject:
    return projects.ApproveProject(**said(changed))


def starting(**changed: Any) -> projects.StartProject:
    return projects.StartProject(**said(changed, started_on=date(2024, 3, 1)))


def project(events: Events) -> Project:
    state = PROJECT.fold(None, events)
    assert state is not None
    return state


def created(**changed: Any) -> Events:
    return projects.create_project(None, active(), creating(**changed))


def approved(*parties_: Representative, **changed: Any) -> Events:
    events = created(**changed)
    for party in parties_ or (HUT, ATRC):
        events += projects.approve_project(project(events), approving(by=party))
    return events


def started(**changed: Any) -> Project:
    events = approved(**changed)
    return project((*events, *projects.start_project(project(events), starting())))


def engaging(**changed: Any) -> participants.EngageParticipant:
    fields: dict[str, Any] = {"person": "HUT-SE", "role": "RESEARCHER", "home_party": "HUT"}
    return participants.EngageParticipant(**said(changed, project="PRJ", period=period(date(2024, 3, 1)), **fields))


def recording_instrument(**changed: Any) -> participants.RecordIpInstrument:
    return participants.RecordIpInstrument(
        **said(
            changed,
            instrument="LAW",
            kind="EMPLOYMENT_LAW",
            assignee_party="HUT",
            signed_on=date(2015, 1, 1),
            covers=period(date(2015, 1, 1)),
            document_hash=DIGEST,
        )
    )


def participant(events: Events) -> Participant:
    state = PARTICIPANT.fold(None, events)
    assert state is not None
    return state


def engaged(**changed: Any) -> Events:
    return participants.engage_participant(None, started(), engaging(**changed))


# -- inventions and contributions -----------------------------------------------------------------------------


def disclosing(**changed: Any) -> inventions.DiscloseInvention:
    days = {"conceived_on": CONCEIVED, "disclosed_on": date(2024, 7, 15)}
    return inventions.DiscloseInvention(**said(changed, invention="INV", project="PRJ", title="Codebook", **days))


def element(**changed: Any) -> Element:
    fields: dict[str, Any] = {"id": "E1", "weight": "1/1", "basis": "CONCEPT", "ref": None}
    return Element(**{**fields, **changed})


def defining(*elements: Element, **changed: Any) -> inventions.DefineElements:
    return inventions.DefineElements(**said(changed, elements=elements or (element(),)))


def invention(events: Events) -> Invention:
    state = INVENTION.fold(None, events)
    assert state is not None
    return state


def disclosed(**changed: Any) -> Events:
    return inventions.disclose_invention(None, started(), disclosing(**changed))


def described(*elements: Element) -> Events:
    events = disclosed()
    return (*events, *inventions.define_elements(invention(events), started(), defining(*elements)))


def particulars(**changed: Any) -> contributions.Particulars:
    fields: dict[str, Any] = {
        "element": "E1",
        "contributor": "HUT-SE",
        "kind": "INVENTIVE",
        "points": "7/1",
        "conceived_on": CONCEIVED,
        "description_hash": DIGEST,
    }
    return contributions.Particulars(**{**fields, **changed})


def recording(by: Representative = HUT, today: date = TODAY, **changed: Any) -> contributions.RecordContribution:
    named = {name: changed.pop(name) for name in ("contribution", "project", "invention") if name in changed}
    ids = {"contribution": "C1", "project": "PRJ", "invention": "INV", **named}
    return contributions.RecordContribution(by=by, today=today, particulars=particulars(**changed), **ids)


def correcting(by: Representative = HUT, today: date = TODAY, **changed: Any) -> contributions.CorrectContribution:
    return contributions.CorrectContribution(by=by, today=today, particulars=particulars(**changed))


def attesting(content_hash: str, **changed: Any) -> contributions.AttestContribution:
    return contributions.AttestContribution(**said({"by": ATRC, **changed}, content_hash=content_hash))


def contesting(content_hash: str, **changed: Any) -> contributions.ContestContribution:
    fields = {"content_hash": content_hash, "reason": "it was ours"}
    return contributions.ContestContribution(**said({"by": ATRC, **changed}, **fields))


def withdrawing(**changed: Any) -> contributions.WithdrawContribution:
    return contributions.WithdrawContribution(**said(changed, reason="recorded twice"))


def circumstances(**changed: Any) -> contributions.Circumstances:
    facts = {"project": started(), "invention": invention(described()), "contributor": participant(engaged())}
    return contributions.Circumstances(**{**facts, **changed})


def contribution(events: Events) -> Contribution:
    state = CONTRIBUTION.fold(None, events)
    assert state is not None
    return state


def recorded(**changed: Any) -> Events:
    return contributions.record_contribution(None, circumstances(), recording(**changed))


def confirmed(**changed: Any) -> Events:
    events = recorded(**changed)
    state = contribution(events)
    return (*events, *contributions.attest_contribution(state, four_eyes=True, command=attesting(state.content_hash)))


# -- determinations and licences ------------------------------------------------------------------------------


def instrument(**changed: Any) -> Instrument:
    fields: dict[str, Any] = {
        "instrument": "LAW",
        "kind": "EMPLOYMENT_LAW",
        "assignee_party": "HUT",
        "signed_on": date(2015, 1, 1),
        "covers": period(date(2015, 1, 1)),
    }
    return Instrument(**{**fields, **changed})


def contributor(person: str, *instruments: Instrument, split: dict[str, str] | None = None) -> Contributor:
    return Contributor(person=person, instruments=instruments, appointment_split=split)


def counted(person: str, points: str, element_id: str = "E1") -> CountedContribution:
    return CountedContribution(
        contribution=f"C-{person}-{element_id}",
        version=3,
        content_hash=DIGEST,
        contributor=person,
        element=element_id,
        points=points,
    )


def inputs(**changed: Any) -> DeterminationInputs:
    """Return inputs that give HUT 7/12 and ATRC 5/12."""
    fields: dict[str, Any] = {
        "method": "ELEMENTS",
        "conceived_on": CONCEIVED,
        "terms_version": 1,
        "terms_hash": DIGEST,
        "title_gap": "HOLD_IN_PERSON",
        "affiliate_accrual": "SEPARATE",
        "elements": (element(),),
        "contributions": (counted("ATRC-SE", "5/1"), counted("HUT-SE", "7/1")),
        "contributors": (
            contributor("ATRC-SE", instrument(assignee_party="ATRC")),
            contributor("HUT-SE", instrument()),
        ),
        "affiliations": (),
    }
    return DeterminationInputs(**{**fields, **changed})


def proposing_shares(**changed: Any) -> determinations.ProposeDetermination:
    return determinations.ProposeDetermination(**said(changed, determination="DET"))


def attesting_shares(det_hash: str, **changed: Any) -> determinations.AttestDetermination:
    return determinations.AttestDetermination(**said({"by": ATRC, **changed}, determination="DET", det_hash=det_hash))


def rejecting_shares(**changed: Any) -> determinations.RejectDetermination:
    return determinations.RejectDetermination(**said({"by": ATRC, **changed}, determination="DET", reason="E1 is ours"))


def adopting_shares(**changed: Any) -> determinations.AdoptDetermination:
    return determinations.AdoptDetermination(**said(changed, determination="DET"))


def with_counted() -> Events:
    events = described()
    return (*events, *counting.count_contribution(invention(events), contribution(confirmed())))


def shares_proposed(**changed: Any) -> Events:
    events = with_counted()
    command = proposing_shares()
    return (
        *events,
        *determinations.propose_determination(invention(events), started(), inputs(**changed), command),
    )


def shares_attested(**changed: Any) -> Events:
    events = shares_proposed(**changed)
    state = invention(events)
    assert state.open is not None
    command = attesting_shares(state.open.det_hash)
    return (*events, *determinations.attest_determination(state, started(), four_eyes=True, command=command))


def determined(**changed: Any) -> Events:
    events = shares_attested(**changed)
    state = invention(events)
    return (
        *events,
        *determinations.adopt_determination(state, started(), inputs(**changed), adopting_shares()),
    )


def scope(**changed: Any) -> Scope:
    fields: dict[str, Any] = {
        "assets": ("INV",),
        "acts": ("MAKE", "SELL"),
        "fields": ("telecom/ran/5g",),
        "territories": ("HK", "CN"),
        "excluded_territories": (),
        "period": period(date(2025, 6, 1), date(2030, 6, 1)),
    }
    return Scope(**{**fields, **changed})


def drafting_licence(**changed: Any) -> licences.DraftLicence:
    fields = {"licence": "LIC", "kind": "NON_EXCLUSIVE", "licensors": ("HUT",), "licensee": "NLN"}
    return licences.DraftLicence(**said(changed, scope=scope(), document_hash=DIGEST, **fields))


def consenting(terms_hash: str, **changed: Any) -> licences.ConsentToLicence:
    by = changed.get("by", ATRC)
    return licences.ConsentToLicence(**said({"by": by, **changed}, holder=by.party, terms_hash=terms_hash))


def granting(**changed: Any) -> licences.GrantLicence:
    return licences.GrantLicence(**said(changed))


def licensable(*assets: Invention, **changed: Any) -> Circumstances:
    """Return an active agreement and these assets, or one that HUT holds 7/12 of and ATRC 5/12."""
    licensee = PARTY.fold(None, parties.register_party(None, registering(party="NLN")))
    its_assets = assets or (invention(determined()),)
    fields: dict[str, Any] = {"agreement": active(), "assets": its_assets, "progress": {}, "licensee": licensee}
    return Circumstances(**{**fields, **changed})


def licence(events: Events) -> Licence:
    state = LICENCE.fold(None, events)
    assert state is not None
    return state


def licence_drafted(**changed: Any) -> Events:
    return licences.draft_licence(None, active(), [invention(determined())], drafting_licence(**changed))


def licence_consented(**changed: Any) -> Events:
    events = licence_drafted(**changed)
    state = licence(events)
    return (*events, *licences.consent_to_licence(state, [invention(determined())], consenting(state.terms_hash)))
