"""Who may use an item of background, for what and until when: asked for, granted or refused, ended."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final

import msgspec

from services.agreements.background.decisions import check_owner, check_usable, where
from services.agreements.background.errors import (
    AccessDecided,
    AccessEndBackdated,
    AccessNotGranted,
    AccessOutsideProject,
    AccessRequestUnknown,
    ExploitationRequestsOver,
    NotTheirAccess,
    OwnBackground,
    PurposeExcluded,
    TooManyRequests,
)
from services.agreements.background.model import Access, AccessStatus, BackgroundItem
from services.agreements.commands import Command
from services.agreements.contracts.model import Agreement
from services.agreements.creation import check_free
from services.agreements.errors import PeriodEmpty
from services.agreements.gates import Gate, Standing
from services.agreements.projects.decisions import check_project_party
from services.agreements.projects.model import Project
from services.agreements.repetition import already
from shared.calendar import months_after
from shared.events.background import (
    AccessEnd,
    AccessEnded,
    AccessGranted,
    AccessPrice,
    AccessPurpose,
    AccessRefused,
    AccessRequested,
)
from shared.events.registry import Event
from shared.events.values import Period

Events = tuple[Event, ...]
# Exploiting goes on after the end, for as long as the terms say.
_NEEDED_FOR: Final[Mapping[AccessPurpose, Standing]] = MappingProxyType(
    {"IMPLEMENT": Standing.ACTIVE_TODAY, "EXPLOIT": Standing.TOOK_EFFECT}
)
MAX_REQUESTS = 500


class RequestAccess(Command, frozen=True, kw_only=True):
    gate = Gate(power="CONSENT", new=True, standing=_NEEDED_FOR, member=True)

    request: str
    purpose: AccessPurpose
    needed_for: str


class GrantAccess(Command, frozen=True, kw_only=True):
    gate = Gate(power="CONSENT", standing=_NEEDED_FOR)

    request: str
    price: AccessPrice
    period: Period
    terms_hash: str | None = None


class RefuseAccess(Command, frozen=True, kw_only=True):
    gate = Gate(power="CONSENT", standing=Standing.ANY, member=True)

    request: str
    reason: str


class GiveUpAccess(Command, frozen=True, kw_only=True):
    gate = Gate(power="CONSENT", standing=Standing.ANY, member=True)

    request: str
    on: date


class NeededFor(msgspec.Struct, frozen=True):
    """What access is asked for: the project to implement; None where an invention is exploited."""

    project: Project | None


def request_access(
    state: BackgroundItem, agreement: Agreement, needed_for: NeededFor, command: RequestAccess
) -> Events:
    if command.by.party == state.owner_party:
        raise OwnBackground(got=command.by.party, item=state.item)
    asked = Access(
        by_party=command.by.party,
        purpose=command.purpose,
        needed_for=command.needed_for,
        status=AccessStatus.REQUESTED,
    )
    known = state.access.get(command.request)
    if known and (known.by_party, known.purpose, known.needed_for) == (
        asked.by_party,
        asked.purpose,
        asked.needed_for,
    ):
        return ()
    check_usable(state, command.today)
    if command.purpose in state.excluded_purposes:
        raise PurposeExcluded(got=command.purpose, item=state.item)
    if needed_for.project is not None:
        check_project_party(needed_for.project, command)
    open_until = requests_open_until(agreement, command.purpose)
    if open_until is not None and open_until <= command.today:
        raise ExploitationRequestsOver(expected=f"before {open_until}", got=command.today, item=state.item)
    if len(state.access) >= MAX_REQUESTS:
        raise TooManyRequests(expected=f"at most {MAX_REQUESTS}", item=state.item)
    check_free(known, request=command.request)
    return (
        AccessRequested(
            **where(state, agreement, command.today),
            owner_party=state.owner_party,
            request=command.request,
            by_party=command.by.party,
            purpose=command.purpose,
            needed_for=command.needed_for,
            open_until=open_until,
        ),
    )


def grant_access(state: BackgroundItem, agreement: Agreement, needed_for: NeededFor, command: GrantAccess) -> Events:
    check_owner(state, command)
    known = _request(state, command.request)
    granted = (AccessStatus.GRANTED, command.price, command.period, command.terms_hash)
    if (known.status, known.price, known.period, known.terms_hash) == granted:
        return ()
    _check_open(state, command.request)
    check_usable(state, command.today)
    if command.period.is_empty() or (command.period.end is not None and command.period.end <= command.today):
        raise PeriodEmpty(expected=f"an end after {command.today}", got=str(command.period))
    if needed_for.project is not None and not command.period.within(needed_for.project.period):
        raise AccessOutsideProject(got=str(command.period), item=state.item)
    return (
        AccessGranted(
            **_to(state, agreement, command.request, command.today),
            purpose=known.purpose,
            price=command.price,
            period=command.period,
            terms_hash=command.terms_hash,
        ),
    )


def refuse_access(state: BackgroundItem, agreement: Agreement, command: RefuseAccess) -> Events:
    check_owner(state, command)
    known = _request(state, command.request)
    if known.status is AccessStatus.REFUSED:
        return already({"reason": known.refused_because}, {"reason": command.reason}, request=command.request)
    _check_open(state, command.request)
    return (AccessRefused(**_to(state, agreement, command.request, command.today), reason=command.reason),)


def give_up_access(state: BackgroundItem, agreement: Agreement, command: GiveUpAccess) -> Events:
    """End one's own access; nobody else can end it, only its period or a withdrawal does."""
    known = _request(state, command.request)
    if command.by.party != known.by_party:
        raise NotTheirAccess(expected=known.by_party, got=command.by.party, request=command.request)
    if known.status is AccessStatus.ENDED:
        return already({"on": known.period.end if known.period else None}, {"on": command.on}, request=command.request)
    if known.status is not AccessStatus.GRANTED:
        raise AccessNotGranted(got=known.status, request=command.request)
    if command.on < command.today:
        raise AccessEndBackdated(expected=f"{command.today} or later", got=command.on, request=command.request)
    ended = _ended(state, agreement.members_on(command.today), command.request, command.on, "GIVEN_UP")
    return (ended,)


