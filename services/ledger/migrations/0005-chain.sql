-- Which history the progress counts (shared/log/chain.py). What was entered before there were chains says it itself.
ALTER TABLE progress ADD COLUMN chain bytea;
DO $$
DECLARE
    link bytea := sha256(convert_to(E'moiety-log/v1\n0\n', 'UTF8'));
    entered record;
BEGIN
    FOR entered IN SELECT body FROM entry ORDER BY position LOOP
        link := sha256(link || sha256('\x00'::bytea || entered.body));
    END LOOP;
    -- Its guard lets progress only grow, in position and time: this is neither.
    ALTER TABLE progress DISABLE TRIGGER grows;
    UPDATE progress SET chain = link;
    ALTER TABLE progress ENABLE TRIGGER grows;
END $$;
ALTER TABLE progress ALTER COLUMN chain SET NOT NULL, ADD CHECK (length(chain) = 32);
GRANT UPDATE (chain) ON progress TO ledger;

-- What halts the ledger is over once it has passed the position; another history is over once it is the same again, whether
-- or not anything follows.
ALTER TABLE alarm ADD COLUMN over_at timestamptz;
GRANT UPDATE (over_at) ON alarm TO ledger;
