-- Which letters somebody wants and when, as it was said last: of a pseudonym, and without an address. The revision is how often something
-- was said, so that nothing waits by what was said before.
ALTER TABLE mail_wish
    ADD COLUMN preferences jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN revision bigint NOT NULL DEFAULT 0;
GRANT UPDATE (preferences, revision) ON mail_wish TO notifications;

-- For what a letter was made to wait last, and until when. It waits by that as long as this is when it is due: whoever takes it moves that.
ALTER TABLE delivery
    ADD COLUMN held_for text CHECK (held_for IN ('QUIET_HOURS', 'DIGEST')),
    ADD COLUMN held_until timestamptz,
    ADD CHECK ((held_for IS NULL) = (held_until IS NULL));
GRANT UPDATE (held_for, held_until) ON delivery TO notifications;
CREATE INDEX delivery_held ON delivery (person) WHERE coalesce(outcome, '') = '' AND held_for IS NOT NULL;

-- In which digest it is sent: that of the alert which leads it. The row of that one is sent, put off and settled, and all others with it; these
-- are never due themselves. What is in a digest stays in it.
ALTER TABLE delivery
    ADD COLUMN digest text,
    ADD COLUMN gathered_at timestamptz,
    ADD CHECK ((digest IS NULL) = (gathered_at IS NULL));
GRANT UPDATE (digest, gathered_at) ON delivery TO notifications;
CREATE INDEX delivery_digest ON delivery (digest, person) WHERE digest IS NOT NULL;
CREATE FUNCTION keep_digest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'alert % is in digest %, and in no other', OLD.alert, OLD.digest;
END
$$;
CREATE TRIGGER gathered_once BEFORE UPDATE OF digest ON delivery
    FOR EACH ROW WHEN (OLD.digest IS NOT NULL AND NEW.digest IS DISTINCT FROM OLD.digest) EXECUTE FUNCTION keep_digest();

-- What waits on purpose is not late before that is over.
DROP INDEX delivery_waiting;
CREATE INDEX delivery_waiting ON delivery (noted_at) INCLUDE (held_until, digest, alert) WHERE outcome IS NULL;
