"""`moiety alerts`: what can be found out about an alert, and be proven of it."""

import asyncio
from pathlib import Path
from typing import Final

import rich_click as click

from services.cli.evidence import LONGEST_BYTES, in_words, verify_evidence
from services.ledger.tree.note import Verifier
from services.notifications.cli import alone, environment
from services.notifications.errors import InboxUnavailable, NothingPutAside
from services.notifications.explaining import explain as explanation
from services.notifications.store import AlertStore
from services.notifications.taking_up import take_up_readable
from shared.database import Database
from shared.settings import load_database
from shared.typed import POSITION, Read

_MOST_SHOWN: Final = 20


@click.group()
def alerts() -> None:
    """See to alerts, one by one."""


@alerts.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--vkey", "--key", type=Read("vkey", Verifier.parse), required=True, help="The ledger's key, known to you before."
)
def verify(file: Path, vkey: Verifier) -> None:
    """Verify the evidence of an alert offline: the file that GET /v1/alerts/{id}/evidence answers.

    It ends with 0 if all is as it should be, 1 for a finding, and 2 for a mistyped command.
    """
    with file.open("rb") as opened:
        # One byte more than there may be says that there are too many.
        verified = verify_evidence(opened.read(LONGEST_BYTES + 1), vkey)
    for line in in_words(verified):
        click.echo(line)
    click.echo(f"signed by {vkey}")


@alerts.command()
@click.argument("position", type=POSITION, required=False)
def replay(position: int | None) -> None:
    """Have what was put aside alerted of, as far as this release can read it: all, or what is at POSITION.

    With notifications stopped; once it runs again it reads the log once more and alerts of these events, and nobody of
    any other a second time. An upgraded release does so by itself: this is for what it tried before, and could not do.
    """
    found = asyncio.run(_replay(*load_database(environment()), position))
    if found is None:
        click.echo("nothing is put aside: whoever is concerned was alerted of all there is")
    elif found:
        shown = ", ".join(map(str, found[:_MOST_SHOWN])) + (", …" if len(found) > _MOST_SHOWN else "")
        click.echo(f"can be read: {len(found)}, at {shown}; start notifications, which alerts of them")
    elif position is None:
        click.echo("nothing that was put aside can be read by this release")
    else:
        click.echo(f"what was put aside at {position} cannot be read by this release")


async def _replay(dsn: str, password: str | None, position: int | None) -> list[int] | None:
    """Return what can be read of what is put aside, None where nothing is; raises NothingPutAside of a position."""
    async with alone(dsn, password) as connection:
        store = AlertStore(connection)
        first = await store.put_aside(after=0 if position is None else position - 1, reading="", limit=1)
        if position is not None and position not in {each.position for each in first}:
            message = f"nothing is put aside at {position} that nobody was alerted of"
            raise NothingPutAside(message)
        return await take_up_readable(store, only=position, again=True) if first else None


@alerts.command()
@click.argument("alert")
def explain(alert: str) -> None:
    """Say why there is an alert: by which rule, for whom, why and until when, and what came of it.

    Who took note of it, each letter about it, whether notice by it is proven, and what webhooks made of its event.

    Of the inboxes of MOIETY_DATABASE_URL, or of the stack in MOIETY_HOME; nothing has to be stopped for it.
    """
    for line in asyncio.run(_explain(*load_database(environment()), alert)):
        click.echo(line)


async def _explain(dsn: str, password: str | None, alert: str) -> list[str]:
    async with Database(dsn, password, InboxUnavailable).connected() as connection:
        return await explanation(connection, alert)
