"""What stands in the way of a command, whether or not it is given: how its agreement stands, and who asks."""

from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from services.agreements.commands import Command
from services.agreements.contracts.model import ENDED, IN_EFFECT, Agreement, AgreementStatus
from services.agreements.errors import AgreementNotActive, AgreementNotInEffect, PartyHasLeft
from services.agreements.gates import Asking, Gate, Standing
from services.agreements.parties.decisions import power_refused
from services.agreements.parties.model import Party
from shared.errors import DomainError

_ONCE: Final = IN_EFFECT | ENDED
_LICENSING: Final = "LICENSING"
_ACTIVE: Final = frozenset({AgreementStatus.ACTIVE})
# In which statuses something is possible; the rest is a matter of days.
_STATUSES: Final[Mapping[Standing, frozenset[AgreementStatus]]] = MappingProxyType(
    {
        Standing.TOOK_EFFECT: _ONCE,
        Standing.WAS_IN_EFFECT: _ONCE,
        Standing.IN_EFFECT: IN_EFFECT,
        Standing.ACTIVE: _ACTIVE,
        Standing.LICENSING: _ACTIVE,
        Standing.ACTIVE_TODAY: _ACTIVE,
    }
)


def hindrances(
    gate: Gate, asking: Asking, *, agreement: Agreement | None = None, party: Party | None = None
) -> Iterator[DomainError]:
    """Yield what stands in the way, in the order in which it is told; of what is not given nothing is asked."""
    standing = gate.standing_for(asking.purpose)
    if agreement is not None and not gate.by_purpose:
        yield from _refused(standing, agreement, asking)
    if agreement is not None and gate.member and asking.party not in agreement.members_on(asking.today):
        yield PartyHasLeft(got=asking.party, agreement=agreement.agreement, party=asking.party)
    if party is not None and (refusal := power_refused(party, gate, asking)):
        yield refusal
    if agreement is not None and gate.by_purpose:
        yield from _refused(standing, agreement, asking)


def check_standing(agreement: Agreement, command: Command) -> None:
    """Raise what stands in the way of a command whose decision asks that itself."""
    for refusal in hindrances(command.gate, command.asking(), agreement=agreement):
        raise refusal


def standing_refused(
    standing: Standing, agreement: Agreement, today: date, about: date | None = None
) -> DomainError | None:
    """Return what is refused while the agreement does not stand as it has to."""
    if standing is Standing.ANY:
        return None
    if standing is Standing.LICENSING and _licensing_survives(agreement, today):
        return None
    if agreement.status not in _STATUSES[standing]:
        return _not_now(standing, agreement)
    # Its end is recorded in the course of its day, and is no less reached before that.
    over = agreement.ends_on is not None and today >= agreement.ends_on
    if over and standing in {Standing.IN_EFFECT, Standing.ACTIVE_TODAY}:
        return _not_on(today, agreement)
    if standing is Standing.WAS_IN_EFFECT and about is not None and not agreement.effect.covers(about):
        return _not_on(about, agreement)
    return None


def _licensing_survives(agreement: Agreement, today: date) -> bool:
    """Tell whether parties have agreed that they go on licensing after the end, in whatever case they wrote it."""
    clauses = (each for each in agreement.surviving if each.clause.upper() == _LICENSING)
    return any(each.until is None or today < each.until for each in clauses)


def _not_now(standing: Standing, agreement: Agreement) -> DomainError:
    if standing is Standing.IN_EFFECT:
        return AgreementNotInEffect(got=agreement.status, agreement=agreement.agreement)
    return AgreementNotActive(got=agreement.status, agreement=agreement.agreement)


def _not_on(day: date, agreement: Agreement) -> AgreementNotInEffect:
    expected = f"from {agreement.effect.start}" + (f", before {agreement.ends_on}" if agreement.ends_on else "")
    return AgreementNotInEffect(expected=expected, got=day, agreement=agreement.agreement)


def _refused(standing: Standing, agreement: Agreement, asking: Asking) -> Iterator[DomainError]:
    if refusal := standing_refused(standing, agreement, asking.today, asking.about):
        yield refusal


def present(agreement: Agreement) -> tuple[str, ...]:
    """Return the parties of an agreement that have not left it, and are not about to."""
    return tuple(party for party in agreement.parties if party not in agreement.left)
