"""Granting a licence."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from msgspec import structs

from services.agreements.consent.counting import check_consent
from services.agreements.consent.errors import (
    ConsentMissing,
    ConsentRuleNotSupported,
    ConsentShareTooSmall,
    NoticePeriodRunning,
)
from services.agreements.licences.decisions import grant_licence
from services.agreements.licences.errors import (
    AssetNotDetermined,
    LicenceNotFound,
    LicensorHoldsNoShare,
    LicensorSilent,
    NotALicensor,
)
from services.agreements.licences.model import LICENCE
from services.agreements.notices.model import Silence
from shared.errors import DomainError
from shared.events.licence import LicenceGranted
from shared.events.terms import ConsentRule
from tests.agreements import desk as at
from tests.agreements import outside, owners
from tests.agreements.consent.situations import MAJORITY, noticed_all
from tests.agreements.controls import (
    ATRC,
    CONSENT,
    EGU,
    HUT,
    TODAY,
    active,
    contributor,
    counted,
    described,
    determined,
    granting,
    inputs,
    instrument,
    invention,
    licence,
    licence_consented,
    licence_drafted,
    licensable,
    period,
    scope,
    terms,
)
from tests.agreements.notice import delivered, proven
from tests.told import refuses


def test_a_licence_all_holders_consented_to_is_granted():
    """It says who had title, which rule applied, and who consented."""
    (event,) = grant_licence(licence(licence_consented()), licensable(), granting())

    assert isinstance(event, LicenceGranted)
    assert (("ATRC", "HUT"), ("ATRC", "HUT"), date(2025, 6, 1)) == (event.holders, event.consents, event.effective_on)


HUTS_ALONE = {"contributions": (counted("HUT-SE", "1/1"),), "contributors": (contributor("HUT-SE", instrument()),)}


@pytest.mark.parametrize("order", [1, -1], ids=["the one shared last", "the one shared first"])
def test_a_grant_names_the_holders_of_every_asset(order: int):
    """Each of them is told, whichever of the licensed assets it has a share of."""
    assets = [invention(determined(**HUTS_ALONE)), invention(determined())][::order]

    (event,) = grant_licence(licence(licence_consented()), licensable(*assets), granting())

    assert isinstance(event, LicenceGranted)
    assert ("ATRC", "HUT") == event.holders


def test_a_missing_consent_is_named():
    """Where the terms ask for everybody, everybody is asked."""
    with refuses(ConsentMissing) as refused:
        grant_licence(licence(licence_drafted()), licensable(), granting())
    assert ["ATRC"] == refused.value.ids["missing"]


def test_an_undetermined_asset_is_not_licensed():
    """Nobody has title to it yet."""
    with refuses(AssetNotDetermined):
        grant_licence(licence(licence_consented()), licensable(invention(described())), granting())


def test_whoever_holds_no_share_grants_nothing():
    """A licensor has title to every asset."""
    alone = {"contributions": (counted("ATRC-SE", "1/1"),), "contributors": (inputs().contributors[0],)}

    with refuses(LicensorHoldsNoShare):
        grant_licence(licence(licence_consented()), licensable(invention(determined(**alone))), granting())


def test_a_person_who_holds_a_share_is_not_passed_over():
    """A title gap has to be closed before everybody can have consented."""
    people = (contributor("HUT-SE", instrument()), contributor("VR"))
    gap = {"contributions": (counted("HUT-SE", "1/1"), counted("VR", "1/1")), "contributors": people}

    with refuses(ConsentMissing) as refused:
        grant_licence(licence(licence_consented()), licensable(invention(determined(**gap))), granting())
    assert ["person:VR"] == refused.value.ids["missing"]


_WITHOUT_CONSENT = {
    "NONE": ConsentRule(rule="NONE"),
    "NOTICE": ConsentRule(rule="NOTICE", days=0),
    "NOTICE_AND_FAIR_COMPENSATION": ConsentRule(rule="NOTICE_AND_FAIR_COMPENSATION", days=0),
    "MAJORITY_SHARE": ConsentRule(rule="MAJORITY_SHARE"),
    "SUPERMAJORITY": ConsentRule(rule="SUPERMAJORITY", ratio="1/12"),
}


@pytest.mark.parametrize("rule", _WITHOUT_CONSENT.values(), ids=_WITHOUT_CONSENT)
def test_nobody_licenses_in_anothers_name(rule: ConsentRule):
    """Whatever the rule asks of the holders, a licensor has spoken for itself: by consenting, or by granting."""
    agreed = active(terms=terms(consent=structs.replace(CONSENT, non_exclusive=rule)))
    facts = licensable(agreement=agreed)
    both = {"licensors": ("HUT", "ATRC")}
    on_notice = Silence(event="E", until={"ATRC": TODAY - timedelta(days=1)})
    drafted, consented = (
        structs.replace(licence(events), silence=on_notice)
        for events in (licence_drafted(**both), licence_consented(**both))
    )

    with refuses(LicensorSilent) as refused:
        grant_licence(drafted, facts, granting())
    assert ["ATRC"] == refused.value.ids["missing"]
    assert 1 == len(grant_licence(consented, facts, granting()))
    assert 1 == len(grant_licence(drafted, facts, granting(by=ATRC)))


async def test_those_who_hold_today_are_asked():
    """Not who will hold when the licence begins: it decides about what is not its own yet."""
    desk = await at.a_determination()
    await desk.does(outside.sold(amount="1/1", effective_on=outside.LATER))
    await desk.does(owners.transfer_executed("SALE"))
    begins_later = scope(period=period(outside.LATER))
    await desk.does(at.licence_drafted(by=EGU, licensors=("EGU",), scope=begins_later))

    with refuses(ConsentMissing) as refused:
        await desk.does(at.licence_granted(by=EGU))
    assert ["HUT"] == refused.value.ids["missing"]
    await desk.does(at.licence_consented(await outside.licence_hash(desk), by=HUT))
    await desk.does(at.licence_granted(by=EGU))
    granted = await desk.state(LICENCE, "LIC")
    assert {"EGU", "HUT"} == set(granted.consents)
    assert "HUT" in granted.parties


async def test_a_notice_is_over_by_the_day_of_the_grant():
    """However far ahead the licence begins, the others have that long to hear of it and to dispute."""
    consent = structs.replace(CONSENT, non_exclusive=ConsentRule(rule="NOTICE", days=30))
    desk = await outside.a_holder_from_outside(terms=terms(consent=consent))
    await desk.does(at.licence_drafted(scope=scope(period=period(TODAY + timedelta(days=300)))))
    await proven(desk, "licence:LIC", delivered("EGU"))

    with refuses(NoticePeriodRunning) as refused:
        await desk.does(at.licence_granted(today=TODAY + timedelta(days=29)))
    assert str(TODAY + timedelta(days=30)) == refused.value.ids["until"]
    await desk.does(at.licence_granted(today=TODAY + timedelta(days=30)))


def test_only_a_licensor_grants():
    """Consenting is not granting."""
    with refuses(NotALicensor):
        grant_licence(licence(licence_consented()), licensable(), granting(by=ATRC))


SHARES = {"ATRC": Fraction(5, 12), "HUT": Fraction(1, 3), "HUT-RD": Fraction(1, 4)}
NOTICED, EARLIEST = date(2024, 9, 1), date(2024, 10, 16)


@pytest.mark.parametrize(
    ("rule", "consents", "effective_on"),
    [
        (ConsentRule(rule="NONE"), set(), NOTICED),
        (ConsentRule(rule="UNANIMOUS"), {"ATRC", "HUT", "HUT-RD"}, NOTICED),
        (ConsentRule(rule="MAJORITY_SHARE"), {"HUT", "HUT-RD"}, NOTICED),
        (ConsentRule(rule="SUPERMAJORITY"), {"ATRC", "HUT-RD"}, NOTICED),
        (ConsentRule(rule="NOTICE_AND_FAIR_COMPENSATION", days=45), set(), EARLIEST),
        (ConsentRule(rule="NOTICE", days=45), {"ATRC", "HUT", "HUT-RD"}, NOTICED),
    ],
)
def test_enough_is_enough(rule: ConsentRule, consents: set[str], effective_on: date):
    """Each rule is met by exactly what it asks for; all holders together may waive a notice."""
    check_consent(rule, SHARES, consents, last_day=noticed_all(rule, NOTICED), effective_on=effective_on)


@pytest.mark.parametrize(
    ("rule", "consents", "refusal"),
    [
        (ConsentRule(rule="UNANIMOUS"), {"ATRC", "HUT"}, ConsentMissing),
        (ConsentRule(rule="MAJORITY_SHARE"), {"ATRC"}, ConsentShareTooSmall),
        (ConsentRule(rule="SUPERMAJORITY"), {"HUT", "HUT-RD"}, ConsentShareTooSmall),
        (ConsentRule(rule="SUPERMAJORITY", ratio="3/4"), {"ATRC", "HUT-RD"}, ConsentShareTooSmall),
        (ConsentRule(rule="NOTICE_AND_FAIR_COMPENSATION", days=45), {"ATRC", "HUT"}, NoticePeriodRunning),
        (ConsentRule(rule="LEAD_DEEMED", days=10), {"ATRC", "HUT"}, ConsentRuleNotSupported),
    ],
)
def test_less_is_refused_by_name(rule: ConsentRule, consents: set[str], refusal: type[DomainError]):
    """And a rule that this release does not apply is no rule that is met."""
    with refuses(refusal):
        check_consent(rule, SHARES, consents, last_day=noticed_all(rule, NOTICED), effective_on=date(2024, 10, 1))


def test_half_is_no_majority():
    """A majority is strictly more than the other half."""
    halves = {"A": Fraction(1, 2), "B": Fraction(1, 2)}

    with refuses(ConsentShareTooSmall):
        check_consent(MAJORITY, halves, {"A"}, last_day=noticed_all(MAJORITY), effective_on=EARLIEST)


def test_a_running_notice_says_until_when():
    """The first day on which the licence may take effect is part of the refusal."""
    rule = ConsentRule(rule="NOTICE_AND_FAIR_COMPENSATION", days=45)

    with refuses(NoticePeriodRunning) as refused:
        check_consent(rule, SHARES, set(), last_day=noticed_all(rule, NOTICED), effective_on=date(2024, 10, 1))
    assert "2024-10-16" == refused.value.ids["until"]


async def test_an_outsider_finds_no_licence():
    """To a party outside the agreement, the licence does not exist."""
    desk, _ = await at.a_licence_draft()

    with refuses(LicenceNotFound):
        await desk.does(at.licence_granted(by=EGU))


def test_granting_it_again_changes_nothing():
    """A licence is granted once."""
    events = licence_consented()
    events += grant_licence(licence(events), licensable(), granting())

    assert () == grant_licence(licence(events), licensable(), granting())


async def test_of_two_grants_at_once_one_happens():
    """The second finds it granted."""
    desk, terms_hash = await at.a_licence_draft()
    await desk.does(at.licence_consented(terms_hash))

    outcome = await desk.interrupted(at.licence_granted(), meanwhile=at.licence_granted())

    assert outcome.position is None
    assert 1 == (await desk.names("licence:LIC")).count("LicenceGranted")
