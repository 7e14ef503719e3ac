"""What a letter says: its words, in one order, for every form in which it is sent."""

from datetime import date, datetime
from typing import Final, NamedTuple
from urllib.parse import quote

from services.notifications.alerts import TASKS_OF, Alert
from services.notifications.mail.letters.errors import LinkRefused
from services.notifications.mail.letters.letter import Letter
from services.notifications.mail.letters.plain import plain, unlinked
from services.notifications.mail.letters.reading import WORDS
from services.notifications.mail.letters.words import Said, Words
from services.notifications.reminders.model import TYPE as DEADLINE_NEAR
from services.notifications.rules.rule import AlertClass
from services.notifications.rules.sources import OPERATOR
from shared.calendar import LEGAL_ZONE, legal_day
from shared.log.envelope import NO_AGREEMENT

LONGEST_NAME: Final = 100
LONGEST_ID: Final = 160
LONGEST_TITLE: Final = 200
LONGEST_LINK: Final = 900
_SCHEMES: Final = ("https://", "http://")
# What would end a link, in a header, in HTML or in the text that a mail program makes links of.
_ENDS_LINK: Final = frozenset("<>\"'`\\^{|}")
_CRITICAL: Final[AlertClass] = "legal-critical"


class Page(NamedTuple):
    """The words of a letter. Whatever form it is sent in says all of them."""

    language: str
    subject: str
    headline: str
    greeting: str
    paragraphs: tuple[str, ...]
    asked_heading: str
    asked: tuple[str, ...]
    read: str
    link: str
    details: str
    facts: tuple[tuple[str, str], ...]
    footer: tuple[str, ...]
    unsubscribe: str
    unsubscribe_url: str
    # Where it is of several alerts: these, and how many there are besides.
    listed: tuple["Listed", ...] = ()
    rest: str = ""


class Listed(NamedTuple):
    """One of several alerts that a letter is about."""

    headline: str
    asked: str
    link: str


def page_of(letter: Letter) -> Page:
    """Return what a letter says; raises LinkRefused where what it leads to could be no link."""
    words = WORDS[letter.language]
    frame, alert = words.frame, letter.alert
    thing = _thing(alert, words)
    said = _said(words, alert.type)
    name = unlinked(plain(letter.name, longest=LONGEST_NAME))
    headline = headline_of(alert, words)
    title = unlinked(plain(letter.title or "", longest=LONGEST_TITLE)) if letter.may_name else ""
    received = said.receipt if said.receipt is not None and alert.class_ == "info" else said.means
    unsubscribe_url = unsubscribe_url_of(letter)
    return Page(
        language=letter.language,
        subject=with_day(alert, words, headline, letter.date),
        headline=headline,
        greeting=frame.greeting.format(name=name) if name else frame.greeting_without_name,
        paragraphs=(said.happened.format(thing=thing), received.format(thing=thing)),
        asked_heading=frame.what_to_do,
        asked=_asked(letter, words, said, thing),
        read=frame.read,
        link=link_to_read(letter),
        details=frame.details,
        facts=_facts(letter, words, thing, title),
        footer=(frame.why, words.classes[alert.class_], *(() if title else (frame.confidential,)), frame.no_reply),
        unsubscribe=frame.unsubscribe if unsubscribe_url else "",
        unsubscribe_url=unsubscribe_url or "",
    )


def link_to_read(letter: Letter) -> str:
    """Return where a person reads what the alert leads to; raises LinkRefused."""
    return link_below(letter.portal_url, letter.alert.link)


def link_below(portal_url: str, link: str) -> str:
    """Return where a person reads what a link of an alert's leads to; raises LinkRefused."""
    return checked_link(portal_url.rstrip("/") + quote(link, safe="/?=&-._~%:", errors="replace"))


def unsubscribe_url_of(letter: Letter) -> str | None:
    """Return where letters of this kind are ended, if they may be at all; raises LinkRefused."""
    if letter.unsubscribe_url is None or letter.alert.class_ == _CRITICAL:
        return None
    return checked_link(letter.unsubscribe_url)


def checked_link(url: str) -> str:
    visible = url.isascii() and url.isprintable() and " " not in url and not _ENDS_LINK & {*url}
    if not (visible and url.startswith(_SCHEMES) and len(url) <= LONGEST_LINK):
        raise LinkRefused
    return url


def headline_of(alert: Alert, words: Words) -> str:
    """Return in one line what happened to what."""
    headline = _said(words, alert.type).headline.format(thing=_thing(alert, words))
    return words.headlines[alert.class_].format(headline=headline)


