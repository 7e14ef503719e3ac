"""`moiety alerts`: what can be found out about an alert, and be proven of it."""

from pathlib import Path

import rich_click as click

from services.cli.evidence import LONGEST_BYTES, in_words, verify_evidence
from services.ledger.tree.note import Verifier
from shared.typed import Read


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
