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
    subject text NOT NULL,
    traceparent text,
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

GRANT USAGE ON SCHEMA public TO agreements, relay;
GRANT SELECT, INSERT ON event, idempotency TO agreements;
GRANT SELECT, UPDATE (position) ON log_head TO agreements;
GRANT SELECT, INSERT, UPDATE, DELETE ON snapshot TO agreements;
GRANT SELECT ON event, log_head TO relay;
