"""A party is let in by rows only as far as entries say the same."""

from typing import Any

import pytest

from services.ledger.errors import LedgerDamaged
from services.ledger.read.access import StoredAccess, StoredEntry, check_access
from shared.events.agreement import AgreementDrafted
from shared.events.invention import InventionDisclosed
from shared.log.chain import leaf_hash
from shared.log.envelope import encode
from tests.ledger.story import Story, sample
from tests.told import refuses

ASSET = "INV-5G-1"


def entry(story: Story, kind: type[Any]) -> StoredEntry:
    """Return what is stored of the first event of a kind."""
    position, envelope = next((at, each) for at, each in enumerate(story.envelopes, 1) if isinstance(each.data, kind))
    body = encode(envelope)
    return StoredEntry(position, body, leaf_hash(body))


def access(**changed: Any) -> StoredAccess:
    story = sample()
    stored = {
        "asset": ASSET,
        "agreement": story.agreement,
        "disclosed": entry(story, InventionDisclosed),
        "joined": entry(story, AgreementDrafted),
        "held": (),
        "causes": {},
    }
    return StoredAccess(**{**stored, **changed})


def test_a_party_of_the_agreement_is_let_in():
    """By the entry that discloses the asset in it, and the one by which the party joined it."""
    check_access("HUT", access())


def test_whoever_did_not_join_is_not():
    """Whatever the row says."""
    with refuses(LedgerDamaged):
        check_access("KPD", access())


@pytest.mark.parametrize("changed", [{"agreement": "AGR-2"}, {"asset": "INV-OTHER"}])
def test_nobody_is_let_in_by_a_changed_word(changed: dict[str, str]):
    """The asset was disclosed in that agreement, or the row is not believed."""
    with refuses(LedgerDamaged):
        check_access("HUT", access(**changed))


@pytest.mark.parametrize("kind", [InventionDisclosed, AgreementDrafted])
def test_what_is_missing_or_changed_lets_nobody_in(kind: type[Any]):
    """Each entry is proven by its hash."""
    member = "disclosed" if kind is InventionDisclosed else "joined"
    whole = entry(sample(), kind)
    for stored in (whole._replace(body=None), whole._replace(leaf=leaf_hash(b"")), whole._replace(leaf=None)):
        with refuses(LedgerDamaged):
            check_access("HUT", access(**{member: stored}))


def test_who_is_in_no_agreement_holds_a_share():
    """Or is not let in."""
    with refuses(LedgerDamaged):
        check_access("HUT", access(joined=None))
