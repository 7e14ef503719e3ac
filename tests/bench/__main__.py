"""Run the benchmarks: `python -m tests.bench [--only NAME,NAME]`; prints one JSON object each and writes bench.json."""

import argparse
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import uvloop

from shared.testing import Servers, running_servers
from shared.web.serve import spare_the_collector
from tests.bench import alert, append, as_of, deliver, feeds, growth, http, log, mail, neighbour, partner, relay
from tests.bench.measure import Result

Benchmark = Callable[[Servers], Awaitable[list[Result]]]
BENCHMARKS: dict[str, Benchmark] = {
    "append_vs_umadb": log.append_vs_umadb,
    "append_vs_limit": log.append_vs_limit,
    "append_far": log.append_far,
    "append": append.append,
    "append_functions": append.append_functions,
    "append_with_rules": append.append_with_rules,
    "http_vs_litestar": http.http_vs_litestar,
    "http": http.http,
    "relay": relay.relay,
    "feeds": feeds.feeds,
    "partner_latency": partner.partner_latency,
    "deliver": deliver.deliver,
    "alert_latency": alert.alert_latency,
    "mail": mail.mail,
    "growth": growth.growth,
    "growth_with_standby": growth.growth_with_standby,
    "neighbour": neighbour.neighbour,
    "as_of": as_of.as_of,
    "growth_as_of": as_of.growth_as_of,
}


async def run(names: list[str], servers: Servers) -> list[Result]:
    spare_the_collector()  # as every service does before it serves
    results: list[Result] = []
    for name in names:
        sys.stderr.write(f"measuring {name} …\n")
        for result in await BENCHMARKS[name](servers):
            sys.stdout.write(msgspec.json.encode(result).decode() + "\n")
            sys.stdout.flush()
            verdict = "reached" if result.reached else "MISSED"
            sys.stderr.write(f"  {result.ratio} times {result.peer_name}, goal {result.goal}: {verdict}\n")
            results.append(result)
    return results


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", default=",".join(BENCHMARKS), help="names of benchmarks, separated by commas")
    names = parser.parse_args().only.split(",")
    if unknown := sorted(set(names) - set(BENCHMARKS)):
        parser.error(f"unknown: {', '.join(unknown)}; known: {', '.join(BENCHMARKS)}")
    with running_servers() as servers:
        results = uvloop.run(run(names, servers))
    Path("bench.json").write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=2) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
