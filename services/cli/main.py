"""The program `moiety`; each command is imported when it is used, so that help and completion are instant."""

import sys
from importlib import import_module
from typing import Final, NoReturn

import rich_click as click

from shared.errors import MoietyError

# What these modules import themselves is little; the rest they import when they run.
COMMANDS: Final = {
    "run": "services.cli.run:run",
    "demo": "services.cli.demo:demo",
    "token": "services.cli.tokens:token",
    "clock": "services.cli.clock:clock",
    "ledger": "services.ledger.cli:ledger",
    "verify": "services.ledger.cli:verify",
    "log": "services.cli.log:log",
    "partner": "services.cli.partner.commands:partner",
    "notifications": "services.notifications.cli:notifications",
    "alerts": "services.cli.alerts:alerts",
    "people": "services.agreements.people.cli:people",
    "contributor": "services.agreements.links.cli:contributor",
    "simulate": "services.cli.simulate:simulate",
    "serve": "services.cli.serve:serve",
    "migrate": "services.cli.migrations:migrate",
    "embedded": "services.cli.embedded:embedded",
}

_DRIVERS: Final = frozenset({"asyncpg", "httpcore", "httpx", "nats", "psycopg"})


class Program(click.RichGroup):
    """A group that knows its commands by name and imports the one that is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the framework's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - the same
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.command(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="moiety")
def program() -> None:
    """Joint intellectual property, from contract to proven ownership."""


def main() -> None:
    """Run the program; what Moiety refuses or cannot do is one line on stderr and exit code 1."""
    try:
        program(prog_name="moiety")
    except MoietyError as error:
        _fail(str(error))
    except Exception as error:
        # What a server or the system refuses is for whoever typed the command to mend; anything else is our mistake.
        if not isinstance(error, OSError) and type(error).__module__.partition(".")[0] not in _DRIVERS:
            raise
        _fail(f"{type(error).__name__}: {error}")


def _fail(reason: str) -> NoReturn:
    sys.stderr.write(f"moiety: {' '.join(reason.split())}\n")
    sys.exit(1)


if __name__ == "__main__":
    main()
