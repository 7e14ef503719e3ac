"""Every hash that an event states of something recorded: of its own content, or of what stood there before it.

What is hashed is written down here anew, from the published documents, and by none of the code that took the hashes.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from services.ledger.rules.facts.attested import Mismatch, mismatch
from services.ledger.rules.facts.contributions import mismatch_in_contribution
from services.ledger.rules.facts.determinations import mismatch_in_proposal
from shared.canonical import content_hash
from shared.events.acknowledgement import OwnershipAcknowledged
from shared.events.agreement import (
    AgreementFullySigned,
    AgreementProposed,
    AgreementSigned,
    AmendmentProposed,
    AmendmentSigned,
    TermsVersionDrafted,
)
from shared.events.contribution import (
    ContributionAttestationDeemed,
    ContributionAttested,
    ContributionConfirmed,
    ContributionContested,
    ContributionCorrected,
    ContributionRecorded,
    ContributionWithdrawn,
    ContributorConfirmed,
    ContributorContested,
)
from shared.events.dispute import (
    DisputeResolutionConfirmed,
    DisputeResolutionDeclined,
    DisputeResolutionObjected,
    DisputeResolutionProposed,
    DisputeResolutionUnopposed,
    DisputeResolutionWithdrawn,
)
from shared.events.invention import (
    DeterminationAdopted,
    DeterminationContent,
    DeterminationProposed,
    InventionContributionCounted,
)
from shared.events.licence import LicenceConsentGiven, LicenceDrafted, LicenceGranted
from shared.events.registry import Event
from shared.events.transfer import TransferConsentGiven, TransferProposed

Thing = tuple[str, str]
"""The stream in which something stands that others state the hash of, and which of it."""


def mismatch_in_content(data: Event) -> Mismatch | None:
    """Return in what a hash that an event states of its own content differs from that, if one does."""
    content = _CONTENTS.get(type(data))
    return None if content is None else content(data)


def hash_of_content(data: Event) -> str:
    """Return the hash of what an event lays down, as the event ought to state it."""
    found = mismatch_in_content(data)
    return found.expected if found else _STANDS[type(data)](data)[0][1]


class StatedHashes:
    """The hashes of what stands, as far as events have been read, and whether an event states them as they are."""

    def __init__(self) -> None:
        self._stands: dict[Thing, str] = {}

    def read(self, data: Event) -> Mismatch | None:
        """Take in what an event says; returns in what it differs, if it states the hash of something else."""
        found = None
        if stated := _STATED.get(type(data)):
            for thing, got in stated(data):
                found = found or mismatch(expected=self._stands.get(thing), got=got)
        if stands := _STANDS.get(type(data)):
            self._stands |= stands(data)
        elif isinstance(data, ContributionWithdrawn):
            self._stands.pop(_of(data), None)
        return found


def streams_stated(data: Event) -> set[str]:
    """Return the streams in which that stands of which an event states the hash."""
    stated = _STATED.get(type(data))
    return set() if stated is None else {stream for (stream, _), _ in stated(data)}


def _of(data: Event, which: str = "") -> Thing:
    return f"{data.ENTITY}:{getattr(data, data.ENTITY)}", which


# -- what is hashed ---------------------------------------------------------------------------------------------------


def _fields(data: Event, *names: str) -> dict[str, object]:
    return {name: getattr(data, name) for name in names}


def _terms(data: TermsVersionDrafted) -> Mismatch | None:
    content = _fields(data, "agreement", "terms_version", "terms", "period", "document_hash")
    return mismatch(expected=content_hash(content), got=data.terms_hash)


def _amendment(data: AmendmentProposed) -> Mismatch | None:
    names = ("agreement", "base_terms", "terms_version", "terms", "period", "document_hash", "effective_on", "acceding")
    return mismatch(expected=content_hash(_fields(data, *names)), got=data.new_terms_hash)


def _licence(data: LicenceDrafted) -> Mismatch | None:
    names = ("licence", "kind", "licensors", "licensee", "scope", "document_hash", "drafted_by_party")
    # Left out where there is none, as it was before licences could be subject to others.
    content = _fields(data, *names, *(("subject_to",) if data.subject_to else ()))
    return mismatch(expected=content_hash(content), got=data.terms_hash)


def _transfer(data: TransferProposed) -> Mismatch | None:
    names = ("transfer", "kind", "assets", "to", "amount", "consideration", "effective_on", "instrument_hash", "rule")
    content = _fields(data, *names) | {"from": data.source}
    return mismatch(expected=content_hash(content), got=data.transfer_hash)


def _outcome(data: DisputeResolutionProposed) -> Mismatch | None:
    content = _fields(data, "dispute", "outcome", "basis", "document_hash")
    return mismatch(expected=content_hash(content), got=data.resolution_hash)


def _adopted(data: DeterminationAdopted) -> Mismatch | None:
    if data.dispute is None:  # it is compared with what was proposed
        return None
    names = ("invention", "determination", "version", "inputs_hash", "shares", "effective_on")
    content = DeterminationContent(**{name: getattr(data, name) for name in names})
    return mismatch(expected=content_hash(content), got=data.det_hash)


def _acknowledged(data: OwnershipAcknowledged) -> Mismatch | None:
    return mismatch(expected=content_hash(data.holdings), got=data.holdings_hash)


_CONTENTS: Final[Mapping[type[Event], Callable[[Any], Mismatch | None]]] = MappingProxyType(
    {
        TermsVersionDrafted: _terms,
        AmendmentProposed: _amendment,
        LicenceDrafted: _licence,
        TransferProposed: _transfer,
        ContributionRecorded: mismatch_in_contribution,
        ContributionCorrected: mismatch_in_contribution,
        DeterminationProposed: mismatch_in_proposal,
        DeterminationAdopted: _adopted,
        DisputeResolutionProposed: _outcome,
        OwnershipAcknowledged: _acknowledged,
    }
)

# -- what stands, and who states its hash -----------------------------------------------------------------------------

_DRAFT: Final = "draft"


def _version(agreement: str, version: int) -> Thing:
    return f"agreement:{agreement}", f"terms {version}"


_STANDS: Final[Mapping[type[Event], Callable[[Any], list[tuple[Thing, str]]]]] = MappingProxyType(
    {
        TermsVersionDrafted: lambda data: [
            (_of(data, _DRAFT), data.terms_hash),
            (_version(data.agreement, data.terms_version), data.terms_hash),
        ],
        AmendmentProposed: lambda data: [
            (_of(data, f"amendment {data.no}"), data.new_terms_hash),
            (_version(data.agreement, data.terms_version), data.new_terms_hash),
        ],
        LicenceDrafted: lambda data: [(_of(data), data.terms_hash)],
        TransferProposed: lambda data: [(_of(data), data.transfer_hash)],
        ContributionRecorded: lambda data: [(_of(data), data.content_hash)],
        ContributionCorrected: lambda data: [(_of(data), data.content_hash)],
        # Several may stand at once: each is its own.
        DisputeResolutionProposed: lambda data: [(_of(data, data.resolution_hash), data.resolution_hash)],
    }
)


def _contribution(name: str, stated: str) -> tuple[Thing, str]:
    return (f"contribution:{name}", ""), stated


def _proposed(data: DeterminationProposed) -> Iterable[tuple[Thing, str]]:
    inputs = data.inputs
    yield _version(data.agreement, inputs.terms_version), inputs.terms_hash
    yield from (_contribution(each.contribution, each.content_hash) for each in inputs.contributions)


_STATED: Final[Mapping[type[Event], Callable[[Any], Iterable[tuple[Thing, str]]]]] = MappingProxyType(
    {
        AgreementProposed: lambda data: [(_of(data, _DRAFT), data.terms_hash)],
        AgreementSigned: lambda data: [(_of(data, _DRAFT), data.terms_hash)],
        AgreementFullySigned: lambda data: [(_of(data, _DRAFT), data.terms_hash)],
        AmendmentSigned: lambda data: [(_of(data, f"amendment {data.no}"), data.new_terms_hash)],
        LicenceConsentGiven: lambda data: [(_of(data), data.terms_hash)],
        LicenceGranted: lambda data: [(_of(data), data.terms_hash)],
        TransferConsentGiven: lambda data: [(_of(data), data.transfer_hash)],
        ContributionAttested: lambda data: [(_of(data), data.content_hash)],
        ContributionAttestationDeemed: lambda data: [(_of(data), data.content_hash)],
        ContributionConfirmed: lambda data: [(_of(data), data.content_hash)],
        ContributionContested: lambda data: [(_of(data), data.content_hash)],
        ContributorConfirmed: lambda data: [_contribution(data.contribution, data.content_hash)],
        ContributorContested: lambda data: [_contribution(data.contribution, data.content_hash)],
        ContributionCorrected: lambda data: [(_of(data), data.supersedes)],
        InventionContributionCounted: lambda data: [_contribution(data.contribution, data.content_hash)],
        DeterminationProposed: _proposed,
        **dict.fromkeys(
            (
                DisputeResolutionConfirmed,
                DisputeResolutionObjected,
                DisputeResolutionDeclined,
                DisputeResolutionWithdrawn,
                DisputeResolutionUnopposed,
            ),
            lambda data: [(_of(data, data.resolution_hash), data.resolution_hash)],
        ),
    }
)
