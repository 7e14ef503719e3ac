"""Whose attestation the terms ask for, and when silence is one (R8)."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from shared.calendar import days_after
from shared.events.terms import AttestationTerms


class Asked(NamedTuple):
    """The parties that are asked, and the last day on which they may speak before their silence attests."""

    parties: tuple[str, ...]
    deemed_on: date | None = None


def asked(
    terms: AttestationTerms, parties: Sequence[str], own: str, *, interested: Collection[str], today: date
) -> Asked:
    """Return whom the terms ask besides the party that speaks, which attests by speaking."""
    others = tuple(party for party in parties if party != own)
    required = others
    if terms.required == "INTERESTED_PARTIES":
        # Never nobody: what one party alone has said would otherwise stand by its own word.
        required = tuple(party for party in others if party in interested) or others
    deemed_on = None if terms.deemed_days is None else days_after(today, terms.deemed_days)
    return Asked(required, deemed_on)
