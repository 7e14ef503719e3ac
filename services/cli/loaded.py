"""Whether a stack has the sample story already."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from shared.embedded.home import Home

_LOADED: Final = "scenario-loaded"


def is_new(home: "Home") -> bool:
    """Tell whether the story has still to be played."""
    return not (home.directory / _LOADED).exists()


def keep_loaded(home: "Home") -> None:
    """Remember that it was played to its end."""
    (home.directory / _LOADED).touch()
