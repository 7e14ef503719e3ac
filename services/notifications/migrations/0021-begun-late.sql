-- Where these inboxes begin: whoever makes them anew, of a log that is there already, writes to nobody about what is in it by then. What is already
-- alerted of here was written about as it came. Null until whoever alerts has asked the log how far it goes.
ALTER TABLE progress ADD COLUMN began_after bigint CHECK (began_after >= 0);
UPDATE progress SET began_after = 0 WHERE position > 0;
GRANT UPDATE (began_after) ON progress TO notifications;
CREATE TRIGGER begun_once BEFORE UPDATE ON progress
    FOR EACH ROW WHEN (OLD.began_after IS DISTINCT FROM NEW.began_after AND OLD.began_after IS NOT NULL)
    EXECUTE FUNCTION keep_evidence('these inboxes have begun');

-- Who took note of what was alerted of before, those that are gone knew: nobody is told that nobody did.
CREATE OR REPLACE FUNCTION ask_for_acknowledgement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO escalation (alert)
    SELECT NEW.id FROM progress WHERE NEW.position > coalesce(began_after, 0)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
