"""`moiety token`: who you are, for a stack on this machine."""

from math import isnan

import rich_click as click

from shared.errors import Invalid
from shared.ids import is_id

ROLES = ("representative", "partner", "auditor", "operator")
_FOR_A_PARTY = ("representative", "partner")
_HOUR_SECONDS = 3600
_MOST_HOURS = 24 * 400


class NotAnId(Invalid):
    """Parties and persons have ids of letters, digits and hyphens."""


class PartyMissing(Invalid):
    """A representative acts for a party, and so does a partner system: say which with --party."""


class LifetimeMissing(Invalid):
    """A token is good for a number of hours."""


@click.command()
@click.option("--role", type=click.Choice(ROLES), default="representative", show_default=True)
@click.option("--party", help="The party that a representative or a partner system speaks for.")
@click.option("--person", default="local-user", show_default=True, help="A pseudonym; it is recorded as who acted.")
@click.option("--hours", type=click.FloatRange(0, _MOST_HOURS, min_open=True), default=24.0, show_default=True)
def token(role: str, party: str | None, person: str, hours: float) -> None:
    """Print an access token of the local issuer, which the stack in MOIETY_HOME believes."""
    from shared.embedded.home import Home

    if role in _FOR_A_PARTY and party is None:
        raise PartyMissing
    if isnan(hours):
        raise LifetimeMissing(got=hours)
    for given in (person, party):
        if given is not None and not is_id(given):
            raise NotAnId(got=given)
    home = Home.existing()
    click.echo(home.issuer.mint(person, party=party, roles=[role], lifetime_seconds=hours * _HOUR_SECONDS))
