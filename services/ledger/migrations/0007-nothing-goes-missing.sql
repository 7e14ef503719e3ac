-- So that fsck can tell what was taken away or invented. A checkpoint names the size of the one signed before it.
ALTER TABLE checkpoint ADD COLUMN previous bigint CHECK (previous < size);
UPDATE checkpoint SET previous = before.size
FROM (SELECT size AS of, lag(size) OVER (ORDER BY size) AS size FROM checkpoint) AS before
WHERE checkpoint.size = before.of;

-- Whoever signs need not say so: a process of the release before, which may still be running, does not.
CREATE FUNCTION name_the_previous() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.previous IS NULL THEN
        -- In the table's own schema, as in 0004.
        EXECUTE format('SELECT max(size) FROM %I.checkpoint WHERE size < $1', TG_TABLE_SCHEMA)
            INTO NEW.previous USING NEW.size;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER names_the_previous BEFORE INSERT ON checkpoint FOR EACH ROW EXECUTE FUNCTION name_the_previous();

-- What stopped the ledger, as its key signed it. What stopped it before there were signatures has none.
ALTER TABLE alarm ADD COLUMN note text;
