"""What can be done with each kind of thing: by which routes, at which of its parts, and what could be sent."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final, get_args

import msgspec
from litestar import Router

from services.agreements.affiliations import declarations_api as declarations
from services.agreements.affiliations.model import DECLARATION
from services.agreements.background import api as background
from services.agreements.background.model import BACKGROUND, AccessStatus
from services.agreements.contracts import amendments_api as amendments
from services.agreements.contracts import api as contracts
from services.agreements.contracts import ending_api as ending
from services.agreements.contracts.model import AGREEMENT
from services.agreements.contracts.versions import AmendmentStatus
from services.agreements.contributions import api as contributions
from services.agreements.contributions.model import CONTRIBUTION
from services.agreements.disputes import api as disputes
from services.agreements.disputes.model import DISPUTE
from services.agreements.inventions import api as inventions
from services.agreements.inventions.model import INVENTION
from services.agreements.licences import api as licences
from services.agreements.licences.model import LICENCE
from services.agreements.opportunities import api as opportunities
from services.agreements.opportunities.model import OPPORTUNITY
from services.agreements.participants import api as participants
from services.agreements.participants.model import PARTICIPANT
from services.agreements.parties import api as parties
from services.agreements.parties.model import PARTY
from services.agreements.progress import api as progress
from services.agreements.progress.model import PROGRESS
from services.agreements.projects import api as projects
from services.agreements.projects.model import PROJECT
from services.agreements.retirement import api as retirement
from services.agreements.tasks.trying import JSON
from services.agreements.tasks.way import (
    HASH,
    NAME,
    REASON,
    Blank,
    Occasion,
    Parts,
    Way,
    for_holder,
    holder_in,
    json_of,
    other_shares,
    period_from,
    saying,
    way_by,
    whole,
)
from services.agreements.transfers import api as transfers
from services.agreements.transfers.model import TRANSFER
from shared.calendar import days_after
from shared.events.dispute import DisputeBasis

_YEAR: Final = 366

# -- agreements -------------------------------------------------------------------------------------------------------


def _terms(state: Any, _on: Occasion) -> JSON:  # noqa: ANN401  # an agreement
    standing = state.standing
    return {"terms": json_of(standing.terms), "period": json_of(standing.period), "document_hash": Blank(HASH)}


def _amendments(state: Any, on: Occasion) -> Iterable[JSON]:  # noqa: ANN401
    terms = state.standing.terms
    publication = msgspec.structs.replace(terms.publication, notice_days=terms.publication.notice_days + 1)
    changed = json_of(msgspec.structs.replace(terms, publication=publication))
    amended = {"terms": Blank(changed), "document_hash": Blank(HASH)}
    # Another day than that from which the terms of today stand, and on the last one that day itself.
    days = (days_after(on.today, 1), on.today)
    return [{**amended, "effective_on": Blank(str(day))} for day in days]


def _open_amendments(state: Any) -> Iterable[JSON]:  # noqa: ANN401
    return [{"no": each.no} for each in state.amendments if each.status is AmendmentStatus.PROPOSED]


def _amendment_signed(state: Any, on: Occasion) -> JSON:  # noqa: ANN401
    [amendment] = [each for each in state.amendments if each.status is AmendmentStatus.PROPOSED]
    return {"new_terms_hash": amendment.version.in_force.terms_hash, "signed_on": str(on.today)}


def _longer(state: Any, _on: Occasion) -> JSON:  # noqa: ANN401
    if state.renewal:
        return {"new_to": str(state.renewal.new_to)}
    return {"new_to": Blank(str(days_after(state.period.end, _YEAR) or date.max))}


_AGREEMENT: Final = (
    way_by(contracts.set_terms, _terms),
    way_by(contracts.propose_agreement),
    way_by(
        contracts.sign_agreement,
        lambda state, on: {"terms_hash": state.standing.terms_hash, "signed_on": str(on.today)},
    ),
    way_by(contracts.activate_agreement),
    way_by(contracts.withdraw_agreement, REASON),
    Way(amendments.propose_amendment, _amendments, whole),
    way_by(amendments.sign_amendment, _amendment_signed, _open_amendments),
    way_by(amendments.retract_amendment, parts=_open_amendments),
    way_by(
        ending.leave_agreement,
        lambda _, on: {"effective_on": Blank(str(on.today)), "reason": Blank("a reason")},
    ),
    way_by(ending.renew_agreement, _longer, lambda state: ({},) if state.period.end else ()),
    way_by(ending.suspend_agreement, saying(ground="a ground")),
    way_by(ending.resume_agreement),
    way_by(
        ending.terminate_agreement,
        lambda _, on: {
            "notice_on": str(on.today),
            "effective_on": Blank(str(days_after(on.today, _YEAR))),
            "ground": Blank("a ground"),
        },
    ),
)

# -- before there is anything to hold ---------------------------------------------------------------------------------


def _requests(*statuses: AccessStatus) -> Parts:
    return lambda state: [{"access_id": name} for name, each in state.access.items() if each.status in statuses]


_BACKGROUND: Final = (
    way_by(background.agree_to_background),
    way_by(background.contest_background, REASON),
    way_by(
        background.restrict_background,
        lambda state, _: {"restrictions": Blank([*state.restrictions[:19], "a restriction"])},
    ),
    way_by(
        background.withdraw_background,
        lambda _, on: {"effective_on": Blank(str(on.today)), "reason": Blank("a reason")},
    ),
    Way(
        background.request_access,
        lambda *_: [{"purpose": Blank(each), "needed_for": Blank(NAME)} for each in ("EXPLOIT", "IMPLEMENT")],
        whole,
    ),
    way_by(
        background.grant_access,
        lambda _, on: {"price": Blank("ROYALTY_FREE"), "period": Blank(period_from(on.today))},
        _requests(AccessStatus.REQUESTED),
    ),
    way_by(background.refuse_access, REASON, _requests(AccessStatus.REQUESTED)),
    way_by(background.give_up_access, lambda _, on: {"on": Blank(str(on.today))}, _requests(AccessStatus.GRANTED)),
)


def _review(state: Any, on: Occasion) -> JSON:  # noqa: ANN401
    known = state.reviews.get(on.party)
    if known and known.verdict == "SUPPORT":
        return {"verdict": Blank("OPPOSE"), "reason_code": Blank("TOO_EARLY")}
    return {"verdict": Blank("SUPPORT")}


_OPPORTUNITY: Final = (
    way_by(
        opportunities.share_opportunity,
        lambda _, on: {"shared_with": Blank([NAME]), "respond_by": Blank(str(on.today))},
    ),
    way_by(opportunities.review_opportunity, _review),
    way_by(opportunities.accept_opportunity, lambda *_: {}),
    way_by(opportunities.decline_opportunity, saying(reason_code="TOO_EARLY")),
)

_PROJECT: Final = (
    way_by(projects.approve_project),
    way_by(projects.start_project, lambda *_: {}),
    way_by(projects.pause_project, REASON),
    way_by(projects.resume_project),
    way_by(projects.complete_project, lambda *_: {}),
    way_by(projects.cancel_project, REASON),
)
_PROGRESS: Final = (
    way_by(progress.commit_resource, saying(kind="IN_KIND")),
    way_by(
        progress.reach_milestone,
        lambda _, on: {"code": Blank(NAME), "reached_on": Blank(str(on.today)), "evidence_hash": Blank(HASH)},
    ),
    way_by(progress.accept_deliverable, saying(code=NAME, document_hash=HASH)),
    way_by(progress.record_screening, saying(regime="a regime", classification="a class", result="CLEAR")),
)
_PARTICIPANT: Final = (
    way_by(
        participants.record_instrument,
        lambda _, on: {
            "kind": Blank("EMPLOYMENT_LAW"),
            # Whoever an instrument is made out to may put it on record, as may whoever employs the person.
            "assignee_party": Blank(on.party),
            "signed_on": Blank(str(on.today)),
            "covers": Blank(period_from(on.today)),
            "document_hash": Blank(HASH),
        },
    ),
    way_by(
        participants.record_student_conditions,
        saying(stipend=True, material_resources=True, guidance=True, grant=True),
    ),
    way_by(participants.leave_project, lambda _, on: {"on": Blank(str(on.today))}),
)

# -- what was invented ------------------------------------------------------------------------------------------------


def _corrected(state: Any, _on: Occasion) -> JSON:  # noqa: ANN401
    content = json_of(state.content)
    names = ("element", "contributor", "kind", "credit_roles", "points", "conceived_on", "evidence")
    return {**{name: content[name] for name in names}, "description_hash": Blank(HASH)}


_CONTRIBUTION: Final = (
    way_by(contributions.attest_contribution, lambda state, _: {"content_hash": state.content_hash}),
    way_by(
        contributions.contest_contribution,
        lambda state, _: {"content_hash": state.content_hash, "reason": Blank("a reason")},
    ),
    way_by(contributions.correct_contribution, _corrected),
    way_by(contributions.withdraw_contribution, REASON),
)


def _elements(state: Any, _on: Occasion) -> JSON:  # noqa: ANN401
    another = {"id": NAME, "weight": "1/1", "basis": "CONCEPT"}
    return {"elements": Blank([*json_of(state.elements), another])}


def _proposals(state: Any, _on: Occasion) -> Iterable[JSON]:  # noqa: ANN401
    return {}, {"shares": Blank(other_shares(state.parties, state.adopted and state.adopted.shares))}


def _open(state: Any) -> Iterable[JSON]:  # noqa: ANN401
    return [{"determination": state.open.determination}] if state.open else ()


_INVENTION: Final = (
    way_by(inventions.define_elements, _elements),
    Way(inventions.propose_determination, _proposals, whole),
    way_by(inventions.attest_determination, lambda state, _: {"det_hash": state.open.det_hash}, _open),
    way_by(inventions.reject_determination, REASON, _open),
    way_by(inventions.adopt_determination, parts=_open),
    way_by(retirement.propose_retirement, for_holder(reason="a reason")),
    way_by(retirement.consent_to_retirement, for_holder()),
    way_by(retirement.oppose_retirement, for_holder(reason="a reason")),
)

# -- what is held -----------------------------------------------------------------------------------------------------


def _taken_over(state: Any, on: Occasion) -> JSON:  # noqa: ANN401
    other = "1/1000001" if state.preemptions.get(on.holder) == "1/1000000" else "1/1000000"
    return {"portion": Blank(other), **holder_in(on)}


def _unconfirmed(state: Any) -> Iterable[JSON]:  # noqa: ANN401
    return [{"recordal": each} for each in state.recordals if each.office_ref is None][:1]


def _recorded(state: Any, _on: Occasion) -> JSON:  # noqa: ANN401
    [part] = _unconfirmed(state)
    return {"right": part["recordal"].right, "office": part["recordal"].office, "office_ref": Blank("a reference")}


_TRANSFER: Final = (
    way_by(
        transfers.consent_to_transfer,
        lambda state, on: {"transfer_hash": state.transfer_hash, **holder_in(on)},
    ),
    way_by(transfers.refuse_transfer, for_holder(reason="a reason")),
    way_by(transfers.exercise_preemption, _taken_over),
    way_by(transfers.execute_transfer),
    way_by(transfers.rescind_transfer, saying(ground="a ground")),
    way_by(
        transfers.file_recordal,
        lambda _, on: {"right": Blank(NAME), "office": Blank("ZZ"), "filed_on": Blank(str(on.today))},
    ),
    way_by(transfers.confirm_recordal, _recorded, _unconfirmed),
)


def _outcomes(state: Any, _on: Occasion) -> Iterator[JSON]:  # noqa: ANN401
    outcome = other_shares(state.parties, state.resolution and state.resolution.outcome)
    # Which of them there can be, depends on the step that is reached and on what is laid down already.
    for basis in get_args(DisputeBasis):
        yield {"outcome": Blank(outcome), "basis": Blank(basis), "document_hash": Blank(HASH)}


def _outcome_open(state: Any) -> Iterable[JSON]:  # noqa: ANN401
    return ({},) if state.resolution else ()


def _laid_down(state: Any) -> JSON:  # noqa: ANN401
    return {"resolution_hash": state.resolution.resolution_hash}


_DISPUTE: Final = (
    way_by(
        disputes.file_position,
        lambda state, on: {
            "position": Blank(other_shares(state.parties, state.positions.get(on.holder))),
            **holder_in(on),
        },
    ),
    way_by(disputes.file_evidence, for_holder(hash=HASH)),
    way_by(disputes.withdraw_dispute, REASON),
    Way(disputes.propose_resolution, _outcomes, whole),
    way_by(disputes.confirm_resolution, lambda state, on: {**_laid_down(state), **holder_in(on)}, _outcome_open),
    way_by(
        disputes.object_to_resolution,
        lambda state, on: {**_laid_down(state), "reason": Blank("a reason"), **holder_in(on)},
        _outcome_open,
    ),
    way_by(
        disputes.decline_resolution,
        lambda state, _: {**_laid_down(state), "reason": Blank("a reason")},
        _outcome_open,
    ),
    way_by(disputes.withdraw_resolution, lambda state, _: _laid_down(state), _outcome_open),
)
_LICENCE: Final = (
    way_by(licences.consent_to_licence, lambda state, on: {"terms_hash": state.terms_hash, **holder_in(on)}),
    way_by(licences.grant_licence),
)

# -- the directory ----------------------------------------------------------------------------------------------------


def _appointment(_state: Any, on: Occasion) -> JSON:  # noqa: ANN401
    powers = ["SIGN", "ATTEST", "CONSENT", "TRANSFER", "DISPUTE", "PERSONNEL", "APPOINT"]
    return {"person": Blank(NAME), "powers": Blank(powers), "period": Blank(period_from(on.today))}


_PARTY: Final = (
    way_by(parties.verify_party, saying(method="DOCUMENT", evidence_hash=HASH)),
    way_by(parties.deactivate_party, REASON),
    way_by(parties.reactivate_party, REASON),
    way_by(parties.appoint_representative, _appointment),
    way_by(
        parties.revoke_representative,
        lambda _, on: {"to": Blank(str(on.today))},
        lambda state: [
            {"person": person} for person, named in state.representatives.items() if named.period.end is None
        ],
    ),
)

_DECLARATION: Final = (
    way_by(declarations.confirm_declaration),
    way_by(declarations.decline_declaration, REASON),
    way_by(declarations.withdraw_declaration, REASON),
    way_by(declarations.end_declaration, lambda _, on: {"to": Blank(str(on.today)), "reason": Blank("a reason")}),
)

WAYS: Final[Mapping[str, tuple[Way, ...]]] = MappingProxyType(
    {
        AGREEMENT.name: _AGREEMENT,
        BACKGROUND.name: _BACKGROUND,
        OPPORTUNITY.name: _OPPORTUNITY,
        PROJECT.name: _PROJECT,
        PROGRESS.name: _PROGRESS,
        PARTICIPANT.name: _PARTICIPANT,
        CONTRIBUTION.name: _CONTRIBUTION,
        INVENTION.name: _INVENTION,
        TRANSFER.name: _TRANSFER,
        DISPUTE.name: _DISPUTE,
        LICENCE.name: _LICENCE,
        PARTY.name: _PARTY,
        DECLARATION.name: _DECLARATION,
    }
)
"""By the name of the aggregate."""


ROUTERS: Final[tuple[Router, ...]] = (
    contracts.ROUTES,
    background.ROUTES,
    opportunities.ROUTES,
    projects.ROUTES,
    progress.ROUTES,
    participants.ROUTES,
    inventions.ROUTES,
    retirement.ROUTES,
    contributions.ROUTES,
    transfers.ROUTES,
    disputes.ROUTES,
    licences.ROUTES,
    parties.ROUTES,
    declarations.ROUTES,
)
