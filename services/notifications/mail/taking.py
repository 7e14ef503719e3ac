"""What is due now: of what was taken, whatever does not wait by its reader's wishes, gathered where it comes so."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from services.notifications.mail.addresses import Person
from services.notifications.mail.digests.store import DigestStore
from services.notifications.mail.holding import hold_of, hold_of_digest
from services.notifications.mail.preferences import may_be_muted
from services.notifications.mail.store import Due, Held, MailStore
from services.notifications.mail.wishes import Wish, is_wanted

Wishes = Mapping[Person, Wish]


class Sorted(NamedTuple):
    """What was taken, by what follows: it is sent, waits, is gathered, or leads what was."""

    ready: list[Due]
    held: list[Held]
    gathered: set[Person]
    leading: list[Due]


async def take_due(
    store: MailStore, digests: DigestStore, most: int, *, lease_seconds: float
) -> tuple[list[Due], Wishes]:
    """Take what is due, so much at most, with what its readers want; whatever waits keeps nothing else back."""
    while due := await store.take(most, lease_seconds=lease_seconds):
        mutable = [each.reader for each in due if may_be_muted(each.alert)]
        wishes = await store.wishes(mutable) if mutable else {}
        ready, held, gathered, leading = sort(due, wishes)
        for reader in gathered:
            if (leader := await digests.gather(reader, wishes[reader], lease_seconds=lease_seconds)) is not None:
                ready.append(await _digest(digests, leader, reader[1], wishes[reader]))
        for each in leading:
            wish = wishes[each.reader]
            digest = await _digest(digests, each.alert.id, each.person, wish)
            if (hold := hold_of_digest([one.alert for one in digest.members], wish.preferences, each.taken_at)) is None:
                ready.append(digest)
            else:
                held.append(Held(each, wish, hold))
        if held:
            await store.hold(held)
        if ready:
            return ready, wishes
    return [], {}


def sort(due: Iterable[Due], wishes: Wishes) -> Sorted:
    """Say what follows for what was taken; what has weight in law is sent, whatever anybody wants."""
    found = Sorted([], [], set(), [])
    for each in due:
        wish = wishes.get(each.reader)
        if wish is None or not may_be_muted(each.alert):
            found.ready.append(each)
        elif each.digest is not None:
            found.leading.append(each)
        elif not is_wanted(each.alert, wish):
            found.ready.append(each)
        elif (hold := hold_of(each.alert, wish.preferences, each.taken_at, each.held_for)) is not None:
            found.held.append(Held(each, wish, hold))
        elif each.held_for == "DIGEST":
            found.gathered.add(each.reader)
        else:
            found.ready.append(each)
    return found


async def _digest(digests: DigestStore, leader: str, person: str, wish: Wish) -> Due:
    members = await digests.members(leader, person)
    [leading] = [each for each in members if each.alert.id == leader]
    unwanted = frozenset(each.alert.id for each in members if not is_wanted(each.alert, wish))
    return leading._replace(members=members, unwanted=unwanted)
