"""What each command on parties and affiliations comes to in each state."""

from datetime import date
from functools import partial

from services.agreements.affiliations import handling as affiliations_handling
from services.agreements.affiliations.errors import (
    AccrualParentTaken,
    AffiliationCycle,
    AffiliationDeclaredAlready,
    AffiliationEndInvalid,
    AffiliationNotFound,
)
from services.agreements.affiliations.model import ALL
from services.agreements.errors import IdentifierTaken, PartyIsInactive, RecordedOtherwise
from services.agreements.parties import decisions
from services.agreements.parties.errors import PartyNotFound, RepresentativeUnknown
from shared.log.handle import Work
from tests.agreements import desk as at
from tests.agreements.desk import Desk
from tests.agreements.machine.table import SAME, STAYS, Table, since
from tests.agreements.party_controls import (
    affiliation_declared,
    appointing,
    deactivating,
    ending,
    of_party,
    reactivating,
    revoking,
    verifying,
)
from tests.docs.drawings import BEFORE, BY_HEADING

_VERIFIED = of_party(decisions.verify_party, verifying())
_APPOINTED = of_party(decisions.appoint_representative, appointing())
_DEACTIVATED = of_party(decisions.deactivate_party, deactivating())
_REACTIVATED = of_party(decisions.reactivate_party, reactivating())


async def nothing() -> Desk:
    return Desk()


PARTIES = Table(
    BY_HEADING["Party"],
    "HUT",
    {
        BEFORE: nothing,
        "REGISTERED": since(nothing, at.registered()),
        "REGISTERED, represented": since(nothing, at.registered(), _APPOINTED),
        "REGISTERED, active again": since(nothing, at.registered(), _DEACTIVATED, _REACTIVATED),
        "VERIFIED": since(nothing, at.registered(), _VERIFIED),
        "VERIFIED, represented": since(nothing, at.registered(), _VERIFIED, _APPOINTED),
        "INACTIVE": since(nothing, at.registered(), _DEACTIVATED),
        "INACTIVE, represented": since(nothing, at.registered(), _VERIFIED, _APPOINTED, _DEACTIVATED),
    },
    {
        "registered": (at.registered(), {BEFORE: "REGISTERED", ("REGISTERED", "VERIFIED", "INACTIVE"): SAME}),
        "registered otherwise": (
            at.registered(legal_name="Another"),
            {BEFORE: "REGISTERED", ("REGISTERED", "VERIFIED", "INACTIVE"): IdentifierTaken},
        ),
        "verified": (
            _VERIFIED,
            {BEFORE: PartyNotFound, "REGISTERED": "VERIFIED", "VERIFIED": SAME, "INACTIVE": PartyIsInactive},
        ),
        "representative appointed": (
            _APPOINTED,
            {
                BEFORE: PartyNotFound,
                ("REGISTERED", "VERIFIED"): STAYS,
                "INACTIVE": PartyIsInactive,
                ("REGISTERED, represented", "VERIFIED, represented"): SAME,
            },
        ),
        "representative revoked": (
            of_party(decisions.revoke_representative, revoking()),
            {
                BEFORE: PartyNotFound,
                ("REGISTERED", "VERIFIED", "INACTIVE"): RepresentativeUnknown,
                "represented": STAYS,
            },
        ),
        "deactivated": (
            _DEACTIVATED,
            {BEFORE: PartyNotFound, ("REGISTERED", "VERIFIED"): "INACTIVE", "INACTIVE": SAME},
        ),
        "reactivated": (
            _REACTIVATED,
            {
                BEFORE: PartyNotFound,
                ("REGISTERED", "VERIFIED"): RecordedOtherwise,
                "active again": SAME,
                "INACTIVE": "REGISTERED",
                "INACTIVE, represented": "VERIFIED",
            },
        ),
    },
)


def _ended(**changed: object) -> Work:
    return partial(affiliations_handling.end, command=ending(**changed))


async def _organisations() -> Desk:
    desk = Desk()
    for party in ("HUT", "HUT-RD", "EGU"):
        await desk.does(at.registered(party))
    return desk


AFFILIATIONS = Table(
    BY_HEADING["Affiliations"],
    ALL,
    {
        BEFORE: _organisations,
        "DECLARED": since(_organisations, affiliation_declared()),
        "DECLARED, and ended": since(_organisations, affiliation_declared(), _ended()),
        "DECLARED, of an inactive party": since(
            _organisations, affiliation_declared(), of_party(decisions.deactivate_party, deactivating())
        ),
    },
    {
        "declared": (
            affiliation_declared(),
            {
                BEFORE: "DECLARED",
                "DECLARED": SAME,
                "DECLARED, and ended": AffiliationDeclaredAlready,
                "DECLARED, of an inactive party": PartyIsInactive,
            },
        ),
        "declared otherwise": (
            affiliation_declared(basis="LISTED"),
            {
                BEFORE: "DECLARED",
                "DECLARED": AffiliationDeclaredAlready,
                "DECLARED, of an inactive party": PartyIsInactive,
            },
        ),
        "declared the other way round": (
            affiliation_declared(parent="HUT-RD", child="HUT"),
            {BEFORE: "DECLARED", "DECLARED": AffiliationCycle, "DECLARED, of an inactive party": PartyIsInactive},
        ),
        "declared of another parent": (
            affiliation_declared(parent="EGU"),
            {BEFORE: "DECLARED", "DECLARED": AccrualParentTaken},
        ),
        "declared of another child": (
            affiliation_declared(child="EGU"),
            {BEFORE: "DECLARED", "DECLARED": STAYS, "DECLARED, of an inactive party": PartyIsInactive},
        ),
        "ended": (_ended(), {BEFORE: AffiliationNotFound, "DECLARED": STAYS, "DECLARED, and ended": SAME}),
        "ended later": (
            _ended(to=date(2027, 1, 1)),
            {BEFORE: AffiliationNotFound, "DECLARED": STAYS, "DECLARED, and ended": AffiliationEndInvalid},
        ),
    },
)
