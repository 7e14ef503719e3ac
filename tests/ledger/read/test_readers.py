"""Who may read what in the ledger: its tables answer every question as the fold over the events does."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import date
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from services.ledger.check.replay import Replay
from services.ledger.write.writer import Writer
from shared.bus.consumer import Received
from shared.bus.history import linked
from shared.database import Database
from shared.events.affiliation import AffiliationDeclared, DeclarationMade
from shared.events.agreement import PartyAcceded, PartyWithdrew
from shared.events.concerned import EVERYBODY, NOBODY, Circle, about, concerned, lessons
from shared.events.invention import AssetLicensed, OwnershipTransferred, TransferRescinded
from shared.events.licence import LicenceConsentGiven, LicenceDrafted
from shared.events.log import LogContinued
from shared.events.opportunity import OpportunityIdentified, OpportunityReviewed, OpportunityShared
from shared.events.party import PartyRegistered
from shared.events.project import ProjectCreated
from shared.events.questions import AN_ASSET
from shared.log.chain import START
from shared.log.envelope import NO_AGREEMENT, decode
from tests.docs.made import made
from tests.events.everything import everything_of
from tests.ledger.story import VISITED, Story, sample, stating
from tests.ledger.visitor import Visitor, visiting
from tests.notifications.told import STORIES, history_of

# In the agreement from the start; joined it; joined and left it, one with a share, one to come back; bought a share;
# bought one and lost it; in another.
PARTIES = ("HUT", "ATRC", "EGU", "LEFT", "HOLDS", "BACK", "OWS", "LOST", "NLN")
LEFT_ON = date(2024, 1, 1)


@pytest.fixture
def story() -> Story:
    """The sample, and whoever comes to it and goes."""
    told = sample()
    told.tell(made(ProjectCreated, agreement="AGR-1", project="PRJ-5G"), "PRJ-5G")
    licence = {"agreement": "AGR-1", "licence": "LIC-1"}
    scope = msgspec.structs.replace(made(LicenceDrafted).scope, assets=("INV-5G-1",))
    drafted = stating(made(LicenceDrafted, **licence, licensors=("HUT",), licensee="NLN", scope=scope))
    told.tell(drafted, "LIC-1")
    told.tell(made(LicenceConsentGiven, **licence, party="ATRC", terms_hash=drafted.terms_hash), "LIC-1")
    licensed = made(AssetLicensed, agreement="AGR-1", invention="INV-5G-1", licence="LIC-1", licensee="NLN")
    told.tell(msgspec.structs.replace(licensed, scope=scope), "INV-5G-1")
    for party in ("EGU", "LEFT", "HOLDS", "BACK"):
        told.tell(made(PartyAcceded, agreement="AGR-1", parties=("HUT", "ATRC", party), party=party), "AGR-1")
    told.transfer("HUT", "HOLDS", "2025-06-01", "KEPT", of_whole="1/16")
    for party in ("LEFT", "HOLDS", "BACK"):
        told.tell(made(PartyWithdrew, agreement="AGR-1", party=party, effective_on=LEFT_ON), "AGR-1")
    told.tell(made(PartyAcceded, agreement="AGR-1", parties=("HUT", "ATRC", "BACK"), party="BACK"), "AGR-1")
    told.transfer("HUT", "OWS", "2025-06-01", "SALE", of_whole="1/8")
    told.transfer("HUT", "LOST", "2025-06-01", "VOID", of_whole="1/8", invention=VISITED)
    told.rescind("VOID", "2025-06-01", invention=VISITED)
    told.contribute("PI", "E1", "1/2", invention=VISITED, attested=False)
    _for_some(told)
    told.agreement = "AGR-2"
    told.agree(("NLN", "EGU"))
    told.disclose("INV-OTHER", project="PRJ-OTHER", E1="1/1")
    return told


def _for_some(told: Story) -> None:
    """Tell what is of an agreement and not for all of it, and what is of none."""
    seen = {"agreement": "AGR-1", "opportunity": "OPP-1"}
    told.tell(made(OpportunityIdentified, **seen, by_party="HUT"), "OPP-1", agreement=NO_AGREEMENT)
    told.tell(made(OpportunityShared, **seen, parties=("HUT", "NLN"), by_party="HUT"), "OPP-1")
    told.tell(made(OpportunityReviewed, **seen, parties=("HUT", "NLN"), party="NLN"), "OPP-1")
    for party in PARTIES:
        if party != "NLN" and not registered(told, party):
            told.register(party)
    ends = {"parent": "HUT", "child": "HUT-RD", "accrual": False}
    told.tell(
        made(DeclarationMade, **ends, declaration="DEC-RD", declared_by="HUT-RD"), "DEC-RD", agreement=NO_AGREEMENT
    )
    told.tell(made(AffiliationDeclared, **ends), "all", agreement=NO_AGREEMENT)
    told.tell(made(LogContinued, epoch=0), "X", agreement=NO_AGREEMENT)
    told.register("NLN")


def registered(story: Story, party: str) -> int:
    """Return the position at which a party is registered; 0 for one that is not."""
    told = (
        position
        for position, envelope in enumerate(story.envelopes, 1)
        if isinstance(envelope.data, PartyRegistered) and envelope.data.party == party
    )
    return next(told, 0)


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


async def test_an_entry_is_for_whom_it_concerns(
    visitor: Callable[..., Visitor], story: Story, circles: dict[str, Circle]
):
    """With the proof that it is there; by all that is entered, and by the one function that says it everywhere."""
    found: set[tuple[str, int]] = set()
    for party in PARTIES:
        reader = visitor("representative", party=party)
        for position, envelope in enumerate(story.envelopes, 1):
            parties = concerned(envelope, position, circles)
            there = EVERYBODY in parties and position > registered(story, party)
            expected = 200 if there or party in parties else 404
            assert expected == (await reader.get(f"/v1/entries/{position}")).status_code, (party, position)
            if not position % 7:
                assert expected == (await reader.get("/v1/proofs/inclusion", position=position)).status_code
            found |= {(party, expected)}

    assert {(party, status) for party in PARTIES for status in (200, 404)} == found


@pytest.mark.parametrize("number", range(len(STORIES) + 2))
async def test_so_it_is_of_whatever_can_be_done(number: int, writer: Writer, address: Database, tmp_path: Path):
    """Of what agreements recorded in stories, and in walks through everything that can be done."""
    entries = await history_of(number)
    await writer.enter(linked(START, [Received(each.id, each.subject, each.state, None) for each in entries]))
    events = [(each.id, decode(each.state)) for each in entries]
    async with visiting(address, tmp_path) as visit:
        for party in ("HUT", "ATRC", "EGU", "NLN", "KPD"):
            reader = visit("representative", party=party)
            answers = {at: (await reader.get(f"/v1/entries/{at}")).status_code for at, _ in events}
            assert everything_of(party, events) == [at for at, status in answers.items() if status == 200]


async def test_what_is_not_for_all_of_an_agreement_is_for_those_alone(visitor: Callable[..., Visitor], story: Story):
    """An opportunity, what a party is, a relation of two of them, and what happened to the log itself."""

    def told_of(kind: type[Any]) -> int:
        return next(at for at, each in enumerate(story.envelopes, 1) if isinstance(each.data, kind))

    expected = {
        OpportunityIdentified: {"HUT", "NLN"},
        OpportunityReviewed: {"HUT", "NLN"},
        PartyRegistered: {"HUT"},
        AffiliationDeclared: {"HUT", "ATRC", "EGU", "LEFT", "HOLDS", "BACK"},
        DeclarationMade: {"HUT"},
        LogContinued: {*PARTIES} - {"NLN"},
    }
    for kind, parties in expected.items():
        answers = {
            party: (await visitor("representative", party=party).get(f"/v1/entries/{told_of(kind)}")).status_code
            for party in PARTIES
        }
        assert (kind, parties) == (kind, {party for party, status in answers.items() if status == 200})


async def test_what_undoes_a_share_is_the_last_that_its_holder_reads(visitor: Callable[..., Visitor], story: Story):
    """Its buyer is told that it no longer holds, and nothing of what comes after."""
    buyer = visitor("representative", party="LOST")
    about_it = [at for at, each in enumerate(story.envelopes, 1) if f"invention:{VISITED}" in about(each)]
    undone = next(
        at
        for at in about_it
        if isinstance(data := story.envelopes[at - 1].data, TransferRescinded) and data.transfer == "VOID"
    )
    later = [at for at in about_it if at > undone]

    assert later
    for position in about_it:
        assert (404 if position in later else 200) == (await buyer.get(f"/v1/entries/{position}")).status_code


async def test_nothing_of_an_entry_is_told_to_whom_the_entry_is_not_for(visitor: Callable[..., Visitor], story: Story):
    """In no answer about assets, as known now and as known while the party was in the agreement or held a share."""
    told_of, withheld = await compared(visitor, story, known=(None, *range(7, story.position, 29)))

    everything = {"invention", "project", "contributions", "participants", "disputes", "transfers", "licences"}
    assert everything == told_of["HUT"] == told_of["BACK"]
    assert set() == withheld["HUT"] == withheld["BACK"]
    # Whoever holds a share reads what it has, and why; not who works in the project, and not what came after it left.
    assert everything - {"project", "participants"} == told_of["OWS"]
    assert {"project", "participants"} == withheld["OWS"]
    assert everything == told_of["HOLDS"]


@pytest.mark.parametrize("seed", range(3))
async def test_nor_is_it_in_any_history(seed: int, writer: Writer, address: Database, tmp_path: Path):
    """Whoever joins, leaves, joins again, buys and loses, in any order, at any time."""
    chance, told = Random(seed), sample()
    told.tell(made(ProjectCreated, agreement="AGR-1", project="PRJ-5G"), "PRJ-5G")
    told.on("2025-06-01")
    within = {"HUT", "ATRC"}
    passed: list[str] = []
    for step in range(14):
        match chance.choice(("join", "leave", "sell", "rescind", "engage")):
            case "join":
                party = chance.choice(("EGU", "LEFT", "OWS"))
                within |= {party}
                told.tell(made(PartyAcceded, agreement="AGR-1", parties=(*sorted(within),), party=party), "AGR-1")
            case "leave" if leaving := sorted(within - {"HUT", "ATRC"}):
                party = chance.choice(leaving)
                within -= {party}
                on = chance.choice((LEFT_ON, date(2025, 6, 1), date(2025, 7, 1)))
                told.tell(made(PartyWithdrew, agreement="AGR-1", party=party, effective_on=on), "AGR-1")
            case "sell":
                passed.append(f"SALE-{step}")
                told.transfer("HUT", chance.choice(("LEFT", "OWS", "LOST")), "2025-06-01", passed[-1], of_whole="1/64")
            case "rescind" if passed:
                told.rescind(passed.pop(), "2025-06-01")
            case "engage":
                told.engage(f"P{step}", "HUT")
    await writer.enter(told.messages)
    async with visiting(address, tmp_path) as visit:
        told_of, _ = await compared(
            visit, told, known=(None, told.position - 12), parties=("EGU", "LEFT", "OWS", "LOST")
        )
        assert told_of


async def compared(
    visitor: Callable[..., Visitor], story: Story, *, known: Iterable[int | None], parties: Iterable[str] = PARTIES
) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Hold what is told of assets against the entries that each party reads; return what dossiers tell and withhold."""
    told_of: dict[str, set[str]] = {}
    withheld: dict[str, set[str]] = {}
    for party in parties:
        reader, mine = visitor("representative", party=party), await entries_for(visitor, story, party)
        for asset, position in product(("INV-5G-1", VISITED, "INV-OTHER"), known):
            at = {} if position is None else {"known": position}
            answers = [await reader.get(f"/v1/assets/{asset}/{each}", **at) for each in QUESTIONS]
            answers.append(await reader.get(f"/v1/assets/{asset}/alarms"))
            assert {*positions_in([each.json() for each in answers if each.status_code == 200])} <= mine
            if answers[0].status_code != 200:
                continue
            whole = (await visitor("auditor").get(f"/v1/assets/{asset}/dossier", **at)).json()
            for part in PARTS:
                facts, others = facts_of(answers[0].json()[part]), facts_of(whole[part])
                # Whatever it may read of it, it is told.
                assert facts == {at: fact for at, fact in others.items() if at in mine}
                told_of.setdefault(party, set()).update([part] if facts else [])
                withheld.setdefault(party, set()).update([part] if facts != others else [])
        listed = (await reader.get("/v1/assets")).json()["items"]
        assert {each["position"] for each in listed} <= mine
    return told_of, withheld


async def entries_for(visitor: Callable[..., Visitor], story: Story, party: str) -> set[int]:
    """Return the positions of the entries that a party may read, each by itself."""
    reader = visitor("representative", party=party)
    return {
        position
        for position in range(1, story.position + 1)
        if (await reader.get(f"/v1/entries/{position}")).status_code == 200
    }


QUESTIONS = ("dossier", "ownership", "timeline")
PARTS = ("invention", "project", "contributions", "participants", "transfers", "disputes", "licences")


def facts_of(subjects: Any) -> dict[int, Any]:
    return {fact["position"]: fact for subject in subjects for fact in subject["facts"]}


def positions_in(told: Any) -> Iterator[int]:
    """Name every position that an answer tells of; how far the ledger had come is no entry that is told."""
    match told:
        case list():
            for each in told:
                yield from positions_in(each)
        case dict():
            if "ledger" in told:
                told = {name: value for name, value in told.items() if name not in {"position", "ledger", "known"}}
            for name, value in told.items():
                if name == "position" and isinstance(value, int):
                    yield value
                elif name == "entries":
                    yield from value
                else:
                    yield from positions_in(value)
