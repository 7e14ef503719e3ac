"""What each command on an invention comes to in each state, and what else changes it."""

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
    InventionNotFound,
    NothingToDetermine,
)
from services.agreements.inventions.model import INVENTION, Invention
from services.agreements.transfers.errors import TransferNotExecuted, TransferNotFound
from tests.agreements import desk as at
from tests.agreements import owners
from tests.agreements.controls import element
from tests.agreements.machine.acts import knowing
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
# So that each of these can happen in every state: a contribution that waits for HUT, and a transfer that is proposed.
_confirmed = partial(since, at.a_confirmation, ANEW["ATRC's part recorded"], owners.transfer_proposed(), consented())
_determined = partial(since, at.a_determination, ANEW["ATRC's part recorded"], owners.transfer_proposed())
_AGAIN = (at.corrected(points="9/1"), _ATTESTED, _OTHER_PROPOSED)

_ABSENT, _NOT_OPEN = InventionNotFound, DeterminationNotFound
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
    },
    {
        "disclosed": (at.disclosed(), ("DISCLOSED", *[SAME] * 12)),
        "disclosed otherwise": (at.disclosed(title="Another"), ("DISCLOSED", *[IdentifierTaken] * 12)),
        "described": (at.described(), (_ABSENT, "DISCLOSED", *[SAME] * 11)),
        "described otherwise": (
            at.described(element(weight="2/1")),
            (_ABSENT, *["DISCLOSED"] * 7, *[InventionAlreadyDetermined] * 5),
        ),
        "shares proposed": (
            _PROPOSED,
            (
                *cells(_ABSENT, NothingToDetermine, "UNDER_DETERMINATION", "UNDER_DETERMINATION", SAME, SAME),
                *cells("UNDER_DETERMINATION", SAME, DeterminationOpen, DeterminationOpen),
                *cells(InventionAlreadyDetermined, "UNDER_DETERMINATION", InventionAlreadyDetermined),
            ),
        ),
        "other shares proposed": (
            _OTHER_PROPOSED,
            (
                *cells(_ABSENT, NothingToDetermine, "UNDER_DETERMINATION", "UNDER_DETERMINATION"),
                *cells(DeterminationOpen, DeterminationOpen, "UNDER_DETERMINATION", DeterminationOpen, SAME),
                *cells(SAME, InventionAlreadyDetermined, "UNDER_DETERMINATION", InventionAlreadyDetermined),
            ),
        ),
        "shares attested": (
            _SHARES_ATTESTED,
            (
                *cells(_ABSENT, *[_NOT_OPEN] * 3, "UNDER_DETERMINATION", SAME, SAME, "UNDER_DETERMINATION"),
                *[_NOT_OPEN] * 5,
            ),
        ),
        "other shares attested": (
            _OTHER_SHARES_ATTESTED,
            (_ABSENT, *[_NOT_OPEN] * 7, "UNDER_DETERMINATION", SAME, *[_NOT_OPEN] * 3),
        ),
        "shares rejected": (at.shares_rejected(), (_ABSENT, *[_NOT_OPEN] * 3, *["DISCLOSED"] * 4, *[_NOT_OPEN] * 5)),
        "other shares rejected": (
            at.shares_rejected(determination="DET-2"),
            (_ABSENT, *[_NOT_OPEN] * 7, "DETERMINED", "DETERMINED", *[_NOT_OPEN] * 3),
        ),
        "shares adopted": (
            at.shares_adopted(),
            (
                *cells(_ABSENT, *[_NOT_OPEN] * 3, AttestationsMissing, "DETERMINED", InputsChanged),
                *cells(AttestationsMissing, *[SAME] * 5),
            ),
        ),
        "other shares adopted": (
            at.shares_adopted(determination="DET-2"),
            (_ABSENT, *[_NOT_OPEN] * 7, AttestationsMissing, "DETERMINED", *[_NOT_OPEN] * 3),
        ),
        "contribution attested": (
            ANEW["ATRC's part attested"],
            (ContributionNotFound, ContributionNotFound, *["DISCLOSED"] * 6, *["DETERMINED"] * 5),
        ),
        "contribution withdrawn": (
            at.withdrawn(),
            (ContributionNotFound, ContributionNotFound, *["DISCLOSED"] * 6, *["DETERMINED"] * 5),
        ),
        "passed on": (
            _PASSED_ON,
            (
                *cells(TransferNotFound, TransferNotFound, "DISCLOSED", SAME, *["UNDER_DETERMINATION"] * 3),
                *cells(SAME, "UNDER_DETERMINATION", "UNDER_DETERMINATION", "DETERMINED", "DETERMINED", SAME),
            ),
        ),
        "passing on rescinded": (
            owners.transfer_rescinded(),
            (
                *cells(TransferNotFound, TransferNotFound, _NOT_EXECUTED, "DISCLOSED", *[_NOT_EXECUTED] * 3),
                *cells("UNDER_DETERMINATION", *[_NOT_EXECUTED] * 4, "DETERMINED"),
            ),
        ),
        "disputed": (
            _DISPUTED,
            (
                *cells(_ABSENT, ElementUnknown, "DISCLOSED", SAME, *["UNDER_DETERMINATION"] * 3, SAME),
                *cells("UNDER_DETERMINATION", "UNDER_DETERMINATION", "DETERMINED", "DETERMINED", SAME),
            ),
        ),
        "dispute withdrawn": (
            owners.dispute_withdrawn(),
            (
                *cells(*[_UNDISPUTED] * 3, "DISCLOSED", *[_UNDISPUTED] * 3, "UNDER_DETERMINATION"),
                *cells(*[_UNDISPUTED] * 4, "DETERMINED"),
            ),
        ),
        "decided by a court": (
            owners.resolution_proposed(basis="COURT", determination="DET-3"),
            (
                *cells(*[_UNDISPUTED] * 3, "DETERMINED", *[_UNDISPUTED] * 3, "DETERMINED", *[_UNDISPUTED] * 4),
                "DETERMINED",
            ),
        ),
    },
)
