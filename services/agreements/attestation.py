"""Whose attestation the terms ask for, and how long after notice silence is one (R8)."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from shared.events.terms import NoticeMethod, Terms


class Asked(NamedTuple):
    """The parties that are asked, and for how many days after notice they may speak before their silence attests."""

    parties: tuple[str, ...]
    deemed_after: int | None = None
    notice_method: NoticeMethod = "INBOX"


def asked(terms: Terms, parties: Sequence[str], own: str, *, interested: Collection[str]) -> Asked:
    """Return whom the terms ask besides the party that speaks, which attests by speaking."""
    others = tuple(party for party in parties if party != own)
    required = others
    if terms.attestation.required == "INTERESTED_PARTIES":
        # Never nobody: what one party alone has said would otherwise stand by its own word.
        required = tuple(party for party in others if party in interested) or others
    days = terms.attestation.deemed_days
    return Asked(required) if days is None else Asked(required, days, terms.notice.method)
