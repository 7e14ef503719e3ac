"""Whatever is asked often is found by an index, from the first row on: before PostgreSQL has counted any as well."""

import importlib
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import psycopg
import pytest

from shared.testing import MigratedDatabase

LEDGER, AGREEMENTS, NOTIFICATIONS = "ledger", "agreements", "notifications"
ANSWERS = "services.ledger.read.answers"
LEDGER_STORE, ALERTS, FEEDS, INBOX = (
    "services.ledger.write.store",
    "services.notifications.store",
    "services.notifications.feeds.store",
    "services.notifications.inbox.store",
)
LISTING, RECORDING = "services.notifications.inbox.listing", "services.notifications.recording"
NOTICES, MAIL = "services.notifications.notices.store", "services.notifications.mail.store"
ESCALATIONS = "services.notifications.escalations.store"
DIGESTS = "services.notifications.mail.digests.store"
ASKING = "services.notifications.contributors.store"
DEADLINES = "services.agreements.scheduler.deadlines"
CONSUMERS, STREAMS = "services.notifications.consumers.store", "services.notifications.streams.store"
LOG, SCHEDULE, PEOPLE = "shared.log.postgres", "services.agreements.scheduler.store", "services.agreements.people.store"
LINKS = "services.agreements.links.store"
TASKS, INDEX = "services.agreements.tasks.store", "services.agreements.indexing.store"
SENDING, WEBHOOKS = "services.notifications.webhooks.store", "services.notifications.webhooks.register"
# They hold a row, as few as there have been incidents, or one for each party, or twenty.
FEW_ROWS = {
    *("progress", "concern", "feed", "feed_cut", "feed_cut_pkey", "alarm", "log_head"),
    *("heading_progress", "task_progress", "webhook"),
}
# Indexes of what is owed, and of what is not sent yet, alone: the latter is told as its table.
OWED, UNSENT = frozenset({"proof_owed"}), frozenset({"delivery", "contributor_letter"})
OF_AN_ASSET = {"asset_pkey", "member_party", "departure_pkey", "entry_pkey", "holding_holder"}
AS_KNOWN = OF_AN_ASSET | {
    *("entry_recorded", "entry_pkey", "dispute_pkey", "derivation_pkey", "tile_pkey", "holding_period"),
}


class Read(NamedTuple):
    """A statement, by where it stands, and the indexes by which all that it reads or changes is found."""

    service: str
    module: str
    name: str
    by: set[str]
    # What it goes through from end to end, because that is no more than it asks for.
    whole: frozenset[str] = frozenset()


