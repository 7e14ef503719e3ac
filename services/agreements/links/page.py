"""The page behind a link, as HTML that needs no script; what people wrote is escaped wherever it stands."""

from base64 import b64encode
from collections.abc import Collection, Mapping
from datetime import date
from hashlib import sha256
from typing import Final, NamedTuple

from markupsafe import Markup

from services.agreements.contributions.voices import Word
from services.agreements.links.model import ElementPart, OwnPart, Page, form_token
from services.agreements.links.reading import STYLE, TEMPLATES, WORDS
from services.agreements.links.words import Words
from shared.calendar import legal_day
from shared.languages import Language
from shared.ratio import parse_ratio

# Nothing is loaded, nothing runs, and the forms go nowhere else; the style is the one that stands in the page.
_STYLE_HASH: Final = b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
# Of a per cent, in the whole.
_HUNDREDTHS: Final = 10_000


class Notice(NamedTuple):
    """What is told instead of the page, in one language."""

    language: Language
    heading: str
    text: str
    read_again: str


class Refused(NamedTuple):
    """An answer that could not be recorded: what was typed, by the names of the fields, and which of them are wrong."""

    typed: Mapping[str, str]
    wrong: Collection[str]


def page_of(page: Page, action: str, today: date, *, refused: Refused | None = None) -> bytes:
    """Return the page; `action` is the address that it was asked at. Of an answer that is refused nothing is lost."""
    words = WORDS[page.link.language]
    spoken = page.spoken is not None
    told = None if refused is None else words.invalid
    if page.spoken is not None:
        told = words.confirmed if page.spoken.word is Word.CONFIRMED else words.contested
    return _rendered(
        "page.html",
        page.link.language,
        words.title,
        words=words,
        told=told,
        valid=words.valid.format(day=legal_day(page.link.expires_at).isoformat()),
        facts=_facts(page, words),
        in_an_invention=page.shown.content.invention is not None,
        part=_part(page.shown.part, words) if page.shown.part else None,
        spoken=spoken,
        action=action,
        form="" if spoken else form_token(page.link, page.shown),
        grounds=tuple(words.grounds.items()),
        inventive=page.shown.content.kind == "INVENTIVE",
        today=today.isoformat(),
        refused=refused is not None,
        typed=refused.typed if refused else {},
        wrong=refused.wrong if refused else (),
    )


def notice_of(words: str, *languages: Language, again: str | None = None) -> bytes:
    """Return a page that tells one thing, by its name among the words: in one language, or in all that there are."""
    told = tuple(languages) or tuple(Language)
    notices = [_notice(language, words) for language in told]
    return _rendered("notice.html", told[0], notices[0].heading, notices=notices, again=again)


def _notice(language: Language, name: str) -> Notice:
    words = WORDS[language]
    heading, text = (words.gone, words.gone_means) if name == "gone" else (words.title, str(getattr(words, name)))
    return Notice(language, heading, text, words.read_again)


def _rendered(template: str, language: Language, title: str, **values: object) -> bytes:
    # The style is ours, and hashed as it is: escaped, the browser would not take it.
    style = Markup(STYLE)  # noqa: S704  # a file of this folder
    text = TEMPLATES.get_template(template).render(language=str(language), title=title, style=style, **values)
    return text.encode()


def _facts(page: Page, words: Words) -> list[tuple[str, str]]:
    shown, content = page.shown, page.shown.content
    facts = [(words.project, f"{shown.project_title} ({content.project})")]
    if content.invention is not None:
        facts.append((words.invention, f"{shown.invention_title or words.confidential} ({content.invention})"))
    if content.element is not None:
        facts.append((words.element, content.element))
    facts.append((words.kind, words.kinds[content.kind]))
    if content.points is not None:
        facts.append((words.points, content.points.removesuffix("/1")))
    facts.append((words.conceived_on, content.conceived_on.isoformat()))
    if content.credit_roles:
        facts.append((words.roles, ", ".join(words.role_names[each] for each in content.credit_roles)))
    facts += [
        (words.pseudonym, content.contributor),
        (words.contribution, content.contribution),
        (words.fingerprint, content.description_hash),
    ]
    facts += [(words.evidence, f"{each.hash} ({each.media_type})") for each in content.evidence]
    return facts


def _part(part: OwnPart, words: Words) -> list[tuple[str, str]]:
    return [(words.share, _ratio(part.share)), *(_of_element(each, words) for each in part.elements)]


def _of_element(part: ElementPart, words: Words) -> tuple[str, str]:
    label = words.in_element.format(element=part.element, share=_ratio(part.element_share))
    return label, _ratio(part.person_share)


def _ratio(text: str) -> str:
    """Return a share as it is recorded, and in per cent for whoever reads it."""
    hundredths = round(parse_ratio(text) * _HUNDREDTHS)
    return f"{text} ({hundredths // 100}.{hundredths % 100:02d} %)"
