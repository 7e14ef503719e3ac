"""Master-key rotation: the key of every person is wrapped anew under the present master key; their data is not touched.

It may be stopped and run again at any moment, beside a service that goes on serving: what is wrapped already stays, and
a key that was erased meanwhile is found gone.
"""

from typing import NamedTuple

from services.agreements.people.errors import PersonUnreadable
from services.agreements.people.sealing import MasterKey
from services.agreements.people.store import PeopleStore, Rewrapped

PAGE = 500


class Rekeyed(NamedTuple):
    """How many keys were wrapped anew, how many the present key opens now, and whose no key that was given opens."""

    anew: int
    present: int
    unreadable: tuple[str, ...]


async def rekey(store: PeopleStore, master: MasterKey) -> Rekeyed:
    """Wrap every person's key under the present master key.

    Goes through all of them again until there is nothing left to do: a service that still had the previous key may
    have added somebody meanwhile.
    """
    anew = 0
    while True:
        done = await _pass(store, master)
        anew += done.anew
        if not done.anew:
            return done._replace(anew=anew)


async def _pass(store: PeopleStore, master: MasterKey) -> Rekeyed:
    anew, present, unreadable = 0, 0, list[str]()
    after = ("", "")
    while keys := await store.keys(after=after, limit=PAGE):
        rewrapped: list[Rewrapped] = []
        for key in keys:
            try:
                wrapped = master.rewrap(key.wrapped, key.party, key.person)
            except PersonUnreadable:
                unreadable.append(f"{key.party}/{key.person}")
                continue
            if wrapped is None:
                present += 1
            else:
                rewrapped.append(Rewrapped(*key, wrapped))
        if rewrapped:
            anew += await store.rewrap(rewrapped)
        after = keys[-1].party, keys[-1].person
    return Rekeyed(anew, present, tuple(unreadable))
