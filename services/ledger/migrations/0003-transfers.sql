-- Holdings that follow from several events, what is disputed, and what people must look at.

-- A determination and every transfer since decide together who holds what.
ALTER TABLE holding ALTER COLUMN caused_by TYPE bigint[] USING ARRAY[caused_by];

-- Two clocks: that an asset is disputed is known from one position to another, of whatever legal day is asked.
CREATE TABLE dispute (
    asset text NOT NULL,
    dispute text NOT NULL,
    actions text[] NOT NULL,
    known_from bigint NOT NULL,
    recorded_from timestamptz NOT NULL,
    known_to bigint CHECK (known_to > known_from),
    recorded_to timestamptz CHECK (recorded_to >= recorded_from),
    PRIMARY KEY (asset, dispute, known_from),
    CHECK ((known_to IS NULL) = (recorded_to IS NULL))
);

-- What the ledger noticed about an asset when it entered an event; nothing that stops it.
CREATE TABLE asset_alarm (
    position bigint NOT NULL,
    number integer NOT NULL,
    asset text NOT NULL,
    alarm text NOT NULL,
    details json NOT NULL,
    PRIMARY KEY (position, number)
);
CREATE INDEX asset_alarm_asset ON asset_alarm (asset, position);

GRANT SELECT, INSERT ON asset_alarm TO ledger;
GRANT SELECT, INSERT, UPDATE (known_to, recorded_to) ON dispute TO ledger;
