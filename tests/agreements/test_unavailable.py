"""Whatever the database says when it cannot, agreements say that they are unavailable: everywhere, and never a 500."""

from datetime import date

from services.agreements.headings import EVERYBODY, Heading
from services.agreements.indexing.store import KeptIndex, ListIndex, Row
from services.agreements.people.errors import PeopleUnavailable
from services.agreements.people.store import PeopleStore, Rewrapped
from services.agreements.scheduler.store import DueStore
from shared.log.postgres import PostgresEventStore
from shared.log.store import LogUnavailable, Snapshot
from shared.testing import MigratedDatabase
from tests.agreements.bodies import agreement_body
from tests.agreements.portals import Portal
from tests.log.controls import an_append, keyed
from tests.refusing import Door, Question, not_told_to_come_again, public_coroutines, refusing, told_otherwise

TODAY = date(2024, 7, 8)


async def test_every_door_of_the_log_says_so(log_database: MigratedDatabase) -> None:
    """Appends as well as reads, whether or not they come with a key."""
    async with PostgresEventStore.open(log_database.dsn, password=log_database.password) as log:
        await log.wait_for_append(-1, 1)  # it listens, which takes no table
        doors: dict[str, Door] = {
            "append": lambda: log.append(an_append("jar:A", 1)),
            "append with a key": lambda: log.append(an_append("jar:A", 1, key=keyed("K"))),
            "read_stream": lambda: log.read_stream("jar:A"),
            "read_entries": lambda: log.read_entries("jar:A", after_version=0, limit=1),
            "read_streams": lambda: log.read_streams({"jar:A": 0}),
            "version_at": lambda: log.version_at("jar:A", 1),
            "read_log": lambda: log.read_log(after=0, limit=1),
            "head": log.head,
            "chain_at": lambda: log.chain_at(1),
            "read_created": lambda: log.read_created("jar", agreements=None, after=0, limit=1),
            "find_answer": lambda: log.find_answer("psn-1", "K"),
            "count_keys": lambda: log.count_keys("a", "b", most=1),
            "expire_keys": log.expire_keys,
            "load_snapshot": lambda: log.load_snapshot("jar:A"),
            "drop_snapshot": lambda: log.drop_snapshot("jar:A"),
            "save_snapshot": lambda: log.save_snapshot("jar:A", Snapshot(1, "1", b"{}")),
            "wait_for_append": lambda: log.wait_for_append(0, 1),
        }
        assert public_coroutines(PostgresEventStore) <= set(doors)

        async with refusing(log_database) as refuse:
            assert [] == await told_otherwise(refuse, doors, LogUnavailable)


async def test_every_door_of_the_people_says_so(log_database: MigratedDatabase) -> None:
    """What is kept beside the log is no exception."""
    async with PeopleStore.open(log_database.dsn, password=log_database.password) as people:
        doors: dict[str, Door] = {
            "find": lambda: people.find("HUT", "P"),
            "of_party": lambda: people.of_party("HUT", after="", limit=1),
            "add": lambda: people.add("HUT", "P", sealed=b"s", wrapped=b"w"),
            "replace": lambda: people.replace("HUT", "P", version=1, sealed=b"s"),
            "erase": lambda: people.erase("HUT", "P", TODAY),
            "keys": lambda: people.keys(after=("", ""), limit=1),
            "rewrap": lambda: people.rewrap([Rewrapped("HUT", "P", b"w", b"x")]),
        }
        assert public_coroutines(PeopleStore) <= set(doors)

        async with refusing(log_database) as refuse:
            assert [] == await told_otherwise(refuse, doors, PeopleUnavailable)


async def test_every_door_of_what_is_due_says_so(log_database: MigratedDatabase) -> None:
    """Whoever keeps it pauses then, and goes on; anything else would be reported as a failure of a rule."""
    async with DueStore.sole_keeper(log_database.reached(LogUnavailable)) as due:
        doors: dict[str, Door] = {
            "resume": lambda: due.resume("rules"),
            "touched": lambda: due.touched(0, limit=1, entities=["jar"]),
            "keep": lambda: due.keep(1, {"jar:A": TODAY}),
            "put": lambda: due.put({"jar:A": TODAY}),
            "begun": lambda: due.begun(0, 1, entities=["jar"]),
            "existing": lambda: due.existing(["jar:A"]),
            "moving": lambda: due.moving(["jar:A"], after=0),
            "streams": lambda: due.streams("", limit=1),
            "due": lambda: due.due(TODAY, limit=1),
            "listed": lambda: due.listed(["jar:A"]),
        }
        assert public_coroutines(DueStore) <= set(doors)

        async with refusing(log_database) as refuse:
            assert [] == await told_otherwise(refuse, doors, LogUnavailable)


async def test_every_door_of_the_index_of_lists_says_so(log_database: MigratedDatabase) -> None:
    """Its keeper's and those of whoever lists."""
    database = log_database.reached(LogUnavailable)
    async with DueStore.sole_keeper(database) as due, database.pool(most=1) as pool:
        kept, index, asked, row = due.index, ListIndex(pool), [Heading(EVERYBODY)], Row("party", EVERYBODY, "", "", 1)
        doors: dict[str, Door] = {
            "resume": lambda: kept.resume("rules"),
            "begun": lambda: kept.begun(["party:A"]),
            "scopes_of": lambda: kept.scopes_of(["party:A"]),
            "under": lambda: kept.under("party", asked),
            "listed": lambda: kept.listed(["party:A"]),
            "streams": lambda: kept.streams("", limit=1),
            "put": lambda: kept.put({"party:A": [row]}),
            "keep": lambda: kept.keep(1, {"party:A": [row]}),
            "touched": lambda: index.touched("party", agreements=None),
            "under, of a list": lambda: index.under("party", asked, after=0, limit=1),
        }
        assert public_coroutines(KeptIndex) | public_coroutines(ListIndex) <= set(doors)

        async with refusing(log_database) as refuse:
            assert [] == await told_otherwise(refuse, doors, LogUnavailable)


async def test_callers_are_told_to_come_again(hut: Portal, operator: Portal, log_database: MigratedDatabase) -> None:
    """Commands and reads, of the log and beside it: 503 with `Retry-After`, whatever it was."""
    await hut.create("/v1/agreements", agreement_body())
    other, person = agreement_body(agreement="OTHER"), {"person": "HUT-PhD", "name": "Wong Ka Yan"}
    questions: dict[str, Question] = {
        "read": lambda: hut.get("/v1/agreements/UNSEEN"),
        "list": lambda: hut.get("/v1/agreements"),
        "list by a filter": lambda: hut.get("/v1/parties", status="VERIFIED"),
        "list tasks": lambda: hut.get("/v1/tasks"),
        "read a history": lambda: hut.get("/v1/parties/HUT/history"),
        "command": lambda: hut.post("/v1/agreements", other),
        "command with a key": lambda: hut.post("/v1/agreements", other, Idempotency_Key="K"),
        "read a person": lambda: hut.get("/v1/people/HUT-PhD"),
        "keep a person": lambda: hut.post("/v1/people", person),
    }

    async with refusing(log_database) as refuse:
        assert [] == await not_told_to_come_again(refuse, questions)
