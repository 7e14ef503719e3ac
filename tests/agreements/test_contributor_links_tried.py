"""All that somebody might try with a private link, or without one: nothing is shown, and nothing recorded."""

import asyncio
import html
import re

import asyncpg
import httpx
import pytest
import structlog

from tests.agreements.bodies import contribution_body
from tests.agreements.browsing import FORM, Browser, issued, spoken
from tests.agreements.portals import Portal


async def test_what_opens_nothing_says_one_thing(
    link: str,
    student_recorded: str,
    notifier: Portal,
    hut: Portal,
    browser: Browser,
    log_tables: asyncpg.Connection,
):
    """Unknown, cut off, replaced, over, corrected since: one page, the same bytes, and no answer is taken."""
    form = await browser.form_of(link)
    pages = {}
    for name, tried in (
        ("unknown", f"/voice/~{'A' * 43}"),
        ("cut off", link[:-1]),
        ("longer", f"{link}A"),
        ("without its mark", link.replace("~", "")),
        ("an id", "/voice/C1"),
        ("nothing", "/voice/~"),
    ):
        pages[name] = await browser.open(tried)
        pages[f"{name}, answered"] = await browser.send(tried, "confirm", form=form)
    again = (await issued(notifier))["link"]
    pages["replaced"] = await browser.open(link)
    await log_tables.execute("UPDATE contributor_link SET expires_at = now() - interval '1 second'")
    pages["over"] = await browser.open(again)
    pages["over, answered"] = await browser.send(again, "confirm", form=form)
    again = (await issued(notifier))["link"]
    particulars = {
        name: value
        for name, value in contribution_body(contributor="HUT-PhD", points="3/1").items()
        if name not in {"contribution", "project", "invention"}
    }
    await hut.change(student_recorded, "correct", particulars)
    pages["corrected since"] = await browser.open(again)

    assert dict.fromkeys(pages, 404) == {name: each.status_code for name, each in pages.items()}
    assert 1 == len({each.content for each in pages.values()})
    assert "This link does not work" in pages["over"].text
    assert "此連結無效" in pages["over"].text
    assert [] == await spoken(log_tables)


async def test_an_erased_person_is_asked_no_more(
    link: str, browser: Browser, hut: Portal, notifier: Portal, log_tables: asyncpg.Connection
):
    """The link is gone with the data, and no other is issued."""
    assert 200 == (await hut.post("/v1/people/HUT-PhD/erase")).status_code

    assert 404 == (await browser.open(link)).status_code
    assert 0 == await log_tables.fetchval("SELECT count(*) FROM contributor_link")
    answer = await notifier.post("/v1/contributor-links", {"contribution": "C1"})
    assert (409, "PERSON_ERASED") == (answer.status_code, answer.json()["code"])


async def test_an_erasure_reaches_what_a_person_wrote(
    link: str, browser: Browser, hut: Portal, atrc: Portal, log_tables: asyncpg.Connection
):
    """That they contested stays in the log, and the hash of what they said; the words are gone."""
    await browser.answer(link, "contest", ground="OTHER", statement="My own words.")
    await hut.post("/v1/people/HUT-PhD/erase")

    told = (await atrc.get("/v1/contributions/C1/voice")).json()
    assert ("CONTESTED", None) == (told["word"], told["statement"])
    assert told["statement_hash"]
    assert 0 == await log_tables.fetchval("SELECT count(*) FROM contributor_statement")


async def test_whom_the_party_keeps_nothing_of_is_sent_no_link(disclosed_invention: str, hut: Portal, notifier: Portal):
    """Nobody would know to whom it goes, and no erasure would end it."""
    await hut.create("/v1/contributions", contribution_body())
    answer = await notifier.post("/v1/contributor-links", {"contribution": "C1"})

    assert (404, "PERSON_NOT_FOUND") == (answer.status_code, answer.json()["code"])


async def test_no_link_is_issued_for_what_is_answered_or_withdrawn(
    link: str, browser: Browser, hut: Portal, notifier: Portal
):
    """Nor for what is not there."""
    await browser.answer(link, "confirm")
    answered = await notifier.post("/v1/contributor-links", {"contribution": "C1"})
    await hut.change("/v1/contributions/C1", "withdraw", {"reason": "recorded twice"})
    withdrawn = await notifier.post("/v1/contributor-links", {"contribution": "C1"})
    unknown = await notifier.post("/v1/contributor-links", {"contribution": "C9"})

    assert ["CONTRIBUTOR_HAS_ANSWERED", "CONTRIBUTION_IS_WITHDRAWN", "CONTRIBUTION_NOT_FOUND"] == [
        each.json()["code"] for each in (answered, withdrawn, unknown)
    ]


