"""What a project does otherwise than its agreement's terms."""

from services.agreements.contracts.model import AGREEMENT
from services.agreements.inventions.handling import inputs_of
from services.agreements.inventions.model import INVENTION
from shared.events.project import PolicyOverrides
from shared.log.handle import Reader
from tests.agreements import desk as at
from tests.agreements.controls import ATRC, HUT


async def test_shares_are_determined_by_the_projects_own_method():
    """All its parties approved it with the project."""
    desk = await at.an_agreement()
    await desk.does(at.created(policy_overrides=PolicyOverrides(method="EQUAL_INVENTORS")))
    for by in (HUT, ATRC):
        await desk.does(at.approved(by=by))
    await desk.does(at.started())
    await desk.does(at.disclosed())

    reader = Reader(desk.handler, trusting=False)
    invention, agreement = await reader(INVENTION, "INV"), await reader(AGREEMENT, "MOU")
    inputs = await inputs_of(reader, invention, agreement)

    assert ("EQUAL_INVENTORS", "ELEMENTS") == (inputs.method, agreement.standing.terms.ownership.method)
