"""Where commands are handled in earnest, on a log in memory: for what only shows when two come at once."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec

from services.agreements.contracts import decisions as contracts
from services.agreements.contracts import handling as contracts_handling
from services.agreements.contracts.model import AGREEMENT
from services.agreements.contributions import handling as contributions_handling
from services.agreements.contributions.model import CONTRIBUTION
from services.agreements.inventions import handling as inventions_handling
from services.agreements.inventions.model import INVENTION
from services.agreements.licences import handling as licences_handling
from services.agreements.licences.model import LICENCE
from services.agreements.participants import handling as participants_handling
from services.agreements.parties import handling as parties_handling
from services.agreements.projects import handling as projects_handling
from shared.errors import DomainError
from shared.log.aggregate import Aggregate
from shared.log.context import CommandContext
from shared.log.envelope import decode
from shared.log.handle import Decided, Handler, Outcome, Reader, Work
from shared.log.memory import MemoryEventStore
from tests.agreements import controls as given
from tests.agreements.declared import check_declared
from tests.told import check_says

_NOW = datetime(2025, 6, 1, 4, tzinfo=UTC)


class Desk:
    """Handles commands one after the other, or one in the middle of another."""

    def __init__(self) -> None:
        self.store = MemoryEventStore()
        self.handler = Handler(self.store)
        # When the next work is recorded; all others are on the usual day.
        self.now = _NOW

    async def does(self, work: Work) -> Outcome:
        now, self.now = self.now, _NOW
        context = CommandContext(actor="HUT-REP", actor_party="HUT", now=now, correlation_id="test")
        try:
            return await self.handler.handle(work, context, represent=lambda state, _: msgspec.json.encode(state))
        except DomainError as refusal:
            check_declared(work, refusal)
            check_says(refusal)
            raise

    async def interrupted(self, work: Work, meanwhile: Work) -> Outcome:
        """Handle `work`, and have `meanwhile` happen between its first decision and the recording of it."""
        waiting = [meanwhile]

        async def decide(reader: Reader) -> Decided:
            decided = await work(reader)
            if waiting:
                await self.does(waiting.pop())
            return decided

        return await self.does(decide)

    async def state(self, aggregate: Aggregate[Any], identifier: str) -> Any:
        state, _ = await self.handler.read(aggregate, identifier)
        return state

    async def names(self, stream: str) -> list[str]:
        """Return the names of a stream's events, in order."""
        events = await self.store.read_stream(stream)
        return [type(decode(event.state).data).__name__ for event in events]


# -- works, by the name of what happens -----------------------------------------------------------------------


def registered(party: str = "HUT", **changed: Any) -> Work:
    command = given.registering(party=party, **changed)
    return partial(parties_handling.register, command=command, today=given.TODAY)


def drafted(**changed: Any) -> Work:
    return partial(contracts_handling.draft, command=given.drafting(**changed))


def terms_set(**changed: Any) -> Work:
    command = given.setting_terms(**changed)
    return in_agreement("MOU", contracts.set_terms, command)


def proposed(**changed: Any) -> Work:
    command = given.proposing(**changed)
    return binding(contracts.propose_agreement, command)


def signed(terms_hash: str, **changed: Any) -> Work:
    command = given.signing(terms_hash, **changed)
    return binding(contracts.sign_agreement, command)


def activated(**changed: Any) -> Work:
    command = given.activating(**changed)
    return binding(contracts.activate_agreement, command)


def binding(decide: Any, command: Any) -> Work:
    """Give the work of a command by which terms come to bind."""
    return partial(contracts_handling.bind, agreement="MOU", command=command, decide=decide)


def in_agreement(agreement: str, decide: Any, command: Any) -> Work:
    """Give the work of a command on another agreement than the usual one."""
    return partial(contracts_handling.change, agreement=agreement, command=command, decide=decide)


def created(**changed: Any) -> Work:
    return partial(projects_handling.create, command=given.creating(**changed))


def approved(project: str = "PRJ", **changed: Any) -> Work:
    return partial(projects_handling.approve, project=project, command=given.approving(**changed))


def started(project: str = "PRJ", **changed: Any) -> Work:
    return partial(projects_handling.start, project=project, command=given.starting(**changed))


def engaged(**changed: Any) -> Work:
    return partial(participants_handling.engage, command=given.engaging(**changed))


def instrument_recorded(person: str = "HUT-SE", **changed: Any) -> Work:
    command = given.recording_instrument(**changed)
    return partial(participants_handling.record_instrument, project="PRJ", person=person, command=command)


def disclosed(**changed: Any) -> Work:
    return partial(inventions_handling.disclose, command=given.disclosing(**changed))


def described(*elements: Any, **changed: Any) -> Work:
    command = given.defining(*elements, **changed)
    return partial(inventions_handling.define_elements, invention="INV", command=command)


def recorded(**changed: Any) -> Work:
    return partial(contributions_handling.record, command=given.recording(**changed))