async def test_no_answer_comes_from_anywhere_but_the_page(
    link: str,
    browser: Browser,
    hut: Portal,
    student_recorded: str,
    notifier: Portal,
    log_tables: asyncpg.Connection,
):
    """Without the token of its form, with one of an earlier link, or of what it showed before."""
    earlier = await browser.form_of(link)
    link = (await issued(notifier))["link"]
    for form in ("", "0" * 64, earlier, "\u00e9"):
        answer = await browser.send(link, "confirm", form=form)
        assert 409 == answer.status_code
        assert "Read it again" in answer.text
    before = await browser.form_of(link)
    await log_tables.execute("UPDATE contributor_link SET form_key = $1", b"k" * 32)
    assert 409 == (await browser.send(link, "confirm", form=before)).status_code
    assert [] == await spoken(log_tables)


async def test_a_link_answers_for_its_own_contribution_alone(
    link: str, hut: Portal, notifier: Portal, browser: Browser, log_tables: asyncpg.Connection
):
    """The form of one is none of another, even of the same person, and fields that name one are refused."""
    await hut.create("/v1/contributions", contribution_body(contribution="C2", contributor="HUT-PhD"))
    other = (await issued(notifier, "C2"))["link"]

    assert 409 == (await browser.send(link, "confirm", form=await browser.form_of(other))).status_code
    assert 422 == (await browser.answer(link, "confirm", contribution="C2")).status_code
    assert [] == await spoken(log_tables)


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({}, ["ground"]),
        ({"ground": "BECAUSE"}, ["ground"]),
        ({"ground": "OTHER", "proposed_points": "0"}, ["proposed_points"]),
        ({"ground": "OTHER", "proposed_points": "1/0", "statement": "Words of mine."}, ["proposed_points"]),
        ({"ground": "OTHER", "proposed_points": "-1"}, ["proposed_points"]),
        ({"ground": "OTHER", "proposed_points": "1" * 41}, ["proposed_points"]),
        (
            {"ground": "OTHER", "proposed_conceived_on": "2999-01-01", "statement": "Words of mine."},
            ["proposed_conceived_on"],
        ),
        ({"ground": "OTHER", "proposed_conceived_on": "yesterday"}, ["proposed_conceived_on"]),
        ({"ground": "OTHER", "statement": "x" * 2_001}, ["statement"]),
        ({"ground": "OTHER", "statement": "a\u202eb"}, ["statement"]),
        ({"ground": "OTHER", "statement": "a\x00b"}, ["statement"]),
        ({"ground": "OTHER", "person": "HUT-REP"}, []),
        ({"proposed_points": "two", "statement": "x" * 2_001}, ["ground", "proposed_points", "statement"]),
    ],
    ids=str,
)
async def test_what_cannot_be_read_is_not_recorded(
    link: str, browser: Browser, said: dict[str, str], wrong: list[str], log_tables: asyncpg.Connection
):
    """The page comes again and says so, at each field that is meant; nothing is kept, and it can still be answered."""
    answer = await browser.answer(link, "contest", **said)

    assert wrong == re.findall(r'class="wrong" id="(\w+)-wrong"', answer.text)
    assert sorted(wrong) == sorted(re.findall(r'aria-describedby="(?:[a-z]+-hint )?(\w+)-wrong"', answer.text))
    assert len(wrong) == answer.text.count('aria-invalid="true"')

    assert 422 == answer.status_code
    assert "could not be read" in answer.text
    assert [] == await spoken(log_tables)
    assert 0 == await log_tables.fetchval("SELECT count(*) FROM contributor_statement")
    assert 303 == (await browser.answer(link, "confirm")).status_code


async def test_nothing_that_was_typed_is_lost(link: str, browser: Browser):
    """It stands in the fields again, as text, whatever it is: only what is wrong is to be put right."""
    hostile = "</textarea><script>alert(1)</script>\n\"'>{{ 7*7 }} and so on"
    day = '2024-02-31"><b>'
    said = {"ground": "INCOMPLETE", "proposed_points": 'two"><b>', "proposed_conceived_on": day, "statement": hostile}

    page = (await browser.answer(link, "contest", **said)).text

    assert "<script" not in page
    assert "<b>" not in page
    assert ["INCOMPLETE"] == re.findall(r'value="(\w+)" required checked', page)
    given = [html.unescape(each) for each in re.findall(r'name="proposed_\w+" value="([^"]*)"', page)]
    assert [said["proposed_points"], day] == given
    [words] = re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert hostile == html.unescape(words)
    assert 'role="alert"' in page
    assert not re.search(
        r'value="[^"]+"|checked|role="alert"|aria-invalid="', _without_the_form(await browser.open(link))
    )


