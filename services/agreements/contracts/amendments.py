"""Changing terms that all have signed: again by all, from a day on, and never what was before it."""

from datetime import date
from typing import Any, Protocol

import msgspec

from services.agreements.commands import Command
from services.agreements.contracts.errors import (
    AmendmentAfterEnd,
    AmendmentChangesNothing,
    AmendmentDayPassed,
    AmendmentNotFound,
    AmendmentPending,
    AmendmentSettled,
    AmendmentTooEarly,
    NotASignatory,
    NotTheProposer,
    PartiesRepeated,
    PartyHasSigned,
    PartyIsAMember,
    TermInvalid,
    TermsHashMismatch,
    TermsIncomplete,
)
from services.agreements.contracts.model import Agreement
from services.agreements.contracts.policy import check_supported, check_terms, empty_keys
from services.agreements.contracts.standing import check_standing
from services.agreements.contracts.versions import Amendment, AmendmentStatus, Signature
from services.agreements.errors import DayNotReached
from services.agreements.gates import Gate, Standing
from services.agreements.repetition import already
from shared.canonical import content_hash
from shared.events.agreement import (
    AmendmentLapsed,
    AmendmentProposed,
    AmendmentSigned,
    AmendmentTookEffect,
    LapseReason,
    PartyAcceded,
    TermChange,
)
from shared.events.registry import Event
from shared.events.terms import Terms
from shared.events.values import Period

Events = tuple[Event, ...]


class ProposeAmendment(Command, frozen=True, kw_only=True):
    """What is None stays as it is."""

    # Something new: what an inactive party proposes it could not sign, and one amendment keeps others waiting.
    gate = Gate(power="SIGN", new=True, standing=Standing.IN_EFFECT, member=True, late=True)

    terms: Terms | None = None
    period: Period | None = None
    document_hash: str
    effective_on: date
    acceding: tuple[str, ...] = ()


class SignAmendment(Command, frozen=True, kw_only=True):
    gate = Gate(power="SIGN", new=True, standing=Standing.ANY)

    no: int
    new_terms_hash: str
    signed_on: date
    signature: str | None = None


class RetractAmendment(Command, frozen=True, kw_only=True):
    gate = Gate(power=None, standing=Standing.ANY)

    no: int


def propose_amendment(state: Agreement, command: ProposeAmendment) -> Events:
    proposal = amendment_of(state, command)
    pending = state.open_amendment
    if pending is None:
        return (proposal,)
    # The hash is over everything that is proposed but the number, so that a repeat is known again.
    if pending.version.in_force.terms_hash == proposal.new_terms_hash:
        return ()
    raise AmendmentPending(agreement=state.agreement, no=pending.no)


def amendment_of(state: Agreement, command: ProposeAmendment) -> AmendmentProposed:
    """Return what would be proposed; raises what is wrong with it."""
    check_standing(state, command)
    _check_day(state, command)
    standing = state.standing
    terms, period = command.terms or standing.terms, command.period or state.period
    signatories = (*state.members_on(command.effective_on), *command.acceding)
    if len(set(signatories)) != len(signatories):
        raise (
            PartiesRepeated(got=list(signatories))
            if _repeats(command.acceding)
            else PartyIsAMember(got=list(command.acceding), agreement=state.agreement)
        )
    _check_content(state, terms, period, signatories, command.effective_on)
    diff = _diff(state, command, terms, period)
    if len(diff) == int(command.document_hash != standing.document_hash):
        raise AmendmentChangesNothing(agreement=state.agreement)
    pending = state.open_amendment
    version = pending.version.in_force.terms_version if pending else _next_version(state)
    fields: dict[str, Any] = {
        "agreement": state.agreement,
        "base_terms": standing.terms_version,
        "terms_version": version,
        "terms": terms,
        "period": period,
        "document_hash": command.document_hash,
        "effective_on": command.effective_on,
        "acceding": command.acceding,
    }
    return AmendmentProposed(
        **fields,
        new_terms_hash=content_hash(fields),
        parties=state.parties,
        no=len(state.amendments) + 1,
        proposed_by_party=command.by.party,
        signatories=signatories,
        diff=diff,
    )


def sign_amendment(state: Agreement, command: SignAmendment) -> Events:
    amendment = amendment_no(state, command.no)
    if command.by.party not in amendment.signatories:
        raise NotASignatory(expected=list(amendment.signatories), got=command.by.party, no=amendment.no)
    if command.new_terms_hash != amendment.version.in_force.terms_hash:
        expected = amendment.version.in_force.terms_hash
        raise TermsHashMismatch(expected=expected, got=command.new_terms_hash, agreement=state.agreement)
    if signature := amendment.signatures.get(command.by.party):
        if signature.person == command.by.person:
            return signed_already(signature, command, agreement=state.agreement, no=amendment.no)
        raise PartyHasSigned(agreement=state.agreement, party=command.by.party)
    if amendment.status is not AmendmentStatus.PROPOSED:
        raise AmendmentSettled(got=amendment.status, agreement=state.agreement, no=amendment.no)
    if command.signed_on > command.today:
        raise DayNotReached(expected=f"at most {command.today}", got=command.signed_on, agreement=state.agreement)
    day = amendment.version.effective_on
    if command.today > day:
        raise AmendmentDayPassed(expected=f"by {day}", got=command.today, agreement=state.agreement, no=amendment.no)
    signed = AmendmentSigned(
        agreement=state.agreement,
        parties=(*state.parties, *(party for party in amendment.acceding if party not in state.parties)),
        no=amendment.no,
        party=command.by.party,
        person=command.by.person,
        new_terms_hash=command.new_terms_hash,
        signed_on=command.signed_on,
        signature=command.signature,
    )
    if {*amendment.signatures, command.by.party} != set(amendment.signatories) or command.today < day:
        return (signed,)
    return (signed, *took_effect(state, amendment))


