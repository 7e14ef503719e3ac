"""Whatever was changed in the database behind the ledger's back is found and named by fsck."""

import io
import re
from datetime import date

import pytest

from services.ledger.check.evidence import Evidence
from services.ledger.check.fsck import fsck
from services.ledger.errors import LedgerHalted, TamperDetected
from services.ledger.tree.note import Checkpoint, Signer, open_checkpoint
from shared.events.agreement import PartyAcceded, PartyWithdrew
from shared.log.chain import leaf_hash, tree_text
from shared.migrate import folder_of
from tests.ledger.story import sample
from tests.ledger.taken_apart import Bundle, check


@pytest.fixture
async def filled(writer, story, owner, signer):
    """A ledger that holds the sample, entered in batches of seven."""
    for start in range(0, len(story.messages), 7):
        await writer.enter(story.messages[start : start + 7])
    return owner


async def fsck_finds(connection, signer):
    """Return what fsck finds was changed; fails when it finds nothing."""
    with pytest.raises(TamperDetected) as detected:
        await fsck(Evidence(connection), signer.verifier)
    return detected.value


async def test_an_honest_ledger_passes(filled, signer):
    """Everything stored is what the entries give."""
    checked = await fsck(Evidence(filled), signer.verifier)
    _, note = await Evidence(filled).newest_checkpoint()

    assert open_checkpoint(note.encode(), signer.verifier) == checked


async def test_a_ledger_of_before_recorded_times_passes_once_migrated(filled, signer):
    """The time that an older release did not store is read from the entries themselves."""
    await filled.execute("ALTER TABLE entry DROP COLUMN recorded_at")
    await filled.execute((folder_of("ledger") / "0002-entry-recorded-at.sql").read_text())
    await filled.execute("CREATE INDEX entry_recorded ON entry (recorded_at, position)")

    await fsck(Evidence(filled), signer.verifier)


async def test_a_ledger_of_before_checkpoints_named_each_other_passes_once_migrated(filled, signer):
    """What was signed before is in order of its sizes; what is signed by a release of before is linked as well."""
    await filled.execute("DROP FUNCTION name_the_previous CASCADE; ALTER TABLE checkpoint DROP COLUMN previous")
    await filled.execute("ALTER TABLE alarm DROP COLUMN note")
    await filled.execute((folder_of("ledger") / "0007-nothing-goes-missing.sql").read_text())
    await fsck(Evidence(filled), signer.verifier)

    await filled.execute("DELETE FROM checkpoint WHERE size = 14")
    assert "checkpoint 14" == (await fsck_finds(filled, signer)).at


async def test_an_empty_ledger_passes(owner, signer):
    """So is nothing."""
    await fsck(Evidence(owner), signer.verifier)


NEWEST = f"checkpoint {len(sample().messages)}"
MORE = "ALTER TABLE progress DROP CONSTRAINT progress_single_check"
BELOW = "ALTER TABLE entry DROP CONSTRAINT entry_position_check"
KNOWN = "known_from, recorded_from, known_to, recorded_to"
HUTS = "FROM holding WHERE holder = 'HUT' LIMIT 1"
FLIP = "set_byte({0}, {1}, get_byte({0}, {1}) # 1)"


