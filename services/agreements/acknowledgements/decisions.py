"""Whether what a party worked out from an event about ownership is what stands."""

from datetime import date
from typing import ClassVar

import msgspec

from services.agreements.acknowledgements.errors import HoldingsDiffer, NothingContested, NothingWorkedOut
from services.agreements.acknowledgements.model import Answer, Answers
from services.agreements.commands import Command
from services.agreements.errors import RecordedOtherwise
from services.agreements.gates import Gate, Standing
from services.agreements.inventions.model import Invention
from services.agreements.ownership.account import Account, holdings_on
from shared.canonical import content_hash
from shared.events.acknowledgement import OwnershipAcknowledged, Verdict
from shared.events.registry import Event
from shared.ratio import format_shares, parse_shares

Events = tuple[Event, ...]


class Acknowledge(Command, frozen=True, kw_only=True):
    # It is said by a system, whom no party appoints, and whoever has come to hold may say it, however all stands.
    gate: ClassVar[Gate] = Gate(power=None, standing=Standing.ANY)

    asset: str
    event: str
    position: int
    held_on: date | None
    holdings: dict[str, str]
    verdict: Verdict
    note_hash: str | None


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """The event that is answered, as far as it counts: its legal day, and the asset's account once it was recorded."""

    effective_on: date
    account: Account


def acknowledge(state: Answers | None, asset: Invention, answered: Answered, command: Acknowledge) -> Events:
    """Record what a party's system says, which has to be true of an ACCEPT, and of a CONTEST must not be."""
    party, held_on = command.by.party, command.held_on or answered.effective_on
    stands = format_shares(holdings_on(answered.account, held_on))
    if command.holdings:
        parse_shares(command.holdings)
    elif stands:
        raise NothingWorkedOut(expected=stands, got=command.holdings, asset=asset.invention)
    answer = Answer(
        party=party,
        event=command.event,
        position=command.position,
        held_on=held_on,
        holdings=command.holdings,
        holdings_hash=content_hash(command.holdings),
        verdict=command.verdict,
        contested=stands if command.verdict == "CONTEST" else None,
        note_hash=command.note_hash,
    )
    known = state.of(party, command.event) if state else None
    if known == answer:
        return ()
    if known and (known.verdict, answer.verdict) != ("CONTEST", "ACCEPT"):
        raise RecordedOtherwise(expected=_said(known), got=_said(answer), asset=asset.invention)
    same = command.holdings == stands
    if command.verdict == "ACCEPT" and not same:
        raise HoldingsDiffer(expected=stands, got=command.holdings, on=held_on, asset=asset.invention)
    if command.verdict == "CONTEST" and same:
        raise NothingContested(got=stands, on=held_on, asset=asset.invention)
    return (_acknowledged(asset, answer),)


def _acknowledged(asset: Invention, answer: Answer) -> OwnershipAcknowledged:
    return OwnershipAcknowledged(
        agreement=asset.agreement,
        project=asset.project,
        parties=asset.parties,
        invention=asset.invention,
        party=answer.party,
        answers=answer.event,
        position=answer.position,
        held_on=answer.held_on,
        holdings=answer.holdings,
        holdings_hash=answer.holdings_hash,
        verdict=answer.verdict,
        contested=answer.contested,
        note_hash=answer.note_hash,
    )


def _said(answer: Answer) -> dict[str, object]:
    return {
        "verdict": answer.verdict,
        "held_on": answer.held_on,
        "holdings": answer.holdings,
        "note_hash": answer.note_hash,
    }
