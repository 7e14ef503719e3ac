"""Whatever the database says when it cannot, the ledger says that it is unavailable: everywhere, and never a 500."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable

from services.ledger.check.evidence import Evidence
from services.ledger.errors import LedgerHalted, LedgerUnavailable
from services.ledger.tree.merkle import TileKey
from services.ledger.tree.note import Signer
from services.ledger.write.rebuild import rebuild
from services.ledger.write.store import LedgerStore
from services.ledger.write.writer import Writer
from shared.bus.consumer import StreamMessage
from shared.database import Database
from shared.log.chain import Head
from shared.testing import MigratedDatabase
from tests.ledger.story import VISITED, Story
from tests.ledger.visitor import Visitor
from tests.refusing import Door, Question, not_told_to_come_again, refusing, told_otherwise

# Any day that is over: an instant still to come is refused before the database is asked.
KNOWN = "2024-06-01"


class Nothing:
    """A stream on which nothing is published."""

    check_seconds = 1.0

    async def check(self, followed: Head) -> None:
        """Nothing was followed."""

    async def after(self, followed: Head) -> AsyncGenerator[list[StreamMessage], None]:
        assert followed.position < 0, "nothing was entered, so nothing is asked for"
        yield []


async def test_every_door_of_what_writes_says_so(
    writer: Writer,
    store: LedgerStore,
    story: Story,
    owner_address: Database,
    signer: Signer,
    ledger_database: MigratedDatabase,
) -> None:
    """It pauses then, and takes up where it was; anything else would end it."""
    halted = LedgerHalted(1, kind="EventMissing", expected="1", got="a gap")
    doors: dict[str, Door] = {
        "resume": writer.resume,
        "enter": lambda: writer.enter(story.messages),
        "halt": lambda: store.raise_alarm(halted, None),
        "over": lambda: store.alarms_over("HistoryDiverged"),
        "rebuild": lambda: rebuild(owner_address, Nothing(), signer.verifier),
    }

    async with refusing(ledger_database) as refuse:
        assert [] == await told_otherwise(refuse, doors, LedgerUnavailable)
    assert writer.position == 0


async def test_every_door_of_what_checks_says_so(address: Database, ledger_database: MigratedDatabase) -> None:
    """What cannot be read for now is no finding."""
    async with address.connected() as connection:
        evidence = Evidence(connection)

        async def snapshot() -> None:
            async with evidence.snapshot():
                await evidence.newest_checkpoint()

        doors: dict[str, Door] = {
            "snapshot": snapshot,
            "newest_checkpoint": evidence.newest_checkpoint,
            "entries": lambda: first_of(evidence.entries()),
            "bodies": lambda: first_of(evidence.bodies(upto=1)),
            "leaf_hashes": lambda: first_of(evidence.leaf_hashes(1)),
            "tiles": lambda: evidence.tiles([TileKey(0, 0)]),
        }
        async with refusing(ledger_database) as refuse:
            assert [] == await told_otherwise(refuse, doors, LedgerUnavailable)


async def test_visitors_are_told_to_come_again(
    visitor: Callable[..., Visitor], ledger_database: MigratedDatabase
) -> None:
    """Every question: 503 with `Retry-After`, whatever it was, and nothing is called damaged for it."""
    auditor, notifications = visitor("auditor"), visitor("service")
    about = f"/v1/assets/{VISITED}"
    questions: dict[str, Question] = {
        "checkpoint": lambda: auditor.get("/v1/checkpoint"),
        "entries": lambda: auditor.get("/v1/entries"),
        "entry": lambda: auditor.get("/v1/entries/1"),
        "inclusion": lambda: auditor.get("/v1/proofs/inclusion", position=1),
        "consistency": lambda: auditor.get("/v1/proofs/consistency", **{"from": 1}),
        "assets": lambda: auditor.get("/v1/assets"),
        "ownership": lambda: auditor.get(f"{about}/ownership"),
        "timeline": lambda: auditor.get(f"{about}/timeline", known=KNOWN),
        "alarms about": lambda: auditor.get(f"{about}/alarms"),
        "alarms": lambda: auditor.get("/v1/alarms"),
        "feed of alarms": lambda: notifications.get("/v1/alarms/feed"),
    }
    for name, ask in questions.items():
        assert (await ask()).status_code == 200, name

    async with refusing(ledger_database) as refuse:
        assert [] == await not_told_to_come_again(refuse, questions)
    ready = await auditor.get("/health/ready")
    assert ready.status_code == 200, ready.text


async def first_of(pieces: AsyncIterator[object]) -> object:
    return await anext(pieces)
