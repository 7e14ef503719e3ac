"""Write anew what refusals tell: `python -m tests.told`, of all tests that need no server, or of some files."""

import shutil
import sys
from typing import Final

import pytest

from tests import told

_NO_SERVER: Final = "not servers and not stack and not bench"


def main(paths: list[str]) -> int:
    told.anew = {}
    if (failed := pytest.main(["-q", "-p", "no:cacheprovider", "-m", _NO_SERVER, *paths])) != pytest.ExitCode.OK:
        return failed
    if not paths:
        shutil.rmtree(told.GOLDEN, ignore_errors=True)
    for file, now in told.anew.items():
        written = {**told.read(file), **now} if paths else now
        path = told.GOLDEN / f"{file}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(told.written_in(written), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
