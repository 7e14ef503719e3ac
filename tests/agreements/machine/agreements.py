"""What each command on an agreement comes to in each state, and what time does to it."""

from datetime import date, timedelta
from functools import partial

from services.agreements.commands import Representative
from services.agreements.contracts import ending
from services.agreements.contracts.errors import (
    AgreementIsSigned,
    AgreementIsWithdrawn,
    AgreementNotDraft,
    AgreementNotFound,
    AgreementNotFullySigned,
    AgreementNotProposed,
    AmendmentChangesNothing,
    AmendmentNotFound,
    AmendmentPending,
    AmendmentSettled,
    NoticeGiven,
    TermsHashMismatch,
    TooFewParties,
)
from services.agreements.contracts.model import AGREEMENT
from services.agreements.errors import AgreementNotInEffect, IdentifierTaken
from services.agreements.scheduler.registry import ADVANCING
from tests.agreements import desk as at
from tests.agreements import lives
from tests.agreements.controls import ATRC, EGU, HUT, TODAY, period
from tests.agreements.desk import Desk
from tests.agreements.machine.acts import Act, amendment_signed, knowing, time_passes
from tests.agreements.machine.table import SAME, Table, cells, since
from tests.docs.drawings import BEFORE, BY_HEADING


async def _parties() -> Desk:
    desk = Desk()
    for party in ("HUT", "ATRC", "EGU"):
        await desk.does(at.registered(party))
    return desk


def _signed(by: Representative) -> Act:
    return knowing(AGREEMENT, "MOU", lambda state: state.standing.terms_hash, partial(at.signed, by=by))


_HUT, _ATRC, _EGU = _signed(HUT), _signed(ATRC), _signed(EGU)
_AMENDED, _AMENDED_TODAY = lives.amendment_proposed(), lives.amendment_proposed(effective_on=TODAY)
_AMENDED_AT_THE_END = lives.amendment_proposed(
    effective_on=lives.ENDS, period=period(date(2024, 2, 1), date(2036, 2, 1))
)
_BY_HUT, _BY_ATRC, _BY_EGU = amendment_signed(HUT), amendment_signed(ATRC), amendment_signed(EGU)
_JOINED = (lives.amendment_proposed(effective_on=TODAY, acceding=("EGU",)), _BY_HUT, _BY_ATRC, _BY_EGU)
_RENEWED, _RENEWED_BY_ATRC = lives.renewed(), lives.renewed(by=ATRC)
_SUSPENDED = lives.suspended()
_RESUMED = at.in_agreement("MOU", ending.resume_agreement, lives.resuming())
_NOTICED, _ENDED = lives.ended(), lives.ended(effective_on=TODAY)
[_BY_TIME] = [each for each in ADVANCING if each.aggregate is AGREEMENT]
_SOON, _YEARS, _DECADES = (time_passes(_BY_TIME, "MOU", TODAY + timedelta(days=days)) for days in (60, 4_000, 9_000))

_ABSENT, _NOT_IN_EFFECT = AgreementNotFound, AgreementNotInEffect
_PENDING, _UNKNOWN = AmendmentPending, AmendmentNotFound

