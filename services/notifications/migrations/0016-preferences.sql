-- Which letters somebody wants and when, as it was said last: of a pseudonym, and without an address. The revision is how often something
-- was said, so that nothing waits by what was said before.
ALTER TABLE mail_wish
    ADD COLUMN preferences jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN revision bigint NOT NULL DEFAULT 0;
GRANT UPDATE (preferences, revision) ON mail_wish TO notifications;

-- For what a letter was made to wait last, and until when. It waits by that as long as this is when it is due: whoever takes it moves that.
ALTER TABLE delivery
    ADD COLUMN held_for text CHECK (held_for IN ('QUIET_HOURS')),
    ADD COLUMN held_until timestamptz,
    ADD CHECK ((held_for IS NULL) = (held_until IS NULL));
GRANT UPDATE (held_for, held_until) ON delivery TO notifications;
CREATE INDEX delivery_held ON delivery (person) WHERE coalesce(outcome, '') = '' AND held_for IS NOT NULL;
-- What waits on purpose is not late before that is over.
DROP INDEX delivery_waiting;
CREATE INDEX delivery_waiting ON delivery (noted_at) INCLUDE (held_until) WHERE outcome IS NULL;
