"""Which letters somebody wants: the most specific wish counts, and of what has weight in law none does."""

from typing import Any, get_args

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.mail.preferences import LetterWish, Preferences, check, wants
from services.notifications.mail.wishes import Wish, is_wanted
from services.notifications.rules.rule import AlertClass
from shared.database import Pool
from shared.errors import DomainError
from shared.testing import MigratedDatabase, wait_until
from tests.notifications.letters.controls import ALERT
from tests.notifications.mail.conftest import PLAIN, Sending
from tests.notifications.mail.letterbox import none_waits, noted, outcomes
from tests.notifications.mail.sink import Sink
from tests.notifications.mail.test_recipients import alert
from tests.notifications.test_explaining import explained

CLASSES = get_args(AlertClass)
PATH = "/v1/preferences"


def wish(class_: AlertClass | None = None, agreement: str | None = None, *, wanted: bool = False) -> LetterWish:
    return LetterWish(channel="EMAIL", class_=class_, agreement=agreement, wanted=wanted)


def wanting(*wishes: LetterWish) -> Preferences:
    return Preferences(wishes=wishes)


WISHES = st.builds(
    LetterWish,
    channel=st.sampled_from(["EMAIL", "INBOX"]),
    class_=st.none() | st.sampled_from(CLASSES),
    agreement=st.none() | st.sampled_from([ALERT.agreement, "OTHER"]),
    wanted=st.booleans(),
)

# -- which counts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        ([], True),
        ([wish()], False),
        ([wish("reminder")], False),
        ([wish("action")], True),
        ([wish(agreement=ALERT.agreement)], False),
        ([wish(agreement="OTHER")], True),
        ([wish(), wish("reminder", wanted=True)], True),
        ([wish("reminder"), wish(agreement=ALERT.agreement, wanted=True)], True),
        ([wish("reminder", wanted=True), wish(agreement=ALERT.agreement)], False),
        ([wish(agreement=ALERT.agreement), wish("reminder", ALERT.agreement, wanted=True)], True),
        ([wish("reminder", "OTHER", wanted=True), wish("reminder")], False),
    ],
    ids=str,
)
def test_the_most_specific_wish_counts(wishes: list[LetterWish], expected: bool):  # noqa: FBT001
    """Agreement and class; the agreement; the class; all: in whichever order they were said."""
    reminder = alert(class_="reminder")

    assert expected == wants(wanting(*wishes), reminder) == wants(wanting(*reversed(wishes)), reminder)


def test_what_is_in_no_agreement_goes_by_wishes_for_all():
    """No wish names it, and whoever wants no letters in an agreement wants those in none."""
    assert wants(wanting(wish(agreement="MOU")), alert(agreement="_", class_="reminder"))
    assert not wants(wanting(wish("reminder")), alert(agreement="_", class_="reminder"))


@given(st.lists(WISHES).map(lambda wishes: wanting(*wishes)), st.sampled_from([ALERT.agreement, "OTHER", "_"]))
def test_what_has_weight_in_law_is_always_wanted(preferences: Preferences, agreement: str):
    """Whatever was kept, be it what no release would have taken."""
    critical = alert(class_="legal-critical", agreement=agreement)

    assert wants(preferences, critical)
    assert is_wanted(critical, Wish("token", ALERT.recorded_at, preferences))


# -- what may not be preferred -----------------------------------------------------------------------------------------


def test_everything_that_may_not_be_preferred_is_said_at_once():
    """The inbox, the law, and what is said twice."""
    inbox = LetterWish(channel="INBOX", wanted=False)

    with pytest.raises(DomainError) as refused:
        check(wanting(wish("legal-critical"), inbox, wish("reminder"), wish("reminder", wanted=True)))

    codes = [each.code() for each in (refused.value, *refused.value.also)]
    assert ["LEGAL_CRITICAL_STAYS", "INBOX_STAYS", "WISH_SAID_TWICE"] == codes


def test_what_is_so_anyway_may_be_said():
    """That the inbox is wanted, and what has weight in law."""
    check(wanting(LetterWish(channel="INBOX", wanted=True), wish("legal-critical", wanted=True), wish()))


