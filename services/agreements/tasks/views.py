"""A task as the party sees it that is asked."""

from datetime import date, datetime
from typing import Any, Literal

import msgspec

from services.agreements.parties.model import PartyStatus
from shared.events.party import Power

# What happens if whoever is asked says nothing: it counts as attested, or as consented to; what was announced may be
# done; what is asked about lapses, or the agreement ends; the dispute goes a step up; the outcome binds once nobody may
# object to it. NOTHING: it goes on waiting.
EffectOfSilence = Literal["ATTESTS", "CONSENTS", "PASSES", "LAPSES", "ENDS", "ESCALATES", "BINDS", "NOTHING"]


class AnswerView(msgspec.Struct, frozen=True, kw_only=True):
    """One way to answer, as the request that does it: null in its body is what only whoever sends it can say."""

    act: str
    power: Power | None
    method: str
    """The HTTP method to send it by."""
    path: str
    headers: dict[str, str]
    body: dict[str, Any] | None
    """The body to send: what is null in it is for the caller's people to say; null where there is none."""


class TaskView(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for a party: the first of its answers is the one that is asked for, and none where no request is."""

    task: str
    party: str
    agreement: str
    kind: str
    """What sort of thing waits, such as `contribution`."""
    thing: str
    since: datetime
    due_on: date | None
    silence: EffectOfSilence
    power: Power | None
    answers: tuple[AnswerView, ...]


class MeView(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, as this service knows it: the person and what it may do, its party, and for which others that speaks.

    `today` is the legal day by which the service decides. `named` tells whether the party has named representatives:
    until then whoever has a token for it has every power.
    """

    person: str
    roles: tuple[str, ...]
    party: str | None
    legal_name: str | None
    status: PartyStatus | None
    named: bool
    powers: tuple[Power, ...]
    speaks_for: tuple[str, ...]
    today: date
