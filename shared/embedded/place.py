"""Where servers that may not run as root keep their files, without touching a directory that is not ours."""

import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from shared.errors import StartupError

# For what a server's own account must reach while the checkout, say under /root, is closed to it.
OUTSIDE: Final = Path("/var/lib/moiety")
_ACCOUNTS: Final = ("postgres", "nobody")
_PASSABLE: Final = 0o711


class Account(NamedTuple):
    """An account of the machine without privileges."""

    user: int
    group: int


def server_account() -> Account | None:
    """Return whom a server runs as when we are root, who may not run PostgreSQL; None means as ourselves."""
    if os.geteuid() != 0:
        return None
    for name in _ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    message = "PostgreSQL does not run as root, and this machine has neither an account postgres nor nobody"
    raise StartupError(message)


def owner_of(directory: Path) -> Account:
    """Return whose directory it is: data is served by the account that made it."""
    status = directory.stat()
    return Account(status.st_uid, status.st_gid)


def reaches(account: Account, path: Path) -> bool:
    """Tell whether the account may pass through every directory on the way to the path."""
    return all(_may_pass(account, parent.stat()) for parent in path.absolute().parents)


def passable(directory: Path) -> Path:
    """Create a directory of ours through which other accounts may pass without looking around; return it."""
    if not directory.exists():
        directory.mkdir(parents=True, exist_ok=True)  # another stack may begin at the same time
        directory.chmod(_PASSABLE)  # whatever the umask is
    return directory


def owned(directory: Path, account: Account | None) -> Path:
    """Create a directory that only the account may enter; return it."""
    if not directory.exists():
        directory.mkdir(mode=0o700)
        if account is not None:
            os.chown(directory, account.user, account.group)
    return directory


def within_reach(directory: Path, account: Account | None) -> Path:
    """Return a place for the directory's content that the account reaches: the directory, or what it then points to."""
    if not directory.is_symlink() and (account is None or reaches(account, directory)):
        return passable(directory)
    # The path is part of the place's name, so a checkout that was moved or copied never opens another one's data.
    passable(OUTSIDE)
    place = passable(_outside(directory))
    if directory.is_symlink() and directory.readlink() != place:
        directory.unlink()
    if not directory.is_symlink():
        directory.symlink_to(place)
    return place


def remove(directory: Path) -> None:
    """Remove a directory given to `within_reach`, and the place outside that it pointed to."""
    if directory.is_symlink():
        shutil.rmtree(_outside(directory), ignore_errors=True)
        directory.unlink()
    elif directory.exists():
        shutil.rmtree(directory)


def copy_within_reach(folders: Iterable[Path], *, name: str) -> Path:
    """Copy folders side by side to a place that every account reaches, once per name; return the place."""
    place = passable(OUTSIDE) / name
    if not place.exists():
        beside = Path(tempfile.mkdtemp(dir=OUTSIDE))
        beside.chmod(_PASSABLE)
        for folder in folders:
            shutil.copytree(folder, beside / folder.name, symlinks=True)
        try:
            beside.rename(place)  # whole or not at all
        except OSError:  # another stack was faster
            shutil.rmtree(beside)
    return place


def _outside(directory: Path) -> Path:
    return OUTSIDE / sha256(os.fsencode(directory.parent.resolve() / directory.name)).hexdigest()[:16]


def _may_pass(account: Account, status: os.stat_result) -> bool:
    if status.st_uid == account.user:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.group:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)
