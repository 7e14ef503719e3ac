"""What an outcome comes to: whose word it takes as things stand, and what it makes of the shares once it binds."""

from datetime import date
from typing import Final, NamedTuple

import msgspec

from services.agreements.disputes.affected import affected_by, claims_until, denied_by
from services.agreements.disputes.decisions import Both, Events, resolved, unfreeze
from services.agreements.disputes.model import DISPUTE, Dispute, Resolution
from services.agreements.inventions.determinations import adoption, next_version
from services.agreements.inventions.model import Invention
from services.agreements.ownership.account import Regime
from shared.canonical import content_hash
from shared.errors import DomainError
from shared.events.dispute import DECIDED, Decision, DisputeBasis
from shared.events.invention import DeterminationAdopted, DeterminationBasis, DeterminationContent, Redetermination
from shared.events.registry import Event
from shared.events.terms import NoticeMethod

_BASIS: Final[dict[DisputeBasis, DeterminationBasis]] = {
    "SETTLEMENT": "AGREED",
    "MEDIATION": "AGREED",
    "EXPERT": "DECISION",
    "ARBITRATION": "DECISION",
    "COURT": "COURT",
}


class Applicable(NamedTuple):
    """What the terms and affiliations say about an outcome.

    `one_side` are all who are in one hand with whoever lays it down or laid it down: nobody of them takes it from
    another. The registrar is None where the terms name none, or one that is not neutral any more.
    """

    mode: Redetermination
    one_side: frozenset[str]
    registrar: str | None
    objection_days: int
    notice_method: NoticeMethod


class LaidDown(NamedTuple):
    """What is known of an outcome before it is one: its shares, what decided them, and whose word they are."""

    outcome: dict[str, str]
    basis: DisputeBasis
    laid_down_by: str
    claims_until: date | None


def awaited_by(
    state: Dispute, asset: Invention, terms: Applicable, laid_down: LaidDown | Resolution, today: date
) -> tuple[str, ...]:
    """Return whose confirmation an outcome takes: who would hold less by it, and all parties to what they settle.

    Until a day also whoever gets less than it claims: a word of one side ends no other's dispute, nor what it freezes.
    """
    affected: set[str] = set()
    if not _is_adopted(asset, laid_down.outcome):
        affected = affected_by(state, asset, _regime(asset, terms.mode, laid_down.outcome, today), today)
    if laid_down.claims_until is not None and today < laid_down.claims_until:
        affected |= denied_by(state, laid_down.outcome)
    affected -= terms.one_side
    if laid_down.basis not in DECIDED:
        affected |= {*state.parties} - {laid_down.laid_down_by}
    return tuple(sorted(affected))


def claims_count_until(state: Dispute, basis: DisputeBasis, terms: Applicable) -> date | None:
    """Return the day from which a claim alone has nobody asked any more about an outcome that is laid down now."""
    return claims_until(state, basis, terms.objection_days)


def resolved_if_confirmed(  # noqa: PLR0913  # keyword-only: when, and as which determination
    state: Dispute, asset: Invention, terms: Applicable, said: Event, *, today: date, determination: str
) -> Both:
    """Return what is said of an outcome and, where that was the last word it took, what it makes of the shares."""
    resolution = DISPUTE.evolve(state, said).resolution
    assert resolution is not None
    if resolution.missing:
        return (said,), ()
    determination = binds_as(asset, resolution, determination)
    return (said, resolved(state, resolution, determination)), _posted(
        state, asset, terms, resolution, today=today, determination=determination
    )


def binds_as(asset: Invention, resolution: Resolution, determination: str) -> str:
    """Return which determination an outcome is once it binds: that which says so already stays."""
    adopted = asset.adopted
    return adopted.determination if adopted and _is_adopted(asset, resolution.outcome) else determination


def bound_by_silence(state: Dispute, asset: Invention, terms: Applicable, today: date) -> Events | None:
    """Return what happens to an asset once nobody may object any more to the outcome that is pending.

    None where it does not bind by that: somebody is asked by now who was not before, or the shares cannot be so.
    """
    pending = state.pending
    assert pending is not None, "only what waits for somebody binds by silence"
    assert state.binds_as is not None, "it is worked out with until when one may object"
    unopposed = msgspec.structs.replace(pending, unopposed_by=pending.missing)
    by_now = msgspec.structs.replace(unopposed, awaited=awaited_by(state, asset, terms, pending, today))
    if by_now.missing:
        return None
    try:
        return _posted(state, asset, terms, unopposed, today=today, determination=state.binds_as)
    except DomainError:
        return None


def _posted(  # noqa: PLR0913  # keyword-only: when, and as which determination
    state: Dispute, asset: Invention, terms: Applicable, resolution: Resolution, *, today: date, determination: str
) -> Events:
    if _is_adopted(asset, resolution.outcome):
        return unfreeze(asset, state)
    adopted = _adopted(state.dispute, asset, resolution, terms.mode, today=today, determination=determination)
    return (*adoption(asset, adopted), *unfreeze(asset, state))


def _adopted(  # noqa: PLR0913  # keyword-only: when, and as which determination
    dispute: str, asset: Invention, resolution: Resolution, mode: Redetermination, *, today: date, determination: str
) -> DeterminationAdopted:
    regime = _regime(asset, mode, resolution.outcome, today)
    content = DeterminationContent(
        invention=asset.invention,
        determination=determination,
        version=next_version(asset),
        inputs_hash=resolution.document_hash,
        shares=resolution.outcome,
        effective_on=regime.start,
    )
    return DeterminationAdopted(
        agreement=asset.agreement,
        project=asset.project,
        parties=asset.parties,
        invention=asset.invention,
        determination=determination,
        version=content.version,
        method="AGREED",
        inputs_hash=content.inputs_hash,
        det_hash=content_hash(content),
        shares=content.shares,
        conceived_on=asset.conceived_on,
        effective_on=content.effective_on,
        basis=_BASIS[resolution.basis],
        mode="PROSPECTIVE" if _is_prospective(asset, mode) else "AB_INITIO",
        dispute=dispute,
        decision=_decision(resolution),
    )


def _decision(resolution: Resolution) -> Decision:
    confirmed_by = resolution.confirmed_by.keys() - {resolution.laid_down_by}
    return Decision(
        basis=resolution.basis,
        laid_down_by=resolution.laid_down_by,
        confirmed_by=tuple(sorted(confirmed_by)),
        registrar=resolution.registrar if resolution.registrar in confirmed_by else None,
        unopposed_by=tuple(sorted(resolution.unopposed_by)),
    )


def _is_adopted(asset: Invention, outcome: dict[str, str]) -> bool:
    """Tell whether the outcome is what was adopted: a claim that is rejected leaves the shares as they are."""
    return asset.adopted is not None and asset.adopted.shares == outcome


def _regime(asset: Invention, mode: Redetermination, outcome: dict[str, str], today: date) -> Regime:
    """Return the shares of an outcome from the day on which they would hold."""
    start = today if _is_prospective(asset, mode) else asset.conceived_on
    return Regime(determination="", start=start, shares=outcome)


def _is_prospective(asset: Invention, mode: Redetermination) -> bool:
    return mode == "PROSPECTIVE" and asset.adopted is not None
