-- Which history a position counts: a chain of hashes over all events, kept with the head (shared/log/chain.py).
--
--     chain(0) = sha256('moiety-log/v1\n0\n'), chain(n) = sha256(chain(n - 1) || sha256(0x00 || body(n)))

ALTER TABLE event ADD COLUMN chain bytea;
ALTER TABLE log_head ADD COLUMN chain bytea NOT NULL DEFAULT sha256(convert_to(E'moiety-log/v1\n0\n', 'UTF8'));

-- What is there already gets its chain in one pass: half a minute for two million events.
DO $$
DECLARE
    link bytea := (SELECT chain FROM log_head);
    recorded record;
BEGIN
    FOR recorded IN SELECT position, body FROM event ORDER BY position LOOP
        link := sha256(link || sha256('\x00'::bytea || recorded.body));
        UPDATE event SET chain = link WHERE position = recorded.position;
    END LOOP;
    UPDATE log_head SET chain = link;
END $$;
ALTER TABLE event ALTER COLUMN chain SET NOT NULL, ADD CHECK (length(chain) = 32);
ALTER TABLE log_head ALTER COLUMN chain DROP DEFAULT, ADD CHECK (length(chain) = 32);

-- While the log and what was published of it differ, nothing more is recorded: the fork must not grow.
CREATE TABLE log_hold (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    position bigint NOT NULL,
    expected text NOT NULL,
    got text NOT NULL,
    held_at timestamptz NOT NULL DEFAULT now()
);

-- As before, and now with the chain: the same call that gives a position gives its chain. While the log is on hold it fails:
-- a process of the release before, which may still be running, must not take an answer for what it was not.
CREATE OR REPLACE FUNCTION log_append(
    promised_streams text[], promised_versions bigint[],
    event_streams text[], event_versions bigint[], event_types text[], event_agreements text[], event_bodies bytea[],
    key_callers text[], key_names text[], key_fingerprints bytea[], key_answers bytea[], key_versions bigint[],
    OUT head bigint, OUT stale bigint[], OUT got bigint[], OUT taken bigint[]
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    held boolean;
    link bytea;
    links bytea[];
    event_body bytea;
BEGIN
    -- The lock must be a statement of its own: under READ COMMITTED each statement sees what had been committed when
    -- it began, so only those begun after the lock is granted see the append that held it before us.
    -- This one gets the head as that append left it: a row that is waited for is read again once it is locked.
    SELECT position, chain INTO head, link FROM log_head FOR UPDATE;

    -- Whether the log is on hold is asked here and not above: whoever holds it waits for the lock as we do.
    SELECT EXISTS (SELECT FROM log_hold), array_agg(number), array_agg(version) INTO held, stale, got
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
    IF held THEN
        RAISE EXCEPTION 'the log is on hold' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;

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
        FOREACH event_body IN ARRAY event_bodies LOOP
            link := sha256(link || sha256('\x00'::bytea || event_body));
            links := links || link;
        END LOOP;
        INSERT INTO event (position, stream, version, type, agreement, body, chain)
        SELECT head + number, stream, version, type, agreement, body, given.chain
        FROM unnest(event_streams, event_versions, event_types, event_agreements, event_bodies, links)
            WITH ORDINALITY AS given (stream, version, type, agreement, body, chain, number);
        UPDATE log_head SET position = head + cardinality(event_streams), chain = link;
        PERFORM pg_notify('moiety_log', '');
    END IF;

    IF cardinality(key_names) > 0 THEN
        INSERT INTO idempotency (caller, key, fingerprint, answer, version)
        SELECT * FROM unnest(key_callers, key_names, key_fingerprints, key_answers, key_versions);
    END IF;
END $$;

-- Put the log on hold. The first reason stays: what is found later may only follow from it.
CREATE FUNCTION hold_log(differs_at bigint, was_expected text, was_got text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- Behind every append under way: once this has been committed, none is recorded any more.
    PERFORM FROM log_head FOR UPDATE;
    INSERT INTO log_hold (position, expected, got) VALUES (differs_at, was_expected, was_got) ON CONFLICT DO NOTHING;
END $$;
REVOKE EXECUTE ON FUNCTION hold_log FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hold_log TO relay;
GRANT SELECT ON log_hold TO agreements, relay;
