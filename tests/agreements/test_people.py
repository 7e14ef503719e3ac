"""Personal data: kept beside the log, for its home party alone, until it is erased."""

import asyncio
import base64
from collections.abc import Callable
from typing import Any

import asyncpg
import msgspec
import pytest

from services.agreements.people.errors import PersonUnreadable
from services.agreements.people.model import PersonalData
from services.agreements.people.sealing import MasterKey, salted
from shared.embedded.home import people_key
from shared.errors import StartupError
from shared.testing import MigratedDatabase
from shared.web.idempotency import fingerprint_of
from tests.agreements.bodies import agreement_body, participant_body
from tests.agreements.portals import JSON, Portal
from tests.told import refuses

OpenPortal = Callable[..., Portal]
NAME, EMAIL, ORCID = "Wong Ka Yan", "ky.wong@hut.example", "0000-0002-1825-0097"
PERSON = "/v1/people/HUT-PhD"


def person_body(**changed: Any) -> JSON:
    return {"person": "HUT-PhD", "name": NAME, "email": EMAIL, "orcid": ORCID, **changed}


async def everything_stored(database: MigratedDatabase) -> bytes:
    """What somebody who steals the whole database reads."""
    connection = await asyncpg.connect(database.admin_dsn, password=database.admin_password)
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        found = b""
        for (table,) in tables:
            for row in await connection.fetch(f'SELECT * FROM "{table}"'):
                found += b"".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
        return found
    finally:
        await connection.close()


# -- without a server -----------------------------------------------------------------------------------------


def sealed_person() -> tuple[MasterKey, bytes, bytes]:
    master = MasterKey.parse(people_key())
    wrapped = master.new_key("HUT", "P")
    return master, wrapped, master.seal(salted(PersonalData(name=NAME)), wrapped, "HUT", "P", version=1)


def test_what_is_sealed_is_opened_again():
    """Out and back."""
    master, wrapped, sealed = sealed_person()

    assert NAME == master.open(sealed, wrapped, "HUT", "P", version=1).data.name
    assert NAME.encode() not in sealed


@pytest.mark.parametrize(
    ("party", "person", "version"), [("ATRC", "P", 1), ("HUT", "Q", 1), ("HUT", "P", 2)], ids=["party", "name", "age"]
)
def test_what_is_sealed_belongs_where_it_lies(party: str, person: str, version: int):
    """A row put in another's place, or an old one in a newer one's, does not open."""
    master, wrapped, sealed = sealed_person()

    with refuses(PersonUnreadable):
        master.open(sealed, wrapped, party, person, version)


def test_a_flipped_bit_does_not_open():
    """Every byte of it counts, those of the key too."""
    master, wrapped, sealed = sealed_person()

    for place in range(len(sealed)):
        with refuses(PersonUnreadable):
            master.open(_flipped(sealed, place), wrapped, "HUT", "P", version=1)
    for place in range(len(wrapped)):
        with refuses(PersonUnreadable):
            master.open(sealed, _flipped(wrapped, place), "HUT", "P", version=1)


def test_another_master_key_opens_nothing():
    """The database alone is no use."""
    _, wrapped, sealed = sealed_person()

    with refuses(PersonUnreadable):
        MasterKey.parse(people_key()).open(sealed, wrapped, "HUT", "P", version=1)


def test_a_key_may_be_written_in_either_alphabet():
    """What `openssl rand -base64 32` prints is a key, and so is its form for addresses."""
    raw = b"\xfb\xff" * 16

    for text in (base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()):
        MasterKey.parse(text)


@pytest.mark.parametrize("text", ["secret", "", base64.b64encode(bytes(range(31))).decode(), "é" * 44])
def test_what_is_no_key_is_refused_without_being_repeated(text: str):
    """A service with a wrong key does not start, and does not say what it was given."""
    with pytest.raises(StartupError, match="MOIETY_PEOPLE_KEY must be 32 random bytes in base64") as refused:
        MasterKey.parse(text)
    assert not text or text not in str(refused.value)


def test_one_orcid_of_two_people_has_two_hashes():
    """Without the salt nobody can tell whose hash it is, not even by trying every ORCID iD there is."""
    data = PersonalData(name=NAME, orcid=ORCID)

    assert salted(data).orcid_hash != salted(data).orcid_hash


def test_representations_say_nothing():
    """They end up in logs and tracebacks."""
    assert NAME not in repr(salted(PersonalData(name=NAME)))


# -- over HTTP ------------------------------------------------------------------------------------------------