CHANGES = [
    (f"UPDATE entry SET body = {FLIP.format('body', 30)} WHERE position = 17", "position 17"),
    ("UPDATE entry SET body = body || ' ' WHERE position = 17", "position 17"),
    ("DELETE FROM entry WHERE position = 17", "position 17"),
    ("UPDATE entry SET position = position + 100 WHERE position > 30", "position 31"),
    ("UPDATE entry SET body = (SELECT body FROM entry WHERE position = 18) WHERE position = 17", "position 17"),
    ("INSERT INTO entry SELECT 1000, 'x:y', 1, NULL, '{}', now()", None),
    (f"{BELOW}; INSERT INTO entry SELECT -1, 'x:y', 1, NULL, '{{}}', now()", "position 1"),
    (f"{BELOW}; INSERT INTO entry SELECT 0, 'x:y', 1, NULL, '{{}}', now()", "position 1"),
    ("UPDATE entry SET stream = 'party:NOBODY' WHERE position = 1", "position 1"),
    ("UPDATE entry SET version = 7 WHERE position = 1", "position 1"),
    ("UPDATE entry SET invention = 'INV-X' WHERE position = 1", "position 1"),
    ("UPDATE entry SET recorded_at = recorded_at + interval '1 s' WHERE position = 9", "position 9"),
    ("DELETE FROM checkpoint", NEWEST),
    ("DELETE FROM checkpoint WHERE size = 14", "checkpoint 14"),
    ("DELETE FROM checkpoint WHERE size < 30", "checkpoint 28"),
    ("UPDATE checkpoint SET previous = 7 WHERE size = 21", "checkpoint 21"),
    ("UPDATE checkpoint SET previous = NULL WHERE size = 21", "checkpoint 21"),
    ("DELETE FROM checkpoint WHERE size = (SELECT max(size) FROM checkpoint)", NEWEST),
    (f'UPDATE tile SET hashes = {FLIP.format("hashes", 330)} WHERE "row" = 0', "position 11"),
    ("UPDATE tile SET hashes = substr(hashes, 1, 320)", "position 11"),
    ("UPDATE tile SET hashes = hashes || substr(hashes, 1, 32)", "tile 0 of row 0"),
    ("INSERT INTO tile SELECT 3, 3, hashes FROM tile", "tiles"),
    ("UPDATE checkpoint SET note = replace(note, 'moiety', 'noiety') WHERE size = 14", "checkpoint 14"),
    ("UPDATE checkpoint SET size = 15 WHERE size = 14", "checkpoint 15"),
    ("UPDATE checkpoint SET size = 1500 WHERE size = 14", "checkpoint 1500"),
    ("DELETE FROM progress", "progress"),
    ("UPDATE progress SET position = position - 1", "progress"),
    ("UPDATE progress SET recorded_at = recorded_at + interval '1 s'", "progress"),
    ("UPDATE holding SET share = '36/72' WHERE share = '37/72'", "holding"),
    ("UPDATE holding SET known_to = known_to + 1 WHERE holder = 'UNALLOCATED'", "holding"),
    ("UPDATE holding SET effective_from = effective_from - 1", "holding"),
    ("DELETE FROM holding WHERE holder = 'HUT'", "holding"),
    ("UPDATE asset SET agreement = 'AGR-2'", "asset"),
    ("INSERT INTO member VALUES ('AGR-1', 'EGU', 3)", "member"),
    ("UPDATE derivation SET reasons = '[]'", "derivation"),
    ("UPDATE holding SET caused_by = caused_by[1:1] WHERE cardinality(caused_by) > 1", "holding"),
    ("UPDATE dispute SET actions = '{}'", "dispute"),
    ("DELETE FROM dispute", "dispute"),
    ("UPDATE asset_alarm SET alarm = 'NothingDetected'", "asset_alarm"),
    ("DELETE FROM asset_alarm", "asset_alarm"),
    ("INSERT INTO checkpoint SELECT 15, note FROM checkpoint WHERE size = 14", "checkpoint 15"),
    (
        f"{MORE}; INSERT INTO progress SELECT false, position, recorded_at, chain FROM progress",
        "constraint progress.progress_single_check",
    ),
    ("UPDATE progress SET chain = sha256(chain)", "progress"),
    ("DELETE FROM tile", "position 1"),
    ("INSERT INTO asset SELECT 'INV-X', agreement, position FROM asset LIMIT 1", "asset"),
    ("DELETE FROM asset", "asset"),
    ("UPDATE member SET position = position + 1 WHERE party = 'HUT'", "member"),
    ("DELETE FROM member WHERE party = 'HUT'", "member"),
    (
        "INSERT INTO departure SELECT agreement, party, position, '2024-09-01' FROM member WHERE party = 'HUT'",
        "departure",
    ),
    (f"INSERT INTO holding SELECT asset, 'EGU', '1/2', '2020-01-01', '2020-01-02', '{{1}}', {KNOWN} {HUTS}", "holding"),
    ("INSERT INTO derivation SELECT position + 1, asset, reasons, alarms FROM derivation", "derivation"),
    ("DELETE FROM derivation", "derivation"),
    (
        f"INSERT INTO dispute SELECT asset, 'DSP-X', actions, {KNOWN} FROM dispute",
        "dispute",
    ),
    ("INSERT INTO asset_alarm SELECT position, number + 9, asset, alarm, details FROM asset_alarm", "asset_alarm"),
]


@pytest.mark.parametrize(("statement", "at"), CHANGES)
@pytest.mark.usefixtures("unguarded")
async def test_fsck_names_what_was_changed(filled, signer, statement, at):
    """Whatever was changed behind the ledger's back, in any table, is found and named."""
    assert not (await filled.execute(statement)).endswith(" 0")

    found = await fsck_finds(filled, signer)

    assert at in {found.at, None}
    assert not re.search(r"[(\[{]'|datetime|TileKey|None", str(found))


LEFT = ["UPDATE departure SET left_on = left_on - 1", "DELETE FROM departure WHERE left_on IS NOT NULL"]


