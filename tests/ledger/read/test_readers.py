"""Who may read what in the ledger: its tables answer every question as the fold over the events does."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from services.ledger.check.replay import Replay
from services.ledger.write.writer import Writer
from shared.database import Database
from shared.events.agreement import PartyAcceded, PartyWithdrew
from shared.events.concerned import AN_ASSET, AN_ENTRY, NOBODY, Circle, lessons
from tests.docs.made import made
from tests.ledger.story import VISITED, Story, sample
from tests.ledger.visitor import Visitor, visiting

# In the agreement from the start; joined it; joined and left it; bought a share; bought one and lost it; in another.
PARTIES = ("HUT", "ATRC", "EGU", "LEFT", "OWS", "LOST", "NLN")


@pytest.fixture
def story() -> Story:
    """The sample, and whoever comes to it and goes."""
    told = sample()
    for party in ("EGU", "LEFT"):
        told.tell(made(PartyAcceded, agreement="AGR-1", parties=("HUT", "ATRC", party), party=party), "AGR-1")
    told.tell(made(PartyWithdrew, agreement="AGR-1", party="LEFT"), "AGR-1")
    told.transfer("HUT", "OWS", "2025-06-01", "SALE", of_whole="1/8")
    told.transfer("HUT", "LOST", "2025-06-01", "VOID", of_whole="1/8", invention=VISITED)
    told.rescind("VOID", "2025-06-01", invention=VISITED)
    told.agreement = "AGR-2"
    told.agree(("NLN", "EGU"))
    told.disclose("INV-OTHER", project="PRJ-OTHER", E1="1/1")
    return told


@pytest.fixture
def circles(story: Story) -> dict[str, Circle]:
    found: dict[str, Circle] = {}
    for position, envelope in enumerate(story.envelopes, start=1):
        found |= {name: lesson(found.get(name, NOBODY)) for name, lesson in lessons(envelope, position).items()}
    return found


@pytest.fixture
async def visitor(
    writer: Writer, story: Story, address: Database, tmp_path: Path
) -> AsyncIterator[Callable[..., Visitor]]:
    await writer.enter(story.messages)
    async with visiting(address, tmp_path) as visit:
        yield visit


async def test_an_asset_is_for_the_agreements_parties_and_whoever_holds_it(
    visitor: Callable[..., Visitor], story: Story, circles: dict[str, Circle]
):
    """Each party lists and reads exactly the assets that the question admits it to."""
    replay = Replay()
    for message in story.messages:
        replay.enter(message.body)
    listed: dict[str, list[str]] = {}
    for party in PARTIES:
        reader = visitor("representative", party=party)
        listed[party] = [each["asset"] for each in (await reader.get("/v1/assets")).json()["items"]]
        for asset, (agreement, _) in replay.assets.items():
            holding = {
                known.row.holder
                for known in replay.holdings.every()
                if known.row.asset == asset and known.until is None
            }
            admitted = AN_ASSET.admits(party, agreement=circles[f"agreement:{agreement}"], invention=holding)
            assert admitted == (asset in listed[party])
            for question in ("ownership", "timeline", "alarms"):
                answer = await reader.get(f"/v1/assets/{asset}/{question}")
                assert answer.status_code == (200 if admitted else 404)

    members = ["INV-5G-1", VISITED]
    assert {
        **dict.fromkeys(("HUT", "ATRC", "LEFT"), members),
        "EGU": sorted([*members, "INV-OTHER"]),
        "OWS": ["INV-5G-1"],
        "LOST": [],
        "NLN": ["INV-OTHER"],
    } == {party: sorted(assets) for party, assets in listed.items()}


async def test_a_buyer_whose_transfer_was_rescinded_sees_what_it_held_as_known_then(
    visitor: Callable[..., Visitor], story: Story
):
    """What it was told while it held a share it is told for ever; of what became known since, nothing."""
    buyer, member = visitor("representative", party="LOST"), visitor("representative", party="HUT")
    bought, rescinded = (
        position
        for position, envelope in enumerate(story.envelopes, 1)
        if getattr(envelope.data, "transfer", None) == "VOID"
    )
    times = {position: story.envelopes[position - 1].time.isoformat() for position in (bought, rescinded)}
    seen = {
        bought - 1: 404,
        bought: 200,
        times[bought]: 200,
        rescinded - 1: 200,
        rescinded: 404,
        times[rescinded]: 404,
        None: 404,
    }

    for known, status in seen.items():
        for question in ("ownership?effective=2025-06-02", "timeline?"):
            path = f"/v1/assets/{VISITED}/{question}" + (f"&known={known}".replace("+", "%2B") if known else "")
            answer = await buyer.get(path)
            assert (known, status) == (known, answer.status_code)
            if status == 200:
                assert (await member.get(path)).json() == answer.json()
    told = await buyer.ownership(VISITED, effective="2025-06-02", known=bought)
    assert "1/8" == told["LOST"]


async def test_an_entry_is_for_the_parties_of_its_agreement(
    visitor: Callable[..., Visitor], story: Story, circles: dict[str, Circle]
):
    """With the proof that it is there; whoever bought a share reads who owns the asset, and not how it came about."""
    positions = [1, *range(3, story.position, 17), story.position]
    for party in PARTIES:
        reader = visitor("representative", party=party)
        for position in positions:
            circle = circles.get(f"agreement:{story.envelopes[position - 1].agreement}", NOBODY)
            expected = 200 if AN_ENTRY.admits(party, agreement=circle) else 404
            assert expected == (await reader.get(f"/v1/entries/{position}")).status_code
            assert expected == (await reader.get("/v1/proofs/inclusion", position=position)).status_code
