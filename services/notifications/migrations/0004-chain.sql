-- Which history the progress counts (shared/log/chain.py): the chain up to the last event that was learned from. Where events
-- were learned from before there were chains it is unknown, and the service asks the log for it once.
ALTER TABLE progress ADD COLUMN chain bytea CHECK (length(chain) = 32);
UPDATE progress SET chain = sha256(convert_to(E'moiety-log/v1\n0\n', 'UTF8')) WHERE remembered = 0;

GRANT UPDATE (chain) ON progress TO notifications;
