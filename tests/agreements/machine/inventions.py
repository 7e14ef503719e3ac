"""What each command on an invention comes to in each state, and what else changes it."""

from datetime import timedelta
from functools import partial

from services.agreements.contributions.errors import ContributionNotFound, ElementUnknown
from services.agreements.contributions.model import CONTRIBUTION
from services.agreements.disputes.errors import DisputeNotFound
from services.agreements.errors import IdentifierTaken, RecordedOtherwise
from services.agreements.inventions.errors import (
    AttestationsMissing,
    DeterminationNotFound,
    DeterminationOpen,
    InputsChanged,
    InventionAlreadyDetermined,
    InventionIsRetired,
    InventionNotFound,
    NothingToDetermine,
)
from services.agreements.inventions.model import INVENTION, Invention
from services.agreements.ownership.errors import AssetIsFrozen
from services.agreements.retirement.errors import (
    InventionIsDisputed,
    OnlyHoldersRetire,
    RetirementIsProposed,
    RetirementNotOpen,
)
from services.agreements.scheduler.registry import ADVANCING
from services.agreements.transfers.errors import TransferNotExecuted, TransferNotFound
from shared.events.terms import AttestationTerms
from tests.agreements import desk as at
from tests.agreements import owners, waits
from tests.agreements.controls import ATRC, CONCEIVED, HUT, TODAY, element, terms
from tests.agreements.machine.acts import knowing, time_passes
from tests.agreements.machine.beside import ANEW
from tests.agreements.machine.table import SAME, STAYS, Table, since
from tests.agreements.machine.transfers import consented
from tests.docs.drawings import BEFORE, BY_HEADING


def _det_hash(state: Invention) -> str | None:
    return state.open.det_hash if state.open else None


_ATTESTED = knowing(CONTRIBUTION, "C1", lambda state: state.content_hash, at.attested)
_SHARES_ATTESTED = knowing(INVENTION, "INV", _det_hash, at.shares_attested)
_OTHER_SHARES_ATTESTED = knowing(INVENTION, "INV", _det_hash, partial(at.shares_attested, determination="DET-2"))
_PROPOSED, _OTHER_PROPOSED = at.shares_proposed(), at.shares_proposed(determination="DET-2")
_PASSED_ON = owners.transfer_executed()
_DISPUTED = owners.disputed()
_GIVING_UP, _CONSENTED = waits.retirement_proposed(), waits.retirement_consented()
_GIVEN_UP = (_GIVING_UP, _CONSENTED)
_KEPT = waits.retirement_opposed()
_SILENCE = terms(attestation=AttestationTerms(deemed_days=30))
[_BY_TIME] = [each for each in ADVANCING if each.aggregate is INVENTION]
# Silence is over first, then the notice of giving up, then everybody is told that nothing is determined.
_SILENT, _NOTICE, _LONG = (time_passes(_BY_TIME, "INV", TODAY + timedelta(days=days)) for days in (31, 60, 90))
_TO_PASS = owners.transfer_proposed(effective_on=CONCEIVED)
# So that each of these can happen in every state: a contribution that waits for HUT, and a transfer that is proposed.
_confirmed = partial(since, at.a_confirmation, ANEW["ATRC's part recorded"], _TO_PASS, consented())
_determined = partial(since, at.a_determination, ANEW["ATRC's part recorded"], _TO_PASS)
_AGAIN = (at.corrected(points="9/1"), _ATTESTED, _OTHER_PROPOSED)

_EVERY = ("DISCLOSED", "UNDER_DETERMINATION", "DETERMINED", "RETIRED")
_ABSENT, _NOT_OPEN, _RETIRED = InventionNotFound, DeterminationNotFound, InventionIsRetired
_UNDER, _TO_KEEP = "UNDER_DETERMINATION", RetirementNotOpen
_NOT_EXECUTED, _UNDISPUTED = TransferNotExecuted, DisputeNotFound