def corrected(contribution: str = "C1", **changed: Any) -> Work:
    return partial(contributions_handling.correct, contribution=contribution, command=given.correcting(**changed))


def attested(content_hash: str, contribution: str = "C1", **changed: Any) -> Work:
    command = given.attesting(content_hash, **changed)
    return partial(contributions_handling.attest, contribution=contribution, command=command)


def contested(content_hash: str, contribution: str = "C1") -> Work:
    command = given.contesting(content_hash)
    return partial(contributions_handling.contest, contribution=contribution, command=command)


def withdrawn(contribution: str = "C1", **changed: Any) -> Work:
    return partial(contributions_handling.withdraw, contribution=contribution, command=given.withdrawing(**changed))


def shares_proposed(**changed: Any) -> Work:
    return partial(inventions_handling.propose, invention="INV", command=given.proposing_shares(**changed))


def shares_attested(det_hash: str, **changed: Any) -> Work:
    command = given.attesting_shares(det_hash, **changed)
    return partial(inventions_handling.attest, invention="INV", command=command)


def shares_rejected(**changed: Any) -> Work:
    return partial(inventions_handling.reject, invention="INV", command=given.rejecting_shares(**changed))


def shares_adopted(**changed: Any) -> Work:
    return partial(inventions_handling.adopt, invention="INV", command=given.adopting_shares(**changed))


def licence_drafted(**changed: Any) -> Work:
    return partial(licences_handling.draft, command=given.drafting_licence(**changed))


def licence_consented(terms_hash: str, licence: str = "LIC", **changed: Any) -> Work:
    return partial(licences_handling.consent, licence=licence, command=given.consenting(terms_hash, **changed))


def licence_granted(licence: str = "LIC", **changed: Any) -> Work:
    return partial(licences_handling.grant, licence=licence, command=given.granting(**changed))


# -- situations -----------------------------------------------------------------------------------------------


async def a_draft(**agreed: Any) -> Desk:
    """Give a desk at which HUT and ATRC have a drafted agreement; every situation below takes what it says."""
    desk = Desk()
    for party in ("HUT", "ATRC", "EGU", "NLN"):
        await desk.does(registered(party))
    await desk.does(drafted(**agreed))
    return desk


async def a_proposal(**agreed: Any) -> tuple[Desk, str]:
    """Give a desk with a proposed agreement, and what is to be signed."""
    desk = await a_draft(**agreed)
    await desk.does(proposed())
    return desk, (await desk.state(AGREEMENT, "MOU")).standing.terms_hash


async def an_agreement(**agreed: Any) -> Desk:
    """Give a desk with an active agreement."""
    desk, terms_hash = await a_proposal(**agreed)
    for party in (given.HUT, given.ATRC):
        await desk.does(signed(terms_hash, by=party))
    await desk.does(activated())
    return desk


async def a_project(**agreed: Any) -> Desk:
    """Give a desk with a started project and an employee of each party."""
    desk = await an_agreement(**agreed)
    await desk.does(created())
    for party in (given.HUT, given.ATRC):
        await desk.does(approved(by=party))
    await desk.does(started())
    for by in (given.HUT, given.ATRC):
        person = f"{by.party}-SE"
        await desk.does(engaged(by=by, person=person, home_party=by.party))
        await desk.does(instrument_recorded(person, by=by, assignee_party=by.party))
    return desk


async def an_invention(**agreed: Any) -> Desk:
    """Give a desk with an invention of one element."""
    desk = await a_project(**agreed)
    await desk.does(disclosed())
    await desk.does(described())
    return desk


async def a_record(**agreed: Any) -> tuple[Desk, str]:
    """Give a desk with a contribution of HUT's that waits for ATRC, and what is to be attested."""
    desk = await an_invention(**agreed)
    await desk.does(recorded())
    return desk, (await desk.state(CONTRIBUTION, "C1")).content_hash


async def a_confirmation(**agreed: Any) -> Desk:
    """Give a desk with a contribution that counts."""
    desk, content_hash = await a_record(**agreed)
    await desk.does(attested(content_hash))
    return desk


async def an_open_determination(**agreed: Any) -> tuple[Desk, str]:
    """Give a desk with proposed shares, and what is to be attested."""
    desk = await a_confirmation(**agreed)
    await desk.does(shares_proposed())
    return desk, (await desk.state(INVENTION, "INV")).open.det_hash


async def an_attested_determination(**agreed: Any) -> Desk:
    """Give a desk with shares that can be adopted."""
    desk, det_hash = await an_open_determination(**agreed)
    await desk.does(shares_attested(det_hash))
    return desk


async def a_determination(**agreed: Any) -> Desk:
    """Give a desk with an invention whose shares are adopted."""
    desk = await an_attested_determination(**agreed)
    await desk.does(shares_adopted())
    return desk


async def a_licence_draft() -> tuple[Desk, str]:
    """Give a desk with a drafted licence, and what is to be consented to."""
    desk = await a_determination()
    await desk.does(licence_drafted())
    return desk, (await desk.state(LICENCE, "LIC")).terms_hash
