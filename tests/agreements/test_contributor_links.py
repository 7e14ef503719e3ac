"""A private link: what it shows to whom, and how it is answered, once."""

import asyncio
import re
from collections.abc import Callable
from hashlib import sha256

import asyncpg
import pytest

from services.agreements.links.reading import WORDS
from services.agreements.links.words import Words
from tests.agreements.bodies import contribution_body
from tests.agreements.browsing import EMAIL, NAME, Browser, issued, spoken
from tests.agreements.portals import Portal

OpenPortal = Callable[..., Portal]


# -- what it shows ----------------------------------------------------------------------------------------------------


async def test_a_link_is_told_once_to_who_hands_it_on(
    student_recorded: str, notifier: Portal, log_tables: asyncpg.Connection
):
    """With to whom and in which language; of the token only the hash is kept, and no other answer has it."""
    link = await issued(notifier)

    assert ("HUT", "HUT-PhD", NAME, EMAIL, "en") == tuple(
        link[name] for name in ("party", "person", "name", "email", "language")
    )
    token = link["link"].removeprefix("/voice/~")
    assert 43 == len(token)
    [stored] = await log_tables.fetch("SELECT * FROM contributor_link")
    assert token not in str(stored)
    assert stored["token_hash"] == sha256(f"moiety/contributor-link/{token}".encode()).digest()
    assert link["link"] != (await issued(notifier))["link"]


@pytest.mark.parametrize("role", ["representative", "partner", "auditor", "operator", "service"])
async def test_nobody_else_is_issued_one(student_recorded: str, portal_of: OpenPortal, role: str):
    """Not even the person's own party: whoever has it answers for the person."""
    answer = await portal_of("HUT", role).post("/v1/contributor-links", {"contribution": "C1"})

    assert (403, "ROLE_MISSING") == (answer.status_code, answer.json()["code"])


async def test_the_page_shows_that_persons_work_and_nothing_of_others(
    student_recorded: str, hut: Portal, atrc: Portal, notifier: Portal, browser: Browser
):
    """Also when shares are proposed: the person's own part of them."""
    body = contribution_body(contribution="C2", contributor="ATRC-SE", points="5/1")
    contents = {"C2": (await atrc.create("/v1/contributions", body))["content_hash"]}
    contents["C1"] = (await hut.get(student_recorded)).json()["content_hash"]
    for portal, name in ((hut, "C2"), (atrc, "C1")):
        await portal.change(f"/v1/contributions/{name}", "attest", {"content_hash": contents[name]})
    link = (await issued(notifier))["link"]
    before = (await browser.open(link)).text
    await hut.change("/v1/inventions/INV", "determinations", {"determination": "DET"})
    after = (await browser.open(link)).text

    for shown in (before, after):
        assert all(word in shown for word in ("HUT-PhD", "C1", "Adaptive codebook", "2024-07-08"))
        assert not any(word in shown for word in ("ATRC", "C2", "5/12", NAME, EMAIL, "HUT-REP"))
    assert "7/12 (58.33 %)" not in before
    assert "7/12 (58.33 %)" in after


async def test_the_page_says_how_it_is_to_be_kept(link: str, browser: Browser):
    """Nowhere, by nobody, and nothing is loaded or run by it."""
    answer = await browser.open(link)

    assert 200 == answer.status_code
    assert "no-store" == answer.headers["Cache-Control"]
    assert "no-referrer" == answer.headers["Referrer-Policy"]
    assert "noindex, nofollow" == answer.headers["X-Robots-Tag"]
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert not re.search(r"unsafe|script-src|http", policy)
    assert not re.search(r"<script|\son\w+=|\bsrc=|style=|https?://", answer.text)


async def test_the_page_is_in_the_language_of_the_link(student_recorded: str, notifier: Portal, browser: Browser):
    """That in which the person is written to, unless another is asked for."""
    chinese = await browser.open((await issued(notifier, language="zh-Hant"))["link"])

    assert '<html lang="zh-Hant">' in chinese.text
    assert "閣下的貢獻" in chinese.text


# -- how it is answered -----------------------------------------------------------------------------------------------


