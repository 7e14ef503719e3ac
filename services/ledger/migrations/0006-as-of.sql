-- As of an instant: the last entry recorded by then is found at one look.
CREATE INDEX entry_recorded ON entry (recorded_at, position);

-- The period that governs a day, as known at a position, is found from that day back. It has all that names a holding, as
-- the primary key does: whichever of them PostgreSQL takes to close one, it goes by no more than that one.
CREATE UNIQUE INDEX holding_period ON holding (asset, effective_from, known_from, holder);
