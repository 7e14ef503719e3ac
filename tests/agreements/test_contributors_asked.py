"""Whether the people named in contributions are asked, as the terms say: first, at any time, or not at all."""

from functools import partial
from typing import Any

import msgspec
import pytest

from services.agreements.commands import Representative
from services.agreements.contributions import handling
from services.agreements.contributions.errors import ContributorsNotAsked
from services.agreements.contributions.model import CONTRIBUTION
from services.agreements.contributions.voices import ConfirmAsContributor, ContestAsContributor
from services.agreements.inventions.determinations import adopt_determination, propose_determination
from services.agreements.inventions.errors import ContributorsNotHeard
from services.agreements.inventions.model import INVENTION
from shared.events.terms import AttestationTerms, ContributorsAsked
from shared.log.handle import Work
from tests.agreements import desk as at
from tests.agreements.controls import (
    OTHER_DIGEST,
    TODAY,
    adopting_shares,
    inputs,
    invention,
    proposing_shares,
    shares_attested,
    started,
    terms,
    with_counted,
)
from tests.agreements.desk import Desk
from tests.told import refuses

PERSON = Representative("HUT-SE", "HUT")
UNHEARD = {"C1": "HUT-SE"}


def agreed(contributors: ContributorsAsked) -> Any:
    return terms(attestation=AttestationTerms(contributors=contributors))


async def confirmed(desk: Desk) -> Work:
    content_hash = (await desk.state(CONTRIBUTION, "C1")).content_hash
    command = ConfirmAsContributor(by=PERSON, today=TODAY, content_hash=content_hash, shown_hash=OTHER_DIGEST)
    return partial(handling.confirm_as_contributor, contribution="C1", command=command)


async def contested(desk: Desk) -> Work:
    content_hash = (await desk.state(CONTRIBUTION, "C1")).content_hash
    said = {"by": PERSON, "today": TODAY, "content_hash": content_hash, "shown_hash": OTHER_DIGEST}
    command = ContestAsContributor(**said, ground="INCOMPLETE")
    return partial(handling.contest_as_contributor, contribution="C1", command=command)


def test_neither_proposed_nor_adopted_before_they_are_heard():
    """Who is missing is named, with what of theirs."""
    with refuses(ContributorsNotHeard):
        propose_determination(invention(with_counted()), started(), inputs(), proposing_shares(), unheard=UNHEARD)
    with refuses(ContributorsNotHeard):
        adopt_determination(invention(shares_attested()), started(), inputs(), adopting_shares(), unheard=UNHEARD)


async def test_shares_wait_for_the_word_of_everybody_named():
    """Of each content: what was corrected is asked again, though the parties have attested it."""
    desk = await at.a_confirmation(terms=agreed("REQUIRED"))
    with refuses(ContributorsNotHeard):
        await desk.does(at.shares_proposed())
    await desk.does(await confirmed(desk))
    await desk.does(at.shares_proposed())
    await desk.does(at.corrected(points="3/1"))
    await desk.does(at.attested((await desk.state(CONTRIBUTION, "C1")).content_hash))

    with refuses(ContributorsNotHeard):
        await desk.does(at.shares_proposed(determination="DET-2"))
    await desk.does(await confirmed(desk))
    await desk.does(at.shares_proposed(determination="DET-2"))
    assert "DET-2" == (await desk.state(INVENTION, "INV")).open.determination


async def test_a_contest_is_no_confirmation():
    """Whoever contests is heard, and the shares wait until what is recorded is corrected."""
    desk = await at.a_confirmation(terms=agreed("REQUIRED"))
    await desk.does(await contested(desk))

    with refuses(ContributorsNotHeard):
        await desk.does(at.shares_proposed())


async def test_a_confirmation_voids_no_proposal():
    """What the shares were computed from is the same."""
    desk, det_hash = await at.an_open_determination()
    await desk.does(await confirmed(desk))
    await desk.does(at.shares_attested(det_hash))
    await desk.does(at.shares_adopted())

    assert (await desk.state(INVENTION, "INV")).adopted is not None


@pytest.mark.parametrize("contributors", ["ASKED", "NONE"])
async def test_elsewhere_nobody_waits_for_them(contributors: ContributorsAsked):
    """What the parties say is enough, as it was before anybody could say otherwise."""
    desk = await at.a_confirmation(terms=agreed(contributors))
    await desk.does(at.shares_proposed())

    assert (await desk.state(INVENTION, "INV")).open is not None


async def test_where_nobody_is_asked_nobody_answers():
    """The parties agreed to that."""
    desk = await at.a_confirmation(terms=agreed("NONE"))
    with refuses(ContributorsNotAsked):
        await desk.does(await confirmed(desk))
    with refuses(ContributorsNotAsked):
        await desk.does(await contested(desk))


def test_terms_from_before_people_were_asked_are_written_as_they_were():
    """All their keys, also where they say what silence would, and none that came later."""
    written = b'{"required":"ALL_PROJECT_PARTIES","four_eyes":true,"deemed_days":null}'
    read = msgspec.json.decode(written, type=AttestationTerms)

    assert "ASKED" == read.contributors
    assert written == msgspec.json.encode(read) == msgspec.json.encode(AttestationTerms())