async def test_the_home_party_reads_what_it_wrote(hut: Portal):
    """All of it, and the hash with which the person may be engaged."""
    written = await hut.create("/v1/people", person_body())
    read = (await hut.get(PERSON)).json()

    assert written == read
    assert (NAME, EMAIL, ORCID) == (read["name"], read["email"], read["orcid"])
    assert 200 == (await hut.post("/v1/people", person_body())).status_code


async def test_nobody_else_reads_or_writes_it(hut: Portal, atrc: Portal, portal_of: OpenPortal):
    """To another party there is no such person; operators and auditors have no business here."""
    await hut.create("/v1/people", person_body())

    for answer in (
        await atrc.get(PERSON),
        await atrc.post(f"{PERSON}/replace", {"name": "Other"}, If_Match='"1"'),
        await atrc.post(f"{PERSON}/erase"),
    ):
        assert (404, "PERSON_NOT_FOUND") == (answer.status_code, answer.json()["code"])
    for role in ("operator", "auditor"):
        assert 403 == (await portal_of(None, role).get(PERSON)).status_code
    assert NAME == (await hut.get(PERSON)).json()["name"]


async def test_each_party_has_its_own_names(hut: Portal, atrc: Portal):
    """A pseudonym that another party uses is free, so taking one tells nobody anything."""
    await hut.create("/v1/people", person_body())

    assert "Somebody" == (await atrc.create("/v1/people", person_body(name="Somebody")))["name"]


async def test_a_party_lists_its_people_and_no_others(hut: Portal, atrc: Portal):
    """By pseudonym, page by page, whoever was erased among them: who was added twice is found."""
    for person in ("P3", "P1", "P2"):
        await hut.create("/v1/people", person_body(person=person))
    await atrc.create("/v1/people", person_body(person="P4"))
    await hut.post("/v1/people/P2/erase")

    first = (await hut.get("/v1/people", limit=2)).json()
    rest = (await hut.get("/v1/people", limit=2, cursor=first["next"])).json()
    listed = [*first["items"], *rest["items"]]

    assert ([("P1", NAME), ("P2", None), ("P3", NAME)], None) == (
        [(each["person"], each["name"]) for each in listed],
        rest["next"],
    )
    assert listed[0] == (await hut.get("/v1/people/P1")).json()
    assert ["P4"] == [each["person"] for each in (await atrc.get("/v1/people")).json()["items"]]
    assert "no-store" == (await hut.get("/v1/people")).headers["Cache-Control"]


async def test_only_who_sees_to_people_sees_them(hut: Portal, operator: Portal):
    """Once a party has named its representatives, it takes the power to read its people's names."""
    await hut.create("/v1/people", person_body())
    named = {"person": "HUT-REP", "powers": ["SIGN", "APPOINT"], "period": {"from": "2020-01-01"}}
    await operator.change("/v1/parties/HUT", "representatives", named)
    assert (403, "POWER_MISSING") == ((refused := await hut.get(PERSON)).status_code, refused.json()["code"])

    await operator.change("/v1/parties/HUT", "representatives", named | {"powers": ["PERSONNEL", "APPOINT"]})
    assert 200 == (await hut.get(PERSON)).status_code


async def test_what_is_known_is_replaced_on_the_version_that_was_seen(hut: Portal):
    """Whoever corrects a name has seen the one that stands; the ORCID iD keeps its hash."""
    before = await hut.create("/v1/people", person_body())
    body = {"name": "Wong, K. Y.", "orcid": ORCID}
    after = await hut.change(PERSON, "replace", body)
    late = await hut.post(f"{PERSON}/replace", {"name": "Another"}, If_Match='"1"')

    assert ("Wong, K. Y.", None, before["orcid_hash"]) == (after["name"], after["email"], after["orcid_hash"])
    assert (412, "VERSION_MISMATCH") == (late.status_code, late.json()["code"])


async def test_what_is_known_already_is_nothing_to_replace(hut: Portal):
    """Whoever did not hear the answer sends the same again, on the version that was seen the first time."""
    await hut.create("/v1/people", person_body())
    body = {"name": "Wong, K. Y."}
    first = await hut.post(f"{PERSON}/replace", body, If_Match='"1"')
    again = await hut.post(f"{PERSON}/replace", body, If_Match='"1"')

    assert (200, first.content) == (again.status_code, again.content)


# -- named by an Idempotency-Key ------------------------------------------------------------------------------


