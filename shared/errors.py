"""One tree for everything Moiety refuses or fails at; a class's docstring is its message."""

import re
from collections.abc import Iterator
from typing import ClassVar

_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class MoietyError(Exception):
    """Something in Moiety failed."""


class StartupError(MoietyError):
    """A service cannot start; the message is the one line its operator needs."""


class DomainError(MoietyError):
    """A refusal: what was asked for may not be, and by which rule.

    Every rule has a class of its own below one of the four kinds; its docstring is the message people read,
    `code` and `problem_type` are the stable names programs read. It knows nothing of HTTP. Where a decision looks at
    every rule before it refuses, `also` has what else stands in the way.
    """

    abstract: ClassVar[bool] = True
    also: tuple["DomainError", ...] = ()

    def __init__(self, *, expected: object = None, got: object = None, **ids: object) -> None:
        self.expected = expected
        self.got = got
        self.ids = ids
        super().__init__()

    def __init_subclass__(cls, *, abstract: bool = False, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        cls.abstract = abstract
        if not cls.__doc__:
            message = f"{cls.__qualname__} needs a docstring: it is the message"
            raise TypeError(message)

    @classmethod
    def title(cls) -> str:
        """Return the message: the docstring's first paragraph on one line."""
        return " ".join((cls.__doc__ or "").strip().split("\n\n")[0].split())

    @classmethod
    def words(cls) -> list[str]:
        return _WORD_STARTS.sub(" ", cls.__name__).split()

    @classmethod
    def code(cls) -> str:
        """Return the refusal's name as programs and cases write it, e.g. `TITLE_GAP`."""
        return "_".join(word.upper() for word in cls.words())

    @classmethod
    def problem_type(cls) -> str:
        """Return the stable URI of this problem (RFC 9457, member `type`)."""
        return "urn:moiety:problem:" + "-".join(word.lower() for word in cls.words())

    def __str__(self) -> str:
        details = [f"{name}={value}" for name, value in self.ids.items()]
        if self.expected is not None:
            details.append(f"expected {self.expected}")
        if self.got is not None:
            details.append(f"got {self.got}")
        return f"{self.title()} ({', '.join(details)})" if details else self.title()


class NotFound(DomainError, abstract=True):
    """There is no such thing, or it is not yours to see."""


class Forbidden(DomainError, abstract=True):
    """The caller may not do this."""


class Conflict(DomainError, abstract=True):
    """The state of things does not allow this."""


class Invalid(DomainError, abstract=True):
    """The request contradicts itself or a rule of form."""


class PreconditionFailed(DomainError, abstract=True):
    """The caller decided on a state that has changed since."""


class PreconditionRequired(DomainError, abstract=True):
    """The caller must say which state it decided on."""


class TooLarge(DomainError, abstract=True):
    """The request holds more than is accepted."""


class TooMany(DomainError, abstract=True):
    """The caller asks for more than its part; later there is room again."""

    retry_after_seconds: int = 1


class Unavailable(DomainError, abstract=True):
    """A part that is needed does not answer now; asking again later is safe.

    `of_commands` is what is said besides to whoever wanted something recorded, and not merely read.
    """

    of_commands: ClassVar[str] = ""


class Unauthenticated(DomainError, abstract=True):
    """The caller did not prove who it is."""


def in_public(error: BaseException) -> str:
    """Return of a failure what anybody may read: our own words, and of whatever is not ours its kind alone."""
    kind = type(error).__name__
    return f"{kind}: {error}" if isinstance(error, MoietyError) else kind


def all_refusals() -> Iterator[type[DomainError]]:
    """Yield every named refusal that has been imported, each once."""
    waiting: list[type[DomainError]] = [DomainError]
    seen: set[type[DomainError]] = set()
    while waiting:
        for subclass in waiting.pop().__subclasses__():
            if subclass not in seen:
                seen.add(subclass)
                waiting.append(subclass)
                if not subclass.abstract:
                    yield subclass
