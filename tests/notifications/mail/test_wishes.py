"""Who wants no letters: said by one click in a letter, or with a token, and never of what has weight in law."""

import asyncio
from email import message_from_bytes
from email.policy import SMTP
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from shared.database import Pool
from shared.testing import wait_until
from tests.notifications.mail.conftest import PLAIN, Sending
from tests.notifications.mail.letterbox import none_waits, noted, outcomes
from tests.notifications.mail.sink import Sink

ONE_CLICK = b"List-Unsubscribe=One-Click"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def sent(pool: Pool, sink: Sink, sending: Sending) -> Any:
    """Send what is noted; returns the last letter that was taken."""
    async with sending(PLAIN._replace(port=sink.port)):
        await wait_until(lambda: none_waits(pool), 30, "not everything was sent")
    return message_from_bytes(sink.taken()[-1].content, policy=SMTP)


async def link_in_a_letter(pool: Pool, sink: Sink, sending: Sending) -> str:
    """The path that stands in a letter to Ann of HUT by which she can say that she wants none."""
    await noted(pool, "ann", class_="reminder")
    letter = await sent(pool, sink, sending)
    assert "List-Unsubscribe=One-Click" == letter["List-Unsubscribe-Post"]
    return str(letter["List-Unsubscribe"]).strip("<>").removeprefix("https://notifications.example")


async def muted(pool: Pool) -> list[Any]:
    rows = await pool.fetch("SELECT party, person FROM mail_wish WHERE muted_at IS NOT NULL ORDER BY party, person")
    return [tuple(row) for row in rows]


async def test_one_click_ends_letters(pool: Pool, sink: Sink, sending: Sending, client: httpx.AsyncClient):
    """As a mail program sends it (RFC 8058); a second time changes nothing."""
    link = await link_in_a_letter(pool, sink, sending)

    answers = [await client.post(link, content=ONE_CLICK, headers=FORM) for _ in range(2)]
    await noted(pool, "ann", class_="reminder", more=True)
    await sent(pool, sink, sending)

    assert [200, 200] == [answer.status_code for answer in answers]
    assert [("HUT", "ann")] == await muted(pool)
    assert [("MUTED", 0), ("SENT", 1)] == sorted(row[1:3] for row in await outcomes(pool))
    assert 1 == len(sink.taken())


async def test_looking_at_the_link_changes_nothing(pool: Pool, sink: Sink, sending: Sending, client: httpx.AsyncClient):
    """What scans letters follows their links; it is shown a page that asks, and says nothing of who was sent it."""
    link = await link_in_a_letter(pool, sink, sending)

    shown = [await client.get(link), await client.get("/v1/unsubscribe/made-up")]
    head = await client.head(link)

    assert [] == await muted(pool)
    assert shown[0].content == shown[1].content
    assert ([200, 200], 200) == ([answer.status_code for answer in shown], head.status_code)
    assert b'<form method="post">' in shown[0].content
    assert "no-store" == shown[0].headers["Cache-Control"]
    assert "ann" not in shown[0].text.replace("cannot", "")


async def test_who_guesses_on_and_on_waits(pool: Pool, sink: Sink, sending: Sending, client: httpx.AsyncClient):
    """And whoever was sent a link can use it again in a moment."""
    link = await link_in_a_letter(pool, sink, sending)
    guesses = [f"/v1/unsubscribe/{number:043d}" for number in range(400)]
    answers = await asyncio.gather(*(client.post(each, content=ONE_CLICK, headers=FORM) for each in guesses))

    assert {404, 429} == {answer.status_code for answer in answers}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert 1 <= int(refused.headers["Retry-After"])
    assert "try again" in refused.text

    async def is_done() -> bool:
        return (await client.post(link, content=ONE_CLICK, headers=FORM)).status_code == 200

    await wait_until(is_done, 60, "nobody gets through any more")


async def test_every_header_is_there_once(client: httpx.AsyncClient):
    """Two of one name are read as whoever reads them likes."""
    for answer in (await client.get("/v1/unsubscribe/x"), await client.post("/v1/unsubscribe/x", content=ONE_CLICK)):
        names = [name for name, _ in answer.headers.multi_items()]
        assert sorted(names) == sorted({*names})