class _Signing(Protocol):
    """What a command to sign says of the day, and of the signature."""

    @property
    def signed_on(self) -> date: ...
    @property
    def signature(self) -> str | None: ...


def signed_already(known: Signature, signing: _Signing, **ids: object) -> Events:
    """Return that there is nothing to do for who has signed like this; raises RecordedOtherwise."""
    recorded = {"signed_on": known.signed_on, "signature": known.signature}
    return already(recorded, {"signed_on": signing.signed_on, "signature": signing.signature}, **ids)


def retract_amendment(state: Agreement, command: RetractAmendment) -> Events:
    amendment = amendment_no(state, command.no)
    if amendment.status is AmendmentStatus.LAPSED:
        return ()
    if command.by.party != amendment.proposed_by_party:
        raise NotTheProposer(expected=amendment.proposed_by_party, got=command.by.party, no=amendment.no)
    if amendment.status is not AmendmentStatus.PROPOSED:
        raise AmendmentSettled(got=amendment.status, agreement=state.agreement, no=amendment.no)
    return (lapsed(state, amendment, "RETRACTED"),)


def amendment_no(state: Agreement, no: int) -> Amendment:
    found = next((each for each in state.amendments if each.no == no), None)
    if found is None:
        raise AmendmentNotFound(agreement=state.agreement, no=no)
    return found


def took_effect(state: Agreement, amendment: Amendment) -> Events:
    day = amendment.version.effective_on
    parties = state.parties
    events: list[Event] = [
        AmendmentTookEffect(
            agreement=state.agreement,
            parties=(*parties, *(party for party in amendment.acceding if party not in parties)),
            no=amendment.no,
            terms_version=amendment.version.in_force.terms_version,
            effective_on=day,
        )
    ]
    for party in amendment.acceding:
        parties = (*(other for other in parties if other != party), party)
        acceded = PartyAcceded(
            agreement=state.agreement, parties=parties, party=party, amendment=amendment.no, effective_on=day
        )
        events.append(acceded)
    return tuple(events)


def lapsed(state: Agreement, amendment: Amendment, reason: LapseReason) -> AmendmentLapsed:
    return AmendmentLapsed(agreement=state.agreement, parties=amendment.signatories, no=amendment.no, reason=reason)


def _check_day(state: Agreement, command: ProposeAmendment) -> None:
    stands_from = max(version.effective_on for version in state.agreed)
    # A pending amendment has a day as well, but only a repeat of it gets that far.
    if state.open_amendment is None and command.effective_on <= stands_from:
        raise AmendmentTooEarly(expected=f"after {stands_from}", got=command.effective_on, agreement=state.agreement)
    if command.effective_on < command.today:
        raise AmendmentTooEarly(
            expected=f"at least {command.today}", got=command.effective_on, agreement=state.agreement
        )
    if state.ends_on is not None and command.effective_on > state.ends_on:
        raise AmendmentAfterEnd(
            expected=f"at most {state.ends_on}", got=command.effective_on, agreement=state.agreement
        )


def _check_content(
    state: Agreement, terms: Terms, period: Period, parties: tuple[str, ...], effective_on: date
) -> None:
    if period.start != state.period.start:
        raise TermInvalid(expected=state.period.start, got=period.start, key="period.from")
    if period.end is not None and period.end <= effective_on:
        raise TermInvalid(expected=f"after {effective_on}", got=period.end, key="period.to")
    check_terms(terms, parties)
    check_supported(terms)
    if empty := empty_keys(terms):
        raise TermsIncomplete(agreement=state.agreement, keys=empty)


def _next_version(state: Agreement) -> int:
    versions = [each.version.in_force.terms_version for each in state.amendments]
    return 1 + max([state.standing.terms_version, *versions])


def _repeats(parties: tuple[str, ...]) -> bool:
    return len(set(parties)) != len(parties)


def _diff(state: Agreement, command: ProposeAmendment, terms: Terms, period: Period) -> tuple[TermChange, ...]:
    """Return every key whose value changes, in the order of their names."""
    joined = list(state.members_on(command.effective_on))
    before = {**_leaves(state.standing.terms), **_leaves(state.period, "period."), "parties": joined}
    after = {**_leaves(terms), **_leaves(period, "period."), "parties": [*joined, *command.acceding]}
    before["document_hash"], after["document_hash"] = state.standing.document_hash, command.document_hash
    return tuple(
        TermChange(key=key, before=before.get(key), after=after.get(key))
        for key in sorted({*before, *after})
        if before.get(key) != after.get(key)
    )


def _leaves(value: msgspec.Struct, path: str = "") -> dict[str, Any]:
    """Return the JSON value of each key by its path, the defaults of what nobody wrote included."""
    leaves: dict[str, Any] = {}
    for field in msgspec.structs.fields(value):
        inner, key = getattr(value, field.name), path + field.encode_name
        leaves.update(_leaves(inner, f"{key}.") if isinstance(inner, msgspec.Struct) else {key: _json(inner)})
    return leaves


def _json(value: Any) -> Any:  # noqa: ANN401  # any JSON value
    return msgspec.json.decode(msgspec.json.encode(value))
