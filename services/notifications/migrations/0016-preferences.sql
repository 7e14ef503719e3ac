-- Which letters somebody wants, as it was said last: of a pseudonym, and without an address.
ALTER TABLE mail_wish ADD COLUMN preferences jsonb NOT NULL DEFAULT '{}';
GRANT UPDATE (preferences) ON mail_wish TO notifications;
