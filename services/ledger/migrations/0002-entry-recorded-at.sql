-- The latest recorded time up to each entry: it never goes back, so that an instant leads to one position.
ALTER TABLE entry ADD COLUMN recorded_at timestamptz;

UPDATE entry SET recorded_at = latest.recorded_at
FROM (
    SELECT position, max((convert_from(body, 'UTF8')::json ->> 'time')::timestamptz) OVER (ORDER BY position)
        AS recorded_at
    FROM entry
) AS latest
WHERE latest.position = entry.position;

ALTER TABLE entry ALTER COLUMN recorded_at SET NOT NULL;
