"""What was changed behind the ledger's back is not told, and the process that met it says so from then on."""

import contextlib

import pytest

from shared.web.metrics import rendered

SECOND = {"ATRC": "11/24", "HUT": "13/24"}
OWNERSHIP = "/v1/assets/INV-5G-1/ownership"
FLIP = "set_byte({0}, {1}, get_byte({0}, {1}) # 1)"
ADOPTED = "(SELECT max(cause) FROM holding, unnest(caused_by) AS cause WHERE asset = 'INV-5G-1')"


TABLES = ("holding", "derivation", "entry", "tile", "member", "asset", "progress")


@pytest.fixture
async def tampered(visitor, unguarded):
    """Return a way to change what is stored, as its owner could, and to have it back as it was."""
    for table in TABLES:
        await unguarded.execute(f"CREATE TABLE saved_{table} AS TABLE {table}")

    @contextlib.asynccontextmanager
    async def changed(statement):
        assert not (await unguarded.execute(statement)).endswith(" 0"), statement
        yield
        for table in TABLES:
            await unguarded.execute(f"TRUNCATE {table}; INSERT INTO {table} SELECT * FROM saved_{table}")

    return changed


DAMAGED_HOLDINGS = [
    "UPDATE holding SET share = '3/4' WHERE holder = 'HUT' AND known_to IS NULL",
    "UPDATE holding SET share = '26/48' WHERE holder = 'HUT' AND known_to IS NULL",
    "UPDATE holding SET share = CASE holder WHEN 'HUT' THEN '11/24' ELSE '13/24' END WHERE known_to IS NULL",
    "UPDATE holding SET holder = 'EGU' WHERE holder = 'HUT' AND known_to IS NULL",
    "UPDATE holding SET effective_to = '2030-01-01' WHERE known_to IS NULL",
    "UPDATE holding SET effective_from = '2024-07-01' WHERE known_to IS NULL",
    "UPDATE holding SET caused_by = '{1}' WHERE known_to IS NULL",
    "UPDATE holding SET caused_by = '{1}' WHERE known_to IS NULL AND holder = 'HUT'",
    "DELETE FROM holding WHERE holder = 'HUT'",
    "UPDATE holding SET effective_from = '2100-01-01' WHERE known_to IS NULL AND effective_to IS NULL",
    "DELETE FROM holding",
    "DELETE FROM derivation",
    "UPDATE derivation SET reasons = '[{}]'",
    "UPDATE derivation SET reasons = '{\"holder\": 1}'",
    "UPDATE derivation SET reasons = replace(reasons::text, '\"HUT\"', '\"EGU\"')::json",
    f"UPDATE entry SET body = {FLIP.format('body', 30)} WHERE position = {ADOPTED}",
    f"UPDATE entry SET body = '' WHERE position = {ADOPTED}",
    f"DELETE FROM entry WHERE position = {ADOPTED}",
    f'UPDATE tile SET hashes = {FLIP.format("hashes", f"(({ADOPTED} - 1) * 32)::int")} WHERE "row" = 0',
    "DELETE FROM tile",
]


async def test_damaged_holdings_are_not_told(visitor, tampered):
    """Shares that do not add up, or are not what was decided, are refused by name, whoever asks."""
    for statement in DAMAGED_HOLDINGS:
        async with tampered(statement):
            for visit in (visitor("auditor"), visitor("representative", party="HUT")):
                for path in ("ownership", "timeline"):
                    answer = await visit.get(f"/v1/assets/INV-5G-1/{path}")
                    assert (503, "LEDGER_DAMAGED") == (answer.status_code, answer.json().get("code")), statement
    assert (await visitor("auditor").get(OWNERSHIP)).status_code == 200


DAMAGED_TRANSFERS = [
    (
        "UPDATE holding SET share = CASE holder WHEN 'HUT' THEN '2/3' ELSE '1/3' END WHERE asset = 'INV-SEMI-1'"
        " AND known_to IS NULL AND effective_to IS NULL"
    ),
    "UPDATE holding SET caused_by = caused_by[1:1] WHERE cardinality(caused_by) > 1",
    "UPDATE holding SET caused_by = caused_by[2:] WHERE cardinality(caused_by) > 1",
    "UPDATE holding SET caused_by = caused_by || 1::bigint WHERE known_to IS NULL",
    "UPDATE holding SET effective_from = '2025-04-02' WHERE effective_from = '2025-04-01'",
    (
        "DELETE FROM entry WHERE position = (SELECT caused_by[2] FROM holding WHERE known_to IS NULL"
        " AND cardinality(caused_by) > 1 LIMIT 1)"
    ),
]