def advance(state: BackgroundItem, today: date) -> Events:
    """Return what time alone has ended by a day: access whose period is over, or whose item is withdrawn."""
    due = [
        (day, request)
        for request, access in state.access.items()
        if (day := state.ends_on(access)) is not None and day <= today
    ]
    return tuple(_ended(state, state.parties, request, day, _cause(state, request)) for day, request in sorted(due))


def requests_open_until(agreement: Agreement, purpose: AccessPurpose) -> date | None:
    """Return the day from which access can no longer be asked for, as far as is known, by the terms that stand."""
    if agreement.ends_on is None or purpose == "IMPLEMENT":
        return agreement.ends_on
    return months_after(agreement.ends_on, agreement.standing.terms.background.exploitation_request_months)


def _cause(state: BackgroundItem, request: str) -> AccessEnd:
    access = state.access[request]
    over = access.period is not None and access.period.end is not None and state.ends_on(access) == access.period.end
    return "PERIOD_OVER" if over else "WITHDRAWN"


def _request(state: BackgroundItem, request: str) -> Access:
    if request not in state.access:
        raise AccessRequestUnknown(item=state.item, request=request)
    return state.access[request]


def _check_open(state: BackgroundItem, request: str) -> None:
    status = _request(state, request).status
    if status is not AccessStatus.REQUESTED:
        raise AccessDecided(got=status, request=request)


def _to(state: BackgroundItem, agreement: Agreement, request: str, today: date) -> dict[str, Any]:
    return {
        **where(state, agreement, today),
        "owner_party": state.owner_party,
        "request": request,
        "to_party": state.access[request].by_party,
    }


def _ended(state: BackgroundItem, parties: tuple[str, ...], request: str, on: date, cause: AccessEnd) -> AccessEnded:
    return AccessEnded(
        agreement=state.agreement,
        item=state.item,
        parties=parties,
        owner_party=state.owner_party,
        request=request,
        to_party=state.access[request].by_party,
        on=on,
        cause=cause,
    )