AGREEMENTS = Table(
    BY_HEADING["Agreement"],
    "MOU",
    {
        BEFORE: _parties,
        "DRAFT": at.a_draft,
        "PROPOSED": since(at.a_proposal),
        "PARTIALLY_SIGNED": since(at.a_proposal, _HUT),
        "PARTIALLY_SIGNED, by one of three": since(at.a_proposal, _HUT, parties=("HUT", "ATRC", "EGU")),
        "SIGNED": since(at.a_proposal, _HUT, _ATRC),
        **{
            f"{state}{how}": since(at.an_agreement, *before, *suspended)
            for state, suspended in {"ACTIVE": (), "SUSPENDED": (_SUSPENDED,)}.items()
            for how, before in {
                "": (),
                ", to be amended": (_AMENDED, _BY_HUT),
                ", to be amended today": (_AMENDED_TODAY, _BY_HUT),
                ", amended from a later day on": (_AMENDED, _BY_HUT, _BY_ATRC),
                ", to be renewed": (_RENEWED,),
                ", under notice": (_NOTICED,),
                ", among three": _JOINED,
                ", to be joined": _JOINED[:3],
            }.items()
        },
        "ACTIVE, to be amended on the last day": since(at.an_agreement, _AMENDED_AT_THE_END),
        "SURVIVING": since(at.an_agreement, _ENDED),
        "CLOSED": since(at.an_agreement, _ENDED, _DECADES),
        "WITHDRAWN": since(at.a_draft, lives.given_up()),
    },
    {
        "drafted": (at.drafted(), ("DRAFT", *[SAME] * 3, IdentifierTaken, *[SAME] * 21)),
        "drafted otherwise": (at.drafted(title="Another"), ("DRAFT", *[IdentifierTaken] * 25)),
        "terms set": (at.terms_set(), (_ABSENT, "DRAFT", *[AgreementNotDraft] * 24)),
        "proposed": (at.proposed(), (_ABSENT, "PROPOSED", *[SAME] * 23, AgreementIsWithdrawn)),
        "signed": (_HUT, (_ABSENT, AgreementNotProposed, "PARTIALLY_SIGNED", *[SAME] * 22, AgreementIsWithdrawn)),
        "signed by another": (
            _ATRC,
            (
                *cells(_ABSENT, AgreementNotProposed, "PARTIALLY_SIGNED", "SIGNED", "PARTIALLY_SIGNED"),
                *cells(*[SAME] * 20, AgreementIsWithdrawn),
            ),
        ),
        "activated": (
            at.activated(),
            (_ABSENT, *[AgreementNotFullySigned] * 4, "ACTIVE", *[SAME] * 19, AgreementIsWithdrawn),
        ),
        "given up": (lives.given_up(), (_ABSENT, *["WITHDRAWN"] * 4, *[AgreementIsSigned] * 20, SAME)),
        "amendment proposed": (
            _AMENDED,
            (
                *cells(_ABSENT, *[_NOT_IN_EFFECT] * 5, "ACTIVE", SAME, _PENDING, SAME, "ACTIVE", "ACTIVE"),
                *cells(AmendmentChangesNothing, _PENDING, "SUSPENDED", SAME, _PENDING, SAME, "SUSPENDED"),
                *cells("SUSPENDED", AmendmentChangesNothing, _PENDING, _PENDING, *[_NOT_IN_EFFECT] * 3),
            ),
        ),
        "other amendment proposed": (
            lives.amendment_proposed(document_hash="sha256:" + "c" * 64),
            (
                *cells(_ABSENT, *[_NOT_IN_EFFECT] * 5, "ACTIVE", *[_PENDING] * 3, "ACTIVE", "ACTIVE"),
                *cells(AmendmentChangesNothing, _PENDING, "SUSPENDED", *[_PENDING] * 3, "SUSPENDED"),
                *cells("SUSPENDED", AmendmentChangesNothing, _PENDING, _PENDING, *[_NOT_IN_EFFECT] * 3),
            ),
        ),
        "amendment signed": (
            _BY_HUT,
            (
                *cells(_ABSENT, *[_UNKNOWN] * 6, *[SAME] * 3, _UNKNOWN, _UNKNOWN, TermsHashMismatch, SAME),
                *cells(_UNKNOWN, *[SAME] * 3, _UNKNOWN, _UNKNOWN, TermsHashMismatch, SAME, "ACTIVE"),
                *[_UNKNOWN] * 3,
            ),
        ),
        "amendment signed by another": (
            _BY_ATRC,
            (
                *cells(_ABSENT, *[_UNKNOWN] * 6, "ACTIVE", "ACTIVE", SAME, _UNKNOWN, _UNKNOWN),
                *cells(TermsHashMismatch, SAME, _UNKNOWN, "SUSPENDED", "SUSPENDED", SAME, _UNKNOWN, _UNKNOWN),
                *cells(TermsHashMismatch, SAME, "ACTIVE", *[_UNKNOWN] * 3),
            ),
        ),
        "amendment signed by who joins": (
            _BY_EGU,
            (
                *cells(*[_ABSENT] * 4, _UNKNOWN, *[_ABSENT] * 7, TermsHashMismatch, "ACTIVE", *[_ABSENT] * 6),
                *cells(TermsHashMismatch, "SUSPENDED", *[_ABSENT] * 4),
            ),
        ),
        "amendment retracted": (
            lives.amendment_retracted(),
            (
                *cells(_ABSENT, *[_UNKNOWN] * 6, "ACTIVE", "ACTIVE", AmendmentSettled, _UNKNOWN, _UNKNOWN),
                *cells(AmendmentSettled, "ACTIVE", _UNKNOWN, "SUSPENDED", "SUSPENDED", AmendmentSettled),
                *cells(_UNKNOWN, _UNKNOWN, AmendmentSettled, "SUSPENDED", "ACTIVE", *[_UNKNOWN] * 3),
            ),
        ),
        "left": (
            lives.left(),
            (
                *cells(*[_ABSENT] * 4, _NOT_IN_EFFECT, *[_ABSENT] * 7, "ACTIVE", *[_ABSENT] * 7, "SUSPENDED"),
                *[_ABSENT] * 5,
            ),
        ),
        "left by one of two": (
            lives.left(by=ATRC),
            (
                *cells(_ABSENT, *[_NOT_IN_EFFECT] * 5, *[TooFewParties] * 6, "ACTIVE", *[TooFewParties] * 7),
                *cells("SUSPENDED", TooFewParties, TooFewParties, *[_NOT_IN_EFFECT] * 3),
            ),
        ),
        "renewed": (
            _RENEWED,
            (
                *cells(_ABSENT, *[_NOT_IN_EFFECT] * 5, "ACTIVE", *[_PENDING] * 3, SAME, NoticeGiven, "ACTIVE"),
                *cells(_PENDING, "SUSPENDED", *[_PENDING] * 3, SAME, NoticeGiven, "SUSPENDED", _PENDING),
                *cells(_PENDING, *[_NOT_IN_EFFECT] * 3),
            ),
        ),
        "renewed by another": (
            _RENEWED_BY_ATRC,
            (
                *cells(_ABSENT, *[_NOT_IN_EFFECT] * 5, "ACTIVE", *[_PENDING] * 3, "ACTIVE", NoticeGiven),
                *cells("ACTIVE", _PENDING, "SUSPENDED", *[_PENDING] * 3, "SUSPENDED", NoticeGiven, "SUSPENDED"),
                *cells(_PENDING, _PENDING, *[_NOT_IN_EFFECT] * 3),
            ),
        ),
        "suspended": (
            _SUSPENDED,
            (
                *cells(_ABSENT, *[_NOT_IN_EFFECT] * 5, *["SUSPENDED"] * 8, *[SAME] * 8, "SUSPENDED"),
                *[_NOT_IN_EFFECT] * 3,
            ),
        ),
        "resumed": (
            _RESUMED,
            (_ABSENT, *[_NOT_IN_EFFECT] * 5, *[SAME] * 8, *["ACTIVE"] * 8, SAME, *[_NOT_IN_EFFECT] * 3),
        ),
        "noticed": (
            _NOTICED,
            (
                *cells(_ABSENT, *[_NOT_IN_EFFECT] * 5, *["ACTIVE"] * 5, SAME, "ACTIVE", "ACTIVE"),
                *cells(*["SUSPENDED"] * 5, SAME, "SUSPENDED", "SUSPENDED", "ACTIVE", *[_NOT_IN_EFFECT] * 3),
            ),
        ),
        "ended": (
            _ENDED,
            (
                *cells(_ABSENT, *[_NOT_IN_EFFECT] * 5, *["SURVIVING"] * 5, NoticeGiven, *["SURVIVING"] * 7),
                *cells(NoticeGiven, *["SURVIVING"] * 3, SAME, SAME, _NOT_IN_EFFECT),
            ),
        ),
        "time passes": (
            _SOON,
            (
                *cells(_ABSENT, *[SAME] * 4, "ACTIVE", SAME, *["ACTIVE"] * 3, *[SAME] * 3, "ACTIVE", SAME),
                *cells(*["SUSPENDED"] * 3, *[SAME] * 3, "SUSPENDED", *[SAME] * 4),
            ),
        ),
        "time passes for years": (
            _YEARS,
            (
                *cells(_ABSENT, *[SAME] * 4, "ACTIVE", "SURVIVING", *["ACTIVE"] * 3, *["SURVIVING"] * 3),
                *cells("ACTIVE", "SURVIVING", *["SUSPENDED"] * 3, *["SURVIVING"] * 3, "SUSPENDED", "SURVIVING"),
                *cells("CLOSED", SAME, SAME),
            ),
        ),
        "time passes for decades": (
            _DECADES,
            (
                *cells(_ABSENT, *[SAME] * 4, "ACTIVE", "SURVIVING", *["ACTIVE"] * 3, *["SURVIVING"] * 3),
                *cells("ACTIVE", "SURVIVING", *["SUSPENDED"] * 3, *["SURVIVING"] * 3, "SUSPENDED", "SURVIVING"),
                *cells("CLOSED", SAME, SAME),
            ),
        ),
    },
)
