"""`moiety migrate`: the databases of the services, brought up to this release."""

import os
from typing import TYPE_CHECKING

import rich_click as click

from shared.errors import StartupError

if TYPE_CHECKING:
    from shared.embedded.home import Home

SERVICES = ("agreements", "ledger", "notifications")


@click.command()
@click.argument("service", required=False, type=click.Choice(SERVICES))
def migrate(service: str | None) -> None:
    """Apply what is missing: to the database of MOIETY_DATABASE_URL, which names its owner, or to the local stack's.

    Nobody may connect to that database then but its owner and the roles that serve from it.
    """
    if not os.environ.get("MOIETY_DATABASE_URL"):
        from shared.embedded.home import Home

        home = Home.existing()
        for each in [service] if service else SERVICES:
            migrate_embedded(home, each)
    elif service is None:
        message = "MOIETY_DATABASE_URL is one database: say which service it is of"
        raise StartupError(message)
    else:
        from shared.settings import load_database

        dsn, password = load_database()
        _apply(service, dsn, password)


def migrate_embedded(home: "Home", service: str) -> None:
    """Apply what is missing to one database of a local stack."""
    owner = f"{service}_owner"
    _apply(service, home.postgres.dsn(service, owner), home.secret(f"database-{owner}"))


def _apply(service: str, dsn: str, password: str | None) -> None:
    import psycopg

    from shared.embedded.home import DATABASE_OF
    from shared.migrate import close_to_others, folder_of
    from shared.migrate import migrate as apply

    try:
        applied = apply(dsn, password, folder_of(service))
        closed = close_to_others(dsn, password, [role for role, served in DATABASE_OF.items() if served == service])
    except psycopg.Error as error:
        message = f"cannot migrate {service}: {' '.join(str(error).split())}"
        raise StartupError(message) from error
    click.echo(f"{service}: {', '.join(applied) or 'nothing to do'}")
    if not closed:
        click.echo(f"{service}: who may connect is left as it is: the database is not this role's", err=True)
