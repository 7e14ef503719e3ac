"""Clients that record and attest contributions over HTTP and never give up: the load under which things die."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx

from shared.testing import Stack, block_until

CLIENTS: Final = 4
PROGRESS_SECONDS: Final = 60.0
RETRY_SECONDS: Final = 0.05
DIGEST: Final = "sha256:" + "5" * 64


class Load:
    """What the clients were told: the contributions whose recording and whose attestation were acknowledged."""

    def __init__(self, stack: Stack, name: str) -> None:
        self.recorded: set[str] = set()
        self.attested: set[str] = set()
        self.retries = 0
        self._stack = stack
        self._name = name
        self._over = threading.Event()
        self._failures: list[BaseException] = []
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(CLIENTS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let every client finish what it has begun; raises what one of them could not bear."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        if self._failures:
            raise self._failures[0]

    def await_more(self, count: int) -> None:
        """Wait until so many more commands have been acknowledged; raises NotInTime."""
        goal = self._acknowledged() + count
        block_until(
            lambda: self._acknowledged() >= goal or bool(self._failures),
            PROGRESS_SECONDS,
            lambda: f"{self._acknowledged()} of {goal} commands acknowledged",
        )

    def await_retries(self) -> None:
        """Wait until a client has noticed that nobody answers, which leaves it in doubt about what it sent."""
        before = self.retries
        block_until(lambda: self.retries > before or bool(self._failures), PROGRESS_SECONDS, "nobody had to retry")

    def _acknowledged(self) -> int:
        return len(self.recorded) + len(self.attested)

    def _run(self, client: int) -> None:
        try:
            with httpx.Client(base_url=self._stack.url("agreements"), timeout=30, trust_env=False) as http:
                number = 0
                while not self._over.is_set():
                    number += 1
                    self._contribute(http, f"CTB-{self._name}-{client}-{number}")
        except BaseException as error:  # noqa: BLE001  # handed to whoever waits for this thread
            self._failures.append(error)

    def _contribute(self, http: httpx.Client, contribution: str) -> None:
        body = {
            "contribution": contribution,
            "project": "PRJ-5G",
            "contributor": "HUT-PI-5G",
            "kind": "NON_INVENTIVE",
            "conceived_on": "2024-07-08",
            "description_hash": DIGEST,
        }
        recorded = self._insist(http, "HUT", "/v1/contributions", body, key=f"record-{contribution}")
        self.recorded.add(contribution)
        attestation = {"content_hash": recorded["content_hash"]}
        path = f"/v1/contributions/{contribution}/attest"
        self._insist(http, "ATRC", path, attestation, key=f"attest-{contribution}", version=recorded["version"])
        self.attested.add(contribution)

    def _insist(
        self, http: httpx.Client, party: str, path: str, body: dict[str, Any], *, key: str, version: int | None = None
    ) -> dict[str, Any]:
        """Send a command until it is answered; a broken connection and a 503 say nothing about whether it was done."""
        token = self._stack.token("representative", party=party, person=f"{party}-LOAD")
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        while True:
            try:
                answer = http.post(path, json=body, headers=headers)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                content: dict[str, Any] = answer.raise_for_status().json()
                return content
            self.retries += 1
            time.sleep(RETRY_SECONDS)


@contextmanager
def under_load(stack: Stack, name: str) -> Iterator[Load]:
    """Keep clients busy inside the block; at its end all they began has been acknowledged."""
    load = Load(stack, name)
    load.start()
    try:
        yield load
    finally:
        load.stop()
