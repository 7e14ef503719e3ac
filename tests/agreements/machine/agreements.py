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
    TermsIncomplete,
    TooFewParties,
)
from services.agreements.contracts.model import AGREEMENT
from services.agreements.errors import AgreementNotInEffect, IdentifierTaken
from services.agreements.scheduler.registry import ADVANCING
from shared.events.terms import Terms
from tests.agreements import desk as at
from tests.agreements import lives
from tests.agreements.controls import ATRC, EGU, HUT, TODAY, period
from tests.agreements.desk import Desk
from tests.agreements.machine.acts import Act, amendment_signed, knowing, time_passes
from tests.agreements.machine.table import SAME, STAYS, Table, since
from tests.docs.drawings import BEFORE, BY_HEADING


async def _parties() -> Desk:
    desk = Desk()
    for party in ("HUT", "ATRC", "EGU"):
        await desk.does(at.registered(party))
    return desk


def _signed(by: Representative) -> Act:
    return knowing(AGREEMENT, "MOU", lambda state: state.standing.terms_hash, partial(at.signed, by=by))


_HUT, _ATRC = _signed(HUT), _signed(ATRC)
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

# SIGNED is by itself: all have signed what has not taken effect yet.
_UNSIGNED, _IN_EFFECT = ("DRAFT", "PROPOSED", "PARTIALLY_SIGNED"), ("ACTIVE", "SUSPENDED")
# Terms that leave keys empty never take effect.
_OPEN = "with terms that are not complete"
_OVER = ("SURVIVING", "CLOSED", "WITHDRAWN")
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
        f"SIGNED, {_OPEN}": since(at.a_proposal, _HUT, _ATRC, terms=Terms()),
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
        "drafted": (
            at.drafted(),
            {
                BEFORE: "DRAFT",
                (*_UNSIGNED, "SIGNED", *_IN_EFFECT, *_OVER): SAME,
                ("PARTIALLY_SIGNED, by one of three", _OPEN): IdentifierTaken,
            },
        ),
        "drafted otherwise": (
            at.drafted(title="Another"),
            {BEFORE: "DRAFT", (*_UNSIGNED, "SIGNED", *_IN_EFFECT, *_OVER): IdentifierTaken},
        ),
        "terms set": (
            at.terms_set(),
            {
                BEFORE: _ABSENT,
                "DRAFT": STAYS,
                ("PROPOSED", "PARTIALLY_SIGNED", "SIGNED", *_IN_EFFECT, *_OVER): AgreementNotDraft,
            },
        ),
        "proposed": (
            at.proposed(),
            {
                BEFORE: _ABSENT,
                "DRAFT": "PROPOSED",
                ("PROPOSED", "PARTIALLY_SIGNED", "SIGNED", *_IN_EFFECT, "SURVIVING", "CLOSED"): SAME,
                "WITHDRAWN": AgreementIsWithdrawn,
            },
        ),
        "signed": (
            _HUT,
            {
                BEFORE: _ABSENT,
                "DRAFT": AgreementNotProposed,
                "PROPOSED": "PARTIALLY_SIGNED",
                ("PARTIALLY_SIGNED", "SIGNED", *_IN_EFFECT, "SURVIVING", "CLOSED"): SAME,
                "WITHDRAWN": AgreementIsWithdrawn,
            },
        ),
        "signed by another": (
            _ATRC,
            {
                BEFORE: _ABSENT,
                "DRAFT": AgreementNotProposed,
                "PROPOSED": "PARTIALLY_SIGNED",
                "PARTIALLY_SIGNED": "SIGNED",
                ("SIGNED", *_IN_EFFECT, "SURVIVING", "CLOSED"): SAME,
                "WITHDRAWN": AgreementIsWithdrawn,
                "PARTIALLY_SIGNED, by one of three": STAYS,
            },
        ),
        "signed by who joins": (
            _signed(EGU),
            {
                (BEFORE, *_UNSIGNED, "SIGNED", *_IN_EFFECT, *_OVER): _ABSENT,
                "PARTIALLY_SIGNED, by one of three": STAYS,
                "among three": AgreementIsSigned,
                "to be joined": AgreementNotFound,
            },
        ),
        "activated": (
            at.activated(),
            {
                BEFORE: _ABSENT,
                _UNSIGNED: AgreementNotFullySigned,
                "SIGNED": "ACTIVE",
                _OPEN: TermsIncomplete,
                (*_IN_EFFECT, "SURVIVING", "CLOSED"): SAME,
                "WITHDRAWN": AgreementIsWithdrawn,
            },
        ),
        "given up": (
            lives.given_up(),
            {
                BEFORE: _ABSENT,
                _UNSIGNED: "WITHDRAWN",
                ("SIGNED", *_IN_EFFECT, "SURVIVING", "CLOSED"): AgreementIsSigned,
                "WITHDRAWN": SAME,
                _OPEN: "WITHDRAWN",
            },
        ),
        "amendment proposed": (
            _AMENDED,
            {
                BEFORE: _ABSENT,
                (*_UNSIGNED, "SIGNED", *_OVER): _NOT_IN_EFFECT,
                ("ACTIVE", "SUSPENDED"): STAYS,
                ("to be amended", "amended from a later day on"): SAME,
                ("to be amended today", "to be joined", "ACTIVE, to be amended on the last day"): _PENDING,
                "among three": AmendmentChangesNothing,
            },
        ),
        "other amendment proposed": (
            lives.amendment_proposed(document_hash="sha256:" + "c" * 64),
            {
                BEFORE: _ABSENT,
                (*_UNSIGNED, "SIGNED", *_OVER): _NOT_IN_EFFECT,
                ("ACTIVE", "SUSPENDED"): STAYS,
                (
                    "to be amended",
                    "to be amended today",
                    "amended from a later day on",
                    "to be joined",
                    "ACTIVE, to be amended on the last day",
                ): _PENDING,
                "among three": AmendmentChangesNothing,
            },
        ),
        "amendment signed": (
            _BY_HUT,
            {
                BEFORE: _ABSENT,
                (*_UNSIGNED, "SIGNED", *_IN_EFFECT, *_OVER): _UNKNOWN,
                ("to be amended", "to be amended today", "amended from a later day on", "to be joined"): SAME,
                "among three": TermsHashMismatch,
                "ACTIVE, to be amended on the last day": STAYS,
            },
        ),
        "amendment signed by another": (
            _BY_ATRC,
            {
                BEFORE: _ABSENT,
                (*_UNSIGNED, "SIGNED", *_IN_EFFECT, *_OVER): _UNKNOWN,
                ("to be amended", "to be amended today", "ACTIVE, to be amended on the last day"): STAYS,
                ("amended from a later day on", "to be joined"): SAME,
                "among three": TermsHashMismatch,
            },
        ),
        "amendment signed by who joins": (
            _BY_EGU,
            {
                (BEFORE, *_UNSIGNED, "SIGNED", *_IN_EFFECT, *_OVER): _ABSENT,
                "PARTIALLY_SIGNED, by one of three": _UNKNOWN,
                "among three": TermsHashMismatch,
                "to be joined": STAYS,
            },
        ),
        "amendment retracted": (
            lives.amendment_retracted(),
            {
                BEFORE: _ABSENT,
                (*_UNSIGNED, "SIGNED", *_IN_EFFECT, *_OVER): _UNKNOWN,
                (
                    "to be amended",
                    "to be amended today",
                    "to be joined",
                    "ACTIVE, to be amended on the last day",
                ): STAYS,
                ("amended from a later day on", "among three"): AmendmentSettled,
            },
        ),
        "left": (
            lives.left(),
            {
                (BEFORE, *_UNSIGNED, "SIGNED", *_IN_EFFECT, *_OVER): _ABSENT,
                "PARTIALLY_SIGNED, by one of three": _NOT_IN_EFFECT,
                "among three": STAYS,
            },
        ),
        "left by one of two": (
            lives.left(by=ATRC),
            {
                BEFORE: _ABSENT,
                (*_UNSIGNED, "SIGNED", *_OVER): _NOT_IN_EFFECT,
                _IN_EFFECT: TooFewParties,
                "among three": STAYS,
            },
        ),
        "renewed": (
            _RENEWED,
            {
                BEFORE: _ABSENT,
                (*_UNSIGNED, "SIGNED", *_OVER): _NOT_IN_EFFECT,
                ("ACTIVE", "SUSPENDED"): STAYS,
                (
                    "to be amended",
                    "to be amended today",
                    "amended from a later day on",
                    "to be joined",
                    "ACTIVE, to be amended on the last day",
                ): _PENDING,
                "to be renewed": SAME,
                "under notice": NoticeGiven,
            },
        ),
        "renewed by another": (
            _RENEWED_BY_ATRC,
            {
                BEFORE: _ABSENT,
                (*_UNSIGNED, "SIGNED", *_OVER): _NOT_IN_EFFECT,
                ("ACTIVE", "SUSPENDED"): STAYS,
                (
                    "to be amended",
                    "to be amended today",
                    "amended from a later day on",
                    "to be joined",
                    "ACTIVE, to be amended on the last day",
                ): _PENDING,
                "under notice": NoticeGiven,
            },
        ),
        "suspended": (
            _SUSPENDED,
            {BEFORE: _ABSENT, (*_UNSIGNED, "SIGNED", *_OVER): _NOT_IN_EFFECT, "ACTIVE": "SUSPENDED", "SUSPENDED": SAME},
        ),
        "resumed": (
            _RESUMED,
            {BEFORE: _ABSENT, (*_UNSIGNED, "SIGNED", *_OVER): _NOT_IN_EFFECT, "ACTIVE": SAME, "SUSPENDED": "ACTIVE"},
        ),
        "noticed": (
            _NOTICED,
            {
                BEFORE: _ABSENT,
                (*_UNSIGNED, "SIGNED", *_OVER): _NOT_IN_EFFECT,
                ("ACTIVE", "SUSPENDED"): STAYS,
                "under notice": SAME,
            },
        ),
        "ended": (
            _ENDED,
            {
                BEFORE: _ABSENT,
                (*_UNSIGNED, "SIGNED", "WITHDRAWN"): _NOT_IN_EFFECT,
                _IN_EFFECT: "SURVIVING",
                ("SURVIVING", "CLOSED"): SAME,
                "under notice": NoticeGiven,
            },
        ),
        "time passes": (
            _SOON,
            {
                BEFORE: _ABSENT,
                (*_UNSIGNED, *_IN_EFFECT, *_OVER): SAME,
                "SIGNED": "ACTIVE",
                _OPEN: SAME,
                ("to be amended", "to be amended today", "amended from a later day on", "to be joined"): STAYS,
            },
        ),
        "time passes for years": (
            _YEARS,
            {
                BEFORE: _ABSENT,
                (*_UNSIGNED, "CLOSED", "WITHDRAWN"): SAME,
                "SIGNED": "ACTIVE",
                _OPEN: SAME,
                _IN_EFFECT: "SURVIVING",
                "SURVIVING": "CLOSED",
                ("to be amended", "to be amended today", "amended from a later day on", "to be joined"): STAYS,
            },
        ),
        "time passes for decades": (
            _DECADES,
            {
                BEFORE: _ABSENT,
                (*_UNSIGNED, "CLOSED", "WITHDRAWN"): SAME,
                "SIGNED": "ACTIVE",
                _OPEN: SAME,
                _IN_EFFECT: "SURVIVING",
                "SURVIVING": "CLOSED",
                ("to be amended", "to be amended today", "amended from a later day on", "to be joined"): STAYS,
            },
        ),
    },
)