async def test_a_student_confirms_what_is_recorded(
    link: str, browser: Browser, hut: Portal, atrc: Portal, log_tables: asyncpg.Connection
):
    """The log says so under the pseudonym, and the parties read it."""
    answer = await browser.answer(link, "confirm")

    assert (303, link) == (answer.status_code, answer.headers["Location"])
    assert "Thank you. You have confirmed" in (await browser.open(link)).text
    assert ["ContributorConfirmed"] == await spoken(log_tables)
    for portal in (hut, atrc):
        told = (await portal.get("/v1/contributions/C1/voice")).json()
        assert ("HUT-PhD", "CONFIRMED", None) == (told["contributor"], told["word"], told["statement"])


async def test_a_student_contests_and_says_what_would_be_right(
    link: str, browser: Browser, atrc: Portal, log_tables: asyncpg.Connection
):
    """The words stay beside the log, under the person's key; the parties read them."""
    words = "Element two was mine as well."
    answer = await browser.answer(
        link, "contest", ground="WRONG_POINTS", proposed_points="9", proposed_conceived_on="", statement=words
    )

    assert 303 == answer.status_code
    told = (await atrc.get("/v1/contributions/C1/voice")).json()
    assert ("CONTESTED", "WRONG_POINTS", "9/1", words) == (
        told["word"],
        told["ground"],
        told["proposed_points"],
        told["statement"],
    )
    assert f"sha256:{sha256(words.encode()).hexdigest()}" == told["statement_hash"]
    bodies = await log_tables.fetch("SELECT body FROM event")
    assert not any(b"Element two" in row["body"] for row in bodies)
    kept = await log_tables.fetchval("SELECT sealed FROM contributor_statement")
    assert b"Element two" not in kept


async def test_while_nothing_is_said_there_is_no_word(student_recorded: str, hut: Portal, egu: Portal):
    """And to whom the contribution does not exist, neither does what is said of it."""
    assert (await hut.get("/v1/contributions/C1/voice")).json()["word"] is None
    stranger = await egu.get("/v1/contributions/C1/voice")
    assert (404, "CONTRIBUTION_NOT_FOUND") == (stranger.status_code, stranger.json()["code"])


async def test_an_answer_is_given_once(link: str, browser: Browser, log_tables: asyncpg.Connection):
    """Whoever sends it again, or another, is told so politely, and nothing more is recorded."""
    form = await browser.form_of(link)
    await browser.send(link, "confirm", form=form)
    for answer in (
        await browser.send(link, "confirm", form=form),
        await browser.send(link, "contest", form=form, ground="OTHER"),
    ):
        assert 409 == answer.status_code
        assert "You have answered already" in answer.text
    assert ["ContributorConfirmed"] == await spoken(log_tables)
    assert "form" not in re.findall(r'name="(\w+)"', (await browser.open(link)).text)


async def test_of_two_answers_at_once_one_counts(link: str, browser: Browser, log_tables: asyncpg.Connection):
    """Whichever came first; the other is told."""
    form = await browser.form_of(link)
    answers = await asyncio.gather(
        *(browser.send(link, "confirm", form=form) for _ in range(4)),
        *(browser.send(link, "contest", form=form, ground="NOT_MINE") for _ in range(4)),
    )

    assert 1 == len(await spoken(log_tables))
    assert {303, 409} == {each.status_code for each in answers}


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_who_only_looks_changes_nothing(link: str, browser: Browser, method: str, log_tables: asyncpg.Connection):
    """Programs follow the links that people are sent."""
    before = await log_tables.fetch("SELECT * FROM contributor_link")
    for path in (link, f"{link}/confirm", f"{link}/contest"):
        answer = await browser.http.request(method, path)
        assert answer.status_code in {200, 204, 405}

    assert [] == await spoken(log_tables)
    assert before == await log_tables.fetch("SELECT * FROM contributor_link")
    assert 303 == (await browser.answer(link, "confirm")).status_code


def test_the_words_are_complete():
    """Each language says every thing; the forms of the texts are one."""
    english = next(iter(WORDS.values()))
    for words in WORDS.values():
        assert isinstance(words, Words)
        for name in Words.__struct_fields__:
            ours, theirs = getattr(english, name), getattr(words, name)
            if isinstance(ours, dict):
                assert ours.keys() == theirs.keys()
            else:
                assert set(re.findall(r"\{\w+\}", ours)) == set(re.findall(r"\{\w+\}", theirs))


