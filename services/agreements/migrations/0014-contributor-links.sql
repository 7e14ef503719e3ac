-- Private links, by which whoever is named in a contribution sees what is recorded of their work and answers to it.
-- Beside the log, like the people themselves: who holds a link holds a secret, so of that only the hash is kept.

CREATE TABLE contributor_link (
    -- One at a time: a new one takes the place of the last, which then opens nothing.
    contribution text PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    -- What proves that an answer comes from the page that was shown.
    form_key bytea NOT NULL CHECK (octet_length(form_key) = 32),
    party text NOT NULL,
    person text NOT NULL,
    -- Of what was recorded when the link was issued: it shows that and nothing later.
    content_hash text NOT NULL,
    language text NOT NULL,
    expires_at timestamptz NOT NULL,
    answered_at timestamptz,
    FOREIGN KEY (party, person) REFERENCES person
);
CREATE INDEX contributor_link_person ON contributor_link (party, person);

-- What people wrote when they contested, encrypted under their own keys: the log has the hash, and an erasure reaches
-- the words.
CREATE TABLE contributor_statement (
    party text NOT NULL,
    person text NOT NULL,
    contribution text NOT NULL,
    statement_hash text NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (party, person, contribution, statement_hash),
    FOREIGN KEY (party, person) REFERENCES person
);

GRANT SELECT, INSERT, DELETE,
    UPDATE (token_hash, form_key, party, person, content_hash, language, expires_at, answered_at)
    ON contributor_link TO agreements;
GRANT SELECT, INSERT, DELETE ON contributor_statement TO agreements;