STATEMENTS = [
    Read(LEDGER, f"{ANSWERS}.ownership", "_ON_A_DAY", AS_KNOWN),
    Read(LEDGER, f"{ANSWERS}.ownership", "_ON_ANY_DAY", AS_KNOWN | {"holding_pkey"}),
    Read(LEDGER, f"{ANSWERS}.ownership", "_ASSETS", OF_AN_ASSET),
    Read(LEDGER, f"{ANSWERS}.ownership", "_ASSETS_OF", OF_AN_ASSET - {"asset_pkey"} | {"asset_agreement"}),
    Read(LEDGER, f"{ANSWERS}.ownership", "_ASSETS_HELD", OF_AN_ASSET),
    Read(LEDGER, f"{ANSWERS}.dossier", "_CONTRIBUTIONS", {"entry_invention"}),
    Read(LEDGER, f"{ANSWERS}.entries", "_ENTRIES", {"entry_pkey", "tile_pkey"}),
    Read(LEDGER, f"{ANSWERS}.streams", "_OF_STREAMS", {"entry_stream_version_key", "tile_pkey"}),
    Read(LEDGER, f"{ANSWERS}.streams", "_TOGETHER", {"member_party"}),
    Read(LEDGER, f"{ANSWERS}.access", "_ACCESS", OF_AN_ASSET | {"tile_pkey", "derivation_pkey", "holding_period"}),
    Read(LEDGER, f"{ANSWERS}.alarms", "_ASSET_ALARMS", OF_AN_ASSET | {"asset_alarm_asset"}),
    Read(LEDGER, f"{ANSWERS}.alarms", "_ALARMS", set()),
    Read(LEDGER, f"{ANSWERS}.alarms", "_ALARM_FEED", {"asset_alarm_pkey", "entry_pkey", "alarm_pkey"}),
    Read(LEDGER, f"{ANSWERS}.proofs", "_TILES", {"tile_pkey"}),
    Read(LEDGER, LEDGER_STORE, "_VERSIONS", {"entry_stream_version_key"}),
    Read(LEDGER, LEDGER_STORE, "_ABOUT", {"entry_stream_version_key", "entry_invention"}),
    Read(LEDGER, LEDGER_STORE, "_KNOWN", {"holding_period"}),
    Read(LEDGER, LEDGER_STORE, "_CLOSE", {"holding_holder"}),
    Read(LEDGER, LEDGER_STORE, "_SETTLED", {"dispute_pkey"}),
    Read(LEDGER, LEDGER_STORE, "_FINISH", set()),
    Read(LEDGER, LEDGER_STORE, "_ADD_MEMBERS", set()),
    Read(LEDGER, LEDGER_STORE, "_DISPUTED", set()),
    Read(LEDGER, LEDGER_STORE, "_ALARM", set()),
    Read(LEDGER, LEDGER_STORE, "_OVER", {"alarm_pkey"}),
    Read(LEDGER, LEDGER_STORE, "_NEXT", {"entry_pkey"}),
    Read(AGREEMENTS, LOG, "_READ_STREAM", {"event_stream_version_key"}),
    Read(AGREEMENTS, LOG, "_READ_ENTRIES", {"event_stream_version_key"}),
    Read(AGREEMENTS, LOG, "_READ_STREAMS", {"event_stream_version_key"}),
    Read(AGREEMENTS, LOG, "_READ_LOG", {"event_pkey"}),
    Read(AGREEMENTS, LOG, "_READ_CREATED", {"event_created"}),
    Read(AGREEMENTS, LOG, "_COUNT_KEYS", {"idempotency_pkey"}),
    Read(AGREEMENTS, LOG, "_SAVE_SNAPSHOT", set()),
    Read(AGREEMENTS, LOG, "_APPEND", set()),  # what is in it: below
    Read(AGREEMENTS, SCHEDULE, "_TOUCHED", {"event_pkey"}),
    Read(AGREEMENTS, SCHEDULE, "_BEGUN", {"event_pkey"}),
    Read(AGREEMENTS, SCHEDULE, "_EXISTING", {"event_stream_version_key"}),
    Read(AGREEMENTS, SCHEDULE, "_MOVING", {"event_stream_version_key", "event_pkey"}),
    Read(AGREEMENTS, SCHEDULE, "_OF_STREAMS", {"due_pkey"}),
    Read(AGREEMENTS, SCHEDULE, "_STREAMS", {"due_pkey"}),
    Read(AGREEMENTS, SCHEDULE, "_DUE", {"due_by_day"}),
    Read(AGREEMENTS, SCHEDULE, "_PUT", set()),
    Read(AGREEMENTS, TASKS, "_OF_STREAMS", {"task_of_stream"}),
    Read(AGREEMENTS, TASKS, "_ASSETS", {"task_about_of_stream"}),
    Read(AGREEMENTS, TASKS, "_STREAMS", {"task_of_stream", "task_about_of_stream"}),
    Read(AGREEMENTS, TASKS, "_ABOUT", {"task_about_pkey"}),
    Read(AGREEMENTS, TASKS, "_DROP", {"task_of_stream"}),
    Read(AGREEMENTS, TASKS, "_DROP_ABOUT", {"task_about_of_stream"}),
    Read(AGREEMENTS, TASKS, "_FIRST", {"event_stream_version_key"}),
    Read(AGREEMENTS, TASKS, "_BEHIND", set()),
    Read(AGREEMENTS, TASKS, "_TOUCHED", {"event_pkey"}),
    Read(AGREEMENTS, TASKS, "_MINE", {"task_pkey"}),
    Read(AGREEMENTS, INDEX, "_OF_STREAMS", {"heading_of_stream"}),
    Read(AGREEMENTS, INDEX, "_STREAMS", {"heading_of_stream"}),
    Read(AGREEMENTS, INDEX, "_BEGUN", {"event_stream_version_key"}),
    Read(AGREEMENTS, INDEX, "_SCOPES", {"heading_of_stream"}),
    Read(AGREEMENTS, INDEX, "_DROP", {"heading_of_stream"}),
    # Every filtered list, and every list without an agreement: one look for each agreement of the caller's.
    Read(AGREEMENTS, INDEX, "_UNDER", {"heading_pkey"}),
    Read(AGREEMENTS, INDEX, "_BEHIND", set()),
    Read(AGREEMENTS, INDEX, "_TOUCHED", {"event_pkey", "event_stream_version_key"}),
    Read(AGREEMENTS, PEOPLE, "_FIND", {"person_pkey", "person_key_pkey"}),
    Read(AGREEMENTS, PEOPLE, "_LIST", {"person_pkey", "person_key_pkey"}),
    Read(AGREEMENTS, PEOPLE, "_ADD", set()),
    Read(AGREEMENTS, PEOPLE, "_REPLACE", {"person_pkey"}),
    Read(AGREEMENTS, PEOPLE, "_DROP_KEY", {"person_key_pkey"}),
    Read(AGREEMENTS, PEOPLE, "_ERASE", {"person_pkey"}),
    Read(AGREEMENTS, PEOPLE, "_DROP_LINKS", {"contributor_link_person"}),
    Read(AGREEMENTS, PEOPLE, "_DROP_STATEMENTS", {"contributor_statement_pkey"}),
    Read(AGREEMENTS, LINKS, "_ISSUE", set()),
    Read(AGREEMENTS, LINKS, "_FIND", {"contributor_link_token_hash_key", "person_pkey"}),
    Read(AGREEMENTS, LINKS, "_ANSWERED", {"contributor_link_token_hash_key"}),
    Read(AGREEMENTS, LINKS, "_KEEP", set()),
    Read(AGREEMENTS, LINKS, "_READ", {"contributor_statement_pkey"}),
    Read(AGREEMENTS, PEOPLE, "_KEYS", {"person_key_pkey"}),
    Read(AGREEMENTS, PEOPLE, "_REWRAP", {"person_key_pkey"}),
    Read(AGREEMENTS, DEADLINES, "_ANNOUNCED", {"task_announced", "event_stream_version_key"}),
    Read(AGREEMENTS, DEADLINES, "_COMING", {"due_by_day", "task_of_stream", "event_stream_version_key"}),
    Read(NOTIFICATIONS, MAIL, "_TAKE", {"delivery_pkey", "alert_id_key", "delivery_due", "published_pkey"}),
    Read(NOTIFICATIONS, MAIL, "_SETTLE", {"delivery_pkey"}),
    Read(NOTIFICATIONS, MAIL, "_PUT_BACK", {"delivery_pkey"}),
    Read(NOTIFICATIONS, DIGESTS, "_LOCK", {"mail_wish_pkey"}),
    Read(NOTIFICATIONS, DIGESTS, "_GATHER", {"delivery_held", "delivery_pkey", "alert_id_key"}),
    Read(NOTIFICATIONS, DIGESTS, "_RELEASE", {"delivery_held", "alert_id_key"}),
    Read(NOTIFICATIONS, DIGESTS, "_MEMBERS", {"delivery_digest", "alert_id_key"}),
    Read(NOTIFICATIONS, MAIL, "_WAITING", set(), UNSENT),
    Read(NOTIFICATIONS, MAIL, "_ADD_WISHES", set()),
    Read(NOTIFICATIONS, MAIL, "_WISHES", {"mail_wish_pkey"}),
    Read(NOTIFICATIONS, MAIL, "_HOLD", {"delivery_pkey", "mail_wish_pkey"}),
    Read(NOTIFICATIONS, MAIL, "_RELEASE", {"delivery_held", "alert_id_key"}),
    Read(NOTIFICATIONS, MAIL, "_PREFER", {"mail_wish_pkey"}),
    Read(NOTIFICATIONS, MAIL, "_MUTE", {"mail_wish_pkey"}),
    Read(NOTIFICATIONS, MAIL, "_UNMUTE", {"mail_wish_pkey"}),
    Read(NOTIFICATIONS, MAIL, "_MUTE_BY", {"mail_wish_token_key"}),
    Read(NOTIFICATIONS, MAIL, "_DELIVERIES", {"delivery_pkey", "alert_id_key"}),
    Read(NOTIFICATIONS, ASKING, "_TAKE", {"contributor_letter_pkey", "contributor_letter_due"}),
    Read(NOTIFICATIONS, ASKING, "_SETTLE", {"contributor_letter_pkey"}),
    Read(NOTIFICATIONS, ASKING, "_PUT_BACK", {"contributor_letter_pkey"}),
    Read(NOTIFICATIONS, ASKING, "_OF", {"contributor_letter_of"}),
    Read(NOTIFICATIONS, ASKING, "_REPEAT", {"contributor_letter_of"}),
    Read(NOTIFICATIONS, NOTICES, "_OWED", {"published_pkey", "proof_owed", "delivery_pkey", "alert_id_key"}, OWED),
    Read(NOTIFICATIONS, NOTICES, "_PROVEN", {"proof_pkey"}),
    Read(NOTIFICATIONS, NOTICES, "_REFUSED", {"proof_pkey"}),
    Read(NOTIFICATIONS, ESCALATIONS, "_UNCOUNTED", {"escalation_open", "alert_id_key"}),
    Read(NOTIFICATIONS, ESCALATIONS, "_COUNT", {"escalation_pkey"}),
    Read(NOTIFICATIONS, ESCALATIONS, "_DUE", {"escalation_open", "alert_id_key"}),
    Read(NOTIFICATIONS, ESCALATIONS, "_BESIDE", {"alert_event_id_recipient_channel_key"}),
    Read(NOTIFICATIONS, ESCALATIONS, "_WRITTEN", {"delivery_pkey"}),
    Read(NOTIFICATIONS, ESCALATIONS, "_MOVE", {"escalation_pkey"}),
    Read(NOTIFICATIONS, NOTICES, "_STANDING", set(), OWED),
    Read(NOTIFICATIONS, RECORDING, "RECORD", {"quarantine_pkey"}),
    Read(NOTIFICATIONS, ALERTS, "_ASIDE", {"quarantine_pkey"}),
    Read(NOTIFICATIONS, ALERTS, "_TRY", {"quarantine_pkey"}),
    Read(NOTIFICATIONS, ALERTS, "_LEARN_AGAIN", set()),
    Read(NOTIFICATIONS, ALERTS, "_COUNT_ASIDE", {"quarantine_pkey"}),
    Read(NOTIFICATIONS, ALERTS, "_WANTED", {"quarantine_pkey"}),
    Read(NOTIFICATIONS, RECORDING, "ADD", {"alert_id_key"}),
    Read(NOTIFICATIONS, ALERTS, "_TOLD", {"alert_position"}),
    Read(NOTIFICATIONS, ALERTS, "_REMEMBERED", {"remembered_pkey"}),
    Read(NOTIFICATIONS, ALERTS, "_KEEP_CHAIN", set()),
    Read(NOTIFICATIONS, ALERTS, "_PROGRESS", set()),
    Read(NOTIFICATIONS, ALERTS, "_BEGIN_AFTER", set()),
    Read(
        NOTIFICATIONS, ALERTS, "_MISSING", {"published_around_pkey", "published_pkey", "feed_entry_party_position_key"}
    ),
    Read(NOTIFICATIONS, RECORDING, "BRING", set()),
    Read(NOTIFICATIONS, ALERTS, "_HEADS", {"feed_pkey"}),
    Read(NOTIFICATIONS, ALERTS, "_ALL_HEADS", set()),
    Read(NOTIFICATIONS, ALERTS, "_AGREE", {"concern_pkey"}),
    Read(NOTIFICATIONS, FEEDS, "_AFTER", {"feed_entry_pkey", "published_pkey"}),
    Read(NOTIFICATIONS, FEEDS, "_HEAD", {"feed_pkey", "feed_entry_pkey"}),
    Read(NOTIFICATIONS, FEEDS, "_PARTIES", set()),
    Read(NOTIFICATIONS, CONSUMERS, "_ALL", {"feed_consumer_pkey"}),
    Read(NOTIFICATIONS, CONSUMERS, "_ONE", {"feed_consumer_pkey"}),
    Read(NOTIFICATIONS, CONSUMERS, "_NEWEST", {"feed_pkey"}),
    Read(NOTIFICATIONS, CONSUMERS, "_HAVE_MAIN", {"feed_pkey"}),
    Read(NOTIFICATIONS, CONSUMERS, "_MEET", {"feed_consumer_pkey"}),
    Read(NOTIFICATIONS, CONSUMERS, "_OTHERS", {"feed_consumer_pkey"}),
    Read(NOTIFICATIONS, CONSUMERS, "_PUT", set()),
    Read(NOTIFICATIONS, CONSUMERS, "_REMOVE", {"feed_consumer_pkey"}),
    Read(NOTIFICATIONS, CONSUMERS, "_WANTED", {"feed_consumer_pkey", "feed_entry_pkey"}),
    Read(NOTIFICATIONS, CONSUMERS, "_MADE", {"feed_consumer_pkey"}),
    Read(NOTIFICATIONS, CONSUMERS, "_REACHED", {"feed_consumer_pkey"}),
    Read(NOTIFICATIONS, STREAMS, "_HEADS", set()),
    Read(NOTIFICATIONS, STREAMS, "_CUT", set()),
    Read(NOTIFICATIONS, STREAMS, "_MENDED", {"feed_cut_pkey"}),
    Read(NOTIFICATIONS, LISTING, "_NEWEST_OF_KINDS_FIRST", {"alert_kind"}),
    Read(NOTIFICATIONS, LISTING, "_NEWEST_UNREAD_OF_KINDS_FIRST", {"alert_kind_unread"}),
    Read(
        NOTIFICATIONS, LISTING, "_ABOUT_AN_ASSET", {"alert_asset_pkey", "alert_pkey", "alert_read_pkey", "alert_fold"}
    ),
    Read(NOTIFICATIONS, LISTING, "_PUT_AWAY", {"alert_archived", "alert_read_pkey", "alert_fold"}),
    Read(NOTIFICATIONS, LISTING, "_ABOUT", {"alert_subject", "alert_read_pkey", "alert_fold"}),
    Read(NOTIFICATIONS, LISTING, "_IN_AN_AGREEMENT", {"alert_agreement", "alert_read_pkey", "alert_fold"}),
    Read(NOTIFICATIONS, LISTING, "_OF_A_TYPE", {"alert_type", "alert_read_pkey", "alert_fold"}),
    Read(NOTIFICATIONS, LISTING, "_ANY", {"alert_pkey", "alert_read_pkey", "alert_fold"}),
    Read(NOTIFICATIONS, INBOX, "_FEED", {"alert_pkey"}),
    Read(NOTIFICATIONS, INBOX, "_LAST_SEQUENCE", {"inbox_pkey"}),
    Read(NOTIFICATIONS, INBOX, "_COUNT_UNREAD", {"alert_kind_unread"}),
    Read(NOTIFICATIONS, INBOX, "_COUNT", {"alert_kind_unread"}),
    Read(NOTIFICATIONS, INBOX, "_ACKNOWLEDGE", {"alert_id_key"}),
    Read(NOTIFICATIONS, INBOX, "_REPRESENTATIVES", {"remembered_pkey"}),
    Read(NOTIFICATIONS, INBOX, "_ARCHIVE", {"alert_id_key"}),
    Read(NOTIFICATIONS, INBOX, "_ARCHIVE_FOLDED", {"alert_fold", "alert_pkey"}),
    Read(NOTIFICATIONS, INBOX, "_UNARCHIVE", {"alert_id_key"}),
    Read(NOTIFICATIONS, INBOX, "_READ", set()),
    Read(NOTIFICATIONS, INBOX, "_READ_OF", {"alert_read_pkey"}),
    Read(NOTIFICATIONS, INBOX, "_REPEATS", {"alert_fold"}),
    Read(NOTIFICATIONS, INBOX, "_FOLDED", {"alert_fold"}),
    Read(NOTIFICATIONS, INBOX, "_ONE", {"alert_id_key"}),
    Read(NOTIFICATIONS, INBOX, "_SENT", {"alert_id_key", "feed_entry_party_position_key", "published_pkey"}),
    Read(NOTIFICATIONS, INBOX, "_NOTICES", {"feed_entry_party_position_key", "published_notice"}),
    Read(NOTIFICATIONS, INBOX, "_QUARANTINE", {"quarantine_pkey"}),
    Read(NOTIFICATIONS, SENDING, "_BUSY", {"feed_pkey", "webhook_due"}),
    Read(NOTIFICATIONS, SENDING, "_LOCK", {"webhook_pkey"}),
    Read(NOTIFICATIONS, SENDING, "_KEYS", {"webhook_key_pkey"}),
    Read(NOTIFICATIONS, SENDING, "_LEASE_DUE", {"webhook_delivery_pkey", "webhook_due"}),
    Read(NOTIFICATIONS, SENDING, "_FIRST", {"webhook_delivery_pkey"}),
    Read(NOTIFICATIONS, SENDING, "_LEASE", set()),
    Read(NOTIFICATIONS, SENDING, "_COUNT_WAITING", {"webhook_due"}),
    Read(NOTIFICATIONS, SENDING, "_REACH", {"webhook_pkey"}),
    Read(NOTIFICATIONS, SENDING, "_AFTER", {"feed_entry_pkey", "published_pkey"}),
    Read(NOTIFICATIONS, SENDING, "_ITEMS", {"feed_entry_pkey", "published_pkey"}),
    Read(NOTIFICATIONS, SENDING, "_KEEP", {"webhook_pkey"}),
    Read(NOTIFICATIONS, SENDING, "_SETTLE", {"webhook_delivery_pkey"}),
    Read(NOTIFICATIONS, SENDING, "_FARES", {"webhook_pkey"}),
    Read(NOTIFICATIONS, SENDING, "_IS_FAILING", {"webhook_pkey"}),
    Read(NOTIFICATIONS, SENDING, "_DISABLE", {"webhook_pkey"}),
    Read(NOTIFICATIONS, SENDING, "_LONGEST_FAILING", set()),
    Read(NOTIFICATIONS, SENDING, "_FORGET", {"webhook_attempt_old"}),
    Read(NOTIFICATIONS, WEBHOOKS, "_OF_PARTY", {"webhook_party_name_key", "webhook_delivery_pkey"}),
    Read(NOTIFICATIONS, WEBHOOKS, "_KEYS_OF", {"webhook_key_pkey"}),
    Read(NOTIFICATIONS, WEBHOOKS, "_COUNT", {"webhook_party_name_key"}),
    Read(NOTIFICATIONS, WEBHOOKS, "_CHANGE", {"webhook_party_name_key"}),
    Read(NOTIFICATIONS, WEBHOOKS, "_ADD", set()),
    Read(NOTIFICATIONS, WEBHOOKS, "_ADD_KEY", set()),
    Read(NOTIFICATIONS, WEBHOOKS, "_DELETE", {"webhook_party_name_key"}),
    Read(NOTIFICATIONS, WEBHOOKS, "_FIND", {"webhook_party_name_key"}),
    Read(NOTIFICATIONS, WEBHOOKS, "_HOLD", {"webhook_party_name_key"}),
    Read(NOTIFICATIONS, WEBHOOKS, "_FIND_KEYS", {"webhook_key_pkey"}),
    Read(NOTIFICATIONS, WEBHOOKS, "_ACTIVATE", {"webhook_pkey", "webhook_due"}),
    Read(NOTIFICATIONS, WEBHOOKS, "_EXPIRE_KEYS", {"webhook_key_pkey"}),
    Read(NOTIFICATIONS, WEBHOOKS, "_DELETE_KEY", {"webhook_key_pkey"}),
    Read(NOTIFICATIONS, WEBHOOKS, "_HEAD", {"feed_pkey"}),
    Read(NOTIFICATIONS, WEBHOOKS, "_SINCE", {"webhook_pkey"}),
    Read(NOTIFICATIONS, WEBHOOKS, "_ONE", {"webhook_pkey"}),
    Read(NOTIFICATIONS, WEBHOOKS, "_FAILED", {"webhook_delivery_pkey"}),
    Read(NOTIFICATIONS, WEBHOOKS, "_ATTEMPTS", {"webhook_attempt_newest"}),
    Read(NOTIFICATIONS, WEBHOOKS, "_NOTIFY", set()),
]
# A part of other statements, and none by itself.
PARTS = {
    *((RECORDING, "_INTO_INBOXES"), (RECORDING, "_ABOUT_WHAT_IT_NAMES")),
    (f"{ANSWERS}.ownership", "_THEN"),
    (f"{ANSWERS}.access", "_PERIOD"),
}
APPEND = "SELECT prosrc, proargnames, proargtypes::regtype[]::text[] FROM pg_proc WHERE proname = 'log_append'"
FILLED = """
    INSERT INTO entry (position, stream, version, body, recorded_at)
    SELECT number, 's:' || number, 1, '\\x00', to_timestamp(number) FROM generate_series(1, 20000) AS number;
    INSERT INTO holding
    SELECT 'INV-' || number % 100, 'HUT', '1/1', date '2024-01-01' + number % 365, NULL, ARRAY[number], number,
        to_timestamp(number), NULL, NULL
    FROM generate_series(1, 20000) AS number;
    UPDATE progress SET position = 20000, recorded_at = to_timestamp(20000);
"""