async def test_what_transfers_do_not_give_is_not_told(auditor, tampered):
    """Who holds what after transfers is worked out again from the entries that decided it, all of them."""
    for statement in DAMAGED_TRANSFERS:
        async with tampered(statement):
            answer = await auditor.get("/v1/assets/INV-SEMI-1/timeline")
            assert (503, "LEDGER_DAMAGED") == (answer.status_code, answer.json().get("code")), statement
    assert (await auditor.get("/v1/assets/INV-SEMI-1/timeline")).status_code == 200


DISCLOSED = "(SELECT position FROM asset WHERE asset = 'INV-5G-1')"
PLANTED = [
    "INSERT INTO member VALUES ('AGR-1', 'EGU', 3)",
    f"INSERT INTO member VALUES ('AGR-1', 'EGU', {DISCLOSED})",
    "INSERT INTO member VALUES ('AGR-1', 'EGU', 100000)",
    "UPDATE member SET party = 'EGU' WHERE party = 'HUT'",
    "INSERT INTO member VALUES ('AGR-2', 'EGU', 3); UPDATE asset SET agreement = 'AGR-2'",
    *(
        f"""INSERT INTO holding SELECT asset, 'EGU', '{share}', {days}, caused_by, known_from, recorded_from, {known}
        FROM holding WHERE asset = 'INV-5G-1' AND holder = 'HUT' AND known_to IS NULL"""
        for share in ("1/1", "1/24")
        for days in ("effective_from, effective_to", "date '2100-01-01', date '2101-01-01'")
        for known in ("NULL, NULL", "known_from + 1, recorded_from")
    ),
]


@pytest.mark.parametrize("statement", PLANTED)
async def test_a_planted_row_lets_nobody_in(visitor, tampered, statement):
    """A row says quickly who may read; that the party joined, or holds a share, is seen from entries."""
    stranger, auditor = visitor("representative", party="EGU"), visitor("auditor")
    then = (await auditor.get(OWNERSHIP)).json()["because"][-1]["position"]
    asked = [f"/v1/assets/INV-5G-1/{each}" for each in ("ownership", f"ownership?known={then}", "timeline", "alarms")]
    for path in asked:
        assert 404 == (await stranger.get(path)).status_code

    async with tampered(statement):
        for path in asked:
            answer = await stranger.get(path)
            assert answer.status_code in {404, 503}, path
        refused = [(await stranger.get(path)).json()["code"] for path in asked]
        listed = await stranger.get("/v1/assets")
        assert "INV-5G-1" not in listed.text
        assert 200 != (await stranger.get("/v1/entries/17")).status_code

    assert "LEDGER_DAMAGED" in refused


AGREED = "(SELECT position FROM entry WHERE stream = 'agreement:AGR-1' AND version = 1)"
UNTOLD = [
    f"UPDATE entry SET body = {FLIP.format('body', 30)} WHERE position = {AGREED}",
    f"UPDATE entry SET stream = 'agreement:AGR-2' WHERE position = {AGREED}",
    f"DELETE FROM entry WHERE position = {AGREED}",
    "UPDATE entry SET version = version + 1000 WHERE stream = 'agreement:AGR-1' AND version > 1",
    (
        "UPDATE entry SET stream = 'agreement:AGR-1', version = 1 + (SELECT max(version) FROM entry"
        " WHERE stream = 'agreement:AGR-1') WHERE position = (SELECT max(position) FROM entry)"
    ),
    f'UPDATE tile SET hashes = {FLIP.format("hashes", f"(({AGREED} - 1) * 32)::int")} WHERE "row" = 0',
]


async def test_whom_an_entry_concerns_is_seen_from_entries(visitor, tampered):
    """Where those that would say it are not as they were, nobody is told of it, nor that there is nothing."""
    party = visitor("representative", party="HUT")
    assert 200 == (await party.get("/v1/entries/17")).status_code
    for statement in UNTOLD:
        async with tampered(statement):
            answer = await party.get("/v1/entries/17")
            assert (503, "LEDGER_DAMAGED") == (answer.status_code, answer.json().get("code")), statement


