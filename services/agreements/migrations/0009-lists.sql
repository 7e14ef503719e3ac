-- Under which headings each thing is found: made from the log and kept by following it, like what is due. A list looks up
-- by it which things to look at, and shows of them what they say themselves to whoever asks: a row too many shows nothing.

CREATE TABLE heading (
    entity text NOT NULL,
    -- Among whose things: an agreement's, or those that a party may see besides.
    scope text NOT NULL,
    name text NOT NULL,
    value text NOT NULL,
    -- Of the thing's first event: lists are in the order in which things came to be.
    position bigint NOT NULL,
    stream text NOT NULL,
    PRIMARY KEY (entity, scope, name, value, position)
);
CREATE INDEX heading_of_stream ON heading (stream);

-- How far the log has been followed, and by which rules: with others it is followed from the start again.
CREATE TABLE heading_progress (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    position bigint NOT NULL,
    rules text NOT NULL
);
INSERT INTO heading_progress (position, rules) VALUES (0, '');

GRANT SELECT, INSERT, DELETE ON heading TO agreements;
GRANT SELECT, UPDATE (position, rules) ON heading_progress TO agreements;
