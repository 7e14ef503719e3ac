"""What looks again and again goes on looking, whatever it meets, and one alert that cannot be kept keeps no other."""

from msgspec.structs import replace
from prometheus_client import Gauge

from services.notifications.inbox.store import Inbox
from services.notifications.looking import Turn, Unheard, add_each, look_forever
from services.notifications.store import REMINDER_LOCK, AlertStore, sole_writer
from services.notifications.streams.relay import see_to_each
from shared.database import Database
from shared.parts import Parts
from shared.testing import wait_until
from tests.notifications.controls import adopted, alerts_of, drafted, remembering, said


class Stumbling:
    """Fails the first time, as nobody has foreseen."""

    def __init__(self) -> None:
        self.looked = 0

    def begin(self, _store: AlertStore) -> "Stumbling":
        return self

    async def look(self) -> bool:
        self.looked += 1
        if self.looked == 1:
            raise LookupError
        return False


async def test_what_nobody_foresaw_ends_no_looking(database: Database):
    """Nobody would ever be reminded of anything again, or alerted of what the ledger notices."""
    stumbling = Stumbling()
    unheard = Unheard("Nobody answers", action="unheard")
    turn = Turn(REMINDER_LOCK, stumbling.begin, 0.01, Gauge("heard", "When.", registry=None), unheard)

    async def went_on() -> bool:
        return stumbling.looked > 1

    async with Parts() as parts:
        parts.start(look_forever(database, turn), name="looking")
        await wait_until(went_on, 30, "it looked once, and never again")
        assert await parts.ended() is None


async def test_one_alert_that_cannot_be_kept_keeps_no_other(database: Database, inbox: Inbox):
    """All others are in their inboxes, under numbers without a gap."""
    alerts = alerts_of(said(adopted({"ATRC": "1/2", "HUT": "1/2"})), remembering(said(drafted())))
    another = alerts_of(said(adopted({"HUT": "1/1"})), remembering(said(drafted())))
    impossible = [replace(alert, subject="invention:\0") for alert in another]
    async with sole_writer(database) as store:
        added = await add_each(store, [alerts[0], *impossible, *alerts[1:]], writes=False)

    assert {alert.id for alert in alerts} == {*added}
    for party in ("ATRC", "HUT"):
        assert [1] == [alert.sequence for alert in await inbox.after(party, 0, limit=10)]


async def test_one_party_whose_stream_fails_keeps_no_other():
    """As nobody has foreseen, and wherever it stands among them."""
    seen: list[str] = []

    async def see_to(party: str) -> None:
        if party == "B":
            raise LookupError
        seen.append(party)

    await see_to_each("ABC", see_to)

    assert ["A", "C"] == seen