# -- for a letter -----------------------------------------------------------------------------------------------------

LETTER, OTHER = "a" * 64, "b" * 64


async def test_sent_again_a_letter_has_the_same_link(student_recorded: str, notifier: Portal, browser: Browser):
    """Until the same moment: whoever sends it twice, not knowing of the first, ends nothing by that."""
    first = await issued(notifier, letter=LETTER)
    form = await browser.form_of(first["link"])
    again = await issued(notifier, letter=LETTER)

    assert first == again
    assert 303 == (await browser.send(first["link"], "confirm", form=form)).status_code


async def test_two_who_send_one_letter_at_once_are_told_one_link(
    student_recorded: str, notifier: Portal, browser: Browser
):
    """Whichever letter is read, its link opens the page."""
    links = await asyncio.gather(*(issued(notifier, letter=LETTER) for _ in range(6)))

    assert 1 == len({each["link"] for each in links})
    assert 1 == len({each["expires_at"] for each in links})
    assert 200 == (await browser.open(links[0]["link"])).status_code


async def test_another_letter_has_another_link_which_takes_the_place_of_the_first(
    student_recorded: str, notifier: Portal, browser: Browser
):
    """Nor does who does not know the letter learn its link."""
    first, second = [(await issued(notifier, letter=each))["link"] for each in (LETTER, OTHER)]

    assert [404, 200] == [(await browser.open(each)).status_code for each in (first, second)]
    assert (await issued(notifier))["link"] not in {first, second}


async def test_a_letter_sent_again_once_its_link_is_over_is_good_anew(
    student_recorded: str, notifier: Portal, browser: Browser, log_tables: asyncpg.Connection
):
    """For another thirty days, by the same link."""
    first = await issued(notifier, letter=LETTER)
    await log_tables.execute("UPDATE contributor_link SET expires_at = now() - interval '1 second'")
    again = await issued(notifier, letter=LETTER)

    assert first["link"] == again["link"]
    assert first["expires_at"] < again["expires_at"]
    assert 200 == (await browser.open(again["link"])).status_code


async def test_of_other_content_than_what_stands_none_is_issued(student_recorded: str, notifier: Portal):
    """A letter about what was corrected meanwhile is none any more."""
    asked = {"contribution": "C1", "content_hash": f"sha256:{'0' * 64}"}
    answer = await notifier.post("/v1/contributor-links", asked)

    assert (409, "CONTENT_HASH_MISMATCH") == (answer.status_code, answer.json()["code"])


async def test_for_a_letter_to_nowhere_none_is_issued(
    student_recorded: str, hut: Portal, notifier: Portal, browser: Browser
):
    """And what was handed on otherwise goes on opening the page."""
    link = (await issued(notifier))["link"]
    await hut.change("/v1/people/HUT-PhD", "replace", {"name": NAME})
    answer = await notifier.post("/v1/contributor-links", {"contribution": "C1", "letter": LETTER})

    assert (409, "PERSON_HAS_NO_ADDRESS") == (answer.status_code, answer.json()["code"])
    assert 200 == (await browser.open(link)).status_code


async def test_the_link_of_a_letter_ends_with_the_key_of_its_person(
    student_recorded: str, hut: Portal, notifier: Portal, log_tables: asyncpg.Connection
):
    """It is made of that alone, and of what its sender knows: nothing in the tables says it."""
    link = (await issued(notifier, letter=LETTER))["link"]
    [stored] = await log_tables.fetch("SELECT * FROM contributor_link")
    assert link.removeprefix("/voice/~") not in str(stored)
    await hut.post("/v1/people/HUT-PhD/erase")
    answer = await notifier.post("/v1/contributor-links", {"contribution": "C1", "letter": LETTER})

    assert (409, "PERSON_ERASED") == (answer.status_code, answer.json()["code"])


@pytest.mark.parametrize("letter", ["", "a" * 63, "A" * 64, "a" * 65, "../x"])
async def test_a_letter_is_named_by_what_cannot_be_guessed(student_recorded: str, notifier: Portal, letter: str):
    """Nothing shorter is taken for a name."""
    answer = await notifier.post("/v1/contributor-links", {"contribution": "C1", "letter": letter})

    assert 400 == answer.status_code
