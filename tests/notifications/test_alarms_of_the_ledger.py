"""The ledger's own feed and the alerts of it: both services on their databases, with HTTP between them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.ledger.errors import LedgerHalted, LedgerUnavailable
from services.ledger.tree.note import Signer
from services.ledger.write.store import sole_writer as sole_ledger_writer
from services.ledger.write.writer import Writer
from services.notifications.alarms.alarming import Alarming, alarms_from
from services.notifications.errors import AlarmsUnavailable
from services.notifications.rules.sources import OPERATOR
from services.notifications.store import ALARM_LOCK, sole_writer
from shared.testing import MigratedDatabase
from tests.ledger.story import Story, sample
from tests.ledger.visitor import Visitor, visiting


@pytest.fixture
async def visitor(ledger_database: MigratedDatabase, tmp_path: Path) -> AsyncIterator[Visitor]:
    """What the notifications service is to the ledger."""
    folder = tmp_path / "ledger"
    folder.mkdir()
    async with visiting(ledger_database.reached(LedgerUnavailable), folder) as visit:
        yield visit("service")


@pytest.fixture
async def writer(ledger_database: MigratedDatabase) -> AsyncIterator[Writer]:
    async with sole_ledger_writer(ledger_database.reached(LedgerUnavailable)) as store:
        opened = Writer(store, Signer.generate("ledger.example/moiety"))
        await opened.resume()
        yield opened


@pytest.fixture
async def alarming(database, visitor: Visitor) -> AsyncIterator[Alarming]:
    async with sole_writer(database, lock=ALARM_LOCK) as store:
        yield Alarming(store, alarms_from(visitor.client, "http://ledger", visitor.token or ""))


async def alarms_in(inbox, recipient: str) -> list[str]:
    alerts = await inbox.after(recipient, 0, limit=1000)
    return [alert.type for alert in alerts if alert.type.startswith("ledger.")]


async def test_what_the_ledger_noticed_in_the_sample_reaches_both_parties(
    story_entered: Story, alerting, alarming, inbox
):
    """A gap in a title and claims beyond the whole, each once, and nothing for the operator."""
    await alerting.take(story_entered.messages)
    while await alarming.look():
        pass

    noticed = ["ledger.OverclaimDetected.v1", "ledger.TitleGapDetected.v1"]
    assert noticed == await alarms_in(inbox, "HUT") == await alarms_in(inbox, "ATRC")
    assert [] == await alarms_in(inbox, OPERATOR)


@pytest.fixture
async def story_entered(writer: Writer) -> Story:
    story = sample()
    await writer.enter(story.messages)
    return story


async def test_a_determination_against_the_facts_reaches_its_parties_and_the_operator(
    story_entered: Story, writer, alerting, alarming, inbox
):
    """The ledger halts before it, and everybody hears."""
    story_entered.adopt(story_entered.propose(3, shares={"HUT": "1/2", "ATRC": "1/2"}))
    with pytest.raises(LedgerHalted):
        await writer.enter(story_entered.messages)
    await alerting.take(story_entered.messages)
    for _ in range(3):
        await alarming.look()

    for recipient in ("HUT", "ATRC", OPERATOR):
        assert "ledger.LedgerInconsistencyDetected.v1" == (await alarms_in(inbox, recipient))[-1]
    assert 1 == len(await alarms_in(inbox, OPERATOR))


async def test_without_the_right_token_nothing_is_heard(visitor: Visitor, ledger_database):
    """The feed asks who is asking, and a refusal is no answer that there are no alarms."""
    feed = alarms_from(visitor.client, "http://ledger", "nobody")

    with pytest.raises(AlarmsUnavailable, match="401"):
        await feed(0)
