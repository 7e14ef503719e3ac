-- Who is asked by a letter whether what is recorded of their work is so, and what came of that letter: one for each time that something
-- is recorded of somebody, and another each time that whoever recorded it asks again. A person stands here by pseudonym alone; name, address and the link are asked of agreements when it is sent,
-- and are kept nowhere.

CREATE TABLE contributor_letter (
    event_id text NOT NULL,
    number integer NOT NULL DEFAULT 1,
    agreement text NOT NULL,
    contribution text NOT NULL,
    content_hash text NOT NULL,
    recorded_by_party text NOT NULL,
    person text NOT NULL,
    corrected boolean NOT NULL,
    recorded_at timestamptz NOT NULL,
    -- Its name, which is in the Message-ID too: at every attempt the same. It is drawn, for whoever knows it and may ask agreements for links
    -- is told that of this letter again.
    letter text PRIMARY KEY
        DEFAULT replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '') CHECK (letter ~ '^[0-9a-f]{64}$'),
    noted_at timestamptz NOT NULL DEFAULT now(),
    -- Before that it is not sent. While it is under way, when whoever has it must have told what came of it.
    not_before timestamptz NOT NULL DEFAULT now(),
    -- Those that failed.
    attempts integer NOT NULL DEFAULT 0,
    -- Null while it is still to be sent.
    outcome text CHECK (outcome IN ('SENT', 'BOUNCED', 'GIVEN_UP', 'NO_ADDRESS', 'UNWRITABLE', 'NOT_ASKED')),
    settled_at timestamptz,
    -- What the server said last, without its words: these may repeat the address.
    status integer,
    enhanced_status text,
    -- SHA-256 of exactly what was sent, of which the link is 256 bits that nobody guesses: it gives away nothing.
    sent_hash bytea CHECK (length(sent_hash) = 32),
    UNIQUE (event_id, number),
    CHECK ((outcome IS NULL) = (settled_at IS NULL)),
    CHECK ((outcome IS NOT DISTINCT FROM 'SENT') = (sent_hash IS NOT NULL))
);
CREATE INDEX contributor_letter_due ON contributor_letter (not_before) WHERE outcome IS NULL;
CREATE INDEX contributor_letter_waiting ON contributor_letter (noted_at) WHERE outcome IS NULL;
CREATE INDEX contributor_letter_of ON contributor_letter (contribution, recorded_at, number);

GRANT SELECT, INSERT ON contributor_letter TO notifications;
GRANT UPDATE (not_before, attempts, outcome, settled_at, status, enhanced_status, sent_hash) ON contributor_letter TO notifications;