async def people_of(database: MigratedDatabase) -> int:
    connection = await asyncpg.connect(database.admin_dsn, password=database.admin_password)
    try:
        count: int = await connection.fetchval("SELECT count(*) FROM person")
        return count
    finally:
        await connection.close()


async def test_a_repeat_under_one_key_adds_nobody_twice(hut: Portal, log_database: MigratedDatabase):
    """Whoever did not hear the answer sends it again, and is told the pseudonym that was given the first time."""
    first = await hut.post("/v1/people", {"name": NAME}, Idempotency_Key="k")
    again = await hut.post("/v1/people", {"name": NAME}, Idempotency_Key="k")

    assert (201, 201, first.content) == (first.status_code, again.status_code, again.content)
    assert first.headers["Location"] == again.headers["Location"]
    assert (None, "true") == tuple(each.headers.get("Idempotent-Replayed") for each in (first, again))
    assert 1 == await people_of(log_database)


async def test_many_at_once_under_one_key_add_one_person(hut: Portal, log_database: MigratedDatabase):
    """A client that does not wait for its first attempt does no harm."""
    answers = await asyncio.gather(*(hut.post("/v1/people", {"name": NAME}, Idempotency_Key="k") for _ in range(8)))

    assert {(201, answers[0].content)} <= {(each.status_code, each.content) for each in answers}
    assert 1 == len({each.json()["person"] for each in answers})
    assert 1 == await people_of(log_database)


@pytest.mark.parametrize(
    ("command", "body", "other"),
    [
        ("/v1/people", {"name": NAME}, {"name": "Another"}),
        ("/v1/people", person_body(person="P1"), person_body(person="P2")),
        (f"{PERSON}/replace", {"name": "Wong, K. Y."}, {"name": "Another"}),
    ],
    ids=["under a made pseudonym", "under a chosen one", "replaced"],
)
async def test_one_key_names_one_request(hut: Portal, command: str, body: JSON, other: JSON):
    """Another body under the same key is refused, and nothing is kept of it; so is another address."""
    await hut.create("/v1/people", person_body())
    first = await hut.post(command, body, Idempotency_Key="k", If_Match='"1"')
    second = await hut.post(command, other, Idempotency_Key="k", If_Match='"2"')
    elsewhere = await hut.post(f"{PERSON}/erase", Idempotency_Key="k")

    assert first.is_success
    for refused in (second, elsewhere):
        assert (422, "IDEMPOTENCY_KEY_REUSED") == (refused.status_code, refused.json()["code"])
    assert first.json() == (await hut.get(f"/v1/people/{first.json()['person']}")).json()
    assert 404 == (await hut.get("/v1/people/P2")).status_code


async def test_one_key_names_one_request_whatever_it_is_about(hut: Portal):
    """A key that named a command of another kind names nothing about people, and the other way round."""
    await hut.post("/v1/agreements", agreement_body(), Idempotency_Key="agreement")
    await hut.post("/v1/people", {"name": NAME}, Idempotency_Key="person")

    for answer in (
        await hut.post("/v1/people", {"name": NAME}, Idempotency_Key="agreement"),
        await hut.post("/v1/agreements", agreement_body(agreement="OTHER"), Idempotency_Key="person"),
    ):
        assert (422, "IDEMPOTENCY_KEY_REUSED") == (answer.status_code, answer.json()["code"])


async def test_a_repeat_shows_the_person_as_they_are_known_now(hut: Portal):
    """What was replaced since is not kept for the sake of a repeat."""
    await hut.post("/v1/people", person_body(), Idempotency_Key="added")
    replaced = await hut.post(f"{PERSON}/replace", {"name": "Wong, K. Y."}, Idempotency_Key="replaced", If_Match='"1"')
    await hut.post(f"{PERSON}/replace", {"name": "Wong"}, If_Match='"2"')
    added = await hut.post("/v1/people", person_body(), Idempotency_Key="added")
    again = await hut.post(f"{PERSON}/replace", {"name": "Wong, K. Y."}, Idempotency_Key="replaced", If_Match='"1"')

    assert 200 == replaced.status_code
    assert ((201, "Wong"), (200, "Wong")) == tuple((each.status_code, each.json()["name"]) for each in (added, again))