async def test_no_row_hides_an_entry(visitor, tampered):
    """Nor shows it: who is in an agreement, or holds a share, is not asked of tables."""
    party, stranger = visitor("representative", party="HUT"), visitor("representative", party="EGU")
    for statement in ("DELETE FROM member", "DELETE FROM holding", "DELETE FROM asset", *PLANTED):
        async with tampered(statement):
            assert 200 == (await party.get("/v1/entries/17")).status_code, statement
            assert 404 == (await stranger.get("/v1/entries/17")).status_code, statement


async def test_a_ledger_that_does_not_know_its_size_is_damaged(visitor, tampered):
    """It is refused by name, whatever is asked."""
    async with tampered("DELETE FROM progress"):
        for path in (OWNERSHIP, "/v1/entries/17", "/v1/entries", "/v1/proofs/inclusion?position=1"):
            answer = await visitor("auditor").get(path)
            assert (503, "LEDGER_DAMAGED") == (answer.status_code, answer.json().get("code")), path
        assert 503 == (await visitor("service").get("/v1/alarms/feed")).status_code
        assert 200 == (await visitor("auditor").get("/v1/alarms")).status_code


DAMAGED_ENTRIES = [
    f"UPDATE entry SET body = {FLIP.format('body', 30)} WHERE position = 17",
    "UPDATE entry SET body = '\\xff' WHERE position = 17",
    "DELETE FROM entry WHERE position = 17",
    f'UPDATE tile SET hashes = {FLIP.format("hashes", 16 * 32)} WHERE "row" = 0',
    "UPDATE tile SET hashes = substr(hashes, 1, 320)",
    "DELETE FROM tile",
]


async def test_damaged_entries_are_not_told(auditor, tampered):
    """An entry that cannot be read, or is not the one in the tree, is no evidence of anything."""
    for statement in DAMAGED_ENTRIES:
        async with tampered(statement):
            for path in ("/v1/entries/17", "/v1/entries?after=10", "/v1/proofs/inclusion?position=17"):
                answer = await auditor.get(path)
                assert (503, "LEDGER_DAMAGED") == (answer.status_code, answer.json().get("code")), (statement, path)


async def test_a_tree_without_its_tiles_proves_nothing(auditor, tampered):
    """Proofs are not made of what is missing."""
    async with tampered("DELETE FROM tile"):
        answer = await auditor.get("/v1/proofs/consistency", **{"from": 7})

    assert (503, "LEDGER_DAMAGED") == (answer.status_code, answer.json()["code"])


async def test_a_missing_entry_hides_no_position(auditor, tampered):
    """The way from an instant to its position leads over entries; where one is missing there is no answer."""
    async with tampered("DELETE FROM entry WHERE position BETWEEN 10 AND 40"):
        answer = await auditor.get(OWNERSHIP, known="2024-08-15")

    assert (503, "LEDGER_DAMAGED") == (answer.status_code, answer.json()["code"])


async def test_what_was_checked_before_is_checked_again_once_changed(auditor, tampered):
    """That the same question was answered well spares nobody from looking at what is stored now."""
    for statement in DAMAGED_HOLDINGS:
        assert SECOND == await auditor.ownership()
        async with tampered(statement):
            assert 503 == (await auditor.get(OWNERSHIP)).status_code, statement


async def test_a_position_beyond_the_progress_is_no_answer(auditor, tampered):
    """Entries that the ledger has not come to are not known at any instant."""
    beyond = "INSERT INTO entry SELECT position + 1000, stream, version + 1000, NULL, body, recorded_at FROM entry"
    async with tampered(beyond):
        answer = await auditor.get(OWNERSHIP, known="2025-05-20")

    assert (503, "LEDGER_DAMAGED") == (answer.status_code, answer.json()["code"])


async def test_whoever_met_damage_is_ready_no_more(visitor, auditor, tampered):
    """The first finding makes the process unready and sets the metric, and both stay so whatever is asked next."""
    nobody = visitor()
    assert (await nobody.get("/health/ready")).status_code == 200
    assert "moiety_ledger_damaged 0.0" in rendered(nobody.registry)

    async with tampered("UPDATE holding SET share = '3/4' WHERE holder = 'HUT' AND known_to IS NULL"):
        await auditor.get(OWNERSHIP)
    assert (await auditor.get(OWNERSHIP)).status_code == 200

    ready = await nobody.get("/health/ready")
    assert 503 == ready.status_code
    assert "HUT 3/4" in ready.json()["checks"]["stored"]["reason"]
    assert "moiety_ledger_damaged 1.0" in rendered(nobody.registry)