# -- over HTTP ---------------------------------------------------------------------------------------------------------


async def test_each_says_it_for_nobody_else(
    pool: Pool, client: httpx.AsyncClient, hut: dict[str, Any], atrc: dict[str, Any], auditor: dict[str, Any]
):
    """In place of what was said before; and nothing is kept but a pseudonym and what it prefers."""
    said = {"channel": "EMAIL", "class": "reminder", "agreement": "MOU", "wanted": False}

    put = await client.put(PATH, headers=hut, json={"wishes": [{"channel": "EMAIL", "wanted": False}]})
    again = await client.put(PATH, headers=hut, json={"wishes": [said]})

    assert (200, 200) == (put.status_code, again.status_code), again.text
    assert {"wishes": [said], "muted_at": None}.items() <= again.json().items()
    assert again.json() == (await client.get(PATH, headers=hut)).json()
    assert [] == (await client.get(PATH, headers=atrc)).json()["wishes"]
    assert 403 == (await client.get(PATH, headers=auditor)).status_code
    assert 403 == (await client.put(PATH, headers=auditor, json={})).status_code
    kept = await pool.fetch("SELECT party, person FROM mail_wish ORDER BY party")
    assert [("ATRC", "atrc-1"), ("HUT", "hut-1")] == [tuple(row) for row in kept]


async def test_one_click_is_shown_and_stays(client: httpx.AsyncClient, hut: dict[str, Any]):
    """Whoever says anew what it prefers has not taken back that it wants no letters at all."""
    muted_at = (await client.post("/v1/mail/mute", headers=hut)).json()["muted_at"]

    answer = await client.put(PATH, headers=hut, json={"wishes": [{"channel": "EMAIL", "wanted": True}]})

    assert muted_at == answer.json()["muted_at"] == (await client.get(PATH, headers=hut)).json()["muted_at"]


async def test_what_is_refused_changes_nothing(client: httpx.AsyncClient, hut: dict[str, Any]):
    """By name, with what else is wrong; a word that nobody knows is refused where it stands."""
    first = (await client.put(PATH, headers=hut, json={"wishes": [{"channel": "EMAIL", "wanted": False}]})).json()

    unwanted = [{"channel": "INBOX", "wanted": False}, {"channel": "EMAIL", "class": "legal-critical", "wanted": False}]
    refused = await client.put(PATH, headers=hut, json={"wishes": unwanted})
    misspelt = await client.put(PATH, headers=hut, json={"wishes": [{"channel": "EMAIL", "agreemnt": "M", "class": 1}]})

    assert (422, "INBOX_STAYS") == (refused.status_code, refused.json()["code"])
    assert ["LEGAL_CRITICAL_STAYS"] == [each["code"] for each in refused.json()["also"]]
    assert {"/wishes/0/agreemnt", "/wishes/0/class", "/wishes/0/wanted"} == {
        each["pointer"] for each in misspelt.json()["errors"]
    }
    assert first == (await client.get(PATH, headers=hut)).json()


# -- what comes of it --------------------------------------------------------------------------------------------------


async def test_what_is_not_wanted_is_not_sent(
    pool: Pool,
    sink: Sink,
    sending: Sending,
    client: httpx.AsyncClient,
    hut: dict[str, Any],
    notifications_database: MigratedDatabase,
):
    """Of its kind alone, also where it was noted before; and whoever asks why is told."""
    await noted(pool, "hut-1", class_="reminder")
    await noted(pool, "hut-1", class_="action", more=True)
    await noted(pool, "hut-1", class_="legal-critical", more=True)
    unwanted = [{"channel": "EMAIL", "class": "reminder", "wanted": False}]
    await client.put(PATH, headers=hut, json={"wishes": unwanted})

    async with sending(PLAIN._replace(port=sink.port)):
        await wait_until(lambda: none_waits(pool), 30, "not everything was sent")

    assert ["MUTED", "SENT", "SENT"] == [row[1] for row in await outcomes(pool)]
    assert 2 == len(sink.taken())
    assert "letter to hut-1: MUTED at" in await explained(notifications_database, "alr-0")
    assert "letter to hut-1: SENT at" in await explained(notifications_database, "alr-1")
