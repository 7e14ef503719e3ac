"""The words of letters: complete in every language, the same places in each, and none that is never said."""

import re
from string import Formatter
from typing import Any, Final, get_args

import msgspec
import pytest

from services.agreements.licences.model import LICENCE
from services.agreements.scheduler.registry import ADVANCING
from services.notifications.alarms.model import TYPE_PREFIX
from services.notifications.escalations.model import TYPE as UNACKNOWLEDGED
from services.notifications.escalations.model import TYPE_BY_ANOTHER
from services.notifications.going_back import TYPE as EVENT_LOST
from services.notifications.mail.letters.content import page_of
from services.notifications.mail.letters.reading import WORDS
from services.notifications.mail.letters.words import Said, Words
from services.notifications.reminders.model import TYPE as DEADLINE_NEAR
from services.notifications.rules import RULES
from services.notifications.rules.rule import NEVER, AlertClass, Rule
from services.notifications.webhooks.store import DISABLED
from shared.events.registry import event_name
from shared.languages import Language
from tests.architecture.source import ROOT, python_files
from tests.notifications.letters.controls import letter

TELLING: Final = {event_name(kind.TYPE): rule for kind, rule in RULES.items() if isinstance(rule, Rule)}
KINDS: Final = {event_name(kind.TYPE): kind for kind in RULES}
# What the ledger says of an asset; whatever else it raises an alarm of stops it, and is said as `ledger`.
ABOUT_AN_ASSET: Final = {
    *("TitleGapDetected", "TitleConflictDetected", "OwnershipReplayConflict", "OverclaimDetected"),
    "OneSidedOutcomeLaidDown",
}
OTHERS: Final = {
    TYPE_PREFIX.removesuffix("."),
    *(f"{TYPE_PREFIX}{name}" for name in ABOUT_AN_ASSET),
    *(name.rpartition(".")[0] for name in (EVENT_LOST, DISABLED, DEADLINE_NEAR, UNACKNOWLEDGED, TYPE_BY_ANOTHER)),
}
# It waits for whoever is still asked, until its day.
REMINDER: Final = DEADLINE_NEAR.rpartition(".")[0]
# The kinds of things whose streams the rules tell of, and what no event is of.
STREAMS: Final = {kind.ENTITY for kind, rule in RULES.items() if isinstance(rule, Rule)} | {
    "ledger",
    "party",
    "webhook",
}
CJK: Final = re.compile(r"[\u4e00-\u9fff]")
SIMPLIFIED: Final = set("协议签双约当应实发资权审约项书处认并构节违责转让证据开关结论终续订条款变动无义许可")


def places(text: str) -> list[str]:
    """Return what stands in a text in braces."""
    return sorted(field for _, field, _, _ in Formatter().parse(text) if field is not None)


def texts(value: Any, at: str = "") -> dict[str, str]:
    """Return every text of some words by where it stands."""
    match value:
        case str():
            return {at: value}
        case dict():
            return {place: text for key, each in value.items() for place, text in texts(each, f"{at}.{key}").items()}
    return {}


def said_in(words: Words) -> dict[str, str]:
    return texts(msgspec.to_builtins(words))


@pytest.mark.parametrize("language", Language)
def test_whatever_is_alerted_of_has_words(language: Language) -> None:
    """Every event with a rule, and what else comes into an inbox; none has words that nobody is told of."""
    assert {*TELLING} | OTHERS == {*WORDS[language].events}


@pytest.mark.parametrize("language", Language)
def test_every_kind_of_thing_has_a_word(language: Language) -> None:
    """And none has one of which nobody is ever told."""
    assert {*WORDS[language].things} == STREAMS


@pytest.mark.parametrize("language", Language)
def test_every_deadline_says_what_comes_of_it(language: Language) -> None:
    """Of each kind of thing that time acts on, or lets be done; none has words to which nothing ever comes."""
    kinds = {advancing.aggregate.name for advancing in ADVANCING} | {LICENCE.name}

    assert kinds == {*WORDS[language].deadlines}


@pytest.mark.parametrize("language", Language)
def test_whoever_is_asked_reads_what_to_do(language: Language) -> None:
    """Where a rule says that somebody is waited for, that there is a last day, or a receipt: there and nowhere else."""
    said = WORDS[language].events

    for name, rule in TELLING.items():
        # Or time that begins with notice, for how long the event says.
        until = rule.due is not NEVER or "notice_method" in KINDS[name].__struct_fields__
        expected = (bool(rule.awaits), until, rule.receipt)
        assert expected == tuple(bool(part) for part in (said[name].act, said[name].until, said[name].receipt)), name
    assert not any(
        each.act or each.until or each.receipt for name, each in said.items() if name not in {*TELLING, REMINDER}
    )


