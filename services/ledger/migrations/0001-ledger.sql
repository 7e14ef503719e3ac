-- The ledger: entries as published, their Merkle tree, and what they say about ownership. No name below carries a
-- schema: a rebuild makes the same tables in a schema of its own and puts them in the place of these.

-- The evidence. The service may add entries and read them, nothing else: see the grants at the end.
CREATE TABLE entry (
    position bigint PRIMARY KEY,
    stream text NOT NULL,
    version bigint NOT NULL,
    -- The invention that a contribution's content names, to find what its ownership is derived from.
    invention text,
    -- The published bytes, hashed as they are. Compressing them would cost more than it saves.
    body bytea NOT NULL,
    UNIQUE (stream, version)
);
ALTER TABLE entry ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE INDEX entry_invention ON entry (invention, position) WHERE invention IS NOT NULL;

-- Up to 256 hashes each; a tile only ever grows at its end.
CREATE TABLE tile (
    "row" smallint NOT NULL,
    number bigint NOT NULL,
    hashes bytea NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0),
    PRIMARY KEY ("row", number)
);
ALTER TABLE tile ALTER COLUMN hashes SET STORAGE EXTERNAL;

-- Everything that was ever signed.
CREATE TABLE checkpoint (
    size bigint PRIMARY KEY,
    note text NOT NULL
);

CREATE TABLE asset (
    asset text PRIMARY KEY,
    agreement text NOT NULL,
    position bigint NOT NULL
);

-- Who may read what of which agreement.
CREATE TABLE member (
    agreement text NOT NULL,
    party text NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (agreement, party)
);

-- Two clocks: legal days, and what was known: by position, and by the latest recorded time up to that position.
-- A row is never changed but by closing its known period.
CREATE TABLE holding (
    asset text NOT NULL,
    holder text NOT NULL,
    share text NOT NULL CHECK (share ~ '^[1-9][0-9]*/[1-9][0-9]*$'),
    effective_from date NOT NULL,
    effective_to date CHECK (effective_to > effective_from),
    caused_by bigint NOT NULL,
    known_from bigint NOT NULL,
    recorded_from timestamptz NOT NULL,
    known_to bigint CHECK (known_to > known_from),
    recorded_to timestamptz CHECK (recorded_to >= recorded_from),
    PRIMARY KEY (asset, known_from, effective_from, holder),
    CHECK ((known_to IS NULL) = (recorded_to IS NULL))
);

-- Why: the ledger's own derivation of an adopted determination, share by share.
CREATE TABLE derivation (
    position bigint PRIMARY KEY,
    asset text NOT NULL,
    reasons json NOT NULL,
    alarms json NOT NULL
);

-- What stopped the ledger before a position. Once the ledger has passed it, it is history.
CREATE TABLE alarm (
    position bigint NOT NULL,
    kind text NOT NULL,
    expected text NOT NULL,
    got text NOT NULL,
    detected_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (position, kind)
);

CREATE TABLE progress (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    position bigint NOT NULL,
    recorded_at timestamptz NOT NULL
);
INSERT INTO progress (position, recorded_at) VALUES (0, '1970-01-01T00:00:00Z');

GRANT SELECT, INSERT ON entry, checkpoint, asset, member, derivation, alarm TO ledger;
GRANT SELECT, INSERT, UPDATE (hashes) ON tile TO ledger;
GRANT SELECT, INSERT, UPDATE (known_to, recorded_to) ON holding TO ledger;
GRANT SELECT, UPDATE (position, recorded_at) ON progress TO ledger;
