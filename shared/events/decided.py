"""Why shares are so that follow from no contribution: read from their adoption, the same way by whoever tells it."""

import msgspec

from shared.events.dispute import DisputeBasis
from shared.events.invention import DeterminationAdopted, DeterminationBasis


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What decided shares in a dispute, by which document and by whose word, or silence.

    Of what ended a dispute before that was recorded with the shares, nobody is named here.
    """

    dispute: str
    basis: DisputeBasis | DeterminationBasis
    """How the outcome came about: agreed by both sides (`SETTLEMENT`), or laid down by whoever decided."""
    document_hash: str
    laid_down_by: str | None
    confirmed_by: tuple[str, ...]
    registrar: str | None
    unopposed_by: tuple[str, ...] = ()


def is_derived(adopted: DeterminationAdopted) -> bool:
    """Tell whether the shares follow from contributions: not where they were agreed, decided, or alike for all."""
    return adopted.method not in {"AGREED", "EQUAL_PARTIES"}


def decided(adopted: DeterminationAdopted) -> Decided | None:
    """Return what decided shares that were adopted to end a dispute; None for all others."""
    if adopted.dispute is None:
        return None
    decision = adopted.decision
    return Decided(
        dispute=adopted.dispute,
        basis=decision.basis if decision else adopted.basis,
        document_hash=adopted.inputs_hash,
        laid_down_by=decision.laid_down_by if decision else None,
        confirmed_by=decision.confirmed_by if decision else (),
        registrar=decision.registrar if decision else None,
        unopposed_by=decision.unopposed_by if decision else (),
    )
