"""What `make` sets up heals itself: whoever stops it half-way finds no clone that does not work."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Nothing is downloaded here: what make does after the environment is there fails, and is not what is asked.
OFFLINE = {"PIP_NO_INDEX": "1", "UV_OFFLINE": "1", "UV_NO_INDEX": "1"}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """As much of a clone as decides how the environment is made."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "requirements.lock").touch()
    (tmp_path / "pyproject.toml").touch()
    return tmp_path


def make(clone: Path, path: str) -> str:
    ran = subprocess.run(
        ["make", "setup", f"PYTHON={sys.executable}"],
        cwd=clone,
        env={"PATH": path, "HOME": str(clone), **OFFLINE},
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.stdout + ran.stderr


def has_pip(clone: Path) -> bool:
    asked = [str(clone / ".venv/bin/python"), "-m", "pip", "--version"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("uv", [True, False], ids=["with uv on the path", "without"])
def test_an_environment_that_was_made_half_way_is_made_anew(clone: Path, *, uv: bool) -> None:
    """Ctrl-C while it makes pip leaves a Python without one: the next `make` does not stumble over it."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(clone / ".venv")], check=True)
    assert not has_pip(clone)
    path = "/usr/bin:/bin"
    if uv:
        (clone / "bin").mkdir()
        (clone / "bin/uv").symlink_to(Path(sys.executable).parent / "uv")
        path = f"{clone / 'bin'}:{path}"
    assert uv == bool(shutil.which("uv", path=path))

    said = make(clone, path)

    assert "No module named pip" not in said
    assert has_pip(clone), said


def test_an_environment_that_was_made_is_kept(clone: Path) -> None:
    """Another lock adds to it and takes away; it is not made from nothing."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(clone / ".venv")], check=True)
    kept = clone / ".venv/kept"
    kept.touch()
    (clone / ".venv/.synced").touch()
    (clone / "requirements.lock").write_text("# Another one.\n", encoding="utf-8")

    said = make(clone, "/usr/bin:/bin")

    assert kept.exists(), said
    # Nobody has uv: it is asked for, by a pip that is put there for that.
    assert has_pip(clone), said
