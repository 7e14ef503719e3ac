"""Inboxes from before there were chains: which history they are of is asked of the log, once."""

import pytest

from services.notifications.consumer import Alerting
from shared.database import Pool
from shared.log.chain import START
from shared.migrate import folder_of
from tests.notifications.controls import drafted, published, said, terms_drafted


async def migrated(owner: Pool) -> None:
    await owner.fetch("ALTER TABLE progress DROP COLUMN chain")
    await owner.fetch("DROP FUNCTION lost(alert)")
    await owner.fetch("DROP TABLE gone_back")
    async with owner.transaction() as connection:
        await connection.execute((folder_of("notifications") / "0004-chain.sql").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("taken", "chain"), [(0, START.chain), (2, None)])
async def test_what_was_followed_before_is_of_a_history_not_yet_known(
    alerting: Alerting, owner: Pool, taken: int, chain: bytes | None
):
    """Unless nothing was followed yet: that is the start of any."""
    await alerting.take(published([said(drafted()), said(terms_drafted())])[:taken])

    await migrated(owner)

    [row] = await owner.fetch("SELECT remembered, chain FROM progress")
    assert (taken, chain) == tuple(row)
