"""`moiety partner`: what a party's systems get, on this machine."""

import rich_click as click

from shared.errors import Invalid
from shared.ids import is_id


class PartyUnreadable(Invalid):
    """A party has an id of letters, digits and hyphens, such as HUT."""


@click.group()
def partner() -> None:
    """See what a party's systems get, and try a program that follows it."""


@partner.command()
@click.option("--party", required=True, help="Whose feed, such as HUT.")
@click.option(
    "--after", type=click.IntRange(min=0), help="The number to go on after; else it begins with the last ten."
)
@click.option("--json", "as_json", is_flag=True, help="Print each event as GET /v1/feed answers it, one a line.")
@click.option("--once", is_flag=True, help="Stop after what there is, instead of waiting for more.")
def follow(party: str, after: int | None, *, as_json: bool, once: bool) -> None:
    """Show what concerns a party as it comes, from the stack in MOIETY_HOME, until Ctrl-C."""
    from services.cli.partner.following import follow_feed, in_words
    from shared.embedded.home import Home

    if not is_id(party):
        raise PartyUnreadable(got=party)
    try:
        for line in follow_feed(Home.existing(), party, after=after, once=once):
            click.echo(line if as_json else in_words(line))
    except KeyboardInterrupt:
        click.echo()
