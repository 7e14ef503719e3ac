"""What the database says of itself: tables, guards, functions and rights, in words that can be compared.

What it has to say is what the migrations make; `catalogue.json` holds that, written by `python -m tests.docs.catalogue`
and held against real migrations by a test, so that whoever may only read can compare.
"""

from importlib.resources import files
from typing import Final

import msgspec

from services.ledger.check.evidence import Evidence
from services.ledger.errors import TamperDetected

# Everything in the ledger's schema but what the migration tool keeps there itself, and whatever gives anybody a right.
# Names carry no schema, owners no name: a rebuild makes the same elsewhere, and an installation may call its own.
_CATALOGUE: Final = """
    WITH ours AS (
        SELECT oid, relname, relkind, relowner, relacl, relrowsecurity, relpersistence FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relname !~ '^_?yoyo_' AND relkind <> 'c'
    ), routines AS (
        SELECT pg_proc.*, proname || '(' || pg_get_function_identity_arguments(pg_proc.oid) || ')' AS called
        FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
    ), rights AS (
        SELECT relname AS thing, relowner AS owner, given.* FROM ours,
            aclexplode(coalesce(relacl, acldefault('r', relowner))) AS given WHERE relkind <> 'i'
        UNION ALL
        SELECT relname || '.' || attname, relowner, given.* FROM ours JOIN pg_attribute ON attrelid = ours.oid,
            aclexplode(attacl) AS given
        UNION ALL
        SELECT called, proowner, given.* FROM routines,
            aclexplode(coalesce(proacl, acldefault('f', proowner))) AS given
        UNION ALL
        -- Of roles that are not Moiety's, who may look at it is its operator's to say.
        SELECT 'the database', datdba, given.* FROM pg_database,
            aclexplode(coalesce(datacl, acldefault('d', datdba))) AS given
        WHERE datname = current_database() AND (grantee = 0
            OR pg_get_userbyid(grantee) ~ '^((agreements|ledger|notifications)(_owner)?|relay)$')
    )
    SELECT CASE relkind WHEN 'i' THEN 'index' WHEN 'r' THEN 'table' ELSE 'relation' END || ' ' || relname AS thing,
        CASE WHEN relkind = 'i' THEN pg_get_indexdef(oid, 0, true)
            WHEN relkind = 'r' THEN concat_ws(', ', CASE relpersistence WHEN 'p' THEN 'kept' ELSE 'not kept' END,
                CASE WHEN relrowsecurity THEN 'rows hidden by policies' END)
            ELSE 'of kind ' || relkind::text END AS said
    FROM ours
    UNION ALL
    SELECT 'column ' || relname || '.' || attname, concat_ws(' ', format_type(atttypid, atttypmod),
        CASE WHEN attnotnull THEN 'not null' END, 'default ' || pg_get_expr(adbin, adrelid),
        'stored ' || attstorage::text)
    FROM ours JOIN pg_attribute ON attrelid = ours.oid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE relkind = 'r'
    UNION ALL
    SELECT 'constraint ' || relname || '.' || conname, pg_get_constraintdef(pg_constraint.oid, true)
    FROM ours JOIN pg_constraint ON conrelid = ours.oid
    WHERE contype <> 'n' -- as the columns say, and named by some servers only
    UNION ALL
    SELECT 'trigger ' || relname || '.' || tgname, pg_get_triggerdef(pg_trigger.oid, true)
        || CASE tgenabled WHEN 'O' THEN '' ELSE ', enabled ' || tgenabled::text END
    FROM ours JOIN pg_trigger ON tgrelid = ours.oid WHERE NOT tgisinternal
    UNION ALL
    SELECT 'rule ' || relname || '.' || rulename, pg_get_ruledef(pg_rewrite.oid, true)
    FROM ours JOIN pg_rewrite ON ev_class = ours.oid
    UNION ALL
    SELECT 'policy ' || relname || '.' || polname, polcmd::text FROM ours JOIN pg_policy ON polrelid = ours.oid
    UNION ALL
    SELECT 'function ' || called, concat_ws(', ', 'returns ' || prorettype::regtype, lanname,
        CASE WHEN prosecdef THEN 'as its owner' END, array_to_string(proconfig, ', '),
        'sha256:' || encode(sha256(convert_to(prosrc, 'UTF8')), 'hex'))
    FROM routines JOIN pg_language ON pg_language.oid = prolang
    UNION ALL
    SELECT 'rights of ' || coalesce(rolname, 'everybody') || ' on ' || thing,
        string_agg(privilege_type || CASE WHEN is_grantable THEN ' and to grant it' ELSE '' END, ', '
            ORDER BY privilege_type)
    FROM rights LEFT JOIN pg_roles ON pg_roles.oid = grantee WHERE grantee <> owner
    GROUP BY rolname, thing
    UNION ALL
    SELECT 'rights of ledger', concat_ws(', ', CASE WHEN rolsuper THEN 'superuser' END,
        CASE WHEN rolbypassrls THEN 'past policies' END, CASE WHEN rolcreaterole THEN 'to make roles' END,
        CASE WHEN rolcreatedb THEN 'to make databases' END, CASE WHEN rolreplication THEN 'to replicate' END,
        CASE WHEN has_schema_privilege('ledger', current_schema()::text, 'CREATE') THEN 'to make tables' END,
        (SELECT 'those of ' || string_agg(roleid::regrole::text, ', ' ORDER BY roleid::regrole::text)
            FROM pg_auth_members WHERE member = pg_roles.oid))
    FROM pg_roles WHERE rolname = 'ledger'
"""


async def catalogue(evidence: Evidence) -> dict[str, str]:
    """Return what the database says of itself, thing by thing."""
    return {row["thing"]: row["said"] for row in await evidence.fetch(_CATALOGUE)}


async def check_catalogue(evidence: Evidence) -> None:
    """Check that tables, guards, functions and rights are what the migrations make. Raises TamperDetected."""
    made = msgspec.json.decode((files(__package__) / "catalogue.json").read_bytes(), type=dict[str, str])
    stored = await catalogue(evidence)
    for thing in sorted(made.keys() | stored.keys()):
        expected, got = (each.get(thing, "no such thing") or "none" for each in (made, stored))
        if expected != got:
            raise TamperDetected(expected=expected, got=got, at=thing)
