"""What an amendment would touch, before it is proposed."""

from datetime import date

from services.agreements.contracts.errors import AmendmentTooEarly
from services.agreements.contracts.model import AGREEMENT
from services.agreements.parties.errors import PartyNotFound
from services.agreements.preview.handling import preview
from services.agreements.preview.views import AmendmentPreview
from services.agreements.projects.decisions import cancel_project
from shared.events.project import PolicyOverrides
from shared.events.terms import OwnershipTerms, RevenueTerms
from tests.agreements import desk as at
from tests.agreements.controls import ATRC, HUT, period, terms
from tests.agreements.lives import SOON, amending, cancelling, stopped
from tests.told import refuses

SHORTER = period(date(2024, 2, 1), date(2025, 8, 1))
OTHER_METHOD = terms(
    ownership=OwnershipTerms(method="EQUAL_PARTIES", affiliate_accrual="SEPARATE", title_gap="HOLD_IN_PERSON")
)


async def previewed(desk: at.Desk, **changed: object) -> AmendmentPreview:
    return await preview(desk.handler, await desk.state(AGREEMENT, "MOU"), amending(**changed))


async def test_it_shows_what_would_be_proposed():
    """The same difference and the same signatories, and nothing is recorded."""
    desk = await at.a_project()
    before = (await desk.store.head()).position
    found = await previewed(desk)

    assert (("HUT", "ATRC"), SOON, 1) == (found.signatories, found.effective_on, found.base_terms)
    assert ["document_hash", "publication.notice_days"] == [change.key for change in found.diff]
    assert before == (await desk.store.head()).position


async def test_who_joins_is_registered():
    """As for the proposal itself, which the preview spares a refusal."""
    with refuses(PartyNotFound):
        await previewed(await at.a_project(), acceding=("NOBODY",))


async def test_a_project_is_under_the_changed_keys():
    """Whoever runs it reads which."""
    (touched,) = (await previewed(await at.a_project())).projects

    assert ("PRJ", "ACTIVE", ("publication.notice_days",)) == (touched.id, touched.status, touched.keys)


async def test_a_project_that_would_outlast_the_agreement_is_named():
    """A shorter period touches those that end after it, and no other."""
    (touched,) = (await previewed(await at.a_project(), terms=None, period=SHORTER)).projects
    assert ("period.to",) == touched.keys

    longer = period(date(2024, 2, 1), date(2040, 2, 1))
    assert () == (await previewed(await at.a_project(), terms=None, period=longer)).projects


async def test_what_a_project_overrides_does_not_touch_it():
    """It goes its own way there already."""
    desk = await at.an_agreement()
    await desk.does(at.created(policy_overrides=PolicyOverrides(method="POINTS")))

    assert () == (await previewed(desk, terms=OTHER_METHOD)).projects


async def test_a_project_that_is_over_is_not_touched():
    """Nothing is done in it any more."""
    desk = await at.a_project()
    await desk.does(stopped(cancel_project, cancelling()))

    assert () == (await previewed(desk)).projects


async def test_inventions_and_licences_are_touched_by_what_decides_about_them():
    """How shares are determined touches inventions, consents and revenue touch licences."""
    desk, _ = await at.a_licence_draft()
    method = await previewed(desk, terms=OTHER_METHOD)
    assert (["INV"], ()) == ([each.id for each in method.inventions], method.licences)
    assert ("ownership.method",) == method.inventions[0].keys

    split = await previewed(desk, terms=terms(revenue=RevenueTerms(steps=("SPLIT",))))
    assert ((), ["LIC"]) == (split.inventions, [each.id for each in split.licences])


async def test_what_could_not_be_proposed_is_refused():
    """For the same reason."""
    with refuses(AmendmentTooEarly):
        await previewed(await at.an_agreement(), effective_on=date(2025, 5, 31))
    assert {HUT.party, ATRC.party} == set((await previewed(await at.an_agreement())).signatories)
