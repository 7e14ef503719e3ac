"""Licences that exclude others, and what a grant is refused for besides (R13, R15)."""

from datetime import date
from functools import partial
from typing import Any

import msgspec
import pytest

from services.agreements.contracts.model import AgreementStatus
from services.agreements.inventions.model import INVENTION, Burden, Freeze, Invention
from services.agreements.licences import handling
from services.agreements.licences.decisions import consent_to_licence, draft_licence, grant_licence, license_asset
from services.agreements.licences.errors import LicenceConflict, LicenceNotFound, OnlyHoldersConsent
from services.agreements.licences.model import LICENCE, Licence
from services.agreements.licences.reach import conflicting
from services.agreements.progress.model import Progress, Screening
from shared.errors import DomainError
from shared.events.licence import LicenceGranted, LicenceKind, Scope
from shared.log.handle import Reader, Work
from tests.agreements import desk as at
from tests.agreements import owners
from tests.agreements.controls import (
    ATRC,
    EGU,
    HUT,
    TODAY,
    active,
    consenting,
    determined,
    drafting_licence,
    granting,
    invention,
    licence,
    licence_drafted,
    licensable,
    period,
    scope,
)
from tests.told import refuses

ASSET = invention(determined())


def reach(field: str, territories: str = "HK CN", since: int = 2025, until: int | None = 2030, **changed: Any) -> Scope:
    return scope(
        fields=(field,),
        territories=tuple(territories.split()),
        period=period(date(since, 2, 1), date(until, 2, 1) if until else None),
        **changed,
    )


CHARGING = "power/ev-charging"
E1 = Burden(kind="EXCLUSIVE", licensee="KPD", scope=reach(CHARGING))
E2 = Burden(kind="NON_EXCLUSIVE", licensee="NLN", scope=reach(CHARGING))
E3 = Burden(kind="SOLE", licensee="GSS", scope=reach("waste/sorting/plastics", "HK"))


@pytest.mark.parametrize(
    ("kind", "new", "in_the_way"),
    [
        ("SOLE", reach("power", "HK", 2026, 2027), ["E1", "E2"]),
        ("NON_EXCLUSIVE", reach(CHARGING, "CN", 2026, 2027), ["E1"]),
        ("NON_EXCLUSIVE", reach(f"{CHARGING}/fast", "CN", 2026, None), ["E1"]),
        ("NON_EXCLUSIVE", reach(CHARGING, "US"), []),
        ("NON_EXCLUSIVE", reach("telecom/rf", "CN"), []),
        ("NON_EXCLUSIVE", reach("power/ev-charging-boats", "CN"), []),
        ("NON_EXCLUSIVE", reach(CHARGING, "CN", 2030, None), []),
        ("NON_EXCLUSIVE", reach(CHARGING, acts=("RESEARCH",)), []),
        ("NON_EXCLUSIVE", reach(CHARGING, assets=("INV-2",)), []),
        ("EXCLUSIVE", reach("waste/sorting", "WORLD", excluded_territories=("HK",)), []),
        ("NON_EXCLUSIVE", reach("waste/sorting", "WORLD"), ["E3"]),
        ("NON_EXCLUSIVE", reach("waste/sorting", "EU"), []),
        ("NON_EXCLUSIVE", reach("waste/sorting", "EU HK"), ["E3"]),
        ("NON_EXCLUSIVE", reach("waste/sorting", "HK", excluded_territories=("WORLD",)), []),
    ],
)
def test_what_excludes_others_stands_where_they_meet(kind: LicenceKind, new: Scope, in_the_way: list[str]) -> None:
    """Same asset, act, place and day, and a field that is the other, above it or below it."""
    assert in_the_way == conflicting(kind, new, (), {"E1": E1, "E2": E2, "E3": E3})


def test_two_worlds_meet_whatever_they_leave_out() -> None:
    """There is always a country left in which both are."""
    europe = Burden(kind="SOLE", licensee="GSS", scope=reach("waste", "WORLD", excluded_territories=("EU",)))

    assert ["E"] == conflicting("SOLE", reach("waste", "WORLD", excluded_territories=("HK",)), (), {"E": europe})
    assert [] == conflicting("SOLE", reach("waste", "FR"), (), {"E": europe})


