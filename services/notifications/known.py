"""What has to be remembered of earlier events to know whom a later one concerns, and until when."""

from collections.abc import Mapping
from datetime import date

import msgspec

from shared.events.agreement import (
    AgreementActivated,
    AgreementDrafted,
    AmendmentProposed,
    AmendmentTookEffect,
    PartyAcceded,
    TermsVersionDrafted,
)
from shared.events.dispute import (
    DisputeEscalated,
    DisputeLapsed,
    DisputeOpened,
    DisputePositionFiled,
    DisputeResolved,
    DisputeWithdrawn,
)
from shared.events.invention import (
    AssetLicensed,
    DeterminationAdopted,
    DeterminationAttestationDeemed,
    DeterminationEscalated,
    DeterminationProposed,
    DeterminationSuperseded,
    OwnershipTransferred,
    TransferRescinded,
)
from shared.events.licence import LicenceDrafted
from shared.events.retirement import InventionRetired, RetirementOpposed, RetirementProposed
from shared.events.terms import Terms
from shared.events.values import Period
from shared.log.envelope import NO_AGREEMENT, Envelope


class KnownAgreement(msgspec.Struct, frozen=True, kw_only=True, tag="agreement"):
    """Its parties, and the terms that set due dates: those of the draft until they take effect."""

    parties: tuple[str, ...] = ()
    drafted: Terms | None = None
    in_force: Terms | None = None


class KnownLicence(msgspec.Struct, frozen=True, kw_only=True):
    """Who may use an invention, and for how long."""

    licensee: str
    period: Period


class KnownInvention(msgspec.Struct, frozen=True, kw_only=True, tag="invention"):
    """Who holds it, or held it before what was transferred last; and its licences, by their ids."""

    holders: tuple[str, ...] = ()
    licences: dict[str, KnownLicence] = {}

    def licensees_on(self, day: date) -> set[str]:
        return {each.licensee for each in self.licences.values() if each.period.covers(day)}


# What a dispute says to everybody with a position or a share.
_ABOUT_AN_ASSET = (
    DisputeOpened,
    DisputePositionFiled,
    DisputeEscalated,
    DisputeResolved,
    DisputeWithdrawn,
    DisputeLapsed,
)
# What is said about an invention to everybody who holds it.
_TOLD_TO_HOLDERS = (
    DeterminationAttestationDeemed,
    DeterminationEscalated,
    RetirementProposed,
    RetirementOpposed,
    InventionRetired,
)
KnownStream = KnownAgreement | KnownInvention
Known = Mapping[str, KnownStream]
"""What is known, by stream."""


def streams_concerned(envelope: Envelope) -> frozenset[str]:
    """Return the streams whose earlier events decide what this one means for its recipients."""
    streams = set() if envelope.agreement == NO_AGREEMENT else {f"agreement:{envelope.agreement}"}
    match envelope.data:
        case DeterminationProposed(invention=invention) | DeterminationAdopted(invention=invention):
            streams.add(f"invention:{invention}")
        case LicenceDrafted(scope=scope):
            streams.update(f"invention:{asset}" for asset in scope.assets)
        case OwnershipTransferred(invention=invention) | TransferRescinded(invention=invention):
            streams.add(f"invention:{invention}")
        case DeterminationSuperseded(invention=invention) | AssetLicensed(invention=invention):
            streams.add(f"invention:{invention}")
        case _ if isinstance(envelope.data, _TOLD_TO_HOLDERS):
            streams.add(f"invention:{envelope.data.invention}")
        case _ if isinstance(envelope.data, _ABOUT_AN_ASSET):
            streams.add(f"invention:{envelope.data.asset}")
    return frozenset(streams)


def known_agreement(known: Known, agreement: str) -> KnownAgreement:
    found = known.get(f"agreement:{agreement}")
    return found if isinstance(found, KnownAgreement) else KnownAgreement()


def known_invention(known: Known, invention: str) -> KnownInvention:
    found = known.get(f"invention:{invention}")
    return found if isinstance(found, KnownInvention) else KnownInvention()


def learn(known: Known, envelope: Envelope) -> dict[str, KnownStream]:
    """Return what an event changes in what is known, by stream."""
    agreement = known_agreement(known, envelope.agreement)
    match envelope.data:
        case AgreementDrafted(parties=parties):
            changed: KnownStream = msgspec.structs.replace(agreement, parties=parties)
        case TermsVersionDrafted(terms=terms):
            changed = msgspec.structs.replace(agreement, drafted=terms)
        case AgreementActivated(parties=parties):
            changed = msgspec.structs.replace(agreement, parties=parties, in_force=agreement.drafted)
        # One amendment is open at a time, so what was drafted last is what takes effect.
        case AmendmentProposed(terms=terms):
            changed = msgspec.structs.replace(agreement, drafted=terms)
        case AmendmentTookEffect():
            changed = msgspec.structs.replace(agreement, in_force=agreement.drafted)
        case PartyAcceded(parties=parties):
            changed = msgspec.structs.replace(agreement, parties=parties)
        case DeterminationAdopted(invention=invention, shares=shares):
            return _invention(known, invention, holders=tuple(sorted(shares)))
        case OwnershipTransferred(invention=invention, holders=holders) if holders:
            return _invention(known, invention, holders=holders)
        case AssetLicensed(invention=invention, licence=licence, licensee=licensee, scope=scope):
            licensed = KnownLicence(licensee=licensee, period=scope.period)
            return _invention(
                known, invention, licences={**known_invention(known, invention).licences, licence: licensed}
            )
        case _:
            return {}
    return {f"agreement:{envelope.agreement}": changed}


def _invention(known: Known, invention: str, **changed: object) -> dict[str, KnownStream]:
    return {f"invention:{invention}": msgspec.structs.replace(known_invention(known, invention), **changed)}
