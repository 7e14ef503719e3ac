"""What stands in the way of a command, whether or not it is given: how its agreement stands, and who asks."""

from collections.abc import Iterator
from datetime import date

from services.agreements.commands import Command
from services.agreements.contracts.model import ENDED, IN_EFFECT, Agreement, AgreementStatus
from services.agreements.errors import AgreementNotActive, AgreementNotInEffect, PartyHasLeft
from services.agreements.gates import Asking, Gate, Standing
from services.agreements.parties.decisions import power_refused
from services.agreements.parties.model import Party
from shared.errors import DomainError


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
    name, status = agreement.agreement, agreement.status
    over = agreement.ends_on is not None and today >= agreement.ends_on
    match standing:
        case Standing.ANY:
            return None
        case Standing.IN_EFFECT:
            possible = status in IN_EFFECT and not over
            return None if possible else AgreementNotInEffect(got=status, agreement=name)
        case Standing.ACTIVE | Standing.ACTIVE_TODAY:
            possible = status is AgreementStatus.ACTIVE and not (over and standing is Standing.ACTIVE_TODAY)
            return None if possible else AgreementNotActive(got=status, agreement=name)
    if status not in IN_EFFECT | ENDED:
        return AgreementNotActive(got=status, agreement=name)
    if standing is Standing.WAS_IN_EFFECT and about is not None and not agreement.effect.covers(about):
        expected = f"from {agreement.effect.start}" + (f", before {agreement.ends_on}" if agreement.ends_on else "")
        return AgreementNotActive(expected=expected, got=about, agreement=name)
    return None


def _refused(standing: Standing, agreement: Agreement, asking: Asking) -> Iterator[DomainError]:
    if refusal := standing_refused(standing, agreement, asking.today, asking.about):
        yield refusal