def with_day(alert: Alert, words: Words, headline: str, now: datetime) -> str:
    """Return a headline with the last day on which an answer counts, if its reader is asked and it is not over."""
    if not alert.needs_you or alert.due_on is None or alert.due_on < legal_day(now):
        return headline
    return words.frame.by_day.format(headline=headline, day=_on(alert.due_on, words))


def _said(words: Words, kind: str) -> Said:
    """Return what is said of an event, whichever of its versions: no word of it says what a version adds."""
    name = kind.rpartition(".")[0]
    service = name.partition(".")[0]
    found = words.events.get(name.removeprefix("agreements."))
    # Of an alarm without words of its own it is said that it is one.
    return found or words.events.get(service, words.other)


def _thing(alert: Alert, words: Words) -> str:
    entity, _, identifier = alert.subject.partition(":")
    # Ids hold no dot: of a participant one stands between the project and the person.
    thing = plain(identifier, longest=LONGEST_ID).replace(".", " / ") or _kind(entity, words)
    return f"{_kind(entity, words)} {thing}" if alert.type == DEADLINE_NEAR and thing != _kind(entity, words) else thing


def _kind(entity: str, words: Words) -> str:
    return words.things.get(entity) or plain(entity, longest=LONGEST_ID)


def _asked(letter: Letter, words: Words, said: Said, thing: str) -> tuple[str, ...]:
    """Return what its reader has to do, until when, and what comes of silence; or that there is nothing to do."""
    alert, frame = letter.alert, words.frame
    asked = [said.act.format(thing=thing)] if alert.needs_you and said.act else []
    if alert.link.startswith(TASKS_OF):
        party = plain(alert.link.removeprefix(TASKS_OF), longest=LONGEST_ID)
        asked.insert(0, frame.for_another.format(party=party))
    if alert.due_on is not None:
        last = _on(alert.due_on, words)
        if alert.due_on < legal_day(letter.date):
            asked.append(frame.last_day_over.format(day=last))
        elif alert.needs_you:
            asked.append(frame.last_day.format(day=last))
        else:
            asked.append(frame.day_to_note.format(day=last))
    elif letter.clock is not None and alert.needs_you:
        days = frame.business_days_after_notice if letter.clock.business_days else frame.days_after_notice
        asked += [days.format(days=letter.clock.days), frame.on_notice[letter.clock.on_notice]]
    until = said.until
    if alert.type == DEADLINE_NEAR:
        until = words.deadlines.get(alert.subject.partition(":")[0], until)
    if until is not None and (alert.due_on is not None or letter.clock is not None):
        asked.append(until.format(thing=thing))
    if not alert.needs_you:
        asked.append(frame.asked_nothing)
    if alert.class_ == _CRITICAL:
        begins = letter.clock is not None and letter.clock.on_notice == "ACKNOWLEDGED" and alert.needs_you
        asked.append(frame.to_acknowledge_first if begins else frame.to_acknowledge)
    return tuple(asked)


def _facts(letter: Letter, words: Words, thing: str, title: str) -> tuple[tuple[str, str], ...]:
    alert, frame = letter.alert, words.frame
    kind = _kind(alert.subject.partition(":")[0], words)
    about = thing if thing == kind or thing.startswith(f"{kind} ") else f"{kind} {thing}"
    party = frame.operators if alert.recipient == OPERATOR else plain(alert.recipient, longest=LONGEST_ID)
    agreement = "" if alert.agreement == NO_AGREEMENT else plain(alert.agreement, longest=LONGEST_ID)
    facts = (
        (frame.about, about),
        (frame.title, title),
        (frame.agreement, agreement),
        (frame.party, party),
        (frame.recorded, moment(alert.recorded_at, words)),
        (frame.event, plain(alert.type, longest=LONGEST_ID)),
        # What nobody recorded in the log has no number there.
        (frame.entry, str(alert.position) if alert.position else ""),
        (frame.alert, plain(alert.id, longest=LONGEST_ID)),
    )
    return tuple((label, value) for label, value in facts if value)


def _on(day: date, words: Words) -> str:
    return words.frame.day.format(year=day.year, month=words.months[day.month - 1], day=day.day)


def moment(instant: datetime, words: Words) -> str:
    """Return an instant as it is said where legal days are counted."""
    local = instant.astimezone(LEGAL_ZONE)
    return words.frame.instant.format(day=_on(local.date(), words), time=f"{local:%H:%M}")
