-- What a party has seen to it puts away, and who did so is kept; what is legal-critical only once somebody took note of it.
ALTER TABLE alert
    ADD COLUMN archived_at timestamptz,
    ADD COLUMN archived_by text,
    ADD CHECK ((archived_at IS NULL) = (archived_by IS NULL)),
    ADD CHECK (archived_at IS NULL OR class <> 'legal-critical' OR acknowledged_at IS NOT NULL);

-- An alert that was taken note of may be put away and taken out again; of all else that it says nothing changes any more.
DROP TRIGGER acknowledged_once ON alert;
CREATE TRIGGER acknowledged_once BEFORE UPDATE ON alert
    FOR EACH ROW WHEN (
        OLD.acknowledged_at IS NOT NULL
        AND to_jsonb(OLD) - '{archived_at,archived_by}'::text[] <> to_jsonb(NEW) - '{archived_at,archived_by}'::text[]
    )
    EXECUTE FUNCTION keep_acknowledgement();

-- What each person has read, by its pseudonym: nobody else's business, and no evidence of anything.
CREATE TABLE alert_read (
    recipient text NOT NULL,
    reader text NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (recipient, reader, sequence)
);

-- The assets that each alert is about: most are about one, a licence about several.
CREATE TABLE alert_asset (
    recipient text NOT NULL,
    asset text NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (recipient, asset, sequence)
);
INSERT INTO alert_asset
SELECT recipient, substr(circle, length('invention:') + 1), sequence
FROM alert JOIN published_around USING (position)
WHERE starts_with(circle, 'invention:') AND NOT lost(alert)
UNION
SELECT recipient, substr(subject, length('invention:') + 1), sequence FROM alert WHERE starts_with(subject, 'invention:');

-- An inbox is listed without what was put away: by class and by whether it needs its party as before, and so is all of it and what is
-- unread; and by whatever else a page may be asked for.
DROP INDEX alert_unread, alert_kind, alert_kind_unread;
CREATE INDEX alert_kind ON alert (class, needs_you, recipient, sequence) WHERE archived_at IS NULL;
CREATE INDEX alert_kind_unread ON alert (class, needs_you, recipient, sequence)
    WHERE acknowledged_at IS NULL AND archived_at IS NULL;
CREATE INDEX alert_agreement ON alert (agreement, recipient, sequence) WHERE archived_at IS NULL;
CREATE INDEX alert_subject ON alert (subject, recipient, sequence) WHERE archived_at IS NULL;
CREATE INDEX alert_type ON alert (type, recipient, sequence) WHERE archived_at IS NULL;
CREATE INDEX alert_archived ON alert (recipient, sequence) WHERE archived_at IS NOT NULL;
-- What repeats may be folded: of the same type about the same thing, while nobody took note of it, and never what has weight in law
-- or waits for somebody.
CREATE INDEX alert_fold ON alert (subject, type, recipient, sequence)
    WHERE class IN ('info', 'reminder') AND NOT needs_you AND acknowledged_at IS NULL AND archived_at IS NULL;

GRANT UPDATE (archived_at, archived_by) ON alert TO notifications;
GRANT SELECT, INSERT ON alert_read, alert_asset TO notifications;
