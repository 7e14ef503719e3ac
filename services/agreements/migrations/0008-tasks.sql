-- Whom each thing asks, and since when: made from the log and kept by following it, like what is due. Whether a party
-- really can answer today is asked when its tasks are read.

CREATE TABLE task (
    party text NOT NULL,
    since timestamptz NOT NULL,
    stream text NOT NULL,
    name text NOT NULL,
    subject text NOT NULL,
    agreement text NOT NULL,
    PRIMARY KEY (party, since, stream, name, subject)
);
CREATE INDEX task_of_stream ON task (stream);

-- The open things whose holders are asked: they are looked at again when the holders of one of these change.
CREATE TABLE task_about (
    asset text NOT NULL,
    stream text NOT NULL,
    PRIMARY KEY (asset, stream)
);
CREATE INDEX task_about_of_stream ON task_about (stream);

-- How far the log has been followed, and by which rules: with others it is followed from the start again.
CREATE TABLE task_progress (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    position bigint NOT NULL,
    rules text NOT NULL
);
INSERT INTO task_progress (position, rules) VALUES (0, '');

GRANT SELECT, INSERT, DELETE ON task, task_about TO agreements;
GRANT SELECT, UPDATE (position, rules) ON task_progress TO agreements;