INVENTIONS = Table(
    BY_HEADING["Invention and its determination"],
    "INV",
    {
        BEFORE: at.a_project,
        "DISCLOSED, and nothing counts": since(at.a_project, at.disclosed()),
        "DISCLOSED, and something counts": _confirmed(),
        "DISCLOSED, passed on, disputed": _confirmed(_PASSED_ON, _DISPUTED),
        "UNDER_DETERMINATION": _confirmed(_PROPOSED),
        "UNDER_DETERMINATION, attested": _confirmed(_PROPOSED, _SHARES_ATTESTED),
        "UNDER_DETERMINATION, attested before an instrument turned up": _confirmed(
            _PROPOSED, _SHARES_ATTESTED, at.instrument_recorded(instrument="NEW")
        ),
        "UNDER_DETERMINATION, passed on, disputed": _confirmed(_PROPOSED, _PASSED_ON, _DISPUTED),
        "UNDER_DETERMINATION, again": _determined(*_AGAIN),
        "UNDER_DETERMINATION, again, attested": _determined(*_AGAIN, _OTHER_SHARES_ATTESTED),
        "DETERMINED": _determined(),
        "DETERMINED, and something else counts": _determined(*_AGAIN[:2]),
        "DETERMINED, passed on, disputed": _determined(_PASSED_ON, _DISPUTED),
        "DETERMINED, passed on": _determined(_PASSED_ON),
        "DISCLOSED, to be given up": _confirmed(_GIVING_UP),
        "UNDER_DETERMINATION, to be given up": _confirmed(_PROPOSED, _GIVING_UP),
        "UNDER_DETERMINATION, attested, to be given up": _confirmed(_PROPOSED, _SHARES_ATTESTED, _GIVING_UP),
        "DETERMINED, passed on, to be given up": _determined(_PASSED_ON, _GIVING_UP),
        "UNDER_DETERMINATION, where silence attests": _confirmed(_PROPOSED, terms=_SILENCE),
        "UNDER_DETERMINATION, attested by silence": _confirmed(_PROPOSED, _SILENT, terms=_SILENCE),
        "UNDER_DETERMINATION, where silence attests, disputed": _confirmed(_PROPOSED, _DISPUTED, terms=_SILENCE),
        "RETIRED, before anything counted": since(at.a_project, at.disclosed(), *_GIVEN_UP),
        "RETIRED, before it was determined": _confirmed(_PROPOSED, *_GIVEN_UP),
        "RETIRED, after it was determined": _determined(_GIVING_UP),
        "RETIRED, passed on before": _determined(_PASSED_ON, *_GIVEN_UP),
    },
    {
        "disclosed": (at.disclosed(), {BEFORE: "DISCLOSED", _EVERY: SAME}),
        "disclosed otherwise": (at.disclosed(title="Another"), {BEFORE: "DISCLOSED", _EVERY: IdentifierTaken}),
        "described": (
            at.described(),
            {
                BEFORE: _ABSENT,
                _EVERY: SAME,
                "DISCLOSED, and nothing counts": STAYS,
                "RETIRED, before anything counted": _RETIRED,
            },
        ),
        "described otherwise": (
            at.described(element(weight="2/1")),
            {
                BEFORE: _ABSENT,
                "DISCLOSED": STAYS,
                "UNDER_DETERMINATION": "DISCLOSED",
                ("DETERMINED", "again"): InventionAlreadyDetermined,
                "RETIRED": _RETIRED,
            },
        ),
        "shares proposed": (
            _PROPOSED,
            {
                BEFORE: _ABSENT,
                ("DISCLOSED", "DETERMINED, and something else counts"): _UNDER,
                "UNDER_DETERMINATION": SAME,
                "DETERMINED": InventionAlreadyDetermined,
                "RETIRED": _RETIRED,
                "UNDER_DETERMINATION, attested before an instrument turned up": STAYS,
                "DISCLOSED, and nothing counts": NothingToDetermine,
                "again": DeterminationOpen,
            },
        ),
        "other shares proposed": (
            _OTHER_PROPOSED,
            {
                BEFORE: _ABSENT,
                ("DISCLOSED", "DETERMINED, and something else counts"): _UNDER,
                "UNDER_DETERMINATION": DeterminationOpen,
                "DETERMINED": InventionAlreadyDetermined,
                "RETIRED": _RETIRED,
                "UNDER_DETERMINATION, attested before an instrument turned up": STAYS,
                "DISCLOSED, and nothing counts": NothingToDetermine,
                "again": SAME,
            },
        ),
        "shares attested": (
            _SHARES_ATTESTED,
            {
                BEFORE: _ABSENT,
                ("DISCLOSED", "DETERMINED", "RETIRED", "again", "UNDER_DETERMINATION, again, attested"): _NOT_OPEN,
                "UNDER_DETERMINATION": STAYS,
                ("UNDER_DETERMINATION, attested", "UNDER_DETERMINATION, attested before an instrument turned up"): SAME,
            },
        ),
        "other shares attested": (
            _OTHER_SHARES_ATTESTED,
            {
                BEFORE: _ABSENT,
                _EVERY: _NOT_OPEN,
                "UNDER_DETERMINATION, again": STAYS,
                "UNDER_DETERMINATION, again, attested": SAME,
            },
        ),
        "shares rejected": (
            at.shares_rejected(),
            {
                BEFORE: _ABSENT,
                ("DISCLOSED", "DETERMINED", "RETIRED", "again"): _NOT_OPEN,
                "UNDER_DETERMINATION": "DISCLOSED",
            },
        ),
        "other shares rejected": (
            at.shares_rejected(determination="DET-2"),
            {BEFORE: _ABSENT, _EVERY: _NOT_OPEN, "again": "DETERMINED"},
        ),
        "shares adopted": (
            at.shares_adopted(),
            {
                BEFORE: _ABSENT,
                "DISCLOSED": _NOT_OPEN,
                "UNDER_DETERMINATION": AttestationsMissing,
                (
                    "DETERMINED",
                    "again",
                    "UNDER_DETERMINATION, again, attested",
                    "RETIRED, after it was determined",
                    "RETIRED, passed on before",
                ): SAME,
                "RETIRED": _RETIRED,
                ("UNDER_DETERMINATION, attested", "UNDER_DETERMINATION, attested by silence"): "DETERMINED",
                "UNDER_DETERMINATION, attested before an instrument turned up": InputsChanged,
            },
        ),
        "other shares adopted": (
            at.shares_adopted(determination="DET-2"),
            {
                BEFORE: _ABSENT,
                ("DISCLOSED", "UNDER_DETERMINATION", "DETERMINED"): _NOT_OPEN,
                "RETIRED": _RETIRED,
                "UNDER_DETERMINATION, again": AttestationsMissing,
                "UNDER_DETERMINATION, again, attested": "DETERMINED",
            },
        ),
        "contribution attested": (
            ANEW["ATRC's part attested"],
            {
                (BEFORE, "DISCLOSED, and nothing counts", "RETIRED, before anything counted"): ContributionNotFound,
                ("DISCLOSED", "DETERMINED"): STAYS,
                "UNDER_DETERMINATION": "DISCLOSED",
                "again": "DETERMINED",
                "RETIRED": _RETIRED,
            },
        ),
        "contribution withdrawn": (
            at.withdrawn(),
            {
                (BEFORE, "DISCLOSED, and nothing counts", "RETIRED, before anything counted"): ContributionNotFound,
                ("DISCLOSED", "DETERMINED"): STAYS,
                "UNDER_DETERMINATION": "DISCLOSED",
                "again": "DETERMINED",
                "RETIRED": _RETIRED,
            },
        ),
        "passed on": (
            _PASSED_ON,
            {
                (BEFORE, "DISCLOSED, and nothing counts", "RETIRED, before anything counted"): TransferNotFound,
                ("DISCLOSED", "UNDER_DETERMINATION", "DETERMINED"): STAYS,
                "RETIRED": _RETIRED,
                ("passed on", "RETIRED, passed on before"): SAME,
                "UNDER_DETERMINATION, where silence attests, disputed": AssetIsFrozen,
            },
        ),
        "passing on rescinded": (
            owners.transfer_rescinded(),
            {
                (BEFORE, "DISCLOSED, and nothing counts", "RETIRED, before anything counted"): TransferNotFound,
                _EVERY: _NOT_EXECUTED,
                ("passed on, disputed", "DETERMINED, passed on", "RETIRED, passed on before"): STAYS,
            },
        ),
        "disputed": (
            _DISPUTED,
            {
                BEFORE: _ABSENT,
                ("DISCLOSED", "UNDER_DETERMINATION", "DETERMINED"): STAYS,
                "RETIRED": _RETIRED,
                ("DISCLOSED, and nothing counts", "RETIRED, before anything counted"): ElementUnknown,
                "disputed": SAME,
            },
        ),
        "dispute withdrawn": (
            owners.dispute_withdrawn(),
            {(BEFORE, *_EVERY): _UNDISPUTED, "disputed": STAYS},
        ),
        "decided by a court": (
            owners.resolution_proposed(basis="COURT", determination="DET-3"),
            {(BEFORE, *_EVERY): _UNDISPUTED, "disputed": "DETERMINED"},
        ),
        "giving up proposed": (
            _GIVING_UP,
            {
                BEFORE: _ABSENT,
                ("DISCLOSED", "UNDER_DETERMINATION", "DETERMINED, passed on"): STAYS,
                ("DETERMINED", "again"): "RETIRED",
                ("RETIRED", "to be given up", "DETERMINED, passed on, to be given up"): SAME,
                ("disputed", "DETERMINED, passed on, disputed"): InventionIsDisputed,
            },
        ),
        "giving up proposed for another reason": (
            waits.retirement_proposed(reason="too dear"),
            {
                BEFORE: _ABSENT,
                ("DISCLOSED", "UNDER_DETERMINATION", "DETERMINED, passed on"): STAYS,
                ("DETERMINED", "again"): "RETIRED",
                "RETIRED": RecordedOtherwise,
                ("disputed", "DETERMINED, passed on, disputed"): InventionIsDisputed,
                ("to be given up", "DETERMINED, passed on, to be given up"): RetirementIsProposed,
            },
        ),
        "giving up proposed by another": (
            waits.retirement_proposed(by=ATRC, holder="ATRC"),
            {
                BEFORE: _ABSENT,
                ("DISCLOSED", "UNDER_DETERMINATION", "DETERMINED, passed on"): STAYS,
                ("DETERMINED", "again"): OnlyHoldersRetire,
                "RETIRED": SAME,
                ("disputed", "DETERMINED, passed on, disputed"): InventionIsDisputed,
                ("to be given up", "DETERMINED, passed on, to be given up"): RetirementIsProposed,
            },
        ),
        "giving up consented to": (
            _CONSENTED,
            {
                BEFORE: _ABSENT,
                ("DISCLOSED", "UNDER_DETERMINATION", "DETERMINED"): _TO_KEEP,
                "RETIRED": SAME,
                "to be given up": "RETIRED",
            },
        ),
        "giving up consented to by who proposed it": (
            waits.retirement_consented(by=HUT, holder="HUT"),
            {
                BEFORE: _ABSENT,
                ("DISCLOSED", "UNDER_DETERMINATION", "DETERMINED"): _TO_KEEP,
                ("RETIRED", "to be given up"): SAME,
            },
        ),
        "giving up opposed": (
            _KEPT,
            {
                BEFORE: _ABSENT,
                ("DISCLOSED", "UNDER_DETERMINATION", "DETERMINED"): _TO_KEEP,
                "RETIRED": _RETIRED,
                "to be given up": STAYS,
            },
        ),
        "giving up taken back": (
            waits.retirement_opposed(by=HUT, holder="HUT"),
            {
                BEFORE: _ABSENT,
                ("DISCLOSED", "UNDER_DETERMINATION", "DETERMINED"): _TO_KEEP,
                "RETIRED": _RETIRED,
                "to be given up": STAYS,
            },
        ),
        "time passes": (
            _SILENT,
            {
                BEFORE: _ABSENT,
                (*_EVERY, "UNDER_DETERMINATION, where silence attests, disputed"): SAME,
                "UNDER_DETERMINATION, where silence attests": STAYS,
            },
        ),
        "time passes for two months": (
            _NOTICE,
            {
                BEFORE: _ABSENT,
                (*_EVERY, "UNDER_DETERMINATION, where silence attests, disputed"): SAME,
                "to be given up": "RETIRED",
                "UNDER_DETERMINATION, where silence attests": STAYS,
            },
        ),
        "time passes for three months": (
            _LONG,
            {
                BEFORE: _ABSENT,
                ("DISCLOSED", "UNDER_DETERMINATION"): STAYS,
                ("DETERMINED", "RETIRED"): SAME,
                "to be given up": "RETIRED",
            },
        ),
    },
)
