-- Where the terms have notice be by e-mail, a letter that was sent owes proof as well: one for each party, whichever of its people got it first.
-- Only of an event that says so: of any other the inbox is proof enough, and each proof is an event.
ALTER TABLE proof DROP CONSTRAINT proof_what_check;
ALTER TABLE proof ADD CONSTRAINT proof_what_check CHECK (what IN ('DELIVERED', 'ACKNOWLEDGED', 'MAILED'));

CREATE FUNCTION owe_proof_of_mail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO proof (alert, what, position)
    SELECT alert.id, 'MAILED', alert.position FROM alert JOIN published USING (position)
    WHERE alert.id = NEW.alert AND alert.class = 'legal-critical' AND starts_with(alert.type, 'agreements.')
        AND convert_from(published.body, 'UTF8')::jsonb -> 'data' ->> 'notice_method' = 'EMAIL'
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER mailed AFTER UPDATE OF outcome ON delivery FOR EACH ROW
    WHEN (OLD.outcome IS NULL AND NEW.outcome = 'SENT')
    EXECUTE FUNCTION owe_proof_of_mail();
