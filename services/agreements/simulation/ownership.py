"""An ownership case: adoptions and transfers in recorded order in, holdings on given days out."""

from datetime import date
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from services.agreements.ownership.account import (
    Account,
    Movement,
    Regime,
    adopted,
    check_form,
    holdings_on,
    transferred,
)
from services.agreements.simulation.errors import FieldMissing
from shared.errors import DomainError
from shared.events.invention import Redetermination
from shared.events.transfer import Amount
from shared.ratio import format_shares, parse_ratio

_Name = Annotated[str, Meta(min_length=1, max_length=200)]
# Each event replays those before it, so a case is answered in a time that grows with the square of its length.
_MOST = Meta(max_length=300)


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a case."""


class _Adopt(_Part, frozen=True, kw_only=True, tag_field="type", tag="adopt"):
    shares: dict[str, str]
    conceived_on: date
    mode: Redetermination | None = None
    effective_on: date | None = None


class _Transfer(_Part, frozen=True, kw_only=True, tag_field="type", tag="transfer", rename={"source": "from"}):
    source: _Name
    to: _Name
    of_holding: str | None = None
    of_whole: str | None = None
    effective_on: date


class OwnershipCase(_Part, frozen=True, kw_only=True):
    """What a case of the kind `ownership` gives."""

    mode: Redetermination = "AB_INITIO"
    events: Annotated[tuple[_Adopt | _Transfer, ...], _MOST]
    at: Annotated[tuple[date, ...], _MOST] = ()


def answer_ownership(case: OwnershipCase) -> dict[str, Any]:
    """Answer event by event, then day by day; what an event is refused for changes nothing. Raises NotARatio."""
    account = Account(conceived_on=date.max)
    results: list[str | dict[str, Any]] = []
    for number, event in enumerate(case.events):
        _check_ratios(event)
        try:
            if isinstance(event, _Adopt):
                account = _adopt(account, event, case.mode, str(number))
                results.append("adopted")
            else:
                account = _transfer(account, event, str(number))
                results.append("transferred" if account.is_allocated else "pending")
        except DomainError as refusal:
            results.append(_refused(refusal))
    return {
        "results": results,
        "holdings": [{"at": day.isoformat(), "holders": format_shares(holdings_on(account, day))} for day in case.at],
    }


def _refused(refusal: DomainError) -> dict[str, Any]:
    said = {"expected": refusal.expected, "got": refusal.got, **refusal.ids}
    # A case's transfers have no ids; the numbers that stand for them here are none of its author's business.
    shown = {name: value for name, value in said.items() if value is not None and name != "transfer"}
    return {"refused": refusal.code(), **shown}


def _adopt(account: Account, event: _Adopt, mode: Redetermination, name: str) -> Account:
    start = event.conceived_on
    if account.is_allocated and (event.mode or mode) == "PROSPECTIVE":
        if event.effective_on is None:
            raise FieldMissing(field="effective_on", at=f"$.input.events[{name}]")
        start = event.effective_on
    else:
        account = msgspec.structs.replace(account, conceived_on=event.conceived_on)
    return adopted(account, Regime(determination=name, start=start, shares=event.shares))


def _transfer(account: Account, event: _Transfer, name: str) -> Account:
    amount = Amount(of_holding=event.of_holding, of_whole=event.of_whole)
    movement = Movement(transfer=name, source=event.source, to=event.to, amount=amount, effective_on=event.effective_on)
    check_form(movement)
    return transferred(account, movement)


def _check_ratios(event: _Adopt | _Transfer) -> None:
    """Raise NotARatio for a case that cannot be read, as against one that can and is refused."""
    texts = event.shares.values() if isinstance(event, _Adopt) else (event.of_holding, event.of_whole)
    for text in texts:
        if text is not None:
            parse_ratio(text)
