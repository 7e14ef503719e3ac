"""`moiety simulate`: what the rules would answer to cases in files, without a stack and without recording anything."""

import sys
from pathlib import Path
from typing import Any

import rich_click as click

_UNREADABLE = 2


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def simulate(files: tuple[Path, ...]) -> None:
    """Answer the case in each file: one JSON object per line, in the order of the files.

    A refusal is an answer. A file that cannot be read as JSON is told on stderr, and the exit code is then 2; `-` is
    standard input.
    """
    import msgspec

    from services.agreements.simulation.cases import answer_to

    unreadable = False
    for file in files:
        try:
            given: Any = msgspec.json.decode(_content(file))
        except (OSError, ValueError) as error:
            unreadable = True
            click.echo(f"moiety: {file} cannot be read: {error}", err=True)
            continue
        click.echo(msgspec.json.encode(answer_to(given)))
    if unreadable:
        sys.exit(_UNREADABLE)


def _content(file: Path) -> bytes:
    return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
