"""What a partner's program promises, tried one after the other: each has its cause, and all are judged alike.

A program keeps its promises when it prints each event of its party's feed once, in the order of numbers, whatever
happens. Only of a type that nobody knows it may print nothing, and of the one event that was under way when it was
killed.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from shared.testing import NotInTime, block_until

if TYPE_CHECKING:
    from services.cli.partner.program import Program
    from services.cli.partner.staging import Staging

_MEMBERS: Final = ("number", "position", "id", "type")


class Verdict(NamedTuple):
    """What came of a promise; `broken` says how it was, None for one that was kept."""

    name: str
    promise: str
    broken: str | None


class Pushed(NamedTuple):
    """Where a program takes webhooks, and whether only one after the other."""

    url: str
    ordered: bool


class Trial:
    """One program on one staging."""

    def __init__(
        self, staging: "Staging", program: "Program", *, patience_seconds: float, webhook: Pushed | None
    ) -> None:
        self._staging = staging
        self._program = program
        self._patience = patience_seconds
        self._webhook = webhook
        self._lines = 0
        self._number = 0

    def run(self) -> Iterator[Verdict]:
        """Try each promise, in an order in which one that is broken leaves the next a chance."""
        for name, promise, play in self._promises():
            may_miss = play() or frozenset()
            yield Verdict(name, promise, self._judge(may_miss))

    def _promises(self) -> list[tuple[str, str, Callable[[], frozenset[int] | None]]]:
        return [
            ("beginning", "takes what is there when it is first started", self._begin),
            ("late backfill", "takes what was before its party joined, though its positions are lower", self._go_on),
            ("duplicates", "takes what comes again no second time", self._send_again),
            ("restart", "goes on where it was, also after kill -9 with events under way", self._restart),
            ("reconnect", "comes back when NATS, the gate and the API were away", self._reconnect),
            ("deleted stream", "goes on under the same numbers when its stream was lost", self._delete_stream),
            ("key rotation", "uses its new token once the issuer signs with another key", self._rotate_keys),
            ("unknown type", "passes over an event that it does not know, and takes the next", self._add_unknown),
        ]

    def _begin(self) -> None:
        self._staging.begin()
        if self._webhook is not None:
            self._program.give_webhook_key(self._staging.set_up_webhook(*self._webhook))
        self._program.start()
        if self._webhook is not None:
            block_until(self._staging.verify_webhook, self._patience, "the webhook has not repeated its challenge")

    def _go_on(self) -> None:
        self._staging.go_on()

    def _send_again(self) -> None:
        self._staging.send_again(webhook=self._webhook is not None)
        self._staging.go_on()

    def _restart(self) -> frozenset[int]:
        self._program.kill()
        self._staging.go_on()
        self._program.start()
        try:
            block_until(lambda: len(self._taken()) > self._lines, self._patience, "nothing is taken")
        except NotInTime:
            return frozenset()  # which is then what is wrong
        self._program.kill()
        last = self._taken()[-1].get("number", 0)
        self._program.start()
        self._staging.go_on()
        return frozenset({last + 1})

    def _reconnect(self) -> None:
        self._staging.hang_up()
        self._staging.go_on()

    def _delete_stream(self) -> None:
        self._staging.delete_stream()
        self._staging.go_on()

    def _rotate_keys(self) -> None:
        verified_with = self._staging.rotate_keys(webhook=self._webhook is not None)
        if verified_with is not None:
            self._program.give_webhook_key(verified_with)
        self._staging.go_on()

    def _add_unknown(self) -> frozenset[int]:
        return frozenset({self._staging.add_unknown()})

    def _judge(self, may_miss: frozenset[int]) -> str | None:
        """Wait for what is to come, and return what is wrong; what comes next is judged from there on."""
        rows = self._staging.after(self._number)
        expected = {row.number: row.told() for row in rows}
        with contextlib.suppress(NotInTime):
            block_until(lambda: self._done(expected.keys() - may_miss), self._patience, "not all of it is taken")
        lines = self._taken()[self._lines :]
        broken = judged(lines, expected, may_miss, last=self._number)
        if not self._program.runs:
            broken = f"the program ended: {self._program.last_words().splitlines()[-1:] or 'without a word'}"
            self._program.start()
        self._lines += len(lines)
        self._number = max(expected, default=self._number)
        return broken

    def _done(self, numbers: "frozenset[int] | set[int]") -> bool:
        taken = {line.get("number") for line in self._taken()[self._lines :]}
        return numbers <= taken or not self._program.runs

    def _taken(self) -> list[Mapping[str, Any]]:
        try:
            return list(self._program.taken())
        except ValueError:
            return []


def judged(
    lines: "list[Mapping[str, Any]]", expected: Mapping[int, Mapping[str, Any]], may_miss: frozenset[int], *, last: int
) -> str | None:
    """Return what is wrong with the lines that a program printed, given what was expected of it, or None."""
    for line in lines:
        number = line.get("number")
        if not isinstance(number, int):
            return f"a line without a number: {line}"
        if number <= last:
            return f"number {number} was taken again, or after {last}"
        missing = [each for each in range(last + 1, number) if each not in may_miss]
        if missing:
            return f"number {number} was taken before {missing[0]}"
        last = number
        wanted = expected.get(number)
        if wanted is not None and any(line.get(member) != wanted[member] for member in _MEMBERS):
            return f"number {number} was taken for {line}, and is {wanted}"
    missing = [each for each in expected if each > last and each not in may_miss]
    return f"number {missing[0]} was not taken" if missing else None