def test_an_exclusive_licence_may_be_subject_to_what_is_there() -> None:
    """It leaves room for the others that it names, and for no further one."""
    granted = {"E2": E2, "E4": E2}

    assert ["E4"] == conflicting("EXCLUSIVE", reach(CHARGING), ("E2",), granted)
    assert [] == conflicting("EXCLUSIVE", reach(CHARGING), ("E2", "E4"), granted)


def test_nothing_is_subject_to_an_exclusive_licence() -> None:
    """What excludes everybody else does not become less by being named."""
    assert ["E1"] == conflicting("NON_EXCLUSIVE", reach(CHARGING), ("E1",), {"E1": E1})


def drafted(kind: LicenceKind = "EXCLUSIVE", **changed: Any) -> Licence:
    return licence(licence_drafted(kind=kind, **changed))


def agreed(**changed: Any) -> Licence:
    """Return a licence that HUT drafted and ATRC consented to."""
    state = drafted(**changed)
    given = consent_to_licence(state, [ASSET], consenting(state.terms_hash))
    after = LICENCE.fold(state, given)
    assert after is not None
    return after


def licensed(name: str, burden: Burden) -> Invention:
    return msgspec.structs.replace(ASSET, licences={name: burden})


@pytest.mark.parametrize("kind", ["EXCLUSIVE", "SOLE"])
def test_a_licence_that_excludes_others_is_granted_as_the_terms_ask(kind: LicenceKind) -> None:
    """With every holder's consent, and said on each asset that it reaches."""
    state = agreed(kind=kind)
    (granted,) = grant_licence(state, licensable(), granting())
    left = license_asset(state, ASSET)

    assert isinstance(granted, LicenceGranted)
    assert (kind, "UNANIMOUS", ("ATRC", "HUT")) == (granted.kind, granted.consent_rule.rule, granted.consents)
    assert (state.licence, kind, state.scope) == (left.licence, left.kind, left.scope)


def test_everything_in_the_way_of_a_grant_is_told_together() -> None:
    """The first rule refuses; what else would refuse is named besides, in the order of the check."""
    asset = licensed("LIC-1", Burden(kind="NON_EXCLUSIVE", licensee="NLN", scope=scope()))
    frozen = msgspec.structs.replace(asset, disputes={"DSP": Freeze(kind="SHARE", actions=("EXCLUSIVE",))})
    screened = Screening(
        party="HUT", regime="R", person=None, classification="3A001", result="RESTRICTED", valid_to=None
    )
    progress = {asset.project: Progress(project=asset.project, agreement="MOU", screenings=(screened,))}
    suspended = msgspec.structs.replace(active(), status=AgreementStatus.SUSPENDED)

    with refuses(DomainError) as refused:
        grant_licence(drafted(), licensable(frozen, agreement=suspended, progress=progress), granting())
    assert [
        "AGREEMENT_NOT_ACTIVE",
        "ASSET_IS_FROZEN",
        "LICENCE_CONFLICT",
        "CONSENT_MISSING",
        "SHARING_RESTRICTED",
    ] == [refused.value.code(), *(each.code() for each in refused.value.also)]


def test_a_conflict_names_what_is_in_the_way() -> None:
    """So that it can be redrafted beside it, or subject to it."""
    facts = licensable(licensed("LIC-1", Burden(kind="NON_EXCLUSIVE", licensee="NLN", scope=scope())))

    with refuses(LicenceConflict) as refused:
        grant_licence(agreed(), facts, granting())
    assert (["LIC-1"], ()) == (refused.value.ids["licences"], refused.value.also)
    assert grant_licence(agreed(subject_to=("LIC-1",)), facts, granting())


def test_what_a_licence_is_subject_to_is_consented_to_as_well() -> None:
    """Its hash is another than that of the same licence beside nothing."""
    assert drafted().terms_hash != drafted(subject_to=("LIC-1",)).terms_hash


def test_a_holder_outside_the_project_is_asked_too() -> None:
    """Whoever has acquired a share decides on it, whether or not it was a party of the project."""
    given = msgspec.structs.replace(ASSET.account.regimes[0], shares={"HUT": "1/2", "EGU": "1/4", "person:VR": "1/4"})
    asset = msgspec.structs.replace(ASSET, account=msgspec.structs.replace(ASSET.account, regimes=(given,)))
    state = licence(draft_licence(None, active(), [asset], drafting_licence(kind="SOLE")))
    (event,) = consent_to_licence(state, [asset], consenting(state.terms_hash, by=EGU))

    assert ("ATRC", "EGU", "HUT") == state.parties
    assert "EGU" == getattr(event, "party", None)


