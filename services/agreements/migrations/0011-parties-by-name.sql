-- No two parties are registered under ids that differ in case alone, by whichever processes at once. Those of before
-- stay as they are: whoever comes later is told of them by a look at all of them.
--
-- An index and no table: what is not recorded under its lock could be there without the party, or the other way round.
DO $$
BEGIN
    EXECUTE format(
        'CREATE UNIQUE INDEX event_party_named ON event (lower(stream COLLATE "C"))'
        ' WHERE version = 1 AND starts_with(stream, ''party:'') AND position > %s',
        (SELECT position FROM log_head)
    );
END $$;
