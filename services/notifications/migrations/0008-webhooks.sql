-- Webhooks: where a party has its feed sent. Of the events themselves nothing is copied: a webhook knows up to which number it has
-- come, and there is a row of an event only while it is under way, or while it was not taken.

CREATE TABLE webhook (
    -- In the id of every message: a name that is given again is another webhook.
    id text PRIMARY KEY,
    party text NOT NULL,
    name text NOT NULL,
    url text NOT NULL,
    -- None for all.
    types text[] NOT NULL,
    agreements text[] NOT NULL,
    payload text NOT NULL CHECK (payload IN ('FULL', 'THIN')),
    ordered boolean NOT NULL,
    state text NOT NULL CHECK (state IN ('UNVERIFIED', 'ACTIVE', 'DISABLED')),
    disabled_because text CHECK (disabled_because IN ('GONE', 'FAILING', 'EXHAUSTED')),
    -- Up to which number of its party's feed every event was delivered, has a row below, or is none of those asked for.
    reached bigint NOT NULL,
    -- Since when nothing was delivered that was tried; null where the last attempt was a success.
    failing_since timestamptz,
    -- Until when its receiver asked for nothing at all.
    rests_until timestamptz NOT NULL DEFAULT '-infinity',
    created_at timestamptz NOT NULL DEFAULT now(),
    verified_at timestamptz,
    UNIQUE (party, name),
    CHECK ((state = 'DISABLED') = (disabled_because IS NOT NULL))
);

-- Unlike a password a key is used to sign, so it is kept as it is: whoever reads this table can sign as we do.
CREATE TABLE webhook_key (
    webhook text NOT NULL REFERENCES webhook ON DELETE CASCADE,
    name text NOT NULL,
    scheme text NOT NULL CHECK (scheme IN ('v1', 'v1a')),
    secret bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL DEFAULT 'infinity',
    PRIMARY KEY (webhook, name)
);

CREATE TABLE webhook_delivery (
    webhook text NOT NULL REFERENCES webhook ON DELETE CASCADE,
    number bigint NOT NULL,
    -- Those that failed.
    attempts integer NOT NULL DEFAULT 0,
    -- While it is under way, when whoever has it must have told what came of it; null once nobody tries any more.
    due_at timestamptz,
    PRIMARY KEY (webhook, number)
);
CREATE INDEX webhook_due ON webhook_delivery (webhook, due_at) WHERE due_at IS NOT NULL;

CREATE TABLE webhook_attempt (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook text NOT NULL REFERENCES webhook ON DELETE CASCADE,
    number bigint NOT NULL,
    attempt integer NOT NULL,
    attempted_at timestamptz NOT NULL DEFAULT now(),
    outcome text NOT NULL,
    status integer,
    milliseconds integer NOT NULL,
    -- How the answer begins.
    answer text NOT NULL
);
CREATE INDEX webhook_attempt_newest ON webhook_attempt (webhook, id);
CREATE INDEX webhook_attempt_old ON webhook_attempt (attempted_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON webhook, webhook_key, webhook_delivery TO notifications;
GRANT SELECT, INSERT, DELETE ON webhook_attempt TO notifications;
