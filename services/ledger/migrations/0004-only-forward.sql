-- What the service may still change, it may change in one direction only. Its rights say in which columns; these say how.
-- The guards hold for everybody; only the owner, as whom no process serves, could take them away.

CREATE FUNCTION keep_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% stays as it is: %', TG_TABLE_NAME, TG_ARGV[0];
END
$$;

-- What was known at a position that has been entered is what was answered, and may have been relied on.
CREATE FUNCTION keep_what_was_known() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entered bigint;
    changed_at bigint := CASE TG_OP WHEN 'INSERT' THEN NEW.known_from ELSE NEW.known_to END;
BEGIN
    -- In the table's own schema, not along the session's search path: whoever is guarded against sets that.
    EXECUTE format('SELECT position FROM %I.progress', TG_TABLE_SCHEMA) INTO entered;
    IF changed_at <= entered THEN
        RAISE EXCEPTION '% stays as it is: what was known at position % has been entered', TG_TABLE_NAME, changed_at;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER closed_once BEFORE UPDATE ON holding
    FOR EACH ROW WHEN (OLD.known_to IS NOT NULL) EXECUTE FUNCTION keep_evidence('a known period is closed once');
CREATE TRIGGER known_forward BEFORE INSERT OR UPDATE ON holding
    FOR EACH ROW EXECUTE FUNCTION keep_what_was_known();

CREATE TRIGGER closed_once BEFORE UPDATE ON dispute
    FOR EACH ROW WHEN (OLD.known_to IS NOT NULL) EXECUTE FUNCTION keep_evidence('a known period is closed once');
CREATE TRIGGER known_forward BEFORE INSERT OR UPDATE ON dispute
    FOR EACH ROW EXECUTE FUNCTION keep_what_was_known();

-- So a full tile cannot change at all: nothing fits behind its end.
CREATE TRIGGER grows_at_its_end BEFORE UPDATE ON tile
    FOR EACH ROW WHEN (substr(NEW.hashes, 1, length(OLD.hashes)) <> OLD.hashes)
    EXECUTE FUNCTION keep_evidence('a tile only grows at its end');

CREATE TRIGGER grows BEFORE UPDATE ON progress
    FOR EACH ROW WHEN (NEW.position <= OLD.position OR NEW.recorded_at < OLD.recorded_at)
    EXECUTE FUNCTION keep_evidence('what was entered stays entered');
