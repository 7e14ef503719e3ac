-- What a release could not read, a later one may: it is alerted of then, once. Which release tried it last (by the events that it can
-- read), whether it could, and when whoever it concerns was alerted of it.
ALTER TABLE quarantine
    ADD COLUMN tried text,
    ADD COLUMN wanted boolean NOT NULL DEFAULT false,
    ADD COLUMN alerted_at timestamptz;

GRANT UPDATE (tried, wanted, alerted_at) ON quarantine TO notifications;
-- Whom it concerns follows from what came before it: so what is remembered is learned once more, as after a migration (0003), and
-- nobody is alerted a second time.
GRANT DELETE ON remembered TO notifications;
