-- Assets are listed by agreement, and by who holds them, too: whoever asks for few of many finds those by an index. That of
-- holders has all that names a holding, as the others do: whichever of them PostgreSQL takes to close one, it goes by no
-- more than that one.
CREATE INDEX asset_agreement ON asset (agreement, asset);
CREATE INDEX holding_holder ON holding (holder, asset, effective_from, known_from);
