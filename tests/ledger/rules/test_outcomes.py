"""Whose word makes an outcome of a dispute stand, by the rules of before outcomes waited for who loses by them."""

import pytest

from services.ledger.rules.facts.disputes import Outcome

PARTIES = frozenset({"ATRC", "EGU", "HUT"})


@pytest.mark.parametrize(
    ("basis", "said_by", "stands"),
    [
        ("SETTLEMENT", "ATRC HUT", False),
        ("SETTLEMENT", "ATRC EGU HUT", True),
        ("MEDIATION", "ATRC HUT", False),
        ("MEDIATION", "ATRC EGU HUT", True),
        ("EXPERT", "HUT", False),
        ("EXPERT", "HUT NLN", False),
        ("EXPERT", "ATRC HUT", True),
        ("ARBITRATION", "HUT", False),
        ("ARBITRATION", "ATRC HUT", True),
        ("COURT", "HUT", True),
    ],
)
def test_enough_parties_say_so(basis, said_by, stands):
    """All to what they settle, two to what somebody decided for them, one to a court's; no stranger's counts."""
    outcome = Outcome({"HUT": "1/1"}, basis, "sha256:1", "HUT", {*said_by.split()}, registrar=None, awaits=False)

    assert stands is outcome.stands_among(PARTIES)


def test_of_one_party_its_own_word_is_enough():
    """There is no other to confirm a decision."""
    outcome = Outcome({"HUT": "1/1"}, "EXPERT", "sha256:1", "HUT", {"HUT"}, registrar=None, awaits=False)

    assert outcome.stands_among(frozenset({"HUT"}))
