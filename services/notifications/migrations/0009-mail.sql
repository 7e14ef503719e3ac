-- To whom alerts are sent by e-mail, and what came of it. A person stands here by pseudonym alone: name and address are asked of
-- agreements when something is sent, and are kept nowhere.

CREATE TABLE delivery (
    alert text NOT NULL REFERENCES alert (id),
    person text NOT NULL,
    channel text NOT NULL CHECK (channel IN ('email')),
    -- The same at every attempt, so that whoever gets it twice can tell.
    message_id text NOT NULL UNIQUE,
    noted_at timestamptz NOT NULL DEFAULT now(),
    -- Before that it is not sent. While it is under way, when whoever has it must have told what came of it.
    not_before timestamptz NOT NULL DEFAULT now(),
    -- Those that failed.
    attempts integer NOT NULL DEFAULT 0,
    -- Null while it is still to be sent.
    outcome text CHECK (outcome IN ('SENT', 'BOUNCED', 'GIVEN_UP', 'NO_ADDRESS', 'UNWRITABLE', 'MUTED')),
    settled_at timestamptz,
    -- What the server said last, without its words: these may repeat the address.
    status integer,
    enhanced_status text,
    -- SHA-256 of exactly what was sent.
    sent_hash bytea CHECK (length(sent_hash) = 32),
    PRIMARY KEY (alert, person, channel),
    CHECK ((outcome IS NULL) = (settled_at IS NULL)),
    CHECK ((outcome IS NOT DISTINCT FROM 'SENT') = (sent_hash IS NOT NULL))
);
CREATE INDEX delivery_due ON delivery (not_before) WHERE outcome IS NULL;
CREATE INDEX delivery_waiting ON delivery (noted_at) WHERE outcome IS NULL;

GRANT SELECT, INSERT ON delivery TO notifications;
GRANT UPDATE (not_before, attempts, outcome, settled_at, status, enhanced_status, sent_hash) ON delivery TO notifications;

-- Who wants no letters but those that have weight in law, and what stands in the link by which each can say so: whoever has that can
-- say so for this person, and nothing else.
CREATE TABLE mail_wish (
    party text NOT NULL,
    person text NOT NULL,
    token text NOT NULL UNIQUE,
    muted_at timestamptz,
    PRIMARY KEY (party, person)
);
GRANT SELECT, INSERT, UPDATE (muted_at) ON mail_wish TO notifications;

-- Who may act for a party is remembered from now on: everything is learned again, and nobody is alerted of it a second time (0003).
DELETE FROM remembered;
UPDATE progress SET remembered = 0, chain = sha256(convert_to(E'moiety-log/v1\n0\n', 'UTF8'));
