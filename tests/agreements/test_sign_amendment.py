"""Signing an amendment, and what it does on its day."""

from datetime import date
from typing import Any

import pytest

from services.agreements.commands import Representative
from services.agreements.contracts.amendments import retract_amendment, sign_amendment
from services.agreements.contracts.decisions import advance
from services.agreements.contracts.errors import (
    AgreementNotFound,
    AmendmentDayPassed,
    AmendmentNotFound,
    AmendmentSettled,
    NotASignatory,
    NotTheProposer,
    PartyHasSigned,
    TermsHashMismatch,
)
from services.agreements.contracts.model import Agreement, next_due
from services.agreements.contracts.versions import AmendmentStatus
from services.agreements.errors import DayNotReached
from shared.errors import DomainError
from shared.events.agreement import AmendmentLapsed, AmendmentSigned, AmendmentTookEffect, PartyAcceded
from shared.log.envelope import decode
from tests.agreements import desk as at
from tests.agreements.controls import ATRC, DIGEST, EGU, HUT, TODAY
from tests.agreements.lives import (
    LONGER_NOTICE,
    SOON,
    after,
    amended,
    amendment_proposed,
    amendment_retracted,
    amendment_signed,
    by_day,
    open_hash,
    retracting,
    signing_amendment,
)
from tests.told import refuses


def hash_of(state: Agreement) -> str:
    return state.amendments[-1].version.in_force.terms_hash


def test_a_party_signs_exactly_what_is_proposed():
    """The signature binds the hash of everything the amendment says."""
    state = amended()
    (event,) = sign_amendment(state, signing_amendment(hash_of(state)))

    assert isinstance(event, AmendmentSigned)
    assert ("HUT", hash_of(state)) == (event.party, event.new_terms_hash)


def test_what_all_have_signed_takes_effect_on_its_day():
    """Until then the old terms stand, and from then on the new ones do."""
    state = amended(HUT, ATRC)
    assert (AmendmentStatus.AGREED, SOON) == (state.amendments[0].status, next_due(state))
    assert LONGER_NOTICE != state.standing.terms

    (event,) = advance(state, SOON)
    assert isinstance(event, AmendmentTookEffect)
    assert LONGER_NOTICE == after(state, event).standing.terms


def test_with_the_last_signature_on_its_day_it_takes_effect_at_once():
    """Its day itself is not too late to sign."""
    state = amended(HUT)
    events = sign_amendment(state, signing_amendment(hash_of(state), by=ATRC, today=SOON))

    assert [AmendmentSigned, AmendmentTookEffect] == [type(event) for event in events]


def test_what_somebody_did_not_sign_lapses_when_its_day_is_over():
    """Silence is no signature."""
    state = amended(HUT)
    assert date(2025, 7, 2) == next_due(state)

    (event,) = advance(state, date(2025, 7, 2))
    assert isinstance(event, AmendmentLapsed)
    assert ("UNSIGNED", None) == (event.reason, after(state, event).open_amendment)


def test_who_joins_is_a_party_from_its_day_on():
    """Before that day it is none, and what was done before is not its own."""
    state = amended(HUT, ATRC, EGU, acceding=("EGU",))
    assert ("HUT", "ATRC") == state.parties

    acceded = [event for event in advance(state, SOON) if isinstance(event, PartyAcceded)]
    assert [("EGU", SOON, ("HUT", "ATRC", "EGU"))] == [
        (event.party, event.effective_on, event.parties) for event in acceded
    ]
    state = by_day(state, SOON)
    assert (("HUT", "ATRC"), ("HUT", "ATRC", "EGU")) == (state.members_on(TODAY), state.members_on(SOON))


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"no": 2}, AmendmentNotFound),
        ({"by": EGU}, NotASignatory),
        ({"new_terms_hash": DIGEST}, TermsHashMismatch),
        ({"by": Representative("HUT-DEAN", "HUT")}, PartyHasSigned),
        ({"by": ATRC, "signed_on": date(2099, 1, 1)}, DayNotReached),
        ({"by": ATRC, "today": date(2025, 7, 2)}, AmendmentDayPassed),
    ],
)
def test_what_binds_nobody_is_refused(changed: dict[str, Any], refusal: type[DomainError]):
    """A signature is somebody's, of exact terms, in time."""
    state = amended(HUT)

    with refuses(refusal):
        sign_amendment(state, signing_amendment(**{"new_terms_hash": hash_of(state), **changed}))


def test_what_lapsed_is_not_signed():
    """It cannot take effect any more."""
    state = by_day(amended(HUT), date(2025, 7, 2))

    with refuses(AmendmentSettled):
        sign_amendment(state, signing_amendment(hash_of(state), by=ATRC))


def test_signing_it_again_changes_nothing():
    """A party's signature, sent twice, is given once."""
    state = amended(HUT)

    assert () == sign_amendment(state, signing_amendment(hash_of(state)))


def test_its_proposer_takes_it_back():
    """As long as not everybody has signed."""
    state = amended(HUT)
    (event,) = retract_amendment(state, retracting())

    assert isinstance(event, AmendmentLapsed)
    assert "RETRACTED" == event.reason
    assert () == retract_amendment(after(state, event), retracting())


def test_nobody_else_takes_it_back():
    """Who does not want it does not sign."""
    with refuses(NotTheProposer):
        retract_amendment(amended(HUT), retracting(by=ATRC))


def test_what_is_agreed_is_not_taken_back():
    """It binds its proposer too."""
    with refuses(AmendmentSettled):
        retract_amendment(amended(HUT, ATRC), retracting())


async def test_who_is_asked_to_join_sees_and_signs():
    """A party cannot sign what it may not read; anyone else still finds nothing."""
    desk = await at.an_agreement()
    await desk.does(amendment_proposed(acceding=("EGU",)))
    terms_hash = await open_hash(desk)

    await desk.does(amendment_signed(terms_hash, by=EGU))
    with refuses(AgreementNotFound):
        await desk.does(amendment_signed(terms_hash, by=Representative("NLN-REP", "NLN")))


async def test_it_takes_effect_on_its_legal_day():
    """Whenever it is recorded, the event's effective day is the amendment's."""
    desk = await at.an_agreement()
    await desk.does(amendment_proposed(effective_on=TODAY, acceding=("EGU",)))
    terms_hash = await open_hash(desk)
    for by in (HUT, ATRC, EGU):
        await desk.does(amendment_signed(terms_hash, by=by))

    last = [decode(event.state) for event in await desk.store.read_stream("agreement:MOU")][-2:]
    assert [("AmendmentTookEffect", TODAY), ("PartyAcceded", TODAY)] == [
        (type(envelope.data).__name__, envelope.effective_on) for envelope in last
    ]


async def test_a_signature_does_not_slip_past_a_retraction():
    """Of the two at once only one happens."""
    desk = await at.an_agreement()
    await desk.does(amendment_proposed())
    terms_hash = await open_hash(desk)

    with refuses(AmendmentSettled):
        await desk.interrupted(amendment_signed(terms_hash, by=ATRC), meanwhile=amendment_retracted())
