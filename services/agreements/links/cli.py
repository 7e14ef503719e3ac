"""`moiety contributor`: private links of the people named in contributions, for a stack on this machine."""

from typing import Final

import httpx
import rich_click as click

from shared.embedded.home import Home
from shared.errors import MoietyError
from shared.languages import Language

_PATIENCE_SECONDS: Final = 10.0
_TOKEN_SECONDS: Final = 60
_OK: Final = 200


class LinkNotIssued(MoietyError):
    """The stack issued no link."""


@click.group()
def contributor() -> None:
    """See to the private links by which contributors answer to what is recorded of them."""


@contributor.command()
@click.argument("contribution")
@click.option(
    "--language",
    type=click.Choice([each.value for each in Language]),
    help="That of the page, if not the person's own.",
)
def link(contribution: str, language: str | None) -> None:
    """Print the private link of the person named in CONTRIBUTION, of the stack in MOIETY_HOME.

    Every earlier one opens nothing any more. Whoever has it answers for that person: hand it to nobody else.
    """
    home = Home.existing()
    token = home.issuer.mint("contributor-link", roles=["notifier"], lifetime_seconds=_TOKEN_SECONDS)
    answer = httpx.post(
        f"{home.url('agreements')}/v1/contributor-links",
        json={"contribution": contribution, **({"language": language} if language else {})},
        headers={"Authorization": f"Bearer {token}"},
        timeout=_PATIENCE_SECONDS,
        trust_env=False,
    )
    said = answer.json()
    if answer.status_code != _OK:
        message = f"no link was issued: {said.get('detail') or said.get('title')}"
        raise LinkNotIssued(message)
    click.echo(f"{home.url('agreements')}{said['link']}")
