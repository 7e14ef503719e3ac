"""What is looked at without guarding the append by it: it may be a moment old, and no older."""

import pytest

from services.agreements.contracts.model import AGREEMENT
from shared.log import handle
from shared.log.handle import Handler, Reader
from tests.agreements import desk as at
from tests.agreements.controls import ATRC, HUT
from tests.agreements.lives import amendment_proposed, amendment_signed, open_hash


@pytest.mark.parametrize(("moment", "seen"), [(3600.0, False), (0.0, True)])
async def test_what_another_process_changed_is_seen_once_a_moment_is_over(
    moment: float, *, seen: bool, monkeypatch: pytest.MonkeyPatch
):
    """No append would find it out: nothing else may rest on what one process remembers."""
    monkeypatch.setattr(handle, "PEEKED_SECONDS", moment)
    desk = await at.an_agreement()
    await desk.does(amendment_proposed())
    await desk.does(amendment_signed(await open_hash(desk), by=HUT))
    other = at.Desk()
    other.store, other.handler = desk.store, Handler(desk.store)
    await other.does(amendment_signed(await open_hash(desk), by=ATRC))

    peeked = await Reader(desk.handler, trusting=True).peek(AGREEMENT, "MOU")

    assert seen == (peeked == await other.state(AGREEMENT, "MOU"))
