"""What somebody waits for, as data: whom each state of a thing asks, until when, and what comes of silence."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from services.agreements.affiliations import declarations_api as declarations
from services.agreements.affiliations.model import DECLARATION, DeclarationStatus, PartyDeclaration
from services.agreements.background import api as background
from services.agreements.background.model import BACKGROUND, AccessStatus, BackgroundItem, BackgroundStatus
from services.agreements.consent.acts import FREE
from services.agreements.consent.holders import holders_ever
from services.agreements.contracts import amendments_api as amendments
from services.agreements.contracts import api as contracts
from services.agreements.contracts import ending_api as ending
from services.agreements.contracts.model import AGREEMENT, Agreement, AgreementStatus
from services.agreements.contracts.versions import AmendmentStatus
from services.agreements.contributions import api as contributions
from services.agreements.contributions.handling import unheard
from services.agreements.contributions.model import CONTRIBUTION, Contribution, ContributionStatus
from services.agreements.disputes import api as disputes
from services.agreements.disputes.model import DISPUTE, Dispute, may_lapse
from services.agreements.inventions import api as inventions
from services.agreements.inventions.model import INVENTION, Invention
from services.agreements.licences import api as licences
from services.agreements.licences.check import agreed_rule, asked_by
from services.agreements.licences.model import LICENCE, Licence, LicenceStatus
from services.agreements.opportunities import api as opportunities
from services.agreements.opportunities.model import OPPORTUNITY, WAITING, Opportunity
from services.agreements.projects import api as projects
from services.agreements.projects.model import PROJECT, Project, ProjectStatus
from services.agreements.retirement import api as retirement
from services.agreements.tasks.asking import Around, Ask, Assets, Awaited, Waiting
from services.agreements.tasks.views import EffectOfSilence
from services.agreements.transfers import api as transfers
from services.agreements.transfers.decisions import proposal_of
from services.agreements.transfers.model import TRANSFER, Transfer, TransferStatus
from shared.events.terms import NOTICE_RULES, ConsentRule
from shared.ids import is_person

_DAY: Final = timedelta(days=1)


# -- the directory ----------------------------------------------------------------------------------------------------


def _confirmations(state: PartyDeclaration, _around: Around) -> Iterator[Ask]:
    if state.status is DeclarationStatus.OPEN:
        yield Ask(state.asked, due_on=state.confirm_by, silence="LAPSES")


# -- agreements -------------------------------------------------------------------------------------------------------


def _signatures(state: Agreement, _around: Around) -> Iterator[Ask]:
    if state.status in {AgreementStatus.PROPOSED, AgreementStatus.PARTIALLY_SIGNED}:
        for party in state.parties:
            if party not in state.signatures:
                yield Ask(party, state.standing.terms_hash)


def _amendment_signatures(state: Agreement, _around: Around) -> Iterator[Ask]:
    amendment = state.open_amendment
    if amendment is not None and amendment.status is AmendmentStatus.PROPOSED:
        for party in amendment.signatories:
            if party not in amendment.signatures:
                day = amendment.version.effective_on
                yield Ask(party, amendment.version.in_force.terms_hash, day, "LAPSES", str(amendment.no))


def _renewals(state: Agreement, _around: Around) -> Iterator[Ask]:
    if state.renewal is not None and state.ended_on is None:
        for party in state.parties:
            if party not in {*state.renewal.agreed_by, *state.left}:
                yield Ask(party, str(state.renewal.new_to), _before(state.ends_on), "ENDS")


# -- before there is anything to hold ---------------------------------------------------------------------------------


def _background(state: BackgroundItem, _around: Around) -> Iterator[Ask]:
    if state.status is not BackgroundStatus.WITHDRAWN:
        for party in state.parties:
            if party not in {state.owner_party, *state.agreed_by, *state.contested_by}:
                yield Ask(party)


def _access(state: BackgroundItem, _around: Around) -> Iterator[Ask]:
    for name, request in state.access.items():
        if request.status is AccessStatus.REQUESTED:
            yield Ask(state.owner_party, name, part=name)


def _reviews(state: Opportunity, _around: Around) -> Iterator[Ask]:
    if state.status in WAITING:
        for party in state.parties:
            if party not in {state.by_party, *state.reviews}:
                yield Ask(party, due_on=state.respond_by, silence="LAPSES")


def _taking_up(state: Opportunity, _around: Around) -> Iterator[Ask]:
    said = {state.by_party, *state.reviews}
    if state.status in WAITING and said >= {*state.parties}:
        for party in state.parties:
            yield Ask(party, due_on=state.respond_by, silence="LAPSES")


def _approvals(state: Project, _around: Around) -> Iterator[Ask]:
    if state.status is ProjectStatus.PROPOSED:
        for party in state.parties:
            if party not in state.approved_by:
                yield Ask(party)


def _starts(state: Project, _around: Around) -> Iterator[Ask]:
    if state.status is ProjectStatus.APPROVED:
        for party in state.parties:
            yield Ask(party)


# -- what was invented ------------------------------------------------------------------------------------------------


def _attestations(state: Contribution, _around: Around) -> Iterator[Ask]:
    if state.status in {
        ContributionStatus.RECORDED,
        ContributionStatus.PARTLY_ATTESTED,
        ContributionStatus.CONTESTED,
    }:
        for party in state.silent:
            # Whoever contests it has answered; it may still attest it.
            if party not in state.contested_by:
                attests = _attests(state.deemed_on, state.deemed_after)
                yield Ask(party, state.content_hash, state.silent_until.get(party), attests)


def _contests(state: Contribution, _around: Around) -> Iterator[Ask]:
    if state.status is ContributionStatus.CONTESTED:
        yield Ask(state.recorded_by_party, state.content_hash)


def _unheard(state: Contribution, around: Around) -> Iterator[Ask]:
    if around.unheard == "SILENT":
        yield Ask(state.recorded_by_party, state.content_hash)


def _denied(state: Contribution, around: Around) -> Iterator[Ask]:
    if around.unheard == "CONTESTED":
        yield Ask(state.recorded_by_party, state.content_hash)


def _shares(state: Invention, _around: Around) -> Iterator[Ask]:
    if state.open is not None:
        for party in state.open.silent:
            due_on = state.open.silent_until.get(party)
            attests = _attests(state.open.deemed_on, state.open.deemed_after)
            yield Ask(party, state.open.det_hash, due_on, attests, state.open.determination)


def _adoptions(state: Invention, _around: Around) -> Iterator[Ask]:
    if state.open is not None and not state.open.silent:
        for party in state.parties:
            yield Ask(party, state.open.det_hash, part=state.open.determination)


def _retirements(state: Invention, _around: Around) -> Iterator[Ask]:
    waiting = state.retirement
    if waiting is not None:
        for party in _holders([state], without=waiting.consents):
            ends: EffectOfSilence = "PASSES" if waiting.retires_on or waiting.notice_method else "NOTHING"
            until = _before(waiting.retires_on) or waiting.silent_until.get(party)
            yield Ask(party, str(waiting.noticed_on), until, ends)


# -- what is held -----------------------------------------------------------------------------------------------------


def _transfer_consents(state: Transfer, around: Around) -> Iterator[Ask]:
    if state.status is not TransferStatus.PROPOSED or state.rule == FREE or state.kind == "DEED":
        return
    proposal = proposal_of(state)
    for party in _holders(around.assets, without=state.consents):
        yield Ask(party, state.transfer_hash, proposal.last_day(party), _of_time(state.rule))


def _executions(state: Transfer, _around: Around) -> Iterator[Ask]:
    if state.is_open:
        yield Ask(state.proposed_by_party, f"{state.status} {state.transfer_hash}")


def _positions(state: Dispute, _around: Around) -> Iterator[Ask]:
    if state.is_open:
        for party in state.parties:
            if party not in state.positions and not is_person(party):
                yield Ask(party, state.step, state.due_on, "ESCALATES" if state.due_on else "NOTHING")


def _outcomes(state: Dispute, _around: Around) -> Iterator[Ask]:
    if state.resolution is not None:
        asked = may_lapse(state)
        for waiting in state.waiting_for:
            # A registrar is asked as well, and nothing comes of its silence; nor of that of a person.
            binds = asked is not None and waiting.party in asked.missing
            until = state.silence.until.get(waiting.party) if binds and state.silence else None
            yield Ask(waiting.party, state.resolution.resolution_hash, until, "BINDS" if binds else "NOTHING")


def _licence_consents(state: Licence, around: Around) -> Iterator[Ask]:
    if state.status is LicenceStatus.DRAFT:
        rule = agreed_rule(state.kind, around.terms) if around.terms else None
        licensors = [party for party in state.licensors if party not in state.consents]
        holders = _holders(around.assets, without=state.consents) if rule != FREE else ()
        for party in dict.fromkeys((*licensors, *holders)):
            # Whoever licenses has to say so, however long the others have notice.
            if party in licensors or rule is None or rule.rule not in NOTICE_RULES:
                yield Ask(party, state.terms_hash)
            else:
                yield Ask(party, state.terms_hash, asked_by(state, rule).last_day(party), "PASSES")


def _grants(state: Licence, _around: Around) -> Iterator[Ask]:
    if state.status is LicenceStatus.DRAFT:
        for party in state.licensors:
            yield Ask(party, " ".join([state.terms_hash, *sorted(state.consents)]))


def _holders(assets: Assets, *, without: Iterable[str]) -> list[str]:
    """Return who holds any of it on any day, or may turn out to: of persons nobody can ask."""
    undetermined = {party for asset in assets if not asset.account.regimes for party in asset.parties}
    return sorted(each for each in {*holders_ever(assets), *undetermined} - {*without} if not is_person(each))


def _before(day: date | None) -> date | None:
    """Return the last day before one."""
    return day - _DAY if day is not None else None


def _of_time(rule: ConsentRule) -> EffectOfSilence:
    if rule.rule in NOTICE_RULES:
        return "PASSES"
    return "CONSENTS" if rule.rule == "LEAD_DEEMED" else "NOTHING"


def _attests(deemed_on: date | None, deemed_after: int | None) -> EffectOfSilence:
    return "NOTHING" if deemed_on is None and deemed_after is None else "ATTESTS"


WAITING_FOR: Final[Mapping[str, Waiting]] = MappingProxyType(
    {
        each.aggregate.name: each
        for each in (
            Waiting(
                DECLARATION,
                (
                    Awaited(
                        "CONFIRM_AFFILIATION",
                        _confirmations,
                        (declarations.confirm_declaration, declarations.decline_declaration),
                    ),
                ),
            ),
            Waiting(
                AGREEMENT,
                (
                    Awaited("SIGN_AGREEMENT", _signatures, (contracts.sign_agreement, contracts.withdraw_agreement)),
                    Awaited("SIGN_AMENDMENT", _amendment_signatures, (amendments.sign_amendment,)),
                    Awaited("RENEW_AGREEMENT", _renewals, (ending.renew_agreement,)),
                ),
            ),
            Waiting(
                BACKGROUND,
                (
                    Awaited(
                        "AGREE_TO_BACKGROUND",
                        _background,
                        (background.agree_to_background, background.contest_background),
                    ),
                    Awaited("ANSWER_ACCESS_REQUEST", _access, (background.grant_access, background.refuse_access)),
                ),
            ),
            Waiting(
                OPPORTUNITY,
                (
                    Awaited(
                        "REVIEW_OPPORTUNITY",
                        _reviews,
                        (
                            opportunities.review_opportunity,
                            opportunities.accept_opportunity,
                            opportunities.decline_opportunity,
                        ),
                    ),
                    Awaited(
                        "TAKE_UP_OPPORTUNITY",
                        _taking_up,
                        (opportunities.accept_opportunity, opportunities.decline_opportunity),
                    ),
                ),
            ),
            Waiting(
                PROJECT,
                (
                    Awaited("APPROVE_PROJECT", _approvals, (projects.approve_project, projects.cancel_project)),
                    Awaited("START_PROJECT", _starts, (projects.start_project, projects.cancel_project)),
                ),
            ),
            Waiting(
                CONTRIBUTION,
                (
                    Awaited(
                        "ATTEST_CONTRIBUTION",
                        _attestations,
                        (contributions.attest_contribution, contributions.contest_contribution),
                    ),
                    Awaited(
                        "ANSWER_CONTEST",
                        _contests,
                        (contributions.correct_contribution, contributions.withdraw_contribution),
                    ),
                    # By a private link, which whoever hands those on gives the person: by nothing that a party does.
                    Awaited("HEAR_CONTRIBUTOR", _unheard, ()),
                    Awaited(
                        "ANSWER_CONTRIBUTOR",
                        _denied,
                        (contributions.correct_contribution, contributions.withdraw_contribution),
                    ),
                ),
                unheard=unheard,
            ),
            Waiting(
                INVENTION,
                (
                    Awaited(
                        "ATTEST_SHARES", _shares, (inventions.attest_determination, inventions.reject_determination)
                    ),
                    Awaited(
                        "ADOPT_SHARES", _adoptions, (inventions.adopt_determination, inventions.reject_determination)
                    ),
                    Awaited(
                        "CONSENT_TO_RETIREMENT",
                        _retirements,
                        (retirement.consent_to_retirement, retirement.oppose_retirement),
                    ),
                ),
            ),
            Waiting(
                TRANSFER,
                (
                    Awaited(
                        "CONSENT_TO_TRANSFER",
                        _transfer_consents,
                        (transfers.consent_to_transfer, transfers.refuse_transfer, transfers.exercise_preemption),
                    ),
                    Awaited("EXECUTE_TRANSFER", _executions, (transfers.execute_transfer,)),
                ),
                lambda state: state.assets if state.is_open else (),
            ),
            Waiting(
                DISPUTE,
                (
                    Awaited("ANSWER_DISPUTE", _positions, (disputes.file_position, disputes.file_evidence)),
                    Awaited(
                        "CONFIRM_OUTCOME",
                        _outcomes,
                        (disputes.confirm_resolution, disputes.object_to_resolution, disputes.decline_resolution),
                    ),
                ),
            ),
            Waiting(
                LICENCE,
                (
                    Awaited("CONSENT_TO_LICENCE", _licence_consents, (licences.consent_to_licence,)),
                    Awaited("GRANT_LICENCE", _grants, (licences.grant_licence,)),
                ),
                lambda state: state.scope.assets if state.status is LicenceStatus.DRAFT else (),
            ),
        )
    }
)
"""By the name of the aggregate."""
