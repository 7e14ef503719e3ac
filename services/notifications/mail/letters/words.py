"""What is said in letters, by its places; what stands there in each language is data beside this file."""

import msgspec

from services.notifications.mail.letters.clock import OnNotice


class Said(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said of one kind of event: `{thing}` stands for the id of what it is about.

    `headline`, `happened` and `means` are true for everybody who is told of it; `act` is for those for whom it waits,
    and `until` is what comes of silence where an answer has its time. Whoever did it, and is told that it came, reads
    `receipt` in place of `means`.
    """

    headline: str
    happened: str
    means: str
    act: str | None = None
    until: str | None = None
    receipt: str | None = None


class Frame(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said around that, in every letter or in those of some kind."""

    greeting: str
    greeting_without_name: str
    what_to_do: str
    last_day: str
    last_day_over: str
    days_after_notice: str
    business_days_after_notice: str
    on_notice: dict[OnNotice, str]
    """By each method since when a party is on notice."""
    day_to_note: str
    for_another: str
    asked_nothing: str
    to_acknowledge: str
    to_acknowledge_first: str
    """In its place where time begins with that."""
    by_day: str
    read: str
    details: str
    about: str
    title: str
    agreement: str
    party: str
    operators: str
    event: str
    recorded: str
    entry: str
    alert: str
    why: str
    confidential: str
    no_reply: str
    unsubscribe: str
    day: str
    instant: str


class Gathered(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said around several alerts in one letter: `{count}` is how many, or how many more."""

    one: str
    many: str
    gathered: str
    asked: str
    rest: str
    read: str
    why: str


class Asking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said to the person named in a contribution, who is asked whether what is recorded is so."""

    subject: str
    recorded: str
    corrected: str
    asked: str
    until: str
    free: str
    private: str
    read: str
    recorded_by: str
    why: str
    confidential: str


class Words(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that letters say in one language; what has no words of its own is said as `other`."""

    frame: Frame
    classes: dict[str, str]
    """Of each class what it is, in the last lines."""
    headlines: dict[str, str]
    """Of each class how the subject reads: `{headline}` stands in it."""
    months: tuple[str, ...]
    digest: Gathered
    question: Asking
    deadlines: dict[str, str]
    """Of each kind of thing what comes once a last day about it is over, where it is reminded of that."""
    things: dict[str, str]
    """The kinds of things by how their streams begin."""
    other: Said
    events: dict[str, Said]
