-- What agreements has to be told of notice: that a legal-critical alert is in its recipient's inbox, and that somebody took note of it.
-- A row is written with what it tells of, in one transaction, and stays: it says since when that is proven. What was alerted of before
-- this is not proven: whatever it started had its day already.
CREATE TABLE proof (
    alert text NOT NULL REFERENCES alert (id),
    what text NOT NULL CHECK (what IN ('DELIVERED', 'ACKNOWLEDGED')),
    position bigint NOT NULL,
    since timestamptz NOT NULL DEFAULT now(),
    attempts integer NOT NULL DEFAULT 0,
    not_before timestamptz NOT NULL DEFAULT now(),
    -- By which code agreements refused it last.
    refused text,
    proven_at timestamptz,
    PRIMARY KEY (alert, what)
);
CREATE INDEX proof_owed ON proof (position) INCLUDE (not_before, since, refused) WHERE proven_at IS NULL;

CREATE FUNCTION owe_proof() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO proof (alert, what, position) VALUES (NEW.id, TG_ARGV[0], NEW.position) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
-- What the ledger noticed, and what was lost, is no event; and operators, whose inbox is named by a role, are on notice of nothing.
CREATE TRIGGER delivered AFTER INSERT ON alert FOR EACH ROW
    WHEN (NEW.class = 'legal-critical' AND starts_with(NEW.type, 'agreements.') AND strpos(NEW.recipient, ':') = 0)
    EXECUTE FUNCTION owe_proof('DELIVERED');
CREATE TRIGGER acknowledged AFTER UPDATE OF acknowledged_at ON alert FOR EACH ROW
    WHEN (
        OLD.acknowledged_at IS NULL AND NEW.acknowledged_at IS NOT NULL
        AND NEW.class = 'legal-critical' AND starts_with(NEW.type, 'agreements.') AND strpos(NEW.recipient, ':') = 0
    )
    EXECUTE FUNCTION owe_proof('ACKNOWLEDGED');

GRANT SELECT, INSERT, UPDATE (attempts, not_before, refused, proven_at) ON proof TO notifications;
