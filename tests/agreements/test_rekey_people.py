"""A new master key: the keys of all people are wrapped anew under it, while whoever asks goes on being answered."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import date

import pytest

from services.agreements.people import rekeying
from services.agreements.people.errors import PeopleUnavailable, PersonErased, PersonUnreadable
from services.agreements.people.model import PersonalData
from services.agreements.people.register import People
from services.agreements.people.rekeying import rekey
from services.agreements.people.sealing import MasterKey
from services.agreements.people.store import PeopleStore, Rewrapped, WrappedKey
from shared.embedded.home import people_key
from shared.errors import StartupError
from shared.testing import MigratedDatabase
from shared.web.etag import Named

OLD, NEW, OTHER = people_key(), people_key(), people_key()
BEFORE, BETWEEN, AFTER = MasterKey.parse(OLD), MasterKey.parse(NEW, OLD), MasterKey.parse(NEW)
NAME = PersonalData(name="Wong Ka Yan")
TODAY = date(2025, 1, 1)


@pytest.fixture
async def store(log_database: MigratedDatabase) -> AsyncIterator[PeopleStore]:
    """The tables as the service reaches them."""
    async with PeopleStore.open(log_database.dsn, password=log_database.password) as opened:
        yield opened


@pytest.fixture
async def owned(log_database: MigratedDatabase) -> AsyncIterator[PeopleStore]:
    """The tables as their owner reaches them, who alone may replace a key."""
    async with PeopleStore.open(log_database.owner_dsn, password=log_database.owner_password) as opened:
        yield opened


async def add(store: PeopleStore, master: MasterKey, *people: str) -> None:
    for person in people:
        await People(store, master).add("HUT", person, NAME)


async def name_of(store: PeopleStore, master: MasterKey, person: str) -> str | None:
    secrets = (await People(store, master).show("HUT", person)).secrets
    return secrets.data.name if secrets else None


def rewrapped(key: WrappedKey) -> Rewrapped:
    anew = BETWEEN.rewrap(key.wrapped, key.party, key.person)
    assert anew is not None
    return Rewrapped(key.party, key.person, key.wrapped, anew)


async def test_every_person_is_read_with_the_new_key_alone(store, owned):
    """Afterwards the previous key can be thrown away, and opens nothing any more."""
    await add(store, BEFORE, "P1", "P2", "P3")

    assert rekeying.Rekeyed(3, 3, ()) == await rekey(owned, BETWEEN)

    for person in ("P1", "P2", "P3"):
        assert NAME.name == await name_of(store, AFTER, person)
        with pytest.raises(PersonUnreadable):
            await name_of(store, BEFORE, person)


async def test_the_service_reads_and_writes_under_both_keys_meanwhile(store, owned):
    """Whether a key was wrapped anew yet or not; what it adds is under the new key."""
    await add(store, BEFORE, "P1")
    people = People(store, BETWEEN)
    replaced = await people.replace("HUT", "P1", PersonalData(name="Before"), Named(frozenset({1})))
    await add(store, BETWEEN, "P2")
    assert NAME.name == await name_of(store, AFTER, "P2")

    assert 1 == (await rekey(owned, BETWEEN)).anew

    await people.replace("HUT", "P1", PersonalData(name="After"), Named(frozenset({replaced.version})))
    assert "After" == await name_of(store, AFTER, "P1")


async def test_what_is_derived_from_a_persons_key_stays(store, owned):
    """A letter that is sent again has the same link: another person's, or about something else, is another."""
    await add(store, BEFORE, "P1", "P2")
    asked = [("P1", "letter"), ("P2", "letter"), ("P1", "other")]
    before = [await People(store, BEFORE).secret("HUT", *each) for each in asked]
    assert await rekey(owned, BETWEEN)
    after = [await People(store, AFTER).secret("HUT", *each) for each in asked]

    assert before == after
    assert 3 == len({*before})
    assert [32, 32, 32] == [len(each) for each in before]


async def test_doing_it_again_changes_nothing(store, owned):
    """So it can be broken off anywhere and begun anew."""
    await add(store, BEFORE, "P1", "P2")
    [first, _] = await owned.keys(after=("", ""), limit=10)
    assert 1 == await owned.rewrap([rewrapped(first)])  # broken off after one

    assert rekeying.Rekeyed(1, 2, ()) == await rekey(owned, BETWEEN)
    stored = await owned.keys(after=("", ""), limit=10)
    assert rekeying.Rekeyed(0, 2, ()) == await rekey(owned, BETWEEN)
    assert stored == await owned.keys(after=("", ""), limit=10)


