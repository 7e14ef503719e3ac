"""A refusal has a name, a stable type, and says what was expected and what came."""

import pytest

from shared.errors import Conflict, DomainError, all_refusals


class OwnershipIPConflict(Conflict):
    """Two instruments claim the same share.

    More for the reader of the code.
    """


def test_the_names_come_from_the_class() -> None:
    """One name in three spellings, none of which moves when the code does."""
    assert "OWNERSHIP_IP_CONFLICT" == OwnershipIPConflict.code()
    assert "urn:moiety:problem:ownership-ip-conflict" == OwnershipIPConflict.problem_type()
    assert "Two instruments claim the same share." == OwnershipIPConflict.title()


def test_the_message_says_what_was_expected_and_what_came() -> None:
    """People read this line in a log."""
    refusal = OwnershipIPConflict(expected="1/2", got="2/3", asset="INV-1")

    assert "Two instruments claim the same share. (asset=INV-1, expected 1/2, got 2/3)" == str(refusal)


def test_a_refusal_without_a_message_cannot_be_written() -> None:
    """The docstring is the message, so there must be one."""
    with pytest.raises(TypeError, match="needs a docstring"):
        type("Silent", (Conflict,), {})


def test_kinds_are_not_refusals() -> None:
    """Nobody is refused with 'Conflict': a rule has a name."""
    named = set(all_refusals())

    assert OwnershipIPConflict in named
    assert not {DomainError, Conflict} & named
