-- That a party leaves an agreement, from a day on; without a day, that it is in it again. The last of these counts: what
-- is recorded once it has left, it reads no more, unless it holds or takes part in what that is about.
CREATE TABLE departure (
    agreement text NOT NULL,
    party text NOT NULL,
    position bigint NOT NULL,
    left_on date,
    PRIMARY KEY (agreement, party, position)
);
GRANT SELECT, INSERT ON departure TO ledger;

INSERT INTO departure (agreement, party, position, left_on)
SELECT told.event ->> 'agreement', told.event -> 'data' ->> 'party', told.position,
    CASE told.event ->> 'type' WHEN 'agreements.PartyWithdrew.v1' THEN (told.event -> 'data' ->> 'effective_on')::date END
FROM (
    SELECT position, convert_from(body, 'UTF8')::json AS event FROM entry WHERE starts_with(stream, 'agreement:')
) AS told
WHERE told.event ->> 'type' IN ('agreements.PartyWithdrew.v1', 'agreements.PartyAcceded.v1');
