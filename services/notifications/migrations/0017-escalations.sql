-- What has weight in law and nobody takes note of is told to others of its party, and then to the other side. A row is written with the alert, in
-- one transaction, and says what was told so far. What was alerted of before this has none: nobody is told anything of it.
CREATE TABLE escalation (
    alert text PRIMARY KEY REFERENCES alert (id),
    -- How many days there are to take note, by the terms in force when whoever counts them first saw it, and on which day somebody is told next:
    -- by agreements' clock, which whoever writes alerts does not know.
    days integer CHECK (days > 0),
    next_on date,
    -- Whom it was told so far: nobody, its own party, the other side.
    told smallint NOT NULL DEFAULT 0 CHECK (told BETWEEN 0 AND 2),
    -- Nobody is told any more.
    closed boolean NOT NULL DEFAULT false,
    CHECK (closed OR (days IS NULL) = (next_on IS NULL))
);
CREATE INDEX escalation_open ON escalation (next_on, alert) WHERE NOT closed;

CREATE FUNCTION ask_for_acknowledgement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO escalation (alert) VALUES (NEW.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
-- Whatever is of no agreement knows no terms; operators, whose inbox is named by a role, are no party; and what is said here of alerts begins
-- with `notifications.`: that nobody took note is told once.
CREATE TRIGGER to_be_acknowledged AFTER INSERT ON alert FOR EACH ROW
    WHEN (
        NEW.class = 'legal-critical' AND NEW.agreement <> '_' AND strpos(NEW.recipient, ':') = 0
        AND NOT starts_with(NEW.type, 'notifications.')
    )
    EXECUTE FUNCTION ask_for_acknowledgement();

GRANT SELECT, INSERT, UPDATE (days, next_on, told, closed) ON escalation TO notifications;

-- What the terms say of notice is remembered from now on: everything is learned again, and nobody is alerted of it a second time (0003).
DELETE FROM remembered;
UPDATE progress SET remembered = 0, chain = sha256(convert_to(E'moiety-log/v1\n0\n', 'UTF8'));
