"""The newest checkpoint ever signed, in a file of its own: no restored database makes the ledger sign a size twice.

A database can be restored to an earlier moment, and then the ledger would sign sizes again that it has signed: the same
roots if the log is the same, others if it is not. So what is signed is first written down here, outside the database.
"""

import asyncio
import os
from pathlib import Path
from typing import NamedTuple

from services.ledger.errors import NoteRefused, TamperDetected
from services.ledger.tree.note import Checkpoint, Verifier, open_checkpoint
from shared.errors import StartupError


class Signed(NamedTuple):
    """A signed checkpoint: its exact text, and what it says."""

    note: str
    checkpoint: Checkpoint

    @classmethod
    def of(cls, note: str, verifier: Verifier) -> "Signed":
        """Read a note; raises NoteRefused unless the ledger's key signed it."""
        return cls(note, open_checkpoint(note.encode(), verifier))

    @property
    def size(self) -> int:
        return self.checkpoint.size


class SignedFile:
    """One file, replaced as a whole: whoever reads it finds the newest checkpoint or, after a crash, the one before."""

    def __init__(self, path: Path, verifier: Verifier) -> None:
        self._path = path
        self._verifier = verifier

    def read(self) -> Signed | None:
        """Return the newest checkpoint, None where there is no file yet; raises StartupError, TamperDetected."""
        try:
            return Signed.of(self._path.read_text(encoding="utf-8"), self._verifier)
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            message = f"MOIETY_LEDGER_SIGNED_FILE names a file that cannot be read: {self._path}"
            raise StartupError(message) from error
        except NoteRefused as refused:
            # Never overwritten: whatever it is, it is not ours, and what we signed last is not known.
            raise TamperDetected(
                expected=f"a checkpoint signed by {self._verifier}", got=str(refused), at=str(self._path)
            ) from refused

    async def keep(self, note: str) -> None:
        """Put a newer checkpoint in its place, durable on return."""
        await asyncio.to_thread(self._replace, note)

    def _replace(self, note: str) -> None:
        beside = self._path.with_name(f".{self._path.name}.new")
        with beside.open("w", encoding="utf-8") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
        # The name as well: without this a crash could bring the older file back.
        directory = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
