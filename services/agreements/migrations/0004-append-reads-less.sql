-- The same function with less to do: what a batch costs besides its rows is paid by every commit.
--
-- A stream is at a version if the search from there on finds exactly that version. Asked for its newest instead, the
-- index reads everything of the stream that is on its page, so a lookup in a long stream cost several times as much.
-- And the head is locked and read by one statement instead of two.
CREATE OR REPLACE FUNCTION log_append(
    promised_streams text[], promised_versions bigint[],
    event_streams text[], event_versions bigint[], event_types text[], event_agreements text[], event_bodies bytea[],
    key_callers text[], key_names text[], key_fingerprints bytea[], key_answers bytea[], key_versions bigint[],
    OUT head bigint, OUT stale bigint[], OUT got bigint[], OUT taken bigint[]
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- The lock must be a statement of its own: under READ COMMITTED each statement sees what had been committed when
    -- it began, so only those begun after the lock is granted see the append that held it before us. This one gets the
    -- head as that append left it: a row that is waited for is read again once it is locked.
    SELECT position INTO head FROM log_head FOR UPDATE;

    SELECT array_agg(number), array_agg(version) INTO stale, got
    FROM (
        SELECT number, promised, coalesce(
            (SELECT event.version FROM event WHERE event.stream = promise.stream AND event.version >= promise.promised
             ORDER BY event.version DESC LIMIT 1),
            CASE WHEN promised > 0 THEN
                (SELECT event.version FROM event WHERE event.stream = promise.stream ORDER BY event.version DESC LIMIT 1)
            END,
            0
        ) AS version
        FROM unnest(promised_streams, promised_versions) WITH ORDINALITY AS promise (stream, promised, number)
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
