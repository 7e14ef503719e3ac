"""The shapes of what the ledger answers."""

from datetime import date, datetime
from typing import Any, Literal

import msgspec

from services.ledger.read.periods import Cause

State = Literal["held", "not-yet-conceived", "not-yet-known"]


class AsOf(msgspec.Struct, frozen=True):
    """How far the ledger had come when it answered."""

    position: int
    """The position of its last entry."""
    recorded_at: datetime
    """The instant at which that was recorded."""


class Asset(msgspec.Struct, frozen=True):
    """An asset, the agreement it came from, and the position at which the ledger learned of it."""

    asset: str
    agreement: str
    position: int
    """The position at which the ledger learned of it."""


class Ownership(msgspec.Struct, frozen=True):
    """Who held what on a legal day, as known at a position.

    `known` is what was asked for, a day being the instant at which it ends; `position` is the last entry used. `final`
    says that nothing entered later can change the answer to the same `effective` and `known`. `state` says whether
    anybody held it, or why not: it was not yet conceived on that day, or the ledger did not yet know of it.
    `disputed_in` names the disputes that were open as known, whatever the day.
    """

    asset: str
    effective: date
    known: int | datetime | None
    position: int
    """The position of the last entry that was used."""
    final: bool
    state: State
    disputed_in: list[str]
    holders: dict[str, str]
    percent: dict[str, str]
    because: list[Cause]
    ledger: AsOf


class TimelinePeriod(msgspec.Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """Who holds what from a day up to but not including another; `to` is null while it lasts."""

    start: date
    end: date | None
    """The day after the last; null while it lasts."""
    holders: dict[str, str]
    percent: dict[str, str]
    because: list[Cause]


class Timeline(msgspec.Struct, frozen=True):
    """Who held an asset since its conception, as known; what is said of the answer itself is as in Ownership."""

    asset: str
    known: int | datetime | None
    position: int
    """The position of the last entry that was used."""
    final: bool
    disputed_in: list[str]
    periods: list[TimelinePeriod]
    ledger: AsOf


class Fact(msgspec.Struct, frozen=True):
    """What was recorded at a position, by which party, and what it said."""

    position: int
    event: str
    recorded_at: datetime
    effective_on: date
    by: str | None
    """The party that did it; null where no party did, such as what time does by itself."""
    data: dict[str, Any]


class Subject(msgspec.Struct, frozen=True):
    """One thing, and everything that was recorded of it, in order."""

    id: str
    """The id of the thing."""
    facts: list[Fact]


class Dossier(msgspec.Struct, frozen=True):
    """Everything that is known of an asset: who holds it on a day and held it ever, why, and all that bears on it.

    What is said of the answer itself, and of who holds what and why, is as in Ownership and Timeline; `names` are those
    under which the holders were registered. Contributions carry their attestations, participants their instruments.
    Transfers, disputes and licences are those that took hold of the asset. `entries` are the positions of everything
    that is told, each of which can be proven to be in the ledger. What the caller could not read as an entry, such as
    the project's events for a holder from outside the agreement, is left out.
    """

    asset: str
    effective: date
    known: int | datetime | None
    position: int
    final: bool
    state: State
    holders: dict[str, str]
    percent: dict[str, str]
    names: dict[str, str]
    because: list[Cause]
    disputed_in: list[str]
    periods: list[TimelinePeriod]
    invention: list[Subject]
    """The invention, and everything that was recorded of it."""
    project: list[Subject]
    """The project that it was conceived in."""
    contributions: list[Subject]
    """The contributions to it, with their attestations."""
    participants: list[Subject]
    transfers: list[Subject]
    """The transfers that took hold of it."""
    disputes: list[Subject]
    """The disputes that took hold of it, ended ones included."""
    licences: list[Subject]
    """The licences that took hold of it."""
    entries: list[int]
    """The positions of everything that is told here: each can be proven to be in the ledger."""
    ledger: AsOf


class LedgerEntry(msgspec.Struct, frozen=True):
    """An entry: its position and its exact bytes, which are JSON text; `leaf_hash` is over these bytes, in base64."""

    position: int
    leaf_hash: str
    body: str
    """The exact bytes of the entry, which are JSON text."""


class Alarm(msgspec.Struct, frozen=True):
    """What stopped the ledger before a position; `halting` until the ledger has passed it, or it is so no longer."""

    position: int
    """The position before which the ledger stopped."""
    kind: str
    """What kind of thing stopped the ledger."""
    expected: str
    got: str
    detected_at: datetime
    halting: bool


class AssetAlarm(msgspec.Struct, frozen=True):
    """Something about an asset that people must look at, noticed when the entry at this position was entered."""

    position: int
    alarm: str
    details: dict[str, str]


class RaisedAlarm(msgspec.Struct, frozen=True):
    """That an alarm was raised at a position, and about which asset, if about one; what it says is asked elsewhere.

    `recorded_at` is when the entry was recorded at which it was noticed; of what stops the ledger, when it did.
    """

    id: str
    position: int
    kind: str
    """Which alarm it is."""
    asset: str | None
    """The id of the asset it is about; null where it is about none."""
    recorded_at: datetime


class AlarmFeed(msgspec.Struct, frozen=True):
    """Alarms above the position asked for, in order; nothing will be added to them at or below the position `final`."""

    alarms: list[RaisedAlarm]
    """The alarms above the position asked for, in order."""
    final: int
    """The position at or below which nothing will be added."""
