"""What each command on an invention comes to in each state, and what else changes it."""

from datetime import timedelta
from functools import partial

from services.agreements.contributions.errors import ContributionNotFound, ElementUnknown
from services.agreements.contributions.model import CONTRIBUTION
from services.agreements.disputes.errors import DisputeNotFound
from services.agreements.errors import IdentifierTaken
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
from tests.agreements.machine.table import SAME, Table, cells, since
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

_ABSENT, _NOT_OPEN, _RETIRED = InventionNotFound, DeterminationNotFound, InventionIsRetired
_UNDER, _TO_KEEP = "UNDER_DETERMINATION", RetirementNotOpen
_NOT_EXECUTED, _UNDISPUTED = TransferNotExecuted, DisputeNotFound

INVENTIONS = Table(
    BY_HEADING["Invention and its determination"],
    "INV",
    {
        BEFORE: at.a_project,
        "DISCLOSED": since(at.a_project, at.disclosed()),
        "DISCLOSED, and something counts": _confirmed(),
        "DISCLOSED, passed on and disputed": _confirmed(_PASSED_ON, _DISPUTED),
        "UNDER_DETERMINATION": _confirmed(_PROPOSED),
        "UNDER_DETERMINATION, and attested": _confirmed(_PROPOSED, _SHARES_ATTESTED),
        "UNDER_DETERMINATION, and attested before an instrument turned up": _confirmed(
            _PROPOSED, _SHARES_ATTESTED, at.instrument_recorded(instrument="NEW")
        ),
        "UNDER_DETERMINATION, passed on and disputed": _confirmed(_PROPOSED, _PASSED_ON, _DISPUTED),
        "UNDER_DETERMINATION, again": _determined(*_AGAIN),
        "UNDER_DETERMINATION, again and attested": _determined(*_AGAIN, _OTHER_SHARES_ATTESTED),
        "DETERMINED": _determined(),
        "DETERMINED, and something else counts": _determined(*_AGAIN[:2]),
        "DETERMINED, passed on and disputed": _determined(_PASSED_ON, _DISPUTED),
        "DETERMINED, and passed on": _determined(_PASSED_ON),
        "DISCLOSED, to be given up": _confirmed(_GIVING_UP),
        "UNDER_DETERMINATION, to be given up": _confirmed(_PROPOSED, _GIVING_UP),
        "UNDER_DETERMINATION, attested and to be given up": _confirmed(_PROPOSED, _SHARES_ATTESTED, _GIVING_UP),
        "DETERMINED, to be given up": _determined(_PASSED_ON, _GIVING_UP),
        "UNDER_DETERMINATION, where silence attests": _confirmed(_PROPOSED, terms=_SILENCE),
        "UNDER_DETERMINATION, attested by silence": _confirmed(_PROPOSED, _SILENT, terms=_SILENCE),
        "UNDER_DETERMINATION, where silence attests, and disputed": _confirmed(_PROPOSED, _DISPUTED, terms=_SILENCE),
        "RETIRED": since(at.a_project, at.disclosed(), *_GIVEN_UP),
        "RETIRED, before it was determined": _confirmed(_PROPOSED, *_GIVEN_UP),
        "RETIRED, after it was determined": _determined(_GIVING_UP),
        "RETIRED, passed on before": _determined(_PASSED_ON, *_GIVEN_UP),
    },
    {
        "disclosed": (at.disclosed(), ("DISCLOSED", *[SAME] * 24)),
        "disclosed otherwise": (at.disclosed(title="Another"), ("DISCLOSED", *[IdentifierTaken] * 24)),
        "described": (at.described(), (_ABSENT, "DISCLOSED", *[SAME] * 19, _RETIRED, *[SAME] * 3)),
        "described otherwise": (
            at.described(element(weight="2/1")),
            (
                *cells(_ABSENT, *["DISCLOSED"] * 7, *[InventionAlreadyDetermined] * 6, *["DISCLOSED"] * 3),
                *cells(InventionAlreadyDetermined, *["DISCLOSED"] * 3, *[_RETIRED] * 4),
            ),
        ),
        "shares proposed": (
            _PROPOSED,
            (
                *cells(_ABSENT, NothingToDetermine, _UNDER, _UNDER, SAME, SAME, _UNDER, SAME, DeterminationOpen),
                *cells(DeterminationOpen, InventionAlreadyDetermined, _UNDER, InventionAlreadyDetermined),
                *cells(InventionAlreadyDetermined, _UNDER, SAME, SAME, InventionAlreadyDetermined, *[SAME] * 3),
                *[_RETIRED] * 4,
            ),
        ),
        "other shares proposed": (
            _OTHER_PROPOSED,
            (
                *cells(_ABSENT, NothingToDetermine, _UNDER, _UNDER, DeterminationOpen, DeterminationOpen, _UNDER),
                *cells(DeterminationOpen, SAME, SAME, InventionAlreadyDetermined, _UNDER, InventionAlreadyDetermined),
                *cells(InventionAlreadyDetermined, _UNDER, DeterminationOpen, DeterminationOpen),
                *cells(InventionAlreadyDetermined, *[DeterminationOpen] * 3, *[_RETIRED] * 4),
            ),
        ),
        "shares attested": (
            _SHARES_ATTESTED,
            (
                *cells(_ABSENT, *[_NOT_OPEN] * 3, _UNDER, SAME, SAME, _UNDER, *[_NOT_OPEN] * 7, _UNDER, SAME),
                *cells(_NOT_OPEN, *[_UNDER] * 3, *[_NOT_OPEN] * 4),
            ),
        ),
        "other shares attested": (
            _OTHER_SHARES_ATTESTED,
            (_ABSENT, *[_NOT_OPEN] * 7, _UNDER, SAME, *[_NOT_OPEN] * 15),
        ),
        "shares rejected": (
            at.shares_rejected(),
            (
                *cells(_ABSENT, *[_NOT_OPEN] * 3, *["DISCLOSED"] * 4, *[_NOT_OPEN] * 7, "DISCLOSED", "DISCLOSED"),
                *cells(_NOT_OPEN, *["DISCLOSED"] * 3, *[_NOT_OPEN] * 4),
            ),
        ),
        "other shares rejected": (
            at.shares_rejected(determination="DET-2"),
            (_ABSENT, *[_NOT_OPEN] * 7, "DETERMINED", "DETERMINED", *[_NOT_OPEN] * 15),
        ),
        "shares adopted": (
            at.shares_adopted(),
            (
                *cells(_ABSENT, *[_NOT_OPEN] * 3, AttestationsMissing, "DETERMINED", InputsChanged),
                *cells(AttestationsMissing, *[SAME] * 6, _NOT_OPEN, AttestationsMissing, "DETERMINED", SAME),
                *cells(AttestationsMissing, "DETERMINED", AttestationsMissing, _RETIRED, _RETIRED, SAME, SAME),
            ),
        ),
        "other shares adopted": (
            at.shares_adopted(determination="DET-2"),
            (
                *cells(_ABSENT, *[_NOT_OPEN] * 7, AttestationsMissing, "DETERMINED", *[_NOT_OPEN] * 11),
                *[_RETIRED] * 4,
            ),
        ),
        "contribution attested": (
            ANEW["ATRC's part attested"],
            (
                *cells(ContributionNotFound, ContributionNotFound, *["DISCLOSED"] * 6, *["DETERMINED"] * 6),
                *cells(*["DISCLOSED"] * 3, "DETERMINED", *["DISCLOSED"] * 3, ContributionNotFound, *[_RETIRED] * 3),
            ),
        ),
        "contribution withdrawn": (
            at.withdrawn(),
            (
                *cells(ContributionNotFound, ContributionNotFound, *["DISCLOSED"] * 6, *["DETERMINED"] * 6),
                *cells(*["DISCLOSED"] * 3, "DETERMINED", *["DISCLOSED"] * 3, ContributionNotFound, *[_RETIRED] * 3),
            ),
        ),
        "passed on": (
            _PASSED_ON,
            (
                *cells(TransferNotFound, TransferNotFound, "DISCLOSED", SAME, *[_UNDER] * 3, SAME, _UNDER, _UNDER),
                *cells("DETERMINED", "DETERMINED", SAME, SAME, "DISCLOSED", _UNDER, _UNDER, SAME, _UNDER, _UNDER),
                *cells(AssetIsFrozen, TransferNotFound, _RETIRED, _RETIRED, SAME),
            ),
        ),
        "passing on rescinded": (
            owners.transfer_rescinded(),
            (
                *cells(TransferNotFound, TransferNotFound, _NOT_EXECUTED, "DISCLOSED", *[_NOT_EXECUTED] * 3, _UNDER),
                *cells(*[_NOT_EXECUTED] * 4, "DETERMINED", "DETERMINED", *[_NOT_EXECUTED] * 3, "DETERMINED"),
                *cells(*[_NOT_EXECUTED] * 3, TransferNotFound, _NOT_EXECUTED, _NOT_EXECUTED, "RETIRED"),
            ),
        ),
        "disputed": (
            _DISPUTED,
            (
                *cells(_ABSENT, ElementUnknown, "DISCLOSED", SAME, *[_UNDER] * 3, SAME, _UNDER, _UNDER, "DETERMINED"),
                *cells("DETERMINED", SAME, "DETERMINED", "DISCLOSED", _UNDER, _UNDER, "DETERMINED", _UNDER, _UNDER),
                *cells(SAME, ElementUnknown, *[_RETIRED] * 3),
            ),
        ),
        "dispute withdrawn": (
            owners.dispute_withdrawn(),
            (
                *cells(*[_UNDISPUTED] * 3, "DISCLOSED", *[_UNDISPUTED] * 3, _UNDER, *[_UNDISPUTED] * 4, "DETERMINED"),
                *cells(*[_UNDISPUTED] * 7, _UNDER, *[_UNDISPUTED] * 4),
            ),
        ),
        "decided by a court": (
            owners.resolution_proposed(basis="COURT", determination="DET-3"),
            (
                *cells(*[_UNDISPUTED] * 3, "DETERMINED", *[_UNDISPUTED] * 3, "DETERMINED", *[_UNDISPUTED] * 4),
                *cells("DETERMINED", *[_UNDISPUTED] * 7, "DETERMINED", *[_UNDISPUTED] * 4),
            ),
        ),
        "giving up proposed": (
            _GIVING_UP,
            (
                *cells(_ABSENT, "DISCLOSED", "DISCLOSED", InventionIsDisputed, *[_UNDER] * 3, InventionIsDisputed),
                *cells(*["RETIRED"] * 4, InventionIsDisputed, "DETERMINED", *[SAME] * 4, _UNDER, _UNDER),
                *cells(InventionIsDisputed, *[SAME] * 4),
            ),
        ),
        "giving up proposed for another reason": (
            waits.retirement_proposed(reason="too dear"),
            (
                *cells(_ABSENT, "DISCLOSED", "DISCLOSED", InventionIsDisputed, *[_UNDER] * 3, InventionIsDisputed),
                *cells(*["RETIRED"] * 4, InventionIsDisputed, "DETERMINED", *[RetirementIsProposed] * 4, _UNDER),
                *cells(_UNDER, InventionIsDisputed, *[SAME] * 4),
            ),
        ),
        "giving up proposed by another": (
            waits.retirement_proposed(by=ATRC, holder="ATRC"),
            (
                *cells(_ABSENT, "DISCLOSED", "DISCLOSED", InventionIsDisputed, *[_UNDER] * 3, InventionIsDisputed),
                *cells(*[OnlyHoldersRetire] * 4, InventionIsDisputed, "DETERMINED", *[RetirementIsProposed] * 4),
                *cells(_UNDER, _UNDER, InventionIsDisputed, *[SAME] * 4),
            ),
        ),
        "giving up consented to": (
            _CONSENTED,
            (_ABSENT, *[_TO_KEEP] * 13, *["RETIRED"] * 4, *[_TO_KEEP] * 3, *[SAME] * 4),
        ),
        "giving up consented to by who proposed it": (
            waits.retirement_consented(by=HUT, holder="HUT"),
            (_ABSENT, *[_TO_KEEP] * 13, *[SAME] * 4, *[_TO_KEEP] * 3, *[SAME] * 4),
        ),
        "giving up opposed": (
            _KEPT,
            (
                *cells(_ABSENT, *[_TO_KEEP] * 13, "DISCLOSED", _UNDER, _UNDER, "DETERMINED", *[_TO_KEEP] * 3),
                *[_RETIRED] * 4,
            ),
        ),
        "giving up taken back": (
            waits.retirement_opposed(by=HUT, holder="HUT"),
            (
                *cells(_ABSENT, *[_TO_KEEP] * 13, "DISCLOSED", _UNDER, _UNDER, "DETERMINED", *[_TO_KEEP] * 3),
                *[_RETIRED] * 4,
            ),
        ),
        "time passes": (_SILENT, (_ABSENT, *[SAME] * 17, _UNDER, *[SAME] * 6)),
        "time passes for two months": (_NOTICE, (_ABSENT, *[SAME] * 13, *["RETIRED"] * 4, _UNDER, *[SAME] * 6)),
        "time passes for three months": (
            _LONG,
            (
                *cells(_ABSENT, *["DISCLOSED"] * 3, *[_UNDER] * 6, *[SAME] * 4, *["RETIRED"] * 4, *[_UNDER] * 3),
                *[SAME] * 4,
            ),
        ),
    },
)