@pytest.mark.parametrize("statement", LEFT)
async def test_fsck_names_a_departure_that_was_changed(filled, unguarded, writer, story, signer, statement):
    """Nor may whoever left read on because a row was changed or taken away."""
    assert filled is unguarded
    left = PartyWithdrew(
        agreement="AGR-1",
        parties=("HUT", "ATRC"),
        party="ATRC",
        effective_on=date(2025, 3, 1),
        reason="The joint project has ended.",
    )
    story.tell(left, "AGR-1")
    await writer.enter(story.messages[-1:])

    assert not (await filled.execute(statement)).endswith(" 0")

    assert "departure" == (await fsck_finds(filled, signer)).at


async def test_every_table_is_tried_with_every_change(filled):
    """A table that comes with a migration is tried as well: a row more, one that says something else, one less."""
    tables = await filled.fetch(
        "SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    tried = [statement for statement, _ in CHANGES] + LEFT
    untried = [
        f"{verb} {table['name']}"
        for table in tables
        if not table["name"].startswith(("yoyo_", "_yoyo_")) and "alarm" != table["name"]  # tried below, as signed
        for verb in ("INSERT INTO", "UPDATE", "DELETE FROM")
        if not any(re.search(rf"\b{verb} {table['name']}\b", statement) for statement in tried)
    ]

    assert [] == untried


ALARM = "INSERT INTO alarm (position, kind, expected, got"
HALTED = LedgerHalted(17, kind="EventMalformed", expected="an event this release can read", got="x")


@pytest.mark.parametrize(
    "statement",
    [
        f"{ALARM}) VALUES (16, 'EventMalformed', 'an event', 'another')",
        f"{ALARM}) SELECT position + 1, 'EventMalformed', 'an event', 'another' FROM progress",
        f"{ALARM}) SELECT 1000, kind, expected, got FROM alarm",
        f"{ALARM}, note) SELECT 18, kind, expected, got, note FROM alarm",
        f"{ALARM}, note) SELECT position, 'EventMissing', expected, got, note FROM alarm",
        f"{ALARM}, note) SELECT 18, kind, expected, got, (SELECT note FROM checkpoint LIMIT 1) FROM alarm",
        f"{ALARM}, detected_at) VALUES (17, 'EventMissing', 'an event', 'another', '2020-01-01')",
        "UPDATE alarm SET got = 'something else'",
        "UPDATE alarm SET note = NULL",
        "UPDATE alarm SET note = replace(note, 'moiety', 'noiety')",
    ],
)
async def test_fsck_names_an_alarm_that_the_ledger_did_not_raise(filled, store, signer, statement):
    """An alarm follows from no entry, so the ledger signs those that it raises."""
    await store.raise_alarm(HALTED, signer)
    await fsck(Evidence(filled), signer.verifier)

    await filled.execute(statement)

    assert (await fsck_finds(filled, signer)).at.startswith("alarm E")


async def test_an_alarm_of_before_alarms_were_signed_is_none(filled, signer):
    """What stopped a ledger before the upgrade has no signature, and stays."""
    await filled.execute("UPDATE _yoyo_migration SET applied_at_utc = '2024-01-01' WHERE migration_id = '0001-ledger'")
    await filled.execute(f"{ALARM}, detected_at) VALUES (17, 'EventMissing', 'an event', 'another', '2024-06-01')")

    await fsck(Evidence(filled), signer.verifier)


@pytest.mark.parametrize(
    ("statement", "at"),
    [
        ("DROP TRIGGER grows ON progress", "trigger progress.grows"),
        ("ALTER TABLE holding DISABLE TRIGGER closed_once", "trigger holding.closed_once"),
        ("ALTER TABLE holding ENABLE REPLICA TRIGGER known_forward", "trigger holding.known_forward"),
        (
            "CREATE TRIGGER more BEFORE INSERT ON member FOR EACH ROW EXECUTE FUNCTION keep_evidence('x')",
            "trigger member.more",
        ),
        (
            "CREATE OR REPLACE FUNCTION keep_evidence() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
            "function keep_evidence()",
        ),
        ("ALTER FUNCTION keep_evidence() SECURITY DEFINER", "function keep_evidence()"),
        ("CREATE FUNCTION more() RETURNS int LANGUAGE sql AS 'SELECT 1'", "function more()"),
        ("GRANT DELETE ON entry TO ledger", "rights of ledger on entry"),
        ("GRANT UPDATE (body) ON entry TO ledger", "rights of ledger on entry.body"),
        ("GRANT SELECT ON entry TO PUBLIC", "rights of everybody on entry"),
        ("GRANT SELECT ON entry TO ledger WITH GRANT OPTION", "rights of ledger on entry"),
        ("REVOKE INSERT ON alarm FROM ledger", "rights of ledger on alarm"),
        ("GRANT CREATE ON SCHEMA public TO ledger", "rights of ledger"),
        ("ALTER TABLE entry ADD COLUMN note text", "column entry.note"),
        ("ALTER TABLE holding DROP CONSTRAINT holding_share_check", "constraint holding.holding_share_check"),
        ("DROP INDEX entry_recorded", "index entry_recorded"),
        ("ALTER TABLE member ENABLE ROW LEVEL SECURITY", "table member"),
        ("ALTER TABLE alarm SET UNLOGGED", "table alarm"),
        ("CREATE RULE nothing AS ON INSERT TO alarm DO INSTEAD NOTHING", "rule alarm.nothing"),
        ("CREATE TABLE more ()", "table more"),
        ("CREATE VIEW more AS SELECT 1 AS one", "relation more"),
    ],
)
async def test_fsck_names_what_is_not_as_the_migrations_make_it(filled, signer, statement, at):
    """A guard that is gone, a right that was widened: whatever was entered is right, and may not stay so."""
    await filled.execute(statement)

    assert at == (await fsck_finds(filled, signer)).at


@pytest.mark.parametrize(
    ("statement", "at"),
    [
        ("GRANT CONNECT ON DATABASE {} TO PUBLIC", "rights of everybody on the database"),
        ("GRANT CONNECT ON DATABASE {} TO relay", "rights of relay on the database"),
        ("GRANT CREATE ON DATABASE {} TO ledger", "rights of ledger on the database"),
    ],
)
async def test_fsck_names_who_else_may_connect(filled, signer, statement, at):
    """A database that was restored or created by hand lets everybody in."""
    await filled.execute(statement.format(await filled.fetchval("SELECT quote_ident(current_database())")))

    assert at == (await fsck_finds(filled, signer)).at


@pytest.mark.usefixtures("unguarded")
async def test_fsck_finds_what_does_not_add_up_without_deriving_it(filled, signer):
    """Stored rows are added up by themselves first, so that a mistake in the rules is not found right by the rules."""
    await filled.execute("UPDATE holding SET share = '1/72' WHERE share = '37/72'")

    assert "sum to 1/1, got 1/2" in str(await fsck_finds(filled, signer))


async def test_fsck_knows_who_joined(filled, writer, story, signer):
    """A party is a member from its accession on, once, however often it left and came back."""
    acceded = PartyAcceded(
        agreement="AGR-1", parties=("HUT", "ATRC", "EGU"), party="EGU", amendment=1, effective_on=date(2025, 3, 1)
    )
    for _ in range(2):
        story.tell(acceded, "AGR-1")
    await writer.enter(story.messages[-2:])

    await fsck(Evidence(filled), signer.verifier)


async def test_fsck_does_not_take_another_key(filled):
    """A ledger signed by another key than the one expected is not the ledger."""
    assert (await fsck_finds(filled, Signer.generate("ledger.example/moiety"))).at.startswith("checkpoint")


async def test_the_database_exports_a_bundle_that_verifies(filled, signer, story):
    """What leaves the house is whole: entries, hashes and checkpoint of one moment."""
    out = io.BytesIO()
    await Evidence(filled).export(out)

    assert bytes(Bundle([message.body for message in story.messages], signer)) == out.getvalue()
    check(out.getvalue(), signer)


async def test_the_signed_leaf_is_what_is_expected(filled, unguarded, signer):
    """Where an entry was changed the tree is right; where the tree was, the entry is: the key says which."""
    assert filled is unguarded
    leaf = tree_text(leaf_hash(sample().messages[16].body))
    changed = tree_text(leaf_hash(sample().messages[16].body + b" "))
    await unguarded.execute("UPDATE entry SET body = body || ' ' WHERE position = 17")
    found = await fsck_finds(unguarded, signer)
    assert (f"hash {leaf}", f"hash {changed}") == (found.expected, found.got)

    await unguarded.execute("UPDATE entry SET body = rtrim(convert_from(body, 'utf8'))::bytea WHERE position = 17")
    await unguarded.execute(f"UPDATE tile SET hashes = {FLIP.format('hashes', 16 * 32)}")
    found = await fsck_finds(unguarded, signer)
    assert f"hash {leaf}" == found.expected


async def test_the_signed_root_is_what_is_expected(filled, unguarded, signer):
    """A checkpoint that its key signed of another tree names both as verify does."""
    assert filled is unguarded
    other = signer.sign(str(Checkpoint(signer.name, 14, b"0" * 32)))
    await unguarded.execute("UPDATE checkpoint SET note = $1 WHERE size = 14", other)
    found = await fsck_finds(unguarded, signer)

    assert (f"root {tree_text(b'0' * 32)}", "checkpoint 14") == (found.expected, found.at)
