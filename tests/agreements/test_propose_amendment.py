"""Proposing an amendment."""

from datetime import date

import pytest

from services.agreements.contracts.amendments import propose_amendment
from services.agreements.contracts.ending import leave_agreement
from services.agreements.contracts.errors import (
    AgreementNotFound,
    AmendmentAfterEnd,
    AmendmentChangesNothing,
    AmendmentPending,
    AmendmentTooEarly,
    PartiesRepeated,
    PartyIsAMember,
    TermInvalid,
    TermNotSupported,
    TermsIncomplete,
)
from services.agreements.errors import AgreementNotInEffect, PartyHasLeft
from services.agreements.parties.errors import PartyNotFound
from shared.errors import DomainError
from shared.events.agreement import AmendmentProposed
from shared.events.terms import CalendarTerms, ConsentTerms, CostTerms, SurvivalTerm
from shared.log.envelope import EventTooLarge
from tests.agreements import desk as at
from tests.agreements.controls import DIGEST, EGU, TODAY, active, agreement, period, signed, terms
from tests.agreements.lives import (
    ENDS,
    SOON,
    amended,
    amending,
    amendment_proposed,
    amendment_retracted,
    by_day,
    leaving,
    survived,
    then,
    three_parties,
)
from tests.told import refuses


def proposal(**changed: object) -> AmendmentProposed:
    (event,) = propose_amendment(active(), amending(**changed))
    assert isinstance(event, AmendmentProposed)
    return event


def test_an_amendment_says_what_it_changes():
    """Its parties read the difference, key by key, and need not look for it."""
    event = proposal()

    assert [("document_hash", "sha256"), ("publication.notice_days", 45)] == [
        (change.key, change.before if isinstance(change.before, int) else change.before.partition(":")[0])
        for change in event.diff
    ]
    assert (1, 1, 2) == (event.no, event.base_terms, event.terms_version)


def test_what_it_does_not_name_stays():
    """An amendment of the end alone leaves the terms as they are."""
    event = proposal(terms=None, period=period(date(2024, 2, 1), date(2040, 2, 1)))

    assert event.terms == active().standing.terms
    assert ["document_hash", "period.to"] == [change.key for change in event.diff]


def test_who_joins_has_to_sign_too():
    """A party accedes by an amendment that everybody signs, itself included."""
    event = proposal(terms=None, acceding=("EGU",))

    assert ("HUT", "ATRC", "EGU") == event.signatories
    assert {"parties", "document_hash"} == {change.key for change in event.diff}


def test_who_leaves_before_its_day_does_not_sign():
    """An amendment is of those who will be bound by it."""
    state = then(three_parties(), leave_agreement, leaving(effective_on=SOON))
    (event,) = propose_amendment(state, amending(terms=terms()))

    assert isinstance(event, AmendmentProposed)
    assert ("HUT", "ATRC") == event.signatories


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"effective_on": date(2025, 5, 31)}, AmendmentTooEarly),
        ({"effective_on": date(2034, 2, 2)}, AmendmentAfterEnd),
        ({"terms": None, "document_hash": DIGEST}, AmendmentChangesNothing),
        ({"terms": None}, AmendmentChangesNothing),
        ({"period": period(date(2024, 2, 2), ENDS)}, TermInvalid),
        ({"period": period(date(2024, 2, 1), SOON)}, TermInvalid),
        ({"acceding": ("EGU", "EGU")}, PartiesRepeated),
        ({"acceding": ("HUT",)}, PartyIsAMember),
        ({"terms": terms(consent=ConsentTerms())}, TermsIncomplete),
        ({"terms": terms(cost=CostTerms(split="LEAD_ALL", lead="EGU"))}, TermInvalid),
        ({"terms": terms(calendar=CalendarTerms(zone="Europe/Berlin"))}, TermNotSupported),
    ],
)
def test_what_could_not_be_kept_is_not_proposed(changed: dict[str, object], refusal: type[DomainError]):
    """Everybody may rely on what everybody signs."""
    with refuses(refusal):
        propose_amendment(active(), amending(**changed))


def test_a_later_amendment_takes_effect_after_the_earlier():
    """Of two versions for one day nobody would know which stands."""
    state = three_parties()

    with refuses(AmendmentTooEarly):
        propose_amendment(state, amending(terms=terms(), effective_on=TODAY))


def test_one_amendment_at_a_time():
    """What is compared with must be what stands."""
    with refuses(AmendmentPending) as refused:
        propose_amendment(amended(), amending(effective_on=date(2025, 8, 1)))
    assert 1 == refused.value.ids["no"]


def test_proposing_it_again_changes_nothing():
    """The same amendment, sent twice, is proposed once."""
    assert () == propose_amendment(amended(), amending())


@pytest.mark.parametrize("state", [agreement(signed()), survived()], ids=["not yet", "no more"])
def test_only_what_is_in_effect_is_amended(state: object):
    """Before its first day and after its last an agreement has no terms to amend."""
    with refuses(AgreementNotInEffect):
        propose_amendment(state, amending())  # type: ignore[arg-type]  # an Agreement


def test_an_end_that_nobody_has_recorded_yet_is_an_end():
    """On the day after its last an agreement is over, whether or not that has been written down."""
    with refuses(AgreementNotInEffect):
        propose_amendment(active(), amending(today=ENDS, effective_on=ENDS))


def test_a_party_that_left_proposes_nothing():
    """It keeps what it holds, and decides nothing new."""
    state = by_day(then(three_parties(), leave_agreement, leaving()), SOON)

    with refuses(PartyHasLeft):
        propose_amendment(state, amending(by=EGU, today=SOON, effective_on=SOON))


async def test_an_outsider_finds_no_agreement():
    """To a party that is not in it, the agreement does not exist."""
    desk = await at.an_agreement()

    with refuses(AgreementNotFound):
        await desk.does(amendment_proposed(by=EGU))


async def test_who_joins_is_registered():
    """A party nobody knows cannot sign."""
    desk = await at.an_agreement()

    with refuses(PartyNotFound):
        await desk.does(amendment_proposed(acceding=("NOBODY",)))


async def test_what_is_too_much_to_record_is_refused_by_name():
    """Terms that can just be read stand in the event twice, as they shall be and in what changes."""
    desk = await at.an_agreement()
    survival = tuple(SurvivalTerm(clause=f"{number} {190 * chr(0x10348)}") for number in range(50))

    with refuses(EventTooLarge):
        await desk.does(amendment_proposed(terms=terms(survival=survival)))


async def test_of_two_amendments_at_once_one_is_proposed():
    """The second finds the first."""
    desk = await at.an_agreement()

    with refuses(AmendmentPending):
        await desk.interrupted(amendment_proposed(), meanwhile=amendment_proposed(document_hash=DIGEST))


async def test_after_it_was_retracted_there_is_room_for_another():
    """A proposal taken back stands in nobody's way."""
    desk = await at.an_agreement()
    await desk.does(amendment_proposed())
    await desk.does(amendment_retracted())

    await desk.does(amendment_proposed())
    assert ["AmendmentProposed", "AmendmentLapsed", "AmendmentProposed"] == (await desk.names("agreement:MOU"))[-3:]
