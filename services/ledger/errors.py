"""What the ledger refuses to believe; every docstring is the message."""

from collections.abc import Mapping
from typing import Final

import msgspec

from shared.errors import Conflict, DomainError, Invalid, MoietyError, NotFound, Unavailable

_LONGEST_TOLD: Final = 1_000


class LedgerError(MoietyError):
    """Something in the ledger failed."""


class VerificationFailed(LedgerError):
    """A check did not hold: something is not what it was said to be."""


class ProofRefused(VerificationFailed):
    """The proof does not show what it is said to show."""


class SizeRefused(ProofRefused):
    """A proof is about trees of 1 to 9223372036854775807 entries, or about an entry in one of them."""


class HashRefused(ProofRefused):
    """A hash of the tree has 32 bytes."""


class NoteRefused(VerificationFailed):
    """The signed note is malformed, or no trusted key signed it."""


class SignedByAnother(NoteRefused):
    """No trusted key signed the note: it is another ledger's, or the key or the origin is not what it was signed by."""

    def __init__(self, *, trusted: object, signed_by: object) -> None:
        super().__init__(
            f"no trusted key signed the note: expected one of {in_words(trusted)}, got {in_words(signed_by)};"
            " is this the key, and the origin, that the ledger was signed with?"
        )


class TamperDetected(VerificationFailed):
    """What is stored is not what was entered.

    `at` names the place: a position where it can be known (`position 17`), otherwise the tile, checkpoint or row.
    """

    def __init__(self, *, expected: object, got: object, at: str) -> None:
        self.expected = expected
        self.got = got
        self.at = at
        super().__init__(f"{at}: expected {in_words(expected)}, got {in_words(got)}")


class LedgerInconsistencyDetected(TamperDetected):
    """What was recorded contradicts what was recorded before: whoever decided it, the facts do not bear it out."""


class DerivationRefused(LedgerError):
    """The recorded facts do not determine who owns the asset.

    `code` is the rule that refuses, e.g. `TITLE_GAP`; `ids` name what it is about.
    """

    def __init__(self, code: str, **ids: str) -> None:
        self.code = code
        self.ids = ids
        details = ", ".join(f"{name}={value}" for name, value in ids.items())
        super().__init__(f"{code} ({details})" if details else code)


class EntryRefused(LedgerError):
    """The bytes of an entry are not what every entry's must be; `kind` says in what."""

    def __init__(self, kind: str, *, expected: str, got: str) -> None:
        self.kind = kind
        self.expected = expected
        self.got = got
        super().__init__(f"{kind}: expected {expected}, got {got}")


class LedgerHalted(LedgerError):
    """The event at this position cannot be entered: the ledger stops before it and serves what it has.

    A hole in evidence is worse than a halt, so nothing is ever skipped.
    """

    def __init__(self, position: int, *, kind: str, expected: str, got: str) -> None:
        self.position = position
        self.kind = kind
        self.expected, self.got = _told(expected), _told(got)
        super().__init__(f"{kind} at position {position}: expected {self.expected}, got {self.got}")


class SourceShorter(LedgerError):
    """What is published ends before the live ledger does, so the rebuilt one would be shorter: the live one stays."""

    def __init__(self, *, live: int, published: int, seconds: float) -> None:
        super().__init__(
            f"the live ledger has {live} entries, and nothing follows position {published} of what is published, of"
            f" which it was waited for {seconds:g} s: the live one stays"
        )


class StillRead(LedgerError):
    """Somebody reads the live ledger all the while, as whoever writes a bundle does: the live one stays for now."""


class LedgerUnavailable(Unavailable):
    """The ledger's database does not answer now."""


class LedgerDamaged(Unavailable):
    """What the ledger has stored contradicts itself, so it is not told: somebody must check the ledger."""


class AssetNotFound(NotFound):
    """There is no such asset in the ledger, or it is not yours to see."""


class EntryNotFound(NotFound):
    """There is no such entry in the ledger, or it is not yours to see."""


class SizeNotReached(Conflict):
    """The ledger is not that large yet; the newest checkpoint says how large it is."""


class ProofOfNothing(Invalid):
    """A proof is about an entry of the tree, or about two sizes in ascending order, the first at least 1."""


class CheckpointNotFound(NotFound):
    """The ledger is empty: its first entry brings its first checkpoint."""


def differing(error: Exception, otherwise: str) -> tuple[str, str]:
    """Return what a refusal by the rules expected and got: its own words where it names both."""
    if isinstance(error, DomainError) and error.expected is not None and error.got is not None:
        return f"{in_words(error.expected)}: {error.title()[:1].lower()}{error.title()[1:].rstrip('.')}", in_words(
            error.got
        )
    return otherwise, str(error)


def in_words(value: object) -> str:
    """Write a value as people read it in a message, and never as a programming language does."""
    if isinstance(value, msgspec.Struct):
        return in_words(msgspec.structs.asdict(value))
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {in_words(each)}" for name, each in value.items()) or "nothing"
    if isinstance(value, list | tuple):
        return ", ".join(in_words(each) for each in value) or "nothing"
    return "none" if value is None else str(value)


def _told(text: str) -> str:
    """Return a text that a database can hold and an inbox show, whatever an event says: bounded, and printable."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text[:_LONGEST_TOLD])
