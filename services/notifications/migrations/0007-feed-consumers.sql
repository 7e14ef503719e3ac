-- The consumers of each party's own stream on NATS. What is there is made from this: a server, or a stream, that was lost gets them
-- again, at the numbers that they had come to.
CREATE TABLE feed_consumer (
    party text NOT NULL,
    name text NOT NULL,
    -- What it is told of, where that is not everything: of these agreements, about these kinds of things, by these names.
    agreements text[] NOT NULL DEFAULT '{}',
    entities text[] NOT NULL DEFAULT '{}',
    events text[] NOT NULL DEFAULT '{}',
    -- The number it was asked to begin after, and the last one up to which everything was acknowledged, as last seen.
    after bigint NOT NULL DEFAULT 0,
    acknowledged bigint NOT NULL DEFAULT 0,
    -- Which edition of this row it is, and which of them is on NATS.
    revision bigint NOT NULL DEFAULT 1,
    made bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (party, name)
);

-- Whose feed lost its end when the log did, until the stream with what was there is removed. A stream that is only ahead of its feed
-- is left alone: feeds that are written anew come there again.
CREATE TABLE feed_cut (
    party text PRIMARY KEY
);

GRANT SELECT, DELETE ON feed_cut TO notifications;
GRANT SELECT, INSERT, UPDATE, DELETE ON feed_consumer TO notifications;