async def test_there_may_be_more_people_than_fit_in_one_page(store, owned):
    """Nobody at the end of a page is passed over."""
    await add(store, BEFORE, *(f"P{number}" for number in range(rekeying.PAGE + 3)))

    assert rekeying.Rekeyed(rekeying.PAGE + 3, rekeying.PAGE + 3, ()) == await rekey(owned, BETWEEN)


async def test_an_erased_person_stays_erased(store, owned):
    """Also one who is erased after the key was read and before it is written back."""
    await add(store, BEFORE, "P1", "P2")
    people = People(store, BETWEEN)
    await people.erase("HUT", "P1", TODAY)
    [key] = await owned.keys(after=("", ""), limit=10)
    anew = rewrapped(key)
    await people.erase("HUT", "P2", TODAY)

    assert 0 == await owned.rewrap([anew])
    assert rekeying.Rekeyed(0, 0, ()) == await rekey(owned, BETWEEN)

    for person in ("P1", "P2"):
        assert await name_of(store, BETWEEN, person) is None
        with pytest.raises(PersonErased):
            await people.add("HUT", person, NAME)


async def test_it_runs_beside_everything_else(store, owned):
    """People added, replaced and erased at the same time are what they would have been without it."""
    everybody = [f"P{number}" for number in range(60)]
    await add(store, BEFORE, *everybody)
    people = People(store, BETWEEN)

    async def go_on() -> None:
        for number, person in enumerate(everybody):
            if number % 3 == 0:
                await people.erase("HUT", person, TODAY)
            if number % 3 == 1:
                await people.replace("HUT", person, PersonalData(name="Replaced"), Named(frozenset({1})))
            await add(store, BETWEEN, f"Q{number}")

    await asyncio.gather(go_on(), rekey(owned, BETWEEN), rekey(owned, BETWEEN))

    expected = [None, "Replaced", NAME.name]
    assert [expected[number % 3] for number in range(60)] == [await name_of(store, AFTER, each) for each in everybody]
    assert {NAME.name} == {await name_of(store, AFTER, f"Q{number}") for number in range(60)}


async def test_a_key_that_nothing_opens_is_named_and_left(store, owned):
    """The others are wrapped anew all the same."""
    await add(store, BEFORE, "P1")
    await add(store, MasterKey.parse(OTHER), "P2")

    assert rekeying.Rekeyed(1, 1, ("HUT/P2",)) == await rekey(owned, BETWEEN)
    assert NAME.name == await name_of(store, MasterKey.parse(OTHER), "P2")


async def test_the_service_itself_may_replace_no_key(store):
    """Its role adds and erases keys; wrapping them anew takes the owner."""
    await add(store, BEFORE, "P1")

    with pytest.raises(PeopleUnavailable):
        await rekey(store, BETWEEN)
    assert NAME.name == await name_of(store, BEFORE, "P1")


@pytest.mark.parametrize("previous", ["secret", f"{OLD} secret", OLD[:-4]], ids=["a word", "and a word", "cut short"])
def test_a_previous_key_that_is_none_is_refused_without_being_repeated(previous):
    """A service with a wrong key does not start, and does not say what it was given."""
    with pytest.raises(StartupError, match="MOIETY_PEOPLE_PREVIOUS_KEYS must be keys") as refused:
        MasterKey.parse(NEW, previous)
    assert previous not in str(refused.value)


async def test_the_command_says_what_it_did(store, log_database: MigratedDatabase, tmp_path):
    """Previous keys come in a file, one a line; exit code 1 and the pseudonym when a key is missing."""
    await add(store, BEFORE, "P1")
    await add(store, MasterKey.parse(OTHER), "P2")
    keys = tmp_path / "previous"

    keys.write_text(f"{OLD}\n")
    without = rekeyed(log_database, str(keys))
    keys.write_text(f"{OLD}\n{OTHER}\n")
    complete = rekeyed(log_database, str(keys))

    assert (1, "1 keys wrapped anew; the present key opens 1\n") == (without.returncode, without.stdout)
    assert "moiety: 1 keys are wrapped by no key that was given: HUT/P2\n" == without.stderr
    assert (0, "1 keys wrapped anew; the present key opens 2\n") == (complete.returncode, complete.stdout)
    assert NAME.name == await name_of(store, AFTER, "P2")


def rekeyed(database: MigratedDatabase, previous: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "MOIETY_DATABASE_URL": database.owner_dsn,
        "MOIETY_DATABASE_PASSWORD": database.owner_password,
        "MOIETY_PEOPLE_KEY": NEW,
        "MOIETY_PEOPLE_PREVIOUS_KEYS_FILE": previous,
    }
    command = [sys.executable, "-m", "services.cli.main", "people", "rekey"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
