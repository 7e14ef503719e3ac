"""UmaDB through its own Python client: `python -m tests.bench.umadb_peer URL SERVER_PID CALLERS APPENDS`.

Each caller is a thread with a stream of its own, which is a tag; it knows the position of the stream's last event and
appends the next one on condition that there is none after it. Prints the rate as JSON.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import msgspec
from umadb import AppendCondition, Client, Event, Query, QueryItem

from tests.bench.measure import Meter, Rate

TYPE = "agreements.ContributionRecorded.v1"
BODY = b"x" * 300
WARM = 4


class Caller:
    """Appends to one stream. All callers share a client: with one each, a client cost them a third more."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._stream = f"contribution:{uuid4()}"
        self._query = Query([QueryItem(tags=[self._stream])])
        self._last: int | None = None
        self.append(WARM)

    def append(self, appends: int) -> None:
        for _ in range(appends):
            condition = AppendCondition(self._query, self._last)
            self._last = self._client.append([Event(TYPE, BODY, [self._stream])], condition)


def main(url: str, server: int, callers: int, appends: int) -> Rate:
    client = Client(url)
    with ThreadPoolExecutor(callers) as pool:
        warm = list(pool.map(lambda _: Caller(client), range(callers)))
        meter = Meter(server)
        list(pool.map(lambda caller: caller.append(appends // callers), warm))
        return meter.rate(appends // callers * callers)


if __name__ == "__main__":
    rate = main(sys.argv[1], *map(int, sys.argv[2:]))
    sys.stdout.write(msgspec.json.encode(rate).decode() + "\n")
