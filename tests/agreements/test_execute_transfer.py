"""Executing a transfer and undoing it: what an open dispute forbids, and whom the asset's own event names."""

from typing import Any

import msgspec
import pytest

from services.agreements.inventions.model import INVENTION, Freeze
from services.agreements.ownership.errors import AssetIsFrozen
from services.agreements.transfers.decisions import exercise_preemption
from services.agreements.transfers.executing import execute_transfer
from services.agreements.transfers.model import TRANSFER
from shared.events.invention import OwnershipTransferred, TransferRescinded
from shared.events.terms import Act, ConsentRule
from shared.events.transfer import Amount
from shared.log.envelope import decode
from tests.agreements import desk as at
from tests.agreements import owners
from tests.agreements.controls import TODAY
from tests.agreements.owners import LATER
from tests.told import refuses

ALL_OF_IT = Amount(of_holding="1/1")


async def holders_named(desk: at.Desk, kind: type[OwnershipTransferred | TransferRescinded]) -> tuple[str, ...]:
    """The holders that the newest event of a type on the invention's stream names."""
    events = [decode(event.state).data for event in await desk.store.read_stream("invention:INV")]
    return [event.holders for event in events if isinstance(event, kind)][-1]


# -- whom it names ----------------------------------------------------------------------------------------------------


async def test_a_transfer_names_who_held_before_it_and_who_holds_after_it():
    """HUT has nothing left and must know it; ATRC had nothing."""
    desk = await owners.an_executed_transfer(amount=ALL_OF_IT)

    assert ("ATRC", "HUT") == await holders_named(desk, OwnershipTransferred)


async def test_an_undone_transfer_names_who_held_by_it_and_who_holds_without_it():
    """The other way round: ATRC has nothing left, HUT has it again."""
    desk = await owners.an_executed_transfer(amount=ALL_OF_IT)
    await desk.does(owners.transfer_rescinded())

    assert ("ATRC", "HUT") == await holders_named(desk, TransferRescinded)


async def test_only_holders_of_the_transfers_own_day_are_named():
    """Who holds a share from a later day on, or from none any more, is told by the transfer that gave it one."""
    desk = await owners.an_executed_transfer(amount=Amount(of_whole="1/7"), effective_on=LATER)
    await desk.does(owners.transfer_proposed(transfer="SALE", to="EGU", effective_on=TODAY))
    await desk.does(owners.transfer_executed("SALE"))
    assert ("EGU", "HUT") == await holders_named(desk, OwnershipTransferred)

    await desk.does(owners.transfer_rescinded("SALE"))
    assert ("EGU", "HUT") == await holders_named(desk, TransferRescinded)


async def test_every_posting_of_a_transfer_names_all_holders():
    """Whoever took a part over is named by the posting of the rest as well: it is one transfer."""
    desk = await owners.an_executed_transfer(amount=Amount(of_holding="1/2"), effective_on=TODAY)
    await desk.does(owners.transfer_proposed(transfer="SALE", to="EGU", amount=ALL_OF_IT))
    asset, sale = await desk.state(INVENTION, "INV"), await desk.state(TRANSFER, "SALE")
    notices = msgspec.structs.replace(sale, rule=ConsentRule(rule="NOTICE", days=30))
    taken = TRANSFER.fold(notices, exercise_preemption(notices, [asset], owners.preempting("1/2")))
    assert taken is not None

    _, postings = execute_transfer(taken, [asset], owners.executing_it(today=LATER))

    assert [("ATRC", "EGU", "HUT")] * 2 == [msgspec.structs.asdict(posting)["holders"] for posting in postings]


# -- what a dispute forbids -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frozen", "between_affiliates", "goes"),
    [
        ("ASSIGN", False, False),
        ("ASSIGN", True, True),
        ("ASSIGN_AFFILIATE", False, True),
        ("ASSIGN_AFFILIATE", True, False),
        ("EXCLUSIVE", False, True),
        ("EXCLUSIVE", True, True),
    ],
)
async def test_a_dispute_stops_the_kind_of_transfer_that_it_freezes(
    frozen: Act, *, between_affiliates: bool, goes: bool
):
    """To pass shares on to an affiliate is an act of its own, which the terms may leave free or freeze by itself."""
    desk, _ = await owners.a_transfer()
    proposed = msgspec.structs.replace(await desk.state(TRANSFER, "XFR"), between_affiliates=between_affiliates)
    asset = msgspec.structs.replace(
        await desk.state(INVENTION, "INV"), disputes={"DSP": Freeze(kind="SHARE", actions=(frozen,))}
    )

    def execute() -> Any:
        return execute_transfer(proposed, [asset], owners.executing_it())

    if goes:
        assert execute()
    else:
        with refuses(AssetIsFrozen) as refused:
            execute()
        assert refused.value.ids["disputes"] == ["DSP"]
