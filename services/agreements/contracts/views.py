"""An agreement as its parties see it."""

from datetime import date

import msgspec
from msgspec import UNSET, UnsetType

from services.agreements.contracts.model import AGREEMENT, ENDED, IN_EFFECT, Agreement, AgreementStatus, Notice, Renewal
from services.agreements.contracts.resolved import ResolvedTerm
from services.agreements.contracts.versions import AgreedVersion, Amendment, Signature, TermsInForce, surviving
from services.agreements.things import Can, Found, Thing
from shared.events.agreement import AgreementKind, SurvivingClause
from shared.events.terms import Terms
from shared.events.values import Period


class AgreementView(msgspec.Struct, frozen=True, kw_only=True):
    agreement: str
    kind: AgreementKind
    """The kind of contract, such as a memorandum of understanding (`MOU`) or an inter-institutional agreement (`IIA`).

    """
    title: str
    parties: tuple[str, ...]
    """The ids of the parties that are in the agreement."""
    joined: dict[str, date]
    left: dict[str, date]
    parent: str | None
    """The id of the agreement under which this one was made; null for none."""
    binding: bool
    ip_terms_binding: bool
    status: AgreementStatus
    terms_in_force: TermsInForce
    open_terms: tuple[str, ...]
    signatures: dict[str, Signature]
    amendments: tuple[Amendment, ...]
    renewal: Renewal | None
    suspended_by: str | None
    notice: Notice | None
    ends_on: date | None
    surviving: tuple[SurvivingClause, ...]
    version: int
    can: Can | UnsetType = UNSET


def _found_by(state: Agreement, _since: date) -> Found:
    """Return by what it is found in lists."""
    return {
        "status": (state.status,),
        "party": {*state.parties, *(state.open_amendment.acceding if state.open_amendment else ())},
    }


AGREEMENTS = Thing(AGREEMENT, AgreementView, "/v1/agreements/{agreement}", _found_by)


class TermsAsOf(msgspec.Struct, frozen=True, kw_only=True):
    """The terms that stood on a legal day, as far as was known at another time."""

    agreement: str
    effective: date
    status: AgreementStatus
    """Where the agreement stands, as far as was known."""
    parties: tuple[str, ...]
    """The ids of the parties that were in the agreement on the day."""
    # False before the agreement has taken effect, and from the day on which it ended: then there is what survives.
    in_effect: bool
    stands_from: date
    amendment: int | None
    terms_version: int
    terms: Terms
    period: Period
    document_hash: str
    terms_hash: str
    surviving: tuple[SurvivingClause, ...]
    known_version: int
    # Every key with its value and who says so, where that is asked for.
    resolved: dict[str, ResolvedTerm] | UnsetType = UNSET


def as_drafted(state: Agreement, day: date, *, known_version: int) -> TermsAsOf:
    """Return terms that not all have signed yet, as they would stand."""
    version = AgreedVersion.first(state.standing)
    return as_of(state, version, day, known_version=known_version)


def as_of(state: Agreement, version: AgreedVersion, day: date, *, known_version: int) -> TermsAsOf:
    """Return how terms stand on a day: in effect, or those of their clauses that have not yet ended.

    Of an agreement that has not taken effect, as far as was known, they are in effect on no day: they may never be.
    """
    over = state.ends_on is not None and day >= state.ends_on
    clauses = surviving(version.in_force.terms.survival, state.ends_on) if over and state.ends_on else ()
    return TermsAsOf(
        agreement=state.agreement,
        effective=day,
        status=state.status,
        parties=state.members_on(day),
        in_effect=state.status in IN_EFFECT | ENDED and not over,
        stands_from=version.effective_on,
        amendment=version.amendment,
        terms_version=version.in_force.terms_version,
        terms=version.in_force.terms,
        period=Period(start=version.in_force.period.start, end=version.until),
        document_hash=version.in_force.document_hash,
        terms_hash=version.in_force.terms_hash,
        surviving=tuple(each for each in clauses if each.until is None or day < each.until),
        known_version=known_version,
    )
