"""What outlives an agreement (R20): holdings, and everything that settles whose they are."""

from services.agreements.contracts.errors import AgreementNotActive
from services.agreements.contracts.model import Agreement

# Once it has been active, an agreement's end stops new projects and new contributions, never what is already owned.
_SINCE_ACTIVE = frozenset({"ACTIVE", "SUSPENDED", "EXPIRED", "TERMINATED", "SURVIVING", "CLOSED"})


def check_once_active(agreement: Agreement) -> None:
    """Raise AgreementNotActive for an agreement that never took effect."""
    if agreement.status not in _SINCE_ACTIVE:
        raise AgreementNotActive(got=agreement.status, agreement=agreement.agreement)
