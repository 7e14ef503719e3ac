"""The service's role can add to the ledger and close what ended; the database refuses it everything else."""

import re
from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.ledger.check.evidence import Evidence
from services.ledger.check.fsck import fsck
from services.ledger.write.rebuild import rebuild
from services.ledger.write.writer import Writer
from shared.database import Connection, Database
from tests.ledger.published import Published, contents

FULL_TILE = "decode(repeat('ab', 8192), 'hex')"


@pytest.fixture
async def service(writer, story, address: Database) -> AsyncIterator[Connection]:
    """A connection with the service's rights, to a ledger that holds the sample."""
    await writer.enter(story.messages)
    async with address.connected() as connection:
        yield connection


NOT_ITS_RIGHT = [
    "UPDATE entry SET body = ''",
    "DELETE FROM entry",
    "TRUNCATE entry",
    "DELETE FROM tile",
    "UPDATE tile SET number = number + 1",
    "UPDATE checkpoint SET note = ''",
    "DELETE FROM checkpoint",
    "UPDATE holding SET share = '1/1'",
    "DELETE FROM holding",
    "UPDATE dispute SET actions = '{}'",
    "DELETE FROM dispute",
    "UPDATE derivation SET reasons = '[]'",
    "DELETE FROM member",
    "UPDATE departure SET left_on = NULL",
    "DELETE FROM departure",
    "DELETE FROM alarm",
    "UPDATE asset_alarm SET alarm = ''",
    "DELETE FROM progress",
    "INSERT INTO progress VALUES (false, 0, now())",
    "DROP TABLE entry",
    "ALTER TABLE entry DISABLE TRIGGER ALL",
    "ALTER TABLE holding DISABLE TRIGGER closed_once",
    "DROP TRIGGER closed_once ON holding",
    "CREATE OR REPLACE FUNCTION keep_evidence() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE TEMP TABLE progress (position bigint)",
    "SET session_replication_role = replica",
]
CLOSED = "known_to IS NOT NULL"
STILL = "known_to IS NULL"
BACKWARDS = {
    f"UPDATE holding SET known_to = NULL, recorded_to = NULL WHERE {CLOSED}": "closed once",
    f"UPDATE holding SET known_to = known_to + 1000, recorded_to = 'infinity' WHERE {CLOSED}": "closed once",
    f"UPDATE holding SET known_to = known_to WHERE {CLOSED}": "closed once",
    f"UPDATE holding SET known_to = known_from + 1, recorded_to = 'infinity' WHERE {STILL}": "has been entered",
    (
        "UPDATE holding SET known_to = (SELECT position FROM progress), recorded_to = 'infinity' WHERE known_to IS NULL"
    ): "has been entered",
    (
        "INSERT INTO holding SELECT asset, 'EGU', share, effective_from, effective_to, caused_by, known_from,"
        " recorded_from FROM holding"
    ): "has been entered",
    f"UPDATE dispute SET known_to = NULL, recorded_to = NULL WHERE {CLOSED}": "closed once",
    f"UPDATE dispute SET recorded_to = 'infinity' WHERE {CLOSED}": "closed once",
    ("INSERT INTO dispute SELECT asset, 'DSP-X', actions, known_from, recorded_from FROM dispute"): "has been entered",
    "UPDATE tile SET hashes = set_byte(hashes, 40, get_byte(hashes, 40) # 1)": "grows at its end",
    "UPDATE tile SET hashes = substr(hashes, 1, 320)": "grows at its end",
    "UPDATE tile SET hashes = substr(hashes, 33) || substr(hashes, 1, 32)": "grows at its end",
    "UPDATE progress SET position = position - 1": "stays entered",
    "UPDATE progress SET position = position": "stays entered",
    "UPDATE progress SET position = position + 1, recorded_at = recorded_at - interval '1 s'": "stays entered",
}


async def refusals(connection: Connection, statements) -> dict[str, str]:
    """Try each statement and return how the database refused it, at whichever row; fails when it let one through."""
    refused = {}
    for statement in statements:
        try:
            pytest.fail(f"not refused: {await connection.execute(statement)} by {statement}")
        except asyncpg.PostgresError as error:
            refused[statement] = re.sub(r"position \d+", "a position", str(error))
    return refused


async def test_the_service_may_only_add(service, owner):
    """Its role can neither change nor remove what was entered, nor take away what stands in its way."""
    before = await contents(owner)
    for statement in NOT_ITS_RIGHT:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await service.execute(statement)

    assert before == await contents(owner)


async def test_what_the_service_may_change_goes_one_way(service, owner, signer):
    """A known period is closed once and never for the past, a tile grows at its end, the progress grows."""
    before = await contents(owner)
    refused = await refusals(service, BACKWARDS)

    assert [] == [statement for statement, why in BACKWARDS.items() if why not in refused[statement]]
    assert before == await contents(owner)
    await fsck(Evidence(owner), signer.verifier)


async def test_a_full_tile_stays_as_it_is(service):
    """What is full has no end to grow at."""
    await service.execute(f"INSERT INTO tile VALUES (7, 0, {FULL_TILE})")

    for hashes in ("set_byte(hashes, 8191, 0)", "substr(hashes, 1, 8160)", "hashes || hashes"):
        with pytest.raises(asyncpg.PostgresError, match=r"grows at its end|check constraint"):
            await service.execute(f'UPDATE tile SET hashes = {hashes} WHERE "row" = 7')


async def test_a_rebuilt_ledger_is_guarded_alike(service, story, store, owner, owner_address, signer):
    """The tables that a rebuild puts in place refuse what those before them refused, and the writer goes on."""
    before = await refusals(service, BACKWARDS)
    await rebuild(owner_address, Published(story.messages), signer.verifier)
    await rebuild(owner_address, Published(story.messages), signer.verifier)

    assert before == await refusals(service, BACKWARDS)
    writer = Writer(store, signer)
    await writer.resume()
    story.contribute("PI", "E1", "1/1")
    await writer.enter(story.messages)
    await fsck(Evidence(owner), signer.verifier)


async def test_the_search_path_leads_no_guard_astray(service):
    """A guard looks at the ledger's own progress, wherever whoever writes tells it to look."""
    await service.execute("SET search_path = pg_temp")

    with pytest.raises(asyncpg.PostgresError, match="has been entered"):
        await service.execute(
            f"UPDATE public.holding SET known_to = known_from + 1, recorded_to = 'infinity' WHERE {STILL}"
        )
