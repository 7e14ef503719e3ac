"""The image is built from what is here, and holds nothing it should not."""

import json
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import requires

from packaging.requirements import Requirement

from tests.deployment.composed import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
FINAL_STAGE = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]


def copied() -> set[str]:
    """Return everything that comes from the repository."""
    lines = re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
    return {source for line in lines for source in line.split()[:-1]}


def test_everything_it_copies_is_there() -> None:
    """Each path exists, and `.dockerignore` lets it through."""
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()

    assert all((ROOT / path).exists() for path in copied())
    assert "*" in ignored
    assert {f"!{path}" for path in copied()} == {line for line in ignored if line.startswith("!")}


def test_only_hashed_wheels_get_in() -> None:
    """Every installation from an index names the hash of what it expects."""
    installs = [line for line in DOCKERFILE.splitlines() if " pip install" in line]

    assert all("--require-hashes" in line or "--no-index" in line for line in installs)
    assert "--hash=sha256:" in (ROOT / "requirements-image.lock").read_text(encoding="utf-8")


def test_the_build_backend_is_complete() -> None:
    """The list of what the backend needs is that of the backend's own metadata."""
    found = re.search(r"\\\(([\w\\|-]+)\\\)==", DOCKERFILE)
    assert found is not None
    listed = set(found[1].split("\\|"))
    needed = {"hatchling"} | {Requirement(line).name for line in requires("hatchling") or []}

    assert needed == listed


def test_the_program_it_starts_is_the_distributions() -> None:
    """The entry point is the one the distribution installs."""
    assert 'ENTRYPOINT ["moiety"]' in FINAL_STAGE
    assert "moiety = " in (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("[project.scripts]")[1]


def test_it_runs_as_nobody_in_particular() -> None:
    """The last user is a number without privileges, the same as in the composed run."""
    assert ["10001:10001"] == re.findall(r"^USER (.+)$", FINAL_STAGE, re.MULTILINE)
    assert '"10001:10001"' in (ROOT / "compose.yaml").read_text(encoding="utf-8")


class _Live(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/health/live" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's name
        """Say nothing."""


def health_check(port: int) -> int:
    """Run the image's own health check against a port and return its exit code."""
    found = re.search(r"^HEALTHCHECK (?:.*\\\n)?\s+CMD (\[.*\])$", FINAL_STAGE, re.MULTILINE)
    assert found is not None
    python, *arguments = json.loads(found[1])
    assert python == "python"
    environment = {**os.environ, "MOIETY_HTTP_PORT": str(port), "NO_PROXY": "127.0.0.1"}
    return subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, check=False).returncode


def test_it_says_whether_it_lives() -> None:
    """The health check asks the port that the service is told to listen on, and fails when nobody answers."""
    with HTTPServer(("127.0.0.1", 0), _Live) as server:
        answering = threading.Thread(target=server.handle_request)
        answering.start()
        assert health_check(server.server_port) == 0
        answering.join()
        port = server.server_port

    assert health_check(port) != 0
    assert re.search(r"MOIETY_HTTP_PORT=\d+", FINAL_STAGE)


def test_it_holds_no_secret() -> None:
    """No variable of the image names a password, a token or a key, and no argument of the build either."""
    assert [] == re.findall(r"^(?:ENV|ARG)\b.*(?:PASSWORD|TOKEN|SECRET|KEY).*$", DOCKERFILE, re.MULTILINE)


def test_its_base_is_pinned() -> None:
    """The base image is named to the patch release."""
    assert re.search(r"^ARG PYTHON_IMAGE=python:3\.\d+\.\d+-slim-\w+$", DOCKERFILE, re.MULTILINE)
    assert {"${PYTHON_IMAGE}"} == set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE))
