-- Whether an alert waits for its recipient is said apart from its class, which says what weight in law it has. Of an alert of
-- before nobody knows, and it says no: what waits today stands among the tasks.
ALTER TABLE alert ADD COLUMN needs_you boolean NOT NULL DEFAULT false;

-- An inbox is listed by class, by whether it needs its party, or both, and of those what is unread: each is a few ranges of one
-- of these, in the order of the numbers. The recipient comes last but one, so that nothing is looked for here that has an index.
CREATE INDEX alert_kind ON alert (class, needs_you, recipient, sequence);
CREATE INDEX alert_kind_unread ON alert (class, needs_you, recipient, sequence) WHERE acknowledged_at IS NULL;

-- Who was asked as the registrar of a dispute is remembered from now on: everything is learned again, and nobody is alerted
-- of it a second time (0003).
DELETE FROM remembered;
UPDATE progress SET remembered = 0, chain = sha256(convert_to(E'moiety-log/v1\n0\n', 'UTF8'));
