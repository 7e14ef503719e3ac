"""What is refused about transfers."""

from shared.errors import Conflict, Forbidden, Invalid, NotFound


class TransferNotFound(NotFound):
    """There is no such transfer that the caller's party may see."""


class NotTheTransferor(Forbidden):
    """Only the party that proposed a transfer may execute it, take it back or have it rescinded."""


class TransferHashMismatch(Conflict):
    """The hash is not that of the transfer that stands; read it again before consenting."""


class TransferNotOpen(Conflict):
    """The transfer does not wait for anything any more."""


class TransferNotExecuted(Conflict):
    """Only an executed transfer is recorded at offices or rescinded."""


class OnlyHoldersDecide(Forbidden):
    """Only a party that holds a share of the asset consents to its transfer, refuses it or takes it over."""


class PreemptionNotOpen(Conflict):
    """The terms give co-holders no right to take over what is transferred, or its time is over."""


class PreemptionTooLarge(Conflict):
    """Co-holders take over no more than the whole of what is transferred."""


class TransferBeforeConception(Invalid):
    """Nobody passes on a share of what has not been conceived yet."""


class RecordalNotFiled(Conflict):
    """The transfer was not filed for recordal at that office, or is recorded there already."""
