-- What earlier events said that decides whom a later one concerns, and until when; by the name of what it is said of. It
-- follows from the log alone, up to the last event that was learned from. Where that is behind the last one alerted of, the
-- service reads the events between again, learns from them, and alerts nobody of them a second time.
-- So a release that remembers otherwise empties this table in a migration and sets `remembered` to 0.
CREATE TABLE remembered (
    name text PRIMARY KEY,
    state jsonb NOT NULL
);
ALTER TABLE progress ADD COLUMN remembered bigint NOT NULL DEFAULT 0;

-- `known` held the same in another form. Nothing reads it any more but a process of the release before, which may still be
-- running.

GRANT SELECT, INSERT, UPDATE (state) ON remembered TO notifications;
GRANT UPDATE (remembered) ON progress TO notifications;
