-- What time alone will do, and when: a list of its own, made from the log and kept by following it.

CREATE TABLE due (
    stream text PRIMARY KEY,
    due_on date NOT NULL
);
CREATE INDEX due_by_day ON due (due_on, stream);

-- How far the log has been followed, and by which rules: with others it is followed from the start again.
CREATE TABLE due_progress (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    position bigint NOT NULL,
    rules text NOT NULL
);
INSERT INTO due_progress (position, rules) VALUES (0, '');

GRANT SELECT, INSERT, UPDATE, DELETE ON due TO agreements;
GRANT SELECT, UPDATE (position, rules) ON due_progress TO agreements;