def test_who_holds_nothing_and_is_no_party_of_the_project_is_not_asked() -> None:
    """A consent of theirs would mean nothing."""
    state = drafted()

    with refuses(OnlyHoldersConsent):
        consent_to_licence(state, [ASSET], consenting(state.terms_hash, by=EGU))


# -- at the desk ------------------------------------------------------------------------------------------------------


def consented(name: str, terms_hash: str) -> Work:
    return partial(handling.consent, licence=name, command=consenting(terms_hash))


def granted(name: str) -> Work:
    return partial(handling.grant, licence=name, command=granting())


async def two_exclusive_drafts() -> at.Desk:
    desk = await at.a_determination()
    for name in ("LIC-A", "LIC-B"):
        await desk.does(at.licence_drafted(licence=name, kind="EXCLUSIVE"))
        await desk.does(consented(name, (await desk.state(LICENCE, name)).terms_hash))
    return desk


async def test_of_two_exclusive_grants_at_once_one_is_refused() -> None:
    """Neither can slip past the other: both say it on the asset."""
    desk = await two_exclusive_drafts()

    with refuses(LicenceConflict):
        await desk.interrupted(granted("LIC-A"), meanwhile=granted("LIC-B"))
    assert ["LIC-B"] == list((await desk.state(INVENTION, "INV")).licences)


async def test_a_dispute_opened_meanwhile_freezes_the_grant() -> None:
    """A grant decided before the dispute was known is decided again."""
    desk = await two_exclusive_drafts()

    with refuses(DomainError) as refused:
        await desk.interrupted(granted("LIC-A"), meanwhile=owners.disputed())
    assert "ASSET_IS_FROZEN" == refused.value.code()


async def test_the_check_says_the_same_and_records_nothing() -> None:
    """A dry run, for anybody in the agreement: before the grant, and after another's."""
    desk = await two_exclusive_drafts()

    async def found(name: str) -> list[str]:
        reader = Reader(desk.handler, trusting=False)
        return [each.code() for each in (await handling.check(reader, name, ATRC, TODAY))[1]]

    assert [] == await found("LIC-B")
    await desk.does(granted("LIC-A"))
    position = (await desk.store.head()).position
    assert ["LICENCE_IS_GRANTED"] == await found("LIC-A")
    assert ["LICENCE_CONFLICT"] == await found("LIC-B")
    assert position == (await desk.store.head()).position


async def test_an_outsider_checks_nothing() -> None:
    """To a party outside the agreement, the licence does not exist."""
    desk = await two_exclusive_drafts()

    with refuses(LicenceNotFound):
        await handling.check(Reader(desk.handler, trusting=False), "LIC-A", EGU, TODAY)


async def test_what_a_licence_is_subject_to_must_exist() -> None:
    """A name that nobody has granted anything under is a mistake."""
    desk = await at.a_determination()

    with refuses(LicenceNotFound):
        await desk.does(at.licence_drafted(kind="EXCLUSIVE", subject_to=("LIC-1",)))


async def test_a_parent_consents_for_its_affiliate() -> None:
    """A holder that is not in the agreement has its say by the party that controls it, and by no other."""
    desk = await at.a_determination()
    await desk.does(at.registered("HUT-RD"))
    await desk.does(owners.affiliated("HUT", "HUT-RD"))
    await desk.does(owners.transfer_proposed(to="HUT-RD", effective_on=TODAY))
    await desk.does(owners.transfer_executed())
    await desk.does(at.licence_drafted(kind="SOLE"))
    terms_hash = (await desk.state(LICENCE, "LIC")).terms_hash

    def for_affiliate(by: Any) -> Work:
        command = msgspec.structs.replace(consenting(terms_hash, by=by), holder="HUT-RD")
        return partial(handling.consent, licence="LIC", command=command)

    with refuses(DomainError) as refused:
        await desk.does(for_affiliate(ATRC))
    assert "NOT_REPRESENTED" == refused.value.code()
    await desk.does(for_affiliate(HUT))
    await desk.does(at.licence_consented(terms_hash))
    await desk.does(at.licence_granted())
    assert "LicenceGranted" in await desk.names("licence:LIC")
