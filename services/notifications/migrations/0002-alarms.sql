-- Whom an alarm of the ledger's concerns is who was alerted of the event at its position. Alerts are written in the order
-- of positions, so an index of ranges finds them and costs next to nothing to keep.
CREATE INDEX alert_position ON alert USING brin (position) WITH (autosummarize = on);