async def test_no_line_of_a_log_has_a_link(pool: Pool, sink: Sink, sending: Sending, client: httpx.AsyncClient):
    """Whatever comes of it, and however its address is misspelt; nor does a refusal repeat it."""
    link = await link_in_a_letter(pool, sink, sending)
    token = link.rpartition("/")[2]
    refused = []
    with capture_logs() as lines:
        await client.post(link, content=ONE_CLICK, headers=FORM)
        for tried in (
            f"{link}/",
            f"{link}/more",
            link.replace("/v1", ""),
            link.replace("unsubscribe/", "unsubscribe//"),
        ):
            refused += [await client.get(tried), await client.post(tried)]

    assert [404] * len(refused) == [answer.status_code for answer in refused]
    assert lines
    assert token not in repr(lines)
    assert token not in "".join(answer.text for answer in refused)


@pytest.mark.parametrize("token", ["made-up", "x" * 43, "%00" * 43, "A" * 5_000], ids=len)
async def test_nobody_guesses_a_link(pool: Pool, sink: Sink, sending: Sending, client: httpx.AsyncClient, token: str):
    """Of one that was sent to nobody nothing comes."""
    await link_in_a_letter(pool, sink, sending)

    answer = await client.post(f"/v1/unsubscribe/{token}", content=ONE_CLICK, headers=FORM)

    assert 404 == answer.status_code
    assert [] == await muted(pool)


async def test_what_has_weight_in_law_is_sent_all_the_same(
    pool: Pool, sink: Sink, sending: Sending, client: httpx.AsyncClient
):
    """And there is nothing in it by which one could want that otherwise."""
    await client.post(await link_in_a_letter(pool, sink, sending), content=ONE_CLICK, headers=FORM)
    await noted(pool, "ann", class_="legal-critical", more=True)

    letter = await sent(pool, sink, sending)

    assert [None, None] == [letter["List-Unsubscribe"], letter["List-Unsubscribe-Post"]]
    assert b"/v1/unsubscribe/" not in sink.taken()[-1].content
    assert ["SENT", "SENT"] == [row[1] for row in await outcomes(pool)]


async def test_each_representative_says_so_for_nobody_else(
    pool: Pool, client: httpx.AsyncClient, hut: dict[str, Any], atrc: dict[str, Any], auditor: dict[str, Any]
):
    """With a token, too, and back again; what is said twice is said once."""
    first = (await client.post("/v1/mail/mute", headers=hut)).json()
    again = (await client.post("/v1/mail/mute", headers=hut)).json()

    assert first["muted_at"] is not None
    assert first == again == (await client.get("/v1/mail", headers=hut)).json()
    assert {"muted_at": None} == (await client.get("/v1/mail", headers=atrc)).json()
    assert [("HUT", "hut-1")] == await muted(pool)
    assert {"muted_at": None} == (await client.post("/v1/mail/unmute", headers=hut)).json()
    assert [] == await muted(pool)
    assert 403 == (await client.get("/v1/mail", headers=auditor)).status_code


async def test_a_party_sees_what_became_of_its_alerts(
    pool: Pool, sink: Sink, sending: Sending, client: httpx.AsyncClient, hut: dict[str, Any], atrc: dict[str, Any]
):
    """Who of its people was reached, by pseudonym, and what the server said of others; no other party does."""
    await noted(pool, "bounce", "ann")
    await sent(pool, sink, sending)

    [bounced] = (await client.get("/v1/inbox/alr-0/deliveries", headers=hut)).json()["deliveries"]
    [taken] = (await client.get("/v1/inbox/alr-1/deliveries", headers=hut)).json()["deliveries"]

    assert ("bounce", "BOUNCED", 1, 550, "5.1.1", None) == tuple(
        bounced[name] for name in ("person", "outcome", "attempts", "status", "enhanced_status", "sent_hash")
    )
    assert ("ann", "SENT", 1) == (taken["person"], taken["outcome"], taken["attempts"])
    assert taken["sent_hash"].startswith("sha256:")
    for alert, headers in (("alr-0", atrc), ("alr-9", hut), ("x" * 99, hut)):
        assert 404 == (await client.get(f"/v1/inbox/{alert}/deliveries", headers=headers)).status_code
