"""`moiety simulate`: what the rules would answer to cases in files, without a stack and without recording anything."""

import json
import sys
from collections import Counter
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
            content = _content(file)
            given: Any = msgspec.json.decode(content)
            json.loads(content, object_pairs_hook=_refuse_repeated, parse_int=str, parse_float=str)
        except (OSError, ValueError, RecursionError) as error:
            unreadable = True
            reason = "nested too deeply" if isinstance(error, RecursionError) else error
            click.echo(f"moiety: {file} cannot be read: {reason}", err=True)
            continue
        click.echo(msgspec.json.encode(answer_to(given)))
    if unreadable:
        sys.exit(_UNREADABLE)


def _refuse_repeated(members: list[tuple[str, Any]]) -> None:
    # As over HTTP: of a share given twice, nobody knows which one its author meant.
    if len(dict(members)) < len(members):
        [(name, _)] = Counter(name for name, _ in members).most_common(1)
        message = f"member {name!r} twice in one object"
        raise ValueError(message)


def _content(file: Path) -> bytes:
    return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
