"""Naming representatives, and what those who are not named may no longer do."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from services.agreements.background import decisions as background
from services.agreements.commands import Representative
from services.agreements.contracts.model import AGREEMENT
from services.agreements.contracts.standing import hindrances
from services.agreements.contributions.model import CONTRIBUTION
from services.agreements.errors import PartyIsInactive, PeriodEmpty, PowerMissing
from services.agreements.gates import Asking, Gate, Standing
from services.agreements.inventions.model import INVENTION
from services.agreements.parties import decisions
from services.agreements.parties.decisions import appoint_representative, deactivate_party
from services.agreements.parties.errors import (
    NobodyMayAppoint,
    NotTheirRepresentatives,
    PowersRepeated,
    RepresentativeUnknown,
)
from services.agreements.parties.model import PARTY, Party
from services.agreements.projects import decisions as projects
from shared.errors import DomainError
from shared.events.party import Power, RepresentativeAppointed
from tests.agreements import desk as at
from tests.agreements import lives, owners, prospects
from tests.agreements.controls import ATRC, HUT, TODAY, period
from tests.agreements.party_controls import SINCE, appointed, appointing, deactivating, of_party, party, revoking
from tests.told import refuses, tells


def refused(state: Party, person: str, power: Power, day: date, **changed: Any) -> list[type[DomainError]]:
    """Return what a person is told who wants to do for a party what takes this power."""
    gate = Gate(power=power, standing=Standing.ANY, **changed)
    asking = Asking(person=person, party=state.party, today=day)
    found = list(hindrances(gate, asking, party=state))
    for each in found:
        tells(each)
    return [type(each) for each in found]


def test_a_representative_is_named_with_powers_for_a_period():
    """What they may do, from when on, and who said so."""
    (event,) = appoint_representative(party(), appointing())

    assert isinstance(event, RepresentativeAppointed)
    assert ("HUT-REP", ("SIGN", "APPOINT"), "OPERATOR") == (event.person, event.powers, event.appointed_by)


def test_before_anybody_is_named_everybody_with_a_token_may():
    """A party that says nothing trusts its issuer."""
    assert [] == refused(party(), "ANYBODY", "SIGN", TODAY)


@pytest.mark.parametrize(
    ("person", "power", "day"),
    [
        ("HUT-OTHER", "SIGN", TODAY),
        ("HUT-REP", "TRANSFER", TODAY),
        ("HUT-REP", "SIGN", date(2023, 12, 31)),
    ],
    ids=["somebody else", "another power", "before the period"],
)
def test_once_somebody_is_named_others_may_not(person: str, power: Power, day: date):
    """Only those named, only within their powers, only on their days; the refusal has a name."""
    assert [PowerMissing] == refused(appointed(), person, power, day)
    assert [] == refused(appointed(), "HUT-REP", "SIGN", TODAY)


def test_a_revoked_representative_may_nothing_from_that_day_on():
    """What was done before was done with power; and the others do not get theirs back."""
    known = appointed()
    (revoked,) = decisions.revoke_representative(known, revoking(to=TODAY + timedelta(days=10)))
    after = party(*appoint_representative(party(), appointing()), revoked)

    assert [] == refused(after, "HUT-REP", "SIGN", TODAY + timedelta(days=9))
    for person in ("HUT-REP", "ANYBODY"):
        assert [PowerMissing] == refused(after, person, "SIGN", TODAY + timedelta(days=10))


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"by": "ATRC-REP", "by_party": "ATRC"}, NotTheirRepresentatives),
        ({"powers": ("SIGN", "SIGN")}, PowersRepeated),
        ({"period": period(TODAY, TODAY)}, PeriodEmpty),
    ],
)
def test_an_appointment_that_is_not_theirs_to_make_is_refused(changed: dict[str, object], refusal: type[DomainError]):
    """A party names its own people, and says something by it."""
    with refuses(refusal):
        appoint_representative(party(), appointing(**changed))


def test_whoever_may_appoint_appoints_others():
    """After the first one a party needs no operator, but somebody with that power."""
    by_rep = {"by": "HUT-REP", "by_party": "HUT", "person": "HUT-SECOND"}

    assert appoint_representative(appointed(powers=("APPOINT",)), appointing(**by_rep))
    clerk = {"person": "HUT-CLERK", "powers": ("SIGN",)}
    known = appointed()
    both = PARTY.fold(known, appoint_representative(known, appointing(**clerk)))
    assert both is not None
    with refuses(PowerMissing):
        appoint_representative(both, appointing(**{**by_rep, "by": "HUT-CLERK"}))


@pytest.mark.parametrize("by_party", [None, "HUT"])
@pytest.mark.parametrize(
    "changed",
    [{"powers": ("SIGN",)}, {"period": period(TODAY + timedelta(days=1))}, {"period": period(SINCE, TODAY)}],
    ids=["without the power", "not yet", "no more"],
)
def test_the_first_may_name_others(changed: dict[str, object], by_party: str | None):
    """Else the party could name nobody any more, and nobody could do for it what takes another power."""
    with refuses(NobodyMayAppoint):
        appoint_representative(party(), appointing(by_party=by_party, **changed))


def test_the_last_that_may_name_others_stays_by_its_own_party():
    """Neither named anew without the power nor revoked; an operator may, and so may the party that has another."""
    known, own = appointed(), {"by": "HUT-REP", "by_party": "HUT"}
    acts: list[Callable[..., object]] = [
        lambda state, **by: appoint_representative(state, appointing(powers=("SIGN",), **by)),
        lambda state, **by: decisions.revoke_representative(state, revoking(**by)),
    ]
    second = PARTY.fold(known, appoint_representative(known, appointing(person="HUT-SECOND", powers=("APPOINT",))))
    for act in acts:
        with refuses(NobodyMayAppoint):
            act(known, **own)
        assert act(known)
        assert act(second, **own)


def test_a_party_of_before_without_anybody_who_may_is_mended():
    """What was recorded when it was allowed stays; an operator names whoever may."""
    named = RepresentativeAppointed(
        party="HUT", person="HUT-CLERK", powers=("SIGN",), period=period(SINCE), appointed_by="OPERATOR"
    )

    assert appoint_representative(party(named), appointing(person="HUT-HEAD", powers=("APPOINT",)))
    assert appoint_representative(party(named), appointing(person="HUT-HEAD", powers=("SIGN",)))


def test_an_inactive_party_names_nobody():
    """It takes part in nothing new."""
    gone = party(*deactivate_party(party(), deactivating()))

    with refuses(PartyIsInactive):
        appoint_representative(gone, appointing())


def test_an_inactive_party_goes_on_with_what_it_has():
    """What is new it is refused, whoever asks; with what it has it goes on, within the powers it has given."""
    gone = party(*deactivate_party(party(), deactivating()))

    assert [PartyIsInactive] == refused(gone, "HUT-REP", "SIGN", TODAY, new=True)
    assert [] == refused(gone, "HUT-REP", "SIGN", TODAY)


def test_naming_them_again_changes_nothing():
    """The same powers for the same period, said twice, are said once; others replace them."""
    assert () == appoint_representative(appointed(), appointing())
    assert appoint_representative(appointed(), appointing(powers=("SIGN", "ATTEST")))


def test_nobody_is_revoked_who_was_not_named():
    """A slip in a name must not look like a success."""
    with refuses(RepresentativeUnknown):
        decisions.revoke_representative(appointed(), revoking(person="HUT-OTHER"))


def test_powers_are_not_revoked_for_the_past():
    """What they have signed stays signed."""
    with refuses(PeriodEmpty):
        decisions.revoke_representative(appointed(), revoking(to=TODAY - timedelta(days=1)))


async def test_only_who_may_sign_signs():
    """Once a party has named somebody, its other people's tokens do not bind it; nor does anybody once it is gone."""
    desk, terms_hash = await at.a_proposal()
    await desk.does(of_party(decisions.appoint_representative, appointing(person="HUT-HEAD")))

    with refuses(PowerMissing):
        await desk.does(at.signed(terms_hash, by=HUT))
    await desk.does(at.signed(terms_hash, by=Representative("HUT-HEAD", "HUT")))
    await desk.does(of_party(decisions.deactivate_party, deactivating(), "ATRC"))
    with refuses(PartyIsInactive):
        await desk.does(at.signed(terms_hash, by=ATRC))


