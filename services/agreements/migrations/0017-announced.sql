-- Who is asked about what is announced and may be done once a notice is over, found by the thing: time does nothing to it then, so it is no
-- part of what is due, and whoever reminds of its last day looks through these.
CREATE INDEX task_announced ON task (stream) WHERE name IN ('CONSENT_TO_LICENCE', 'CONSENT_TO_TRANSFER');
