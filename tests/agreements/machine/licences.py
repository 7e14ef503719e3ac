"""What each command on a licence comes to in each state, beside others and without them."""

from functools import partial

from services.agreements.consent.errors import ConsentMissing
from services.agreements.contributions.model import CONTRIBUTION
from services.agreements.errors import IdentifierTaken
from services.agreements.inventions.errors import InventionIsRetired
from services.agreements.licences.errors import (
    AssetNotDetermined,
    LicenceConflict,
    LicenceIsGranted,
    LicenceNotFound,
)
from services.agreements.licences.model import LICENCE
from services.agreements.ownership.errors import AssetIsFrozen
from shared.events.licence import LicenceKind
from shared.log.handle import Work
from tests.agreements import desk as at
from tests.agreements import owners, waits
from tests.agreements.controls import ATRC, OTHER_DIGEST, scope
from tests.agreements.machine.acts import knowing
from tests.agreements.machine.table import SAME, STAYS, Situation, Table, since
from tests.agreements.machine.transfers import held_by_two
from tests.docs.drawings import BEFORE, BY_HEADING

_DRAFTED, _EXCLUSIVE, _SOLE = (at.licence_drafted(kind=kind) for kind in ("NON_EXCLUSIVE", "EXCLUSIVE", "SOLE"))
_YIELDING = at.licence_drafted(kind="EXCLUSIVE", subject_to=("LIC-2",))
_CONSENTED = knowing(LICENCE, "LIC", lambda state: state.terms_hash, partial(at.licence_consented, by=ATRC))
_GRANTED = at.licence_granted()
_GIVEN_UP = waits.retirement_proposed()
_DETERMINED_ANEW = (
    at.corrected(points="9/1"),
    knowing(CONTRIBUTION, "C1", lambda state: state.content_hash, at.attested),
    at.shares_proposed(determination="DET-2"),
)
_HELD_BY_TWO = held_by_two()


def _granted_before(kind: LicenceKind, **changed: object) -> tuple[Work, Work]:
    """Give another licence of the same."""
    drafted = at.licence_drafted(licence="LIC-2", licensee="EGU", kind=kind, **changed)
    return drafted, at.licence_granted("LIC-2")


def _drafted_beside(kind: LicenceKind, draft: Work, **changed: object) -> Situation:
    return since(at.a_determination, *_granted_before(kind, **changed), draft)


_ABSENT = LicenceNotFound

