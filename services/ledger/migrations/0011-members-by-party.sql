-- In which agreements a party is together with another: an affiliation concerns whoever is in one with either of the two.
CREATE INDEX member_party ON member (party, agreement);