async def test_signing_and_the_revocation_of_the_power_to_cannot_both_be_first():
    """Whoever is revoked while signing has not signed."""
    desk, terms_hash = await at.a_proposal()
    await desk.does(of_party(decisions.appoint_representative, appointing()))

    with refuses(PowerMissing):
        await desk.interrupted(
            at.signed(terms_hash, by=HUT), meanwhile=of_party(decisions.revoke_representative, revoking())
        )
    assert {} == (await desk.state(AGREEMENT, "MOU")).signatures


async def test_consent_takes_the_power_to_consent():
    """A power to sign is not one to give joint property away."""
    desk, terms_hash = await at.a_licence_draft()
    as_atrc = {"person": "ATRC-REP", "powers": ("SIGN", "APPOINT")}
    await desk.does(of_party(decisions.appoint_representative, appointing(**as_atrc), "ATRC"))

    with refuses(PowerMissing):
        await desk.does(at.licence_consented(terms_hash))


async def test_recording_attesting_and_proposing_shares_take_a_power():
    """Each act that settles whose something is asks for its own power, of the party that acts."""
    desk, content_hash = await at.a_record()
    as_atrc = {"person": "ATRC-REP", "powers": ("SIGN", "APPOINT")}
    await desk.does(of_party(decisions.appoint_representative, appointing(**as_atrc), "ATRC"))

    with refuses(PowerMissing):
        await desk.does(at.attested(content_hash))
    await desk.does(of_party(decisions.appoint_representative, appointing(person="HUT-REP"), "HUT"))
    for act in (at.recorded(contribution="C9"), at.shares_proposed()):
        with refuses(PowerMissing):
            await desk.does(act)


