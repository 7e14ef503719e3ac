"""What a party's systems get, followed as its developers do."""

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from services.cli.partner.program import Program
from shared.testing import PROCESSES, Stack
from tests.e2e.following import (
    PYTHON,
    answered_by_the_ledger,
    await_caught_up,
    in_node,
    took_exactly_its_feed,
    worked_out,
)
from tests.e2e.load import under_load
from tests.e2e.truth import run, settled

# Two that signed, one that joined later, an affiliate that held a share, and a licensee, which sees little.
PARTIES = ("HUT", "ATRC", "EGU", "HUT-RD", "NLN")
IN_NODE = "ATRC"


def followed(stack: Stack, party: str, *options: str) -> list[str]:
    ran = run(stack, "partner", "follow", "--party", party, "--once", *options)
    assert 0 == ran.returncode, ran.stderr
    return ran.stdout.splitlines()


def test_a_feed_is_shown_in_lines_for_people(stack: Stack) -> None:
    """What somebody follows to see what its system would get: number, time, agreement, event, and about what."""
    first, *_ = followed(stack, "NLN", "--after", "0")

    assert ["1", "2024-01-15", "01:15", "_", "PartyRegistered", "party:NLN"] == first.split()
    assert 10 == len(followed(stack, "HUT"))


def test_a_feed_is_shown_as_it_is_answered(stack: Stack) -> None:
    """With --json, to be piped: every number from 1 on, each with its bytes and its chain."""
    events = [json.loads(line) for line in followed(stack, "HUT", "--after", "0", "--json")]

    assert [*range(1, len(events) + 1)] == [event["number"] for event in events]
    assert {"number", "position", "log", "type", "subject", "body", "chain"} == events[0].keys()


def test_every_party_gets_exactly_its_feed_whatever_dies(stack: Stack, tmp_path: Path) -> None:
    """Every process is killed and every stream lost, under load, the parties' own systems too.

    Each of these has then taken what concerns its party, once and in order, and holds of every asset that its party may
    read about what the ledger says.
    """
    with ExitStack() as running:
        node = in_node(tmp_path)
        programs = [
            running.enter_context(
                Program(stack.home, party, node if party == IN_NODE else PYTHON, tmp_path / "systems" / party)
            )
            for party in PARTIES
        ]
        with under_load(stack, "load-parity") as load:
            for victim in (*PROCESSES, "postgres"):
                load.await_more(15)
                stack.restart(victim)
                stack.wait_ready()
            stack.kill("nats")
            stack.home.nats.lose_store()
            stack.start_process("nats")
            for program in programs:
                program.kill()
            load.await_more(15)
            for program in programs:
                program.start()
            load.await_more(15)
        settled(stack, load)
        for program in programs:
            await_caught_up(stack, program)

        for program in programs:
            took_exactly_its_feed(stack, program, kills=1)
            answered, held = answered_by_the_ledger(stack, program.party), worked_out(program.database)
            assert answered == {asset: held[asset] for asset in answered}


def test_what_was_worked_out_is_answered_and_is_what_stands(stack: Stack, tmp_path: Path) -> None:
    """ACCEPT of what the example worked out for every asset: agreements compares it with its own, and has no other."""
    with Program(stack.home, "HUT", PYTHON, tmp_path) as program:
        await_caught_up(stack, program)
    command = (sys.executable, str(Path(PYTHON[1]).with_name("answer.py")))
    for _ in range(2):
        ran = subprocess.run(
            command, env={**os.environ, **program.settings()}, capture_output=True, text=True, check=False, timeout=60
        )
        outcomes = {line["asset"]: line["outcome"] for line in map(json.loads, ran.stdout.splitlines())}

        assert {"INV-5G-1", "INV-SEMI-1", "INV-WASTE-1", "INV-WASTE-2"} <= outcomes.keys(), ran.stderr
        assert {"accepted"} == set(outcomes.values())