async def test_whoever_was_erased_does_not_come_back_by_a_repeat(hut: Portal, log_database: MigratedDatabase):
    """Erased is erased; that an erasure is repeated is told as the first time."""
    person = (await hut.post("/v1/people", {"name": NAME}, Idempotency_Key="added")).json()["person"]
    first = await hut.post(f"/v1/people/{person}/erase", Idempotency_Key="erased")
    again = await hut.post(f"/v1/people/{person}/erase", Idempotency_Key="erased")
    added = await hut.post("/v1/people", {"name": NAME}, Idempotency_Key="added")

    assert (200, first.content) == (again.status_code, again.content)
    assert (409, "PERSON_ERASED") == (added.status_code, added.json()["code"])
    assert 1 == await people_of(log_database)


async def test_a_malformed_key_is_refused_about_people_too(hut: Portal):
    """Before anything is kept, as it is of every command."""
    for path, body in (
        ("/v1/people", {"name": NAME}),
        (f"{PERSON}/replace", {"name": NAME}),
        (f"{PERSON}/erase", None),
    ):
        answer = await hut.post(path, body, Idempotency_Key="two words", If_Match='"1"')
        assert (400, "IDEMPOTENCY_KEY_MALFORMED") == (answer.status_code, answer.json()["code"])


async def test_a_key_tells_nobody_what_was_said(hut: Portal, log_database: MigratedDatabase):
    """Nothing that is stored can be worked out from a request by whoever has a list of names."""
    body = msgspec.json.encode({"name": NAME})
    await hut.send("/v1/people", body, Idempotency_Key="k")
    stored = await everything_stored(log_database)

    assert b"psn-" in stored
    for guessed in (fingerprint_of("POST", f"/v1/people{query}", body) for query in ("", "?", "/")):
        assert guessed not in stored
        assert guessed.hex().encode() not in stored


async def test_a_wrong_orcid_is_refused_without_being_repeated(hut: Portal):
    """A refusal may be logged, so it says nothing of the person."""
    wrong = "0000-0002-1825-0098"
    answer = await hut.post("/v1/people", person_body(orcid=wrong))

    assert (422, "ORCID_INVALID") == (answer.status_code, answer.json()["code"])
    assert wrong not in answer.text


async def test_no_name_is_stored_in_the_clear(hut: Portal, active_project: str, log_database: MigratedDatabase):
    """Neither in the log nor beside it: who steals the database has pseudonyms."""
    person = await hut.create("/v1/people", person_body())
    await hut.create(
        "/v1/participants", participant_body(person="HUT-PhD", role="GRAD_STUDENT", orcid_hash=person["orcid_hash"])
    )
    stored = await everything_stored(log_database)

    assert b"HUT-PhD" in stored
    assert person["orcid_hash"].encode() in stored
    assert [] == [text for text in (NAME, EMAIL, ORCID) if text.encode() in stored]


async def test_an_erased_person_is_gone_and_the_log_is_as_it_was(
    hut: Portal, active_project: str, portal_of: OpenPortal, log_database: MigratedDatabase
):
    """The key and the data are gone, a tombstone stays, and every byte that was published is the same."""
    auditor = portal_of(None, "auditor", person="AUDITOR")
    person = await hut.create("/v1/people", person_body())
    await hut.create("/v1/participants", participant_body(person="HUT-PhD", orcid_hash=person["orcid_hash"]))
    before = (await auditor.get("/v1/events")).json()

    erased = await hut.post(f"{PERSON}/erase")
    tombstone = (await hut.get(PERSON)).json()

    assert (200, erased.json()) == (erased.status_code, tombstone)
    assert tombstone["erased_on"]
    assert {None} == {tombstone[name] for name in ("name", "email", "orcid", "orcid_hash")}
    assert before == (await auditor.get("/v1/events")).json()
    assert 200 == (await hut.get("/v1/participants/PRJ/HUT-PhD")).status_code
    connection = await asyncpg.connect(log_database.admin_dsn, password=log_database.admin_password)
    try:
        assert 0 == await connection.fetchval("SELECT count(*) FROM person_key")
        assert 0 == await connection.fetchval("SELECT count(*) FROM person WHERE sealed IS NOT NULL")
    finally:
        await connection.close()


async def test_an_erased_pseudonym_is_given_to_nobody_else(hut: Portal):
    """What was recorded under it was done by that person, and stays so."""
    await hut.create("/v1/people", person_body())
    first = await hut.post(f"{PERSON}/erase")
    again = await hut.post(f"{PERSON}/erase")

    assert first.json() == again.json()
    for answer in (
        await hut.post("/v1/people", person_body(name="Another")),
        await hut.post(f"{PERSON}/replace", {"name": "Another"}, If_Match='"2"'),
    ):
        assert (409, "PERSON_ERASED") == (answer.status_code, answer.json()["code"])


def _flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
