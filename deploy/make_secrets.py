"""Make the secrets of the composed run: `python deploy/make_secrets.py deploy/secrets ledger.example.org/moiety`.

What exists stays, so it may be run again, as after every new release: what that needs besides is added. The two service
tokens come from your issuer and are not made here.
"""

# ruff: noqa: INP001  # a script, not part of a package

import re
import secrets
import sys
from pathlib import Path

from shared.embedded.home import note_signing_key, people_key, roles
from shared.nkeys import AccountKey

BUS_USERS = ("relay", "ledger", "notifications", "feeds", "gate")
# Compose mounts a secret file with its own owner and mode, and no two containers share a user: so every file can be
# read by all and the directory around them by its owner alone, which is what keeps others on this machine out.
_DIRECTORY_MODE = 0o700
_FILE_MODE = 0o444


def main(directory: Path, origin: str) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(_DIRECTORY_MODE)
    for role in ("postgres", *roles()):
        keep(directory / f"{role}_password", secrets.token_urlsafe(32))
    new = {
        f"{user}_password" for user in BUS_USERS if keep(directory / f"nats_{user}_password", secrets.token_urlsafe(32))
    }
    new |= {"gate_key"} if keep(directory / "gate_key", AccountKey.generate().seed) else set()
    believed = {f"{user}_password": (directory / f"nats_{user}_password").read_text() for user in BUS_USERS}
    believed["gate_key"] = AccountKey.parse((directory / "gate_key").read_text()).public
    define(directory / "nats_passwords.conf", believed, new)
    keep(directory / "ledger_key", note_signing_key(origin))
    keep(directory / "people_key", people_key())
    keep(directory / "people_previous_keys", "")
    keep(directory / "auditor_token", "")
    keep(directory / "smtp_password", "")


def keep(path: Path, content: str) -> bool:
    """Write a file unless there is one already, and tell whether it was written."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(content)
    except FileExistsError:
        return False
    path.chmod(_FILE_MODE)
    return True


def define(path: Path, values: dict[str, str], new: set[str]) -> None:
    """Have a file of nats-server's define each of these, and leave what it defines already.

    Raises SystemExit where it defines one that is new: whoever has the file beside it would be let in nowhere.
    """
    keep(path, "")
    text = path.read_text(encoding="utf-8")
    defined = set(re.findall(r"^ *(\w+) *[:=]", text, flags=re.MULTILINE))
    if other := sorted(defined & new):
        sys.exit(f"{path} has another {', '.join(other)} than was just made: remove the line there, and run this again")
    missing = "".join(f'{name}: "{value}"\n' for name, value in values.items() if name not in defined)
    if missing:
        beside = path.with_name(f".{path.name}")
        beside.unlink(missing_ok=True)
        keep(beside, f"{text}{'' if text.endswith(chr(10)) or not text else chr(10)}{missing}")
        beside.replace(path)


if __name__ == "__main__":
    if len(sys.argv) != 3:  # noqa: PLR2004  # itself, the directory and the origin
        sys.exit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2])
