-- How far the log was followed for a list says of which history, so that a position of another one counts as none; and
-- a row that is missing is made anew by whoever keeps the list.

ALTER TABLE due_progress ADD COLUMN chain bytea;
ALTER TABLE task_progress ADD COLUMN chain bytea;
ALTER TABLE heading_progress ADD COLUMN chain bytea;

GRANT INSERT (position, rules, chain), UPDATE (chain) ON due_progress, task_progress, heading_progress TO agreements;
