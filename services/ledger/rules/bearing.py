"""Which entries bear on the ownership of an invention."""

from collections.abc import Iterable

from services.ledger.rules.facts.standing import AFFILIATIONS
from shared.events.contribution import ContributionCorrected, ContributionRecorded
from shared.events.invention import AssetFrozen, InventionDisclosed
from shared.log.envelope import Envelope


def concerns(envelope: Envelope) -> str | None:
    """Return the invention whose ownership an entry may bear on through its contribution, if it does."""
    data = envelope.data
    # Asked of every event that is entered: a union would cost as much as decoding it.
    if isinstance(data, (ContributionRecorded, ContributionCorrected)):
        return data.invention
    return None


def streams_about(entries: Iterable[Envelope]) -> set[str]:
    """Return the streams besides its own that bear on an invention, from what its own say and its contributions."""
    streams: set[str] = {AFFILIATIONS}
    for envelope in entries:
        data = envelope.data
        if isinstance(data, InventionDisclosed):
            streams |= {f"agreement:{data.agreement}", f"project:{data.project}"}
        elif isinstance(data, AssetFrozen):
            streams.add(f"dispute:{data.dispute}")
        elif isinstance(data, ContributionRecorded | ContributionCorrected):
            streams |= {f"contribution:{data.contribution}", f"participant:{data.project}.{data.contributor}"}
    return streams
