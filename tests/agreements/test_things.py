"""What is shown of each kind of thing: the fields of its view, the version they are from, and nothing else."""

import msgspec
import pytest

from services.agreements.parties.model import PARTY
from services.agreements.parties.views import PARTIES
from services.agreements.transfers.model import TRANSFER
from services.agreements.transfers.views import TRANSFERS
from tests.agreements import owners
from tests.agreements.desk import Desk, registered


async def test_an_answer_shows_the_view_and_its_version():
    """As it stands at that version, at the address that its id gives."""
    desk = Desk()
    await desk.does(registered("HUT"))
    state, version = await desk.handler.read(PARTY, "HUT")

    answer = PARTIES.represent(state, version)

    shown = msgspec.json.decode(answer)
    assert ("HUT", 1) == (shown["party"], shown["version"])
    assert {*shown} == {*PARTIES.view.__struct_fields__} - {"can"}
    assert "/v1/parties/HUT" == PARTIES.address_in(answer)


async def test_of_a_transfer_all_that_was_said_is_shown():
    """By the names of its view."""
    desk, _ = await owners.a_transfer()
    state, version = await desk.handler.read(TRANSFER, "XFR")

    shown = msgspec.json.decode(TRANSFERS.represent(state, version))

    assert ("XFR", "HUT", "ATRC", version) == (shown["transfer"], shown["from"], shown["to"], shown["version"])


@pytest.mark.parametrize("can", [(), ("sign",)])
async def test_what_a_reader_can_do_is_shown_where_it_is_asked(can: tuple[str, ...]):
    """And is left out where nobody has asked."""
    desk, _ = await owners.a_transfer()
    state, version = await desk.handler.read(TRANSFER, "XFR")

    assert can == TRANSFERS.view_of(state, version, can).can
    assert b'"can"' not in TRANSFERS.represent(state, version)
