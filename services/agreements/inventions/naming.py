"""What a refusal may name: to whoever may not read an asset, nothing of what has become of it."""

import contextlib
from collections.abc import Collection, Iterator

from services.agreements.contracts.model import Agreement
from services.agreements.contracts.standing import present
from services.agreements.inventions.holding import concerned_by
from services.agreements.inventions.model import Invention
from shared.errors import DomainError
from shared.events.questions import AN_ASSET


@contextlib.contextmanager
def naming_what_is_read(
    assets: Collection[Invention], agreement: Agreement, party: str, *, own: Collection[str] = ()
) -> Iterator[None]:
    """Have whatever is refused inside name to a party only what it may read; see `told`."""
    try:
        yield
    except DomainError as refusal:
        said = told(refusal, assets, agreement, party, own=own)
        said.also = tuple(told(each, assets, agreement, party, own=own) for each in refusal.also)
        raise said from None


def told(
    refusal: DomainError,
    assets: Collection[Invention],
    agreement: Agreement,
    party: str,
    *,
    own: Collection[str] = (),
) -> DomainError:
    """Return a refusal as a party may be told it.

    Of an asset that it may not read, as a licensee may not, it is told which rule stands in the way, the names in
    `own`, which are those of what it does read, and how many there are of what is not told.
    """
    asset = refusal.ids.get("asset", refusal.ids.get("invention"))
    about = [each for each in assets if each.invention == asset] or assets
    members = present(agreement)
    if all(AN_ASSET.admits(party, agreement=members, invention=concerned_by([each], agreement)) for each in about):
        return refusal
    shown = {name: _told(value, own) for name, value in refusal.ids.items()}
    return type(refusal)(**{name: value for name, value in shown.items() if value is not None})


def _told(value: object, own: Collection[str]) -> object:
    """Return what is told of a name or several: of several how many of them are not."""
    if isinstance(value, str):
        return value if value in own else None
    if not isinstance(value, list | tuple | set | frozenset):
        return None
    named = [each for each in value if each in own]
    hidden = len(value) - len(named)
    return [*named, f"{hidden} more"] if hidden else named
