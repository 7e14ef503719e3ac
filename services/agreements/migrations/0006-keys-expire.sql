-- Idempotency keys are forgotten after thirty days: until then a repeat is answered as the first time, and afterwards the
-- table would only grow. Whoever repeats a command does so within days; a month outlasts an outage that is noticed when
-- the month is closed.
--
-- Recorded in the order of time, so that this index only grows at its end.
CREATE INDEX idempotency_recorded ON idempotency (recorded_at);

-- Forget some of the keys that are old enough, and say how many: fewer than the most means that none is left.
--
-- It runs with its owner's rights, and says itself what is old enough: not even a service gone wrong can forget a key
-- whose command might be repeated. Several processes forget different ones, and nobody's append waits for them.
CREATE FUNCTION idempotency_expire() RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH forgotten AS (
        DELETE FROM idempotency WHERE (caller, key) IN (
            SELECT caller, key FROM idempotency
            WHERE recorded_at < now() - interval '30 days'
            ORDER BY recorded_at LIMIT 1000 FOR UPDATE SKIP LOCKED
        )
        RETURNING 1
    )
    SELECT count(*) FROM forgotten;
$$;

REVOKE EXECUTE ON FUNCTION idempotency_expire FROM PUBLIC;
GRANT EXECUTE ON FUNCTION idempotency_expire TO agreements;
