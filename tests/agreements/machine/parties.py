"""What each command on parties and affiliations comes to in each state."""

from datetime import date, timedelta
from functools import partial

from services.agreements.affiliations import declarations
from services.agreements.affiliations import handling as affiliations_handling
from services.agreements.affiliations.errors import (
    AccrualParentTaken,
    AffiliationCycle,
    AffiliationDeclaredAlready,
    AffiliationEndInvalid,
    AffiliationNotFound,
    BeginsBeforeDeclared,
    ConfirmationOverdue,
    DeclarationDecided,
    DeclarationNotConfirmed,
    DeclarationNotFound,
    DeclaredByOperator,
    EndsBeforeToday,
    NotAnEnd,
    NotWhoDeclared,
    OwnDeclaration,
)
from services.agreements.affiliations.model import ALL, DECLARATION
from services.agreements.errors import IdentifierTaken, PartyIsInactive, RecordedOtherwise
from services.agreements.parties import decisions
from services.agreements.parties.errors import PartyNotFound, RepresentativeUnknown
from services.agreements.scheduler.registry import ADVANCING
from shared.log.handle import Work
from tests.agreements import desk as at
from tests.agreements.controls import ATRC, HUT, TODAY, period
from tests.agreements.desk import Desk
from tests.agreements.machine.acts import time_passes
from tests.agreements.machine.table import SAME, STAYS, Table, since
from tests.agreements.party_controls import (
    HUT_RD,
    affiliation_declared,
    appointing,
    deactivating,
    declaration_confirmed,
    declaration_ended,
    declaration_made,
    declining,
    ending,
    of_declaration,
    of_party,
    reactivating,
    revoking,
    verifying,
    withdrawing,
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


_DECLINED = of_declaration(declarations.decline_declaration, declining())
_WITHDRAWN = of_declaration(declarations.withdraw_declaration, withdrawing())
_LAPSES_ON = TODAY + timedelta(days=declarations.CONFIRM_DAYS + 1)
[_BY_TIME] = [each for each in ADVANCING if each.aggregate is DECLARATION]
_TIME = time_passes(_BY_TIME, "DEC", _LAPSES_ON)
_ENDS_ON = TODAY + timedelta(days=10)
_LAST_DAY = TODAY + timedelta(days=declarations.CONFIRM_DAYS)
_CHILD_DEACTIVATED = of_party(decisions.deactivate_party, deactivating(), "HUT-RD")

DECLARATIONS = Table(
    BY_HEADING["Declaration of an affiliation"],
    "DEC",
    {
        BEFORE: _organisations,
        "OPEN": since(_organisations, declaration_made()),
        "OPEN, of the child": since(_organisations, declaration_made(by=HUT_RD)),
        "OPEN, though declared by an operator": since(_organisations, declaration_made(), affiliation_declared()),
        "OPEN, though its parent is under the child": since(
            _organisations, declaration_made(), affiliation_declared(parent="HUT-RD", child="HUT")
        ),
        "OPEN, of an inactive party": since(_organisations, declaration_made(), _CHILD_DEACTIVATED),
        "CONFIRMED": since(_organisations, declaration_made(), declaration_confirmed()),
        "DECLINED": since(_organisations, declaration_made(), _DECLINED),
        "WITHDRAWN": since(_organisations, declaration_made(), _WITHDRAWN),
        "LAPSED": since(_organisations, declaration_made(), _TIME),
        "ENDED": since(_organisations, declaration_made(), declaration_confirmed(), declaration_ended(to=_ENDS_ON)),
        "CONFIRMED, and declared by an operator": since(
            _organisations, declaration_made(), declaration_confirmed(), affiliation_declared(period=period(TODAY))
        ),
    },
    {
        "declared": (
            declaration_made(),
            {
                BEFORE: "OPEN",
                ("OPEN", "CONFIRMED", "DECLINED", "WITHDRAWN", "LAPSED", "ENDED"): SAME,
                "of the child": IdentifierTaken,
                "of an inactive party": PartyIsInactive,
            },
        ),
        "declared by the child": (
            declaration_made(by=HUT_RD),
            {
                BEFORE: "OPEN",
                ("OPEN", "CONFIRMED", "DECLINED", "WITHDRAWN", "LAPSED", "ENDED"): IdentifierTaken,
                "of the child": SAME,
                "of an inactive party": PartyIsInactive,
            },
        ),
        "time passes": (
            _TIME,
            {
                BEFORE: DeclarationNotFound,
                "OPEN": "LAPSED",
                ("CONFIRMED", "DECLINED", "WITHDRAWN", "LAPSED", "ENDED"): SAME,
            },
        ),
        "ended": (
            declaration_ended(),
            {
                BEFORE: DeclarationNotFound,
                ("OPEN", "DECLINED", "WITHDRAWN", "LAPSED"): DeclarationNotConfirmed,
                ("CONFIRMED", "ENDED"): "ENDED",
                "and declared by an operator": DeclaredByOperator,
            },
        ),
        "ended by the parent": (
            declaration_ended(by=HUT),
            {
                BEFORE: DeclarationNotFound,
                ("OPEN", "DECLINED", "WITHDRAWN", "LAPSED"): DeclarationNotConfirmed,
                ("CONFIRMED", "ENDED"): "ENDED",
                "and declared by an operator": DeclaredByOperator,
            },
        ),
        "ended on a later day by the parent": (
            declaration_ended(by=HUT, to=_ENDS_ON),
            {
                BEFORE: DeclarationNotFound,
                ("OPEN", "DECLINED", "WITHDRAWN", "LAPSED"): DeclarationNotConfirmed,
                "CONFIRMED": "ENDED",
                "ENDED": RecordedOtherwise,
                "and declared by an operator": DeclaredByOperator,
            },
        ),
        "ended on that day": (
            declaration_ended(to=_ENDS_ON),
            {
                BEFORE: DeclarationNotFound,
                ("OPEN", "DECLINED", "WITHDRAWN", "LAPSED"): DeclarationNotConfirmed,
                "CONFIRMED": "ENDED",
                "ENDED": SAME,
                "and declared by an operator": DeclaredByOperator,
            },
        ),
        "ended after that day": (
            declaration_ended(to=_ENDS_ON + timedelta(days=1)),
            {
                BEFORE: DeclarationNotFound,
                ("OPEN", "DECLINED", "WITHDRAWN", "LAPSED"): DeclarationNotConfirmed,
                "CONFIRMED": "ENDED",
                "ENDED": AffiliationEndInvalid,
                "and declared by an operator": DeclaredByOperator,
            },
        ),
        "ended on a day before": (
            declaration_ended(today=TODAY + timedelta(days=1)),
            {
                BEFORE: DeclarationNotFound,
                ("OPEN", "DECLINED", "WITHDRAWN", "LAPSED"): DeclarationNotConfirmed,
                ("CONFIRMED", "ENDED"): EndsBeforeToday,
            },
        ),
        "ended by a third": (
            declaration_ended(by=ATRC),
            {(BEFORE, "OPEN", "CONFIRMED", "DECLINED", "WITHDRAWN", "LAPSED", "ENDED"): DeclarationNotFound},
        ),
        "declared by a third": (
            declaration_made(by=ATRC),
            {(BEFORE, "OPEN", "CONFIRMED", "DECLINED", "WITHDRAWN", "LAPSED", "ENDED"): PartyNotFound},
        ),
        "declared of others": (
            declaration_made(parent="EGU"),
            {
                (BEFORE, "OPEN", "CONFIRMED", "DECLINED", "WITHDRAWN", "LAPSED", "ENDED"): NotAnEnd,
                "of an inactive party": PartyIsInactive,
            },
        ),
        "declared of a day before": (
            declaration_made(period=period(TODAY - timedelta(days=1))),
            {
                BEFORE: BeginsBeforeDeclared,
                ("OPEN", "CONFIRMED", "DECLINED", "WITHDRAWN", "LAPSED", "ENDED"): IdentifierTaken,
                "of an inactive party": PartyIsInactive,
            },
        ),
        "confirmed": (
            declaration_confirmed(),
            {
                BEFORE: DeclarationNotFound,
                "OPEN": "CONFIRMED",
                "of the child": OwnDeclaration,
                "though declared by an operator": AffiliationDeclaredAlready,
                "though its parent is under the child": AffiliationCycle,
                "of an inactive party": PartyIsInactive,
                "CONFIRMED": SAME,
                ("DECLINED", "WITHDRAWN", "LAPSED", "ENDED"): DeclarationDecided,
            },
        ),
        "confirmed on the last day": (
            declaration_confirmed(today=_LAST_DAY),
            {
                BEFORE: DeclarationNotFound,
                "OPEN": "CONFIRMED",
                "of the child": OwnDeclaration,
                "though declared by an operator": AffiliationDeclaredAlready,
                "though its parent is under the child": AffiliationCycle,
                "of an inactive party": PartyIsInactive,
                "CONFIRMED": SAME,
                ("DECLINED", "WITHDRAWN", "LAPSED", "ENDED"): DeclarationDecided,
            },
        ),
        "confirmed too late": (
            declaration_confirmed(today=_LAST_DAY + timedelta(days=1)),
            {
                BEFORE: DeclarationNotFound,
                "OPEN": ConfirmationOverdue,
                "of the child": OwnDeclaration,
                "of an inactive party": PartyIsInactive,
                "CONFIRMED": SAME,
                ("DECLINED", "WITHDRAWN", "LAPSED", "ENDED"): DeclarationDecided,
            },
        ),
        "confirmed by the parent": (
            declaration_confirmed(by=HUT),
            {
                (BEFORE): DeclarationNotFound,
                ("OPEN", "CONFIRMED", "DECLINED", "WITHDRAWN", "LAPSED", "ENDED"): OwnDeclaration,
                "of the child": "CONFIRMED",
            },
        ),
        "confirmed by a third": (
            declaration_confirmed(by=ATRC),
            {(BEFORE, "OPEN", "CONFIRMED", "DECLINED", "WITHDRAWN", "LAPSED", "ENDED"): DeclarationNotFound},
        ),
        "declined": (
            _DECLINED,
            {
                BEFORE: DeclarationNotFound,
                "OPEN": "DECLINED",
                "of the child": OwnDeclaration,
                "DECLINED": SAME,
                ("CONFIRMED", "WITHDRAWN", "LAPSED", "ENDED"): DeclarationDecided,
            },
        ),
        "declined for another reason": (
            of_declaration(declarations.decline_declaration, declining(reason="sold")),
            {
                BEFORE: DeclarationNotFound,
                "OPEN": "DECLINED",
                "of the child": OwnDeclaration,
                "DECLINED": RecordedOtherwise,
                ("CONFIRMED", "WITHDRAWN", "LAPSED", "ENDED"): DeclarationDecided,
            },
        ),
        "withdrawn": (
            _WITHDRAWN,
            {
                BEFORE: DeclarationNotFound,
                "OPEN": "WITHDRAWN",
                "of the child": NotWhoDeclared,
                "WITHDRAWN": SAME,
                ("CONFIRMED", "DECLINED", "LAPSED", "ENDED"): DeclarationDecided,
            },
        ),
        "withdrawn for another reason": (
            of_declaration(declarations.withdraw_declaration, withdrawing(reason="sold")),
            {
                BEFORE: DeclarationNotFound,
                "OPEN": "WITHDRAWN",
                "of the child": NotWhoDeclared,
                "WITHDRAWN": RecordedOtherwise,
                ("CONFIRMED", "DECLINED", "LAPSED", "ENDED"): DeclarationDecided,
            },
        ),
    },
)
