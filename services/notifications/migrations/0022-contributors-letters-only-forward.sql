-- What came of a contributor's letter is evidence as well, as that of any other (0020): whoever serves notes it first, when it does, and what
-- came of it stays.
CREATE TRIGGER noted_first BEFORE INSERT ON contributor_letter
    FOR EACH ROW WHEN (NEW.outcome IS NOT NULL OR NEW.attempts <> 0)
    EXECUTE FUNCTION keep_evidence('nothing has come of what is only noted');
CREATE TRIGGER noted_now BEFORE INSERT ON contributor_letter
    FOR EACH ROW WHEN (NEW.noted_at <> now()) EXECUTE FUNCTION note_now();
CREATE TRIGGER settled_now BEFORE UPDATE ON contributor_letter
    FOR EACH ROW WHEN (OLD.outcome IS NULL AND NEW.settled_at <> now()) EXECUTE FUNCTION settle_now();
CREATE TRIGGER settled_once BEFORE UPDATE ON contributor_letter
    FOR EACH ROW WHEN (OLD.outcome IS NOT NULL AND OLD IS DISTINCT FROM NEW)
    EXECUTE FUNCTION keep_evidence('what came of a letter is evidence');
