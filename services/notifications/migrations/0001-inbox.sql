-- The parties' inboxes: who was alerted of what, when, and who acknowledged it. Nothing here is ever deleted.

CREATE TABLE progress (
    -- One row: the last event of the log that every recipient has been alerted of.
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    position bigint NOT NULL
);
INSERT INTO progress (position) VALUES (0);

CREATE TABLE inbox (
    -- Numbers each party's alerts from 1 without a gap. A sequence object would not do: its numbers can become
    -- visible out of order, and a reader that resumes after the highest it has seen would miss one for ever.
    -- The row is locked from taking a number to the commit, so they appear in order; and a party that counts
    -- its own numbers knows that it misses none, without learning how many alerts others get.
    recipient text PRIMARY KEY,
    last_sequence bigint NOT NULL
);

CREATE TABLE alert (
    recipient text NOT NULL,
    sequence bigint NOT NULL,
    id text NOT NULL UNIQUE,
    event_id text NOT NULL,
    channel text NOT NULL,
    position bigint NOT NULL,
    type text NOT NULL,
    class text NOT NULL CHECK (class IN ('info', 'action', 'reminder', 'legal-critical')),
    agreement text NOT NULL,
    subject text NOT NULL,
    link text NOT NULL,
    due_on date,
    recorded_at timestamptz NOT NULL,
    alerted_at timestamptz NOT NULL DEFAULT now(),
    acknowledged_at timestamptz,
    acknowledged_by text,
    PRIMARY KEY (recipient, sequence),
    UNIQUE (event_id, recipient, channel),
    CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL))
);

CREATE INDEX alert_unread ON alert (recipient, sequence) INCLUDE (class) WHERE acknowledged_at IS NULL;

CREATE FUNCTION keep_acknowledgement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'alert % is acknowledged: that is evidence and stays as it is', OLD.id;
END
$$;
CREATE TRIGGER acknowledged_once BEFORE UPDATE ON alert
    FOR EACH ROW WHEN (OLD.acknowledged_at IS NOT NULL) EXECUTE FUNCTION keep_acknowledgement();

-- What earlier events said that decides whom a later one concerns, by stream.
CREATE TABLE known (
    stream text PRIMARY KEY,
    state jsonb NOT NULL
);

-- Messages nobody could be alerted of, byte for byte, for the operator to look into.
CREATE TABLE quarantine (
    position bigint PRIMARY KEY,
    subject text NOT NULL,
    body bytea NOT NULL,
    reason text NOT NULL,
    quarantined_at timestamptz NOT NULL DEFAULT now()
);

GRANT USAGE ON SCHEMA public TO notifications;
GRANT SELECT, UPDATE (position) ON progress TO notifications;
GRANT SELECT, INSERT, UPDATE (last_sequence) ON inbox TO notifications;
GRANT SELECT, INSERT, UPDATE (acknowledged_at, acknowledged_by) ON alert TO notifications;
GRANT SELECT, INSERT, UPDATE (state) ON known TO notifications;
GRANT SELECT, INSERT ON quarantine TO notifications;
