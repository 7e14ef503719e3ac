-- The log: the one truth. Rows are only ever inserted; the grants at the end make that so for the service.

CREATE TABLE log_head (
    -- One row. Its lock is held from taking a position to the commit, so positions are gapless, in commit
    -- order, and no reader ever sees one appear below a position it has already read past.
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    position bigint NOT NULL
);
INSERT INTO log_head (position) VALUES (0);

CREATE TABLE event (
    position bigint PRIMARY KEY,
    stream text NOT NULL,
    version bigint NOT NULL,
    type text NOT NULL,
    agreement text NOT NULL,
    -- The published bytes. Compressing them would cost more than it saves: they are a few hundred bytes.
    body bytea NOT NULL,
    UNIQUE (stream, version)
);
ALTER TABLE event ALTER COLUMN body SET STORAGE EXTERNAL;

-- What exists, in the order it came to be: lists are read from the first events of streams.
CREATE INDEX event_created ON event (split_part(stream, ':', 1), agreement, position) WHERE version = 1;

CREATE TABLE idempotency (
    caller text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    answer bytea NOT NULL,
    version bigint NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (caller, key)
);

-- A cache of folded states; it may be emptied at any time.
CREATE TABLE snapshot (
    stream text PRIMARY KEY,
    version bigint NOT NULL,
    revision text NOT NULL,
    state bytea NOT NULL
);

-- Record a batch of appends, all or none, in one round trip and one commit.
--
-- The promises are the versions that streams must be at (0: not there yet), the keys must not be taken. Where one does
-- not hold nothing is recorded, and `stale` and `taken` number those that do not, so that the caller can leave out the
-- appends they belong to and send the rest again. `head` is the position before the first event recorded.
--
-- It runs with its owner's rights, and the service has no other way to write: not even a service gone wrong can choose
-- a position, leave a gap or change what is recorded.
CREATE FUNCTION log_append(
    promised_streams text[], promised_versions bigint[],
    event_streams text[], event_versions bigint[], event_types text[], event_agreements text[], event_bodies bytea[],
    key_callers text[], key_names text[], key_fingerprints bytea[], key_answers bytea[], key_versions bigint[],
    OUT head bigint, OUT stale bigint[], OUT got bigint[], OUT taken bigint[]
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- The lock must be a statement of its own: under READ COMMITTED each statement sees what had been committed when
    -- it began, so only those begun after the lock is granted see the append that held it before us.
    PERFORM FROM log_head FOR UPDATE;
    SELECT position INTO head FROM log_head;

    SELECT array_agg(number), array_agg(version) INTO stale, got
    FROM (
        SELECT number, promised, coalesce(newest.version, 0) AS version
        FROM unnest(promised_streams, promised_versions) WITH ORDINALITY AS promise (stream, promised, number)
        LEFT JOIN LATERAL (
            SELECT event.version FROM event WHERE event.stream = promise.stream ORDER BY event.version DESC LIMIT 1
        ) AS newest ON true
    ) AS promise
    WHERE promised <> version;

    IF cardinality(key_names) > 0 THEN
        SELECT array_agg(number) INTO taken
        FROM unnest(key_callers, key_names) WITH ORDINALITY AS given (caller, key, number)
        JOIN LATERAL (
            SELECT FROM idempotency WHERE (caller, key) = (given.caller, given.key) LIMIT 1
        ) AS answered ON true;
    END IF;
    IF stale IS NOT NULL OR taken IS NOT NULL THEN
        RETURN;
    END IF;

    IF cardinality(event_streams) > 0 THEN
        INSERT INTO event (position, stream, version, type, agreement, body)
        SELECT head + number, stream, version, type, agreement, body
        FROM unnest(event_streams, event_versions, event_types, event_agreements, event_bodies)
            WITH ORDINALITY AS given (stream, version, type, agreement, body, number);
        UPDATE log_head SET position = head + cardinality(event_streams);
        PERFORM pg_notify('moiety_log', '');
    END IF;

    IF cardinality(key_names) > 0 THEN
        INSERT INTO idempotency (caller, key, fingerprint, answer, version)
        SELECT * FROM unnest(key_callers, key_names, key_fingerprints, key_answers, key_versions);
    END IF;
END $$;

GRANT USAGE ON SCHEMA public TO agreements, relay;
REVOKE EXECUTE ON FUNCTION log_append FROM PUBLIC;
GRANT EXECUTE ON FUNCTION log_append TO agreements;
GRANT SELECT ON event, idempotency, log_head TO agreements;
GRANT SELECT, INSERT, UPDATE, DELETE ON snapshot TO agreements;
GRANT SELECT ON event, log_head TO relay;
