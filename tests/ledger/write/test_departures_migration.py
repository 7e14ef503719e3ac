"""A ledger from before there were departures learns from its own entries who has left which agreement."""

from datetime import date

from services.ledger.check.evidence import Evidence
from services.ledger.check.fsck import fsck
from shared.events.agreement import PartyAcceded, PartyWithdrew
from shared.migrate import folder_of
from tests.docs.made import made


async def test_who_left_before_is_known_after(writer, story, signer, owner):
    """As if it had been entered today, and who came back is back."""
    parties = ("HUT", "ATRC", "EGU")
    story.tell(made(PartyAcceded, agreement="AGR-1", parties=parties, party="EGU"), "AGR-1")
    story.tell(made(PartyWithdrew, agreement="AGR-1", party="EGU", effective_on=date(2024, 7, 1)), "AGR-1")
    await writer.enter(story.messages)
    entered = await owner.fetch("SELECT * FROM departure ORDER BY position")
    assert [None, date(2024, 7, 1)] == [row["left_on"] for row in entered][-2:]

    await owner.execute("DROP TABLE departure")
    await owner.execute((folder_of("ledger") / "0008-departures.sql").read_text(encoding="utf-8"))

    assert entered == await owner.fetch("SELECT * FROM departure ORDER BY position")
    await fsck(Evidence(owner), signer.verifier)
