"""The eventsourcing library, configured as it documents: `python -m tests.bench.library_peer THREADS SAVES`.

Prints how many new aggregates a second `Application.save` records from so many threads.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from time import perf_counter
from typing import Any

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from tests.bench.situation import CONTENT


class Contribution(Aggregate):
    """A contribution with the same fields as ours; days as text, for which the library has no transcoding."""

    @event("Recorded")
    def __init__(self, content: dict[str, Any]) -> None:
        self.content = content


def main(threads: int, saves: int) -> float:
    content = {name: str(value) if isinstance(value, date) else value for name, value in CONTENT.items()}
    application: Application[Any] = Application()
    try:

        def save(_number: int) -> None:
            application.save(Contribution(content))

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(save, range(threads * 4)))  # connections and code paths warm
            started = perf_counter()
            list(pool.map(save, range(saves)))
            return saves / (perf_counter() - started)
    finally:
        application.close()


if __name__ == "__main__":
    sys.stdout.write(f"{main(int(sys.argv[1]), int(sys.argv[2]))}\n")
