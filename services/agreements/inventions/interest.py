"""Who has an interest in an invention, where the terms ask only those parties to attest what is said about it."""

from collections.abc import Iterable
from datetime import date

from services.agreements.affiliations.model import AFFILIATION, ALL, by_operators, is_affiliate_on
from services.agreements.contributions.model import CONTRIBUTION
from services.agreements.inventions.model import Invention
from services.agreements.ownership.account import holdings_on
from services.agreements.participants.model import PARTICIPANT, Participant, participant_id
from shared.log.handle import Reader


def stake_of(contributor: Participant, conceived_on: date) -> set[str]:
    """Return the parties that a person's contribution may give something: whose they are, and who has their title."""
    instruments = {each.assignee_party for each in contributor.instruments if each.covers.covers(conceived_on)}
    return {contributor.home_party, *filter(None, [contributor.host_party]), *instruments}


async def interest_in(reader: Reader, invention: Invention, today: date, shares: Iterable[str] = ()) -> set[str]:
    """Return who holds, would hold by these shares, or has contributed what counts.

    Peeked at and not guarded: who is asked is who had an interest when it was said. Others are told, and may contest
    a contribution or reject a determination all the same.
    """
    interested = {*shares, *holdings_on(invention.account, today)}
    for name in invention.counted:
        contribution = await reader.peek(CONTRIBUTION, name)
        person = participant_id(invention.project, contribution.content.contributor)
        contributor = await reader.peek(PARTICIPANT, person)
        interested |= {contribution.recorded_by_party, *stake_of(contributor, invention.conceived_on)}
    return interested


async def with_parents(reader: Reader, interested: set[str], parties: Iterable[str], today: date) -> set[str]:
    """Return also those of the parties that control one with an interest: an affiliate need not be a party itself."""
    # Where nobody else has an interest all others are asked: who has one takes their say from them.
    registry = by_operators(await reader.find(AFFILIATION, ALL))
    controlling = {
        party for party in parties if any(is_affiliate_on(registry, each, party, today) for each in interested)
    }
    return interested | controlling
