"""Who may read what in the ledger: its tables answer every question as the fold over the events does."""

from collections.abc import AsyncIterator, Callable
from datetime import date
from pathlib import Path

import pytest

from services.ledger.check.replay import Replay
from services.ledger.write.writer import Writer
from shared.database import Database
from shared.events.agreement import PartyAcceded, PartyWithdrew
from shared.events.concerned import AN_ASSET, AN_ENTRY, NOBODY, Circle, about, kind_of, lessons
from shared.events.invention import OwnershipTransferred, TransferRescinded
from tests.docs.made import made
from tests.ledger.story import VISITED, Story, sample
from tests.ledger.visitor import Visitor, visiting

# In the agreement from the start; joined it; joined and left it, one with a share, one to come back; bought a share;
# bought one and lost it; in another.
PARTIES = ("HUT", "ATRC", "EGU", "LEFT", "HOLDS", "BACK", "OWS", "LOST", "NLN")
LEFT_ON = date(2024, 1, 1)


@pytest.fixture
def story() -> Story:
    """The sample, and whoever comes to it and goes."""
    told = sample()
    for party in ("EGU", "LEFT", "HOLDS", "BACK"):
        told.tell(made(PartyAcceded, agreement="AGR-1", parties=("HUT", "ATRC", party), party=party), "AGR-1")
    told.transfer("HUT", "HOLDS", "2025-06-01", "KEPT", of_whole="1/16")
    for party in ("LEFT", "HOLDS", "BACK"):
        told.tell(made(PartyWithdrew, agreement="AGR-1", party=party, effective_on=LEFT_ON), "AGR-1")
    told.tell(made(PartyAcceded, agreement="AGR-1", parties=("HUT", "ATRC", "BACK"), party="BACK"), "AGR-1")
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
            members = circles[f"agreement:{agreement}"].members_at(story.position, story.envelopes[-1].time)
            admitted = AN_ASSET.admits(party, agreement=members, invention=holding)
            assert admitted == (asset in listed[party])
            for question in ("ownership", "timeline", "alarms"):
                answer = await reader.get(f"/v1/assets/{asset}/{question}")
                assert answer.status_code == (200 if admitted else 404)

    everything = ["INV-5G-1", VISITED]
    assert {
        **dict.fromkeys(("HUT", "ATRC", "BACK"), everything),
        "LEFT": [],
        "HOLDS": ["INV-5G-1"],
        "EGU": sorted([*everything, "INV-OTHER"]),
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
        if isinstance(envelope.data, OwnershipTransferred | TransferRescinded) and envelope.data.transfer == "VOID"
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


async def test_whoever_has_left_reads_what_was_known_by_then(visitor: Callable[..., Visitor], story: Story):
    """Of an asset of which it holds nothing; what became known since it said so and its day had come, it does not."""
    gone = visitor("representative", party="LEFT")
    said = next(
        position
        for position, envelope in enumerate(story.envelopes, 1)
        if isinstance(envelope.data, PartyWithdrew) and envelope.data.party == "LEFT"
    )

    for known, status in {said - 1: 200, said: 200, said + 1: 404, None: 404}.items():
        for question in ("ownership?effective=2025-06-02", "timeline?"):
            path = f"/v1/assets/{VISITED}/{question}" + (f"&known={known}" if known else "")
            assert (known, status) == (known, (await gone.get(path)).status_code)


async def test_an_entry_is_for_whoever_may_read_what_it_is_about(
    visitor: Callable[..., Visitor], story: Story, circles: dict[str, Circle]
):
    """With the proof that it is there: what was entered while it was in the agreement, and what is about its own."""
    replay = Replay()
    for message in story.messages:
        replay.enter(message.body)
    positions = [1, *range(3, story.position, 17), *range(story.position - 12, story.position + 1)]
    found: set[tuple[str, int]] = set()
    for party in PARTIES:
        reader = visitor("representative", party=party)
        for position in positions:
            envelope = story.envelopes[position - 1]
            about_it = [name for name in about(envelope) if kind_of(name) in AN_ENTRY.kinds]
            circle = circles.get(f"agreement:{envelope.agreement}", NOBODY)
            admitted = AN_ENTRY.admits(
                party,
                agreement=circle.members_at(position, envelope.time),
                invention=[each for name in about_it for each in _holders(replay, name, position)],
                **{
                    kind: [each for name in about_it if kind_of(name) == kind for each in circles.get(name, NOBODY)]
                    for kind in ("transfer", "licence", "dispute")
                },
            )
            expected = 200 if admitted else 404
            assert expected == (await reader.get(f"/v1/entries/{position}")).status_code, (party, position)
            assert expected == (await reader.get("/v1/proofs/inclusion", position=position)).status_code
            found |= {(party, expected)}

    assert {(party, status) for party in PARTIES for status in (200, 404)} - found <= {("HUT", 404), ("ATRC", 404)}


def _holders(replay: Replay, name: str, position: int) -> set[str]:
    """Return who holds an asset as known now, or as known at a position."""
    return {
        known.row.holder
        for known in replay.holdings.every()
        if f"invention:{known.row.asset}" == name
        and (known.until is None or known.since.position <= position < known.until.position)
    }
