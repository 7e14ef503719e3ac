"""What each key of the terms comes to, and who says so: those who wrote it, the law that they chose, or nobody."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from shared.events.law import agreed_consent
from shared.events.terms import ConsentTerms, CostTerms, LawCode, RevenueTerms, Terms

SIGNED: Final = "signed"
DEFAULT: Final = "default"
# Neither the terms nor a law say it, and it has no default: without it an agreement does not take effect.
OPEN: Final = "open"


class ResolvedTerm(msgspec.Struct, frozen=True, kw_only=True):
    """The value of a key, and its source: `signed`, `law:` with the law's code, `default`, or `open`."""

    value: Any
    source: str


# What these are where they are written at all.
_WRITTEN: Final = Terms(revenue=RevenueTerms(), cost=CostTerms())
_HAVE_NO_DEFAULT: Final = frozenset({"survival"})


def resolved(terms: Terms) -> dict[str, ResolvedTerm]:
    """Return every key by its path, as docs/terms.md names it."""
    defaults = dict(leaves(_WRITTEN))
    found = {path: _resolved(path, value, defaults) for path, value in leaves(terms) if not _is_consent(path)}
    law, consent = dict(leaves(agreed_consent(terms), "consent.")), dict(leaves(terms.consent, "consent."))
    for path, value in consent.items():
        source = SIGNED if value is not None else OPEN if law[path] is None else f"law:{terms.law_default}"
        found[path] = ResolvedTerm(value=law[path], source=source)
    return dict(sorted(found.items()))


def by_law(terms: Terms) -> tuple[LawCode | None, tuple[str, ...]]:
    """Return the law by which consent keys are filled that are not written, and which those are."""
    keys = tuple(path for path, each in resolved(terms).items() if each.source.startswith("law:"))
    return (terms.law_default, keys) if keys else (None, ())


def leaves(value: msgspec.Struct, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the JSON value of each key by its path; a rule is one value, and so is what is not written at all."""
    for field in msgspec.structs.fields(value):
        inner, key = getattr(value, field.name), path + field.encode_name
        # The rule of an act is one value, whatever it is made of.
        if isinstance(inner, msgspec.Struct) and not isinstance(value, ConsentTerms) and key not in _WHOLE:
            yield from leaves(inner, f"{key}.")
        else:
            yield key, msgspec.to_builtins(inner, str_keys=True)


_WHOLE: Final = frozenset({"revenue.fee", "cost.cap_per_year"})


def _is_consent(path: str) -> bool:
    return path.startswith("consent.")


def _resolved(path: str, value: Any, defaults: dict[str, Any]) -> ResolvedTerm:  # noqa: ANN401  # any JSON value
    if path in {"revenue", "cost"} or (path in _HAVE_NO_DEFAULT and not value):
        return ResolvedTerm(value=None, source=OPEN)
    # What is written as the default has it is left out of what is signed: both are the same terms, with one hash.
    return ResolvedTerm(value=value, source=DEFAULT if value == defaults[path] else SIGNED)
