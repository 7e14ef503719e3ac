"""Letters are read by people: what changes in one is seen in a file that reads as the letter does."""

import pytest

from shared.languages import Language
from tests.notifications.letters.golden import GOLDEN, LETTERS, path_of, written


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_reads_as_it_did(name: str, language: Language) -> None:
    """To the letter; `python -m tests.notifications.letters.golden` writes the files anew: read what changed."""
    assert path_of(name, language).read_text(encoding="utf-8") == written(LETTERS[name], language)


def test_every_file_is_of_a_letter() -> None:
    """None is left of one that is written no more."""
    assert {path_of(name, language) for name in LETTERS for language in Language} == {*GOLDEN.iterdir()}