async def test_approving_a_project_takes_the_power_to_sign():
    """An approval binds to what the project does otherwise than the terms."""
    desk = await at.an_agreement()
    await desk.does(at.created())
    as_hut = {"person": "HUT-REP", "powers": ("ATTEST", "CONSENT", "APPOINT")}
    await desk.does(of_party(decisions.appoint_representative, appointing(**as_hut), "HUT"))

    with refuses(PowerMissing):
        await desk.does(at.approved())


async def test_speaking_of_background_takes_the_power_to_consent():
    """Whose it is, and who may use it: by nobody that the party has not named for that."""
    desk = await prospects.with_background()
    await desk.does(prospects.access_requested())
    as_hut = {"person": "HUT-REP", "powers": ("SIGN", "APPOINT")}
    await desk.does(of_party(decisions.appoint_representative, appointing(**as_hut), "HUT"))

    withdrawn = prospects.of_item(background.withdraw_background, prospects.withdrawing())
    for act in (prospects.background_declared(ref="another"), prospects.access_granted(), withdrawn):
        with refuses(PowerMissing):
            await desk.does(act)


async def test_what_undoes_an_act_takes_the_power_of_the_act():
    """Else anybody with a token could drop what counts, void what is proposed or bring a share back."""
    desk, _ = await at.an_open_determination()
    contribution = at.withdrawn()
    await desk.does(of_party(decisions.appoint_representative, appointing(person="HUT-REP"), "HUT"))
    for act in (contribution, at.shares_rejected(by=HUT), at.described()):
        with refuses(PowerMissing):
            await desk.does(act)

    desk = await owners.an_executed_transfer()
    await desk.does(owners.transfer_proposed(transfer="SALE", to="EGU"))
    await desk.does(of_party(decisions.appoint_representative, appointing(person="HUT-REP"), "HUT"))
    for act in (owners.transfer_executed("SALE"), owners.transfer_rescinded()):
        with refuses(PowerMissing):
            await desk.does(act)


async def test_drafting_a_licence_takes_the_power_to_consent():
    """It is the own party's consent."""
    desk = await at.a_determination()
    await desk.does(of_party(decisions.appoint_representative, appointing(person="HUT-REP"), "HUT"))

    with refuses(PowerMissing):
        await desk.does(at.licence_drafted())