def test_the_ledgers_alarms_of_assets_are_all_known() -> None:
    """As its rules name them: a new one would be said as if it stopped the ledger."""
    noticing = re.compile(r'(?:Noticed|TitleAlarm)\(\s*"(\w+)"')
    raised = {
        name for path in python_files("services/ledger/rules") for name in noticing.findall(path.read_text("utf-8"))
    }

    assert raised == ABOUT_AN_ASSET


def test_every_language_says_it_with_the_same_places() -> None:
    """What stands in braces is the same everywhere, and so is whether anything is said at all."""
    english, chinese = (said_in(WORDS[language]) for language in Language)

    assert english.keys() == chinese.keys()
    apart = {at for at in english if places(english[at]) != places(chinese[at])}
    # A month is a name in one and a number in the other; both are given.
    assert set() == apart


@pytest.mark.parametrize("language", Language)
def test_no_event_names_more_than_its_thing(language: Language) -> None:
    """An id, and no content: whatever else is confidential is not known here."""
    for name, said in WORDS[language].events.items():
        for field, text in texts(msgspec.to_builtins(said)).items():
            assert {*places(text)} <= {"thing"}, (name, field)
        assert ["thing"] == places(said.headline) or name == "LogContinued", name


@pytest.mark.parametrize("language", Language)
def test_a_sentence_ends(language: Language) -> None:
    """With a full stop; a headline, which is a subject too, does not, and is short enough for one."""
    stop = {"en": ".", "zh-Hant": "。"}[language]
    for name, said in {**WORDS[language].events, "other": WORDS[language].other}.items():
        sentences = [said.happened, said.means, said.act, said.until, said.receipt]
        assert [] == [each for each in sentences if each is not None and not each.endswith(stop)], name
        assert not said.headline.endswith(stop), name
        assert len(said.headline) <= 70, name


def test_english_is_english_and_chinese_is_traditional() -> None:
    """No sentence was left in the other language, and none is written in simplified characters."""
    english, chinese = (said_in(WORDS[language]) for language in Language)

    assert [] == [at for at, text in english.items() if CJK.search(text)]
    assert [] == [at for at, text in chinese.items() if at.startswith(".events") and not CJK.search(text)]
    only_simplified = {each for each in SIMPLIFIED if not each.encode("big5", errors="ignore")}
    assert only_simplified
    assert [] == [(at, each) for at, text in chinese.items() for each in {*text} & only_simplified]
    assert [] == [
        at for at, text in chinese.items() if text != text.encode("big5hkscs", errors="replace").decode("big5hkscs")
    ]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("class_", get_args(AlertClass))
def test_every_event_is_said_in_every_class(language: Language, class_: AlertClass) -> None:
    """A reminder or a receipt of any is a whole letter, with no brace left in it."""
    for name in [*WORDS[language].events, "SomethingNew"]:
        kind = f"{name}.v1" if "." in name else f"agreements.{name}.v1"
        for needs_you in (True, False):
            page = page_of(letter({"type": kind, "class_": class_, "needs_you": needs_you}, language=language))
            shown = [page.subject, page.headline, page.greeting, *page.paragraphs, *page.asked, *page.footer]
            assert all(shown), name
            assert not any("{" in text or "}" in text for text in shown), name


def test_a_later_version_of_an_event_is_said_with_the_same_words() -> None:
    """Until somebody finds better ones: what a letter says is true of each version."""
    first = page_of(letter({"type": "agreements.ContributionRecorded.v1"}))
    second = page_of(letter({"type": "agreements.ContributionRecorded.v2"}))

    assert first.paragraphs == second.paragraphs


def test_an_alarm_without_words_of_its_own_is_told_as_one() -> None:
    """Whatever stops the ledger, be it an error that nobody foresaw."""
    page = page_of(letter({"type": "ledger.EventMissing.v1", "subject": "ledger", "agreement": "_"}))

    assert "The ledger raised an alarm: the ledger" == page.headline
    assert ("About", "the ledger") in page.facts


def test_something_new_is_told_all_the_same() -> None:
    """An event that this release has no words for, as another's may: that there is one, and where it is read."""
    page = page_of(letter({"type": "agreements.SomethingNew.v1", "subject": "novelty:N-1"}))

    assert "Something was recorded about N-1" == page.headline
    assert ("About", "novelty N-1") in page.facts


def test_the_folder_has_a_file_for_each_language() -> None:
    """And none for another, which nobody could choose."""
    folder = ROOT / "services" / "notifications" / "mail" / "letters"

    assert {f"{language}.toml" for language in Language} == {path.name for path in folder.glob("*.toml")}
    assert isinstance(WORDS[Language.ENGLISH].other, Said)
