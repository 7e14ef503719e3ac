-- What concerns each party, numbered for it from 1 without a gap: a feed is the same by HTTP, by webhook and as a stream of NATS, and
-- none of them needs another. A number is a fact: it follows from the log and from the rules of concern alone, so whoever writes all
-- of this anew writes the same.

-- What concerns anybody, byte for byte as it was published, once for all whom it concerns.
CREATE TABLE published (
    position bigint PRIMARY KEY,
    subject text NOT NULL,
    body bytea NOT NULL,
    -- As in the ledger's tree.
    leaf bytea NOT NULL CHECK (length(leaf) = 32)
);

-- The circles (shared/events/concerned.py) that each is about: whoever comes into one gets what came before.
CREATE TABLE published_around (
    circle text NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (circle, position)
);

-- How far each feed has come: its last number, and the chain up to it. Every party that is registered has one.
CREATE TABLE feed (
    party text PRIMARY KEY,
    number bigint NOT NULL,
    chain bytea NOT NULL CHECK (length(chain) = 32)
);

CREATE TABLE feed_entry (
    party text NOT NULL,
    number bigint NOT NULL,
    position bigint NOT NULL,
    -- The event with which it came into the feed: itself, or the one by which the party came to know of what had been before.
    came_with bigint NOT NULL CHECK (came_with >= position),
    -- chain(n) = SHA-256(chain(n - 1) ‖ leaf(n)), chain(0) = SHA-256("moiety-feed/v1\n<log>\n<party>\n").
    chain bytea NOT NULL CHECK (length(chain) = 32),
    PRIMARY KEY (party, number),
    UNIQUE (party, position)
);

-- From which position on which edition of the rules of concern applies: what is numbered stays as it was.
CREATE TABLE concern (
    edition integer PRIMARY KEY,
    since bigint NOT NULL
);
INSERT INTO concern VALUES (1, 1);

-- The last event that was put in the feeds of all whom it concerns.
ALTER TABLE progress ADD COLUMN fed bigint NOT NULL DEFAULT 0;

GRANT SELECT, INSERT ON published, published_around, feed_entry, concern TO notifications;
GRANT SELECT, INSERT, UPDATE (number, chain) ON feed TO notifications;
GRANT UPDATE (fed) ON progress TO notifications;

-- Everything is read again to be fed, and nobody is alerted of it a second time (0003). An asset's circle is another from now on:
-- whoever was given a share by what still counts.
DELETE FROM remembered;
UPDATE progress SET remembered = 0, chain = sha256(convert_to(E'moiety-log/v1\n0\n', 'UTF8'));