def _without_the_form(page: httpx.Response) -> str:
    """A page without what its forms have of their own."""
    return re.sub(r'<input type="(?:hidden|radio)" name="\w+" value="\w+"', "", page.text)


async def test_nothing_that_is_written_becomes_markup_or_a_header(
    student_recorded: str, hut: Portal, notifier: Portal, browser: Browser
):
    """In what people write, and in titles that parties write."""
    hostile = "<script>alert(1)</script>\r\nSet-Cookie: a=b\r\n\r\n\"'><img src=x onerror=alert(1)>{{ 7*7 }}"
    link = (await issued(notifier))["link"]
    answer = await browser.answer(link, "contest", ground="OTHER", statement=hostile)

    assert 303 == answer.status_code
    assert "Set-Cookie" not in answer.headers
    assert "alert" not in (await browser.open(link)).text
    told = (await hut.get("/v1/contributions/C1/voice")).json()
    assert hostile.replace("\r\n", "\n") == told["statement"]


async def test_a_title_that_a_party_wrote_is_text_on_the_page(
    student_recorded: str, hut: Portal, notifier: Portal, browser: Browser
):
    """Escaped wherever it stands."""
    title = "</title><script>alert('x')</script> & {{ 7*7 }}"
    invention = {"invention": "INV-2", "project": "PRJ", "title": title, "conceived_on": "2024-07-08"}
    await hut.create("/v1/inventions", invention)
    await hut.change(
        "/v1/inventions/INV-2", "elements", {"elements": [{"id": "E1", "weight": "1/1", "basis": "CLAIM"}]}
    )
    await hut.create(
        "/v1/contributions", contribution_body(contribution="C2", invention="INV-2", contributor="HUT-PhD")
    )
    page = (await browser.open((await issued(notifier, "C2"))["link"])).text

    assert "<script" not in page
    assert html.escape(title, quote=False).replace("'", "&#39;") in page


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"form=" + b"a" * 20_000, FORM, 413),
        (b"form=" + b"a" * 70_000, FORM, 413),
        (b"&".join(b"a%d=1" % number for number in range(50)), FORM, 422),
        (b"form=1&form=2", FORM, 422),
        (b"form=%ff%fe", FORM, 422),
        (b"form=\xff", FORM, 422),
        (b"nonsense", FORM, 422),
        (b'{"form": "1"}', "application/json", 422),
        (b"--x\r\n", "multipart/form-data; boundary=x", 422),
        (b"", FORM, 422),
    ],
    ids=[
        "large",
        "larger",
        "many fields",
        "a field twice",
        "no text",
        "no ASCII",
        "no pairs",
        "JSON",
        "parts",
        "empty",
    ],
)
async def test_what_no_browser_sends_is_refused(
    link: str, browser: Browser, body: bytes, kind: str, status: int, log_tables: asyncpg.Connection
):
    """In little time, and nothing is recorded."""
    answer = await browser.http.post(f"{link}/confirm", content=body, headers={"Content-Type": kind})

    assert status == answer.status_code
    assert answer.headers["Content-Type"].startswith("text/html")
    assert [] == await spoken(log_tables)


async def test_who_asks_on_and_on_waits(link: str, browser: Browser):
    """Whatever they guess: an address has its part of the page's time."""
    answers = await asyncio.gather(*(browser.open(f"/voice/~{number:043d}") for number in range(90)))

    assert {404, 429} == {each.status_code for each in answers}
    refused = next(each for each in answers if each.status_code == 429)
    assert 1 <= int(refused.headers["Retry-After"])
    assert "try again" in refused.text


async def test_no_line_of_a_log_has_a_link(link: str, browser: Browser, service: httpx.AsyncClient):
    """Whatever comes of it, and however its address is misspelt."""
    token = link.removeprefix("/voice/~")
    with structlog.testing.capture_logs() as lines:
        await browser.answer(link, "contest", ground="OTHER", statement="words of mine")
        await browser.send(link, "confirm", form="x")
        for tried in (
            f"{link}/",
            f"{link}/more",
            f"/voice/%7E{token}",
            f"/voice/%257E{token}",
            f"/x/~{token}",
            f"/voice/{token}",
        ):
            await service.get(tried)
            await service.post(tried)
        await service.get(link, params={"a": "b"})

    assert lines
    said = repr(lines)
    assert token not in said
    assert "words of mine" not in said
    assert "contributor-answered" in said