class Planned(NamedTuple):
    """By which indexes a statement goes; `whole` are the tables or indexes that it goes through from end to end."""

    by: set[str]
    whole: set[str]


@pytest.fixture
def planned(fresh_database: Callable[[str], MigratedDatabase]) -> Iterator[Callable[..., Planned]]:
    """Ask PostgreSQL how it would go about a statement for whatever values, in an empty database or one as filled."""
    opened: dict[str, psycopg.Connection[Any]] = {}

    def plan(service: str, statement: str, *, filled: str = "") -> Planned:
        if service not in opened:
            database = fresh_database(service)
            opened[service] = psycopg.connect(database.owner_dsn, password=database.owner_password, autocommit=True)
            # In an empty table there is nothing to be saved: what matters is whether an index would serve.
            opened[service].pgconn.exec_(filled.encode() or b"SET enable_seqscan = off")
        answer = opened[service].pgconn.exec_(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {statement}".encode())
        assert not answer.error_message, answer.error_message
        return _summed_up(msgspec.json.decode(answer.get_value(0, 0) or b"")[0]["Plan"])

    yield plan
    for connection in opened.values():
        connection.close()


def _nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from _nodes(inner)


def _summed_up(plan: Mapping[str, Any]) -> Planned:
    nodes = [node for node in _nodes(plan) if "Index Name" in node or node["Node Type"] == "Seq Scan"]
    by = {node["Index Name"] for node in nodes if "Index Cond" in node}
    whole = {node.get("Relation Name") or node["Index Name"] for node in nodes if "Index Cond" not in node}
    return Planned(by, whole - FEW_ROWS)


def statement_of(read: Read) -> str:
    statement: str = vars(importlib.import_module(read.module))[read.name]
    return statement


def _is_of(module: str, name: str) -> bool:
    """Tell whether a constant stands in a module, and not only what it takes from another."""
    source = Path(importlib.import_module(module).__file__ or "").read_text(encoding="utf-8")
    return re.search(rf"^{name}(: Final)? = ", source, re.MULTILINE) is not None


def test_every_statement_of_the_stores_is_in_the_table():
    """A new one without a row here could be a slow one that nobody looked at."""
    named = {
        (module, name)
        for module in {read.module for read in STATEMENTS}
        for name, value in vars(importlib.import_module(module)).items()
        if isinstance(value, str) and _is_of(module, name) and re.search(r"\b(SELECT|INSERT|UPDATE|DELETE)\b", value)
    }

    assert named - PARTS == {(read.module, read.name) for read in STATEMENTS}


def test_every_statement_goes_by_its_index(planned: Callable[..., Planned]):
    """None goes through a table, or through all of an index, to find what it is about."""
    for read in STATEMENTS:
        assert planned(read.service, statement_of(read)) == Planned(read.by, {*read.whole}), read.name


def test_an_append_looks_up_by_index(planned: Callable[..., Planned], log_database: MigratedDatabase):
    """What the append's function asks goes by index, too: of streams, and of keys."""
    with psycopg.connect(log_database.owner_dsn, password=log_database.owner_password) as connection:
        source, names, types = connection.execute(APPEND).fetchone() or ("", [], [])
    for number, (name, kind) in enumerate(zip(names, types, strict=False), start=1):
        source = re.sub(rf"\b{name}\b", f"${number}::{kind}", source)
    questions = re.findall(
        r"^ +SELECT (?:(?!\n +SELECT|;)[\s\S])*?\bINTO [\w, ]+\n(?:\s*FROM \(|\s*FROM unnest)[^;]+;",
        source,
        re.MULTILINE,
    )

    assert [{"event_stream_version_key"}, {"idempotency_pkey"}] == [
        planned(AGREEMENTS, re.sub(r"\bINTO [\w, ]+\n", "\n", question)).by for question in questions
    ]


@pytest.mark.parametrize(
    ("room", "name", "by"),
    [
        ("ownership", "_ON_A_DAY", {"entry_recorded", "entry_pkey", "holding_period"}),
        ("ownership", "_ON_ANY_DAY", {"entry_recorded", "entry_pkey", "holding_period"}),
        ("access", "_ACCESS", {"entry_pkey", "holding_period"}),
    ],
)
def test_nobody_has_to_count_first(planned: Callable[..., Planned], room: str, name: str, by: set[str]):
    """With 20,000 entries that PostgreSQL has not counted it goes through none but the right ones, too."""
    plan = planned(LEDGER, statement_of(Read(LEDGER, f"{ANSWERS}.{room}", name, set())), filled=FILLED)

    assert by <= plan.by
    assert not plan.whole
