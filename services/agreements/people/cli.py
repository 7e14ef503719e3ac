"""`moiety people`: what the operator does for the keys of personal data."""

import asyncio
import os
from collections.abc import Mapping
from typing import Final

import rich_click as click

from services.agreements.people.errors import PeopleUnavailable
from services.agreements.people.rekeying import Rekeyed
from services.agreements.people.rekeying import rekey as rekey_all
from services.agreements.people.sealing import MasterKey
from services.agreements.people.store import PeopleStore
from shared.database import Database
from shared.embedded.home import Home
from shared.errors import MoietyError
from shared.migrate import await_migrated, folder_of
from shared.settings import load

_PATIENCE_SECONDS: Final = 2.0


class KeysUnreadable(MoietyError):
    """Some people's keys are wrapped by no key that was given; the others' are wrapped by the present one."""

    def __init__(self, people: tuple[str, ...]) -> None:
        super().__init__(f"{len(people)} keys are wrapped by no key that was given: {', '.join(people)}")


@click.group()
def people() -> None:
    """See to the keys of personal data."""


@people.command()
def rekey() -> None:
    """Wrap every person's key under MOIETY_PEOPLE_KEY, opening it with that or with MOIETY_PEOPLE_PREVIOUS_KEYS.

    Needs the owner's role. Beside a running service, and again whenever it was interrupted.
    """
    settings = load("rekey", _environment())
    master = MasterKey.parse(settings.people_key, settings.people_previous_keys)

    async def run() -> Rekeyed:
        database = Database(settings.database_url, settings.database_password, PeopleUnavailable)
        await await_migrated(database, folder_of("agreements"), timeout_seconds=_PATIENCE_SECONDS)
        async with PeopleStore.open(settings.database_url, password=settings.database_password) as store:
            return await rekey_all(store, master)

    done = asyncio.run(run())
    click.echo(f"{done.anew} keys wrapped anew; the present key opens {done.present}")
    if done.unreadable:
        raise KeysUnreadable(done.unreadable)


def _environment() -> Mapping[str, str]:
    """Return the environment, or else what the stack on this machine is told, but as the owner."""
    if os.environ.get("MOIETY_DATABASE_URL"):
        return os.environ
    home = Home.existing()
    return {**home.environment("agreements"), **home.as_owner("agreements")}
