-- Positions begin at 1, as in the log: a row below would be read with its stream, and be in no tree.
ALTER TABLE entry ADD CHECK (position > 0);