async def test_giving_an_agreement_up_takes_the_power_to_sign_it():
    """Whoever may not bind the party may not free it either."""
    desk, _ = await at.a_proposal()
    as_hut = {"person": "HUT-REP", "powers": ("ATTEST", "APPOINT")}
    await desk.does(of_party(decisions.appoint_representative, appointing(**as_hut), "HUT"))

    with refuses(PowerMissing):
        await desk.does(lives.given_up())


async def test_what_settles_shares_is_undone_with_the_power_that_settles_them():
    """Withdrawing, contesting and rejecting decide whose something is as much as attesting does."""
    desk, det_hash = await at.an_open_determination()
    content_hash = (await desk.state(CONTRIBUTION, "C1")).content_hash
    for name in ("HUT", "ATRC"):
        clerk = appointing(person=f"{name}-REP", powers=("SIGN", "APPOINT"))
        await desk.does(of_party(decisions.appoint_representative, clerk, name))

    for act in (at.withdrawn(), at.contested(content_hash), at.shares_rejected()):
        with refuses(PowerMissing):
            await desk.does(act)
    assert det_hash == (await desk.state(INVENTION, "INV")).open.det_hash


async def test_executing_and_rescinding_a_transfer_take_the_power_to_transfer():
    """It is by these that shares pass, whoever had the power to propose it."""
    desk, _ = await owners.a_transfer()
    transferring, signing = appointing(powers=("TRANSFER", "APPOINT")), appointing(powers=("SIGN", "APPOINT"))
    await desk.does(of_party(decisions.appoint_representative, signing))
    with refuses(PowerMissing):
        await desk.does(owners.transfer_executed())

    await desk.does(of_party(decisions.appoint_representative, transferring))
    await desk.does(owners.transfer_executed())
    await desk.does(of_party(decisions.appoint_representative, signing))
    with refuses(PowerMissing):
        await desk.does(owners.transfer_rescinded())


async def test_starting_and_stopping_a_project_takes_the_power_to_sign():
    """Whoever has a token of a party cannot end what the parties have approved."""
    desk = await at.a_project()
    await desk.does(of_party(decisions.appoint_representative, appointing(powers=("ATTEST", "APPOINT"))))
    pause = lives.stopped(projects.pause_project, lives.pausing())
    stops = (projects.complete_project, lives.completing()), (projects.cancel_project, lives.cancelling())
    for act in (pause, lives.resumed(), *(lives.stopped(*each) for each in stops)):
        with refuses(PowerMissing):
            await desk.does(act)

    await desk.does(of_party(decisions.appoint_representative, appointing(powers=("SIGN", "APPOINT"))))
    await desk.does(pause)


async def test_proposing_an_amendment_takes_the_power_to_sign_and_an_active_party():
    """It keeps every other proposal waiting, and an inactive party could not sign what it proposes."""
    desk = await at.an_agreement()
    await desk.does(of_party(decisions.appoint_representative, appointing(powers=("ATTEST", "APPOINT"))))
    with refuses(PowerMissing):
        await desk.does(lives.amendment_proposed())

    await desk.does(of_party(decisions.deactivate_party, deactivating(), "ATRC"))
    with refuses(PartyIsInactive):
        await desk.does(lives.amendment_proposed(by=ATRC))


async def test_having_a_transfer_recorded_takes_the_power_to_transfer():
    """Saying that an office knows of it is the last step of passing a share on."""
    desk = await owners.an_executed_transfer()
    await desk.does(of_party(decisions.appoint_representative, appointing(powers=("SIGN", "APPOINT"))))
    for act in (owners.recordal_filed(), owners.recordal_confirmed()):
        with refuses(PowerMissing):
            await desk.does(act)


async def test_of_opportunities_no_power_is_asked():
    """Nothing said of one binds anybody; the project that may come of it is approved like any other."""
    desk = await prospects.with_background()
    await desk.does(of_party(decisions.appoint_representative, appointing(person="SOMEBODY-ELSE")))

    await desk.does(prospects.opportunity_identified())
