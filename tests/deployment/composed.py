"""`compose.yaml` as the tests read it: with its anchors merged and its variables filled in."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
OURS = ("agreements", "relay", "ledger", "notifications", "feeds", "gate")
# As which role each that has a database goes there; the others go as themselves.
ROLES = {"feeds": "notifications"}
# Nobody but their operators asks them anything.
UNASKED = ("relay", "feeds", "gate")
MIGRATIONS = ("migrate-agreements", "migrate-ledger", "migrate-notifications")
REKEYING = "rekey-people"
KEEPING = "keep-log"
OPERATOR = {
    "MOIETY_ISSUER": "https://issuer.example",
    "MOIETY_JWKS": "https://issuer.example/keys",
    "MOIETY_LEDGER_ORIGIN": "ledger.example/moiety",
}
"""What the person who starts it must say, because nobody else can know it."""

_VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\}")


@cache
def composed() -> dict[str, Any]:
    """Return the file with its anchors merged, as `docker compose` would see it before filling in variables."""
    document: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return document


def service(name: str) -> dict[str, Any]:
    found: dict[str, Any] = composed()["services"][name]
    return found


def environment(name: str) -> dict[str, str]:
    """Return a service's variables as its process gets them; raises KeyError for one the operator had to give."""
    return {variable: _filled(str(value)) for variable, value in service(name).get("environment", {}).items()}


def secret_files(name: str) -> dict[str, str]:
    """Return where each secret of a service is mounted, by the path inside the container."""
    files = {}
    for secret in service(name).get("secrets", []):
        source = secret if isinstance(secret, str) else secret["source"]
        target = f"/run/secrets/{source}" if isinstance(secret, str) else secret["target"]
        files[target] = source
    return files


def wanted_from_the_operator() -> set[str]:
    """Return the variables without which the file says it cannot be used."""
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    return {found["name"] for found in _VARIABLE.finditer(text) if found["kind"] == "?"}


def _filled(text: str) -> str:
    def fill(found: re.Match[str]) -> str:
        if found["name"] in OPERATOR:
            return OPERATOR[found["name"]]
        if found["kind"] == "-":
            return found["rest"]
        raise KeyError(found["name"])

    return _VARIABLE.sub(fill, text)
