-- Which history the progress counts (shared/log/chain.py): the chain up to the last event that was learned from. Where events
-- were learned from before there were chains it is unknown, and the service asks the log for it once.
ALTER TABLE progress ADD COLUMN chain bytea CHECK (length(chain) = 32);
UPDATE progress SET chain = sha256(convert_to(E'moiety-log/v1\n0\n', 'UTF8')) WHERE remembered = 0;

GRANT UPDATE (chain) ON progress TO notifications;

-- Where histories part, alerting goes back to the last position in common (services/notifications/going_back.py). What was alerted
-- of beyond stays, and is of another history than what is alerted of afterwards under the same positions.
CREATE TABLE gone_back (
    last bigint NOT NULL,
    gone_at timestamptz NOT NULL DEFAULT now()
);
CREATE FUNCTION lost(alert) RETURNS boolean LANGUAGE sql STABLE
    RETURN EXISTS (SELECT FROM gone_back WHERE $1.position > last AND $1.alerted_at <= gone_at);
GRANT SELECT ON gone_back TO notifications;
