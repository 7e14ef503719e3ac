"""`moiety partner`: what a party's systems get, on this machine."""

import rich_click as click

from shared.errors import Invalid, MoietyError
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


class PromisesBroken(MoietyError):
    """The program does not keep what a party's system has to."""


@partner.command(context_settings={"ignore_unknown_options": True})
@click.option("--webhook", metavar="URL", help="The program takes webhooks there, on this machine: http://127.0.0.1:…")
@click.option(
    "--unordered", is_flag=True, help="Webhooks come in any order, many at once, and not one after the other."
)
@click.option("--http", "by_http", is_flag=True, help="The program is told of no NATS.")
@click.option(
    "--patience", type=click.FloatRange(1, 600), default=60.0, show_default=True, help="Seconds to wait for an event."
)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def test(command: tuple[str, ...], webhook: str | None, patience: float, *, unordered: bool, by_http: bool) -> None:
    """Try a partner's program, on a stack of its own, against all that may happen: moiety partner test -- COMMAND.

    The program follows the feed of the party MOIETY_PARTY with the settings in its environment (docs/partners.md), and
    prints {"number", "position", "id", "type"} in a line once it took an event. Whatever promise it breaks is named,
    and the exit code is then 1.
    """
    from services.cli.partner.trials import Pushed
    from services.cli.partner.trying import tried

    broken = total = 0
    pushed = Pushed(webhook, ordered=not unordered) if webhook else None
    for verdict in tried(command, webhook=pushed, bus=not (by_http or webhook), patience_seconds=patience):
        total += 1
        broken += verdict.broken is not None
        click.echo(f"{'FAIL' if verdict.broken else 'pass'}  {verdict.name:<16}{verdict.promise}")
        if verdict.broken:
            click.echo(f"      {'':<16}{verdict.broken}")
    if broken:
        message = f"{broken} of {total} promises are broken"
        raise PromisesBroken(message)