LICENCES = Table(
    BY_HEADING["Licence"],
    "LIC",
    {
        BEFORE: at.a_determination,
        f"{BEFORE}, beside one granted": since(at.a_determination, *_granted_before("NON_EXCLUSIVE")),
        f"{BEFORE}, beside an exclusive one": since(at.a_determination, *_granted_before("EXCLUSIVE")),
        f"{BEFORE}, of what was given up": since(at.a_determination, _GIVEN_UP),
        "DRAFT": since(at.a_determination, _DRAFTED),
        "DRAFT, of what nobody holds yet": since(at.a_confirmation, _DRAFTED),
        "DRAFT, of what two hold": since(_HELD_BY_TWO, _DRAFTED),
        "DRAFT, and consented to": since(_HELD_BY_TWO, _DRAFTED, _CONSENTED),
        "DRAFT, of what is determined anew": since(at.a_determination, _DRAFTED, *_DETERMINED_ANEW),
        "DRAFT, of what is disputed": since(at.a_determination, _DRAFTED, owners.disputed()),
        "DRAFT, of what was given up": since(at.a_determination, _DRAFTED, _GIVEN_UP),
        "DRAFT, exclusive": since(at.a_determination, _EXCLUSIVE),
        "DRAFT, exclusive, of what is disputed": since(at.a_determination, _EXCLUSIVE, owners.disputed()),
        "DRAFT, exclusive, of what two hold": since(_HELD_BY_TWO, _EXCLUSIVE),
        "DRAFT, sole, of what two hold": since(_HELD_BY_TWO, _SOLE),
        "DRAFT, exclusive, and consented to": since(_HELD_BY_TWO, _EXCLUSIVE, _CONSENTED),
        "DRAFT, beside another": _drafted_beside("NON_EXCLUSIVE", _DRAFTED),
        "DRAFT, beside an exclusive one": _drafted_beside("EXCLUSIVE", _DRAFTED),
        "DRAFT, beside a sole one": _drafted_beside("SOLE", _DRAFTED),
        "DRAFT, beside an exclusive one elsewhere": _drafted_beside(
            "EXCLUSIVE", _DRAFTED, scope=scope(territories=("US",))
        ),
        "DRAFT, exclusive, beside another": _drafted_beside("NON_EXCLUSIVE", _EXCLUSIVE),
        "DRAFT, sole, beside another": _drafted_beside("NON_EXCLUSIVE", _SOLE),
        "DRAFT, exclusive, subject to another": _drafted_beside("NON_EXCLUSIVE", _YIELDING),
        "DRAFT, exclusive, subject to an exclusive one": _drafted_beside("EXCLUSIVE", _YIELDING),
        "GRANTED": since(at.a_determination, _DRAFTED, _GRANTED),
        "GRANTED, with consent": since(_HELD_BY_TWO, _DRAFTED, _CONSENTED, _GRANTED),
        "GRANTED, exclusive": since(at.a_determination, _EXCLUSIVE, _GRANTED),
        "GRANTED, of what was given up": since(at.a_determination, _DRAFTED, _GRANTED, _GIVEN_UP),
    },
    {
        "drafted": (
            _DRAFTED,
            {
                BEFORE: "DRAFT",
                ("DRAFT", "GRANTED"): SAME,
                f"{BEFORE}, of what was given up": InventionIsRetired,
                ("exclusive", "sole"): IdentifierTaken,
            },
        ),
        "drafted otherwise": (
            at.licence_drafted(document_hash=OTHER_DIGEST),
            {
                BEFORE: "DRAFT",
                ("DRAFT", "GRANTED"): IdentifierTaken,
                "of what was given up": InventionIsRetired,
            },
        ),
        "drafted as exclusive": (
            _EXCLUSIVE,
            {
                BEFORE: "DRAFT",
                (
                    "DRAFT",
                    "GRANTED",
                    "DRAFT, exclusive, subject to another",
                    "DRAFT, exclusive, subject to an exclusive one",
                ): IdentifierTaken,
                "of what was given up": InventionIsRetired,
                "exclusive": SAME,
            },
        ),
        "drafted as sole": (
            _SOLE,
            {
                BEFORE: "DRAFT",
                ("DRAFT", "GRANTED"): IdentifierTaken,
                "of what was given up": InventionIsRetired,
                "sole": SAME,
            },
        ),
        "drafted as exclusive, subject to another": (
            _YIELDING,
            {
                (BEFORE, "DRAFT", "GRANTED"): _ABSENT,
                (f"{BEFORE}, beside one granted", f"{BEFORE}, beside an exclusive one"): "DRAFT",
                (
                    "beside another",
                    "DRAFT, beside an exclusive one",
                    "DRAFT, beside a sole one",
                    "DRAFT, beside an exclusive one elsewhere",
                ): IdentifierTaken,
                ("DRAFT, exclusive, subject to another", "DRAFT, exclusive, subject to an exclusive one"): SAME,
            },
        ),
        "consented": (
            _CONSENTED,
            {
                BEFORE: _ABSENT,
                "DRAFT": STAYS,
                "GRANTED": LicenceIsGranted,
                ("and consented to", "GRANTED, with consent"): SAME,
                "DRAFT, of what was given up": InventionIsRetired,
            },
        ),
        "granted": (
            _GRANTED,
            {
                BEFORE: _ABSENT,
                "DRAFT": "GRANTED",
                "GRANTED": SAME,
                "DRAFT, of what nobody holds yet": AssetNotDetermined,
                "of what two hold": ConsentMissing,
                "DRAFT, of what was given up": InventionIsRetired,
                "DRAFT, exclusive, of what is disputed": AssetIsFrozen,
                (
                    "DRAFT, beside an exclusive one",
                    "DRAFT, beside a sole one",
                    "DRAFT, exclusive, beside another",
                    "DRAFT, sole, beside another",
                    "DRAFT, exclusive, subject to an exclusive one",
                ): LicenceConflict,
            },
        ),
    },
)
