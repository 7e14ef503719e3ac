"""Answers one case after another from standard input, as `workers.py` starts it, and ends when that does."""

import os
import signal
import sys
import traceback
from typing import NoReturn

import msgspec

from services.agreements.simulation.cases import Case, answer_case
from services.agreements.simulation.messages import ANSWERED, FAILED, HEAD_BYTES, TOO_COSTLY, framed, length_of

# Whatever else this machine does goes first: nobody's command waits for a case.
_NICENESS = 10


class _TooCostly(Exception):
    """The case has had its time."""


def main(case_seconds: float) -> None:
    os.nice(_NICENESS)
    # Of the processor's time, not of the clock's: how costly a case is does not depend on what else is done meanwhile.
    signal.signal(signal.SIGPROF, _give_up)
    while head := sys.stdin.buffer.read(HEAD_BYTES):
        case = sys.stdin.buffer.read(length_of(head))
        outcome, answer = _outcome(case, case_seconds)
        sys.stdout.buffer.write(outcome + framed(answer))
        sys.stdout.buffer.flush()


def _outcome(case: bytes, case_seconds: float) -> tuple[bytes, bytes]:
    try:
        signal.setitimer(signal.ITIMER_PROF, case_seconds)
        answer = msgspec.json.encode(answer_case(msgspec.json.decode(case, type=Case)))
        signal.setitimer(signal.ITIMER_PROF, 0)
    except _TooCostly:
        return TOO_COSTLY, b""
    except Exception:  # noqa: BLE001  # a mistake in a rule: told to whoever asked as one, and the next case is another
        signal.setitimer(signal.ITIMER_PROF, 0)
        traceback.print_exc()
        return FAILED, b""
    return ANSWERED, answer


def _give_up(_number: int, _frame: object) -> NoReturn:
    raise _TooCostly


if __name__ == "__main__":
    main(float(sys.argv[1]))
