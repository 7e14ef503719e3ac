-- Personal data, beside the log and never in it: events know people by pseudonyms alone, so that this can be erased
-- while everything recorded stays as it is.

CREATE TABLE person (
    party text NOT NULL,
    person text NOT NULL,
    version bigint NOT NULL,
    -- Encrypted under the person's own key; NULL once erased. The row stays as a tombstone, so that an erased
    -- pseudonym is never given to somebody else.
    sealed bytea,
    erased_on date,
    PRIMARY KEY (party, person),
    CHECK ((sealed IS NULL) = (erased_on IS NOT NULL))
);

-- Apart from what they open: without its key what an old backup of `person` holds is noise, so whoever wants erasure
-- to reach backups keeps those of this table for a shorter time.
CREATE TABLE person_key (
    party text NOT NULL,
    person text NOT NULL,
    wrapped bytea NOT NULL,
    PRIMARY KEY (party, person),
    FOREIGN KEY (party, person) REFERENCES person
);

GRANT SELECT, INSERT, UPDATE (version, sealed, erased_on) ON person TO agreements;
GRANT SELECT, INSERT, DELETE ON person_key TO agreements;
