-- What notice is proven by (0012, 0015), and how far feeds have come, changes in one direction only: the service's rights say in which
-- columns, these guards how. They hold for whoever serves; the owner, as whom no process does, goes back where histories part.

CREATE FUNCTION serving(guarded oid) RETURNS boolean LANGUAGE sql STABLE
    RETURN (SELECT NOT pg_has_role(current_user, relowner, 'MEMBER') FROM pg_class WHERE oid = guarded);

CREATE FUNCTION keep_evidence() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    IF serving(TG_RELID) THEN
        RAISE EXCEPTION '% stays as it is: %', TG_TABLE_NAME, TG_ARGV[0];
    END IF;
    RETURN NEW;
END
$$;

-- Whoever writes when something happened writes it when it does, whatever it says.
CREATE FUNCTION alert_now() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    IF serving(TG_RELID) THEN
        NEW.alerted_at := now();
    END IF;
    RETURN NEW;
END
$$;
CREATE FUNCTION acknowledge_now() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    IF serving(TG_RELID) THEN
        NEW.acknowledged_at := now();
    END IF;
    RETURN NEW;
END
$$;
CREATE FUNCTION note_now() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    IF serving(TG_RELID) THEN
        NEW.noted_at := now();
    END IF;
    RETURN NEW;
END
$$;
CREATE FUNCTION settle_now() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    IF serving(TG_RELID) THEN
        NEW.settled_at := now();
    END IF;
    RETURN NEW;
END
$$;
CREATE FUNCTION prove_now() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    IF serving(TG_RELID) THEN
        NEW.proven_at := CASE WHEN NEW.proven_at IS NOT NULL THEN now() END;
        -- What is owed is said again within the hour (services/notifications/notices/store.py), however often it was refused.
        NEW.not_before := least(NEW.not_before, now() + interval '1 hour');
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER alerted_first BEFORE INSERT ON alert
    FOR EACH ROW WHEN (NEW.acknowledged_at IS NOT NULL OR NEW.archived_at IS NOT NULL)
    EXECUTE FUNCTION keep_evidence('nobody takes note of what is not in an inbox yet');
CREATE TRIGGER alerted_now BEFORE INSERT ON alert
    FOR EACH ROW WHEN (NEW.alerted_at <> now()) EXECUTE FUNCTION alert_now();
CREATE TRIGGER acknowledged_now BEFORE UPDATE ON alert
    FOR EACH ROW WHEN (OLD.acknowledged_at IS NULL AND NEW.acknowledged_at <> now()) EXECUTE FUNCTION acknowledge_now();

CREATE TRIGGER noted_first BEFORE INSERT ON delivery
    FOR EACH ROW WHEN (NEW.outcome IS NOT NULL OR NEW.attempts <> 0)
    EXECUTE FUNCTION keep_evidence('nothing has come of what is only noted');
CREATE TRIGGER noted_now BEFORE INSERT ON delivery
    FOR EACH ROW WHEN (NEW.noted_at <> now()) EXECUTE FUNCTION note_now();
CREATE TRIGGER settled_now BEFORE UPDATE ON delivery
    FOR EACH ROW WHEN (OLD.outcome IS NULL AND NEW.settled_at <> now()) EXECUTE FUNCTION settle_now();
CREATE TRIGGER settled_once BEFORE UPDATE ON delivery
    FOR EACH ROW WHEN (OLD.outcome IS NOT NULL AND OLD IS DISTINCT FROM NEW)
    EXECUTE FUNCTION keep_evidence('what came of a letter is evidence');

CREATE TRIGGER proven_now BEFORE UPDATE ON proof
    FOR EACH ROW WHEN (
        OLD.proven_at IS NULL AND (NEW.proven_at <> now() OR NEW.not_before > now() + interval '1 hour')
    )
    EXECUTE FUNCTION prove_now();
CREATE TRIGGER proven_once BEFORE UPDATE ON proof
    FOR EACH ROW WHEN (OLD.proven_at IS NOT NULL AND OLD IS DISTINCT FROM NEW)
    EXECUTE FUNCTION keep_evidence('what was proven stays proven');

-- What is owed follows from what happened to an alert or a letter, and is written by nobody; whatever path a session sets.
ALTER FUNCTION owe_proof() SECURITY DEFINER SET search_path = pg_catalog, public;
ALTER FUNCTION owe_proof_of_mail() SECURITY DEFINER SET search_path = pg_catalog, public;
REVOKE INSERT ON proof FROM notifications;

CREATE TRIGGER forward BEFORE UPDATE ON feed
    FOR EACH ROW WHEN (NEW.number < OLD.number OR (NEW.number = OLD.number AND NEW.chain <> OLD.chain))
    EXECUTE FUNCTION keep_evidence('a feed only grows at its end');
CREATE TRIGGER forward BEFORE UPDATE ON inbox
    FOR EACH ROW WHEN (NEW.last_sequence < OLD.last_sequence)
    EXECUTE FUNCTION keep_evidence('an inbox only grows at its end');
CREATE TRIGGER forward BEFORE UPDATE ON progress
    FOR EACH ROW WHEN (NEW.position < OLD.position OR NEW.fed < OLD.fed)
    EXECUTE FUNCTION keep_evidence('what was alerted of stays alerted of');
