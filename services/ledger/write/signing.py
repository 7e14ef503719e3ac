"""The ledger's own key, from the file that the settings name."""

import os

from services.ledger.errors import NoteRefused
from services.ledger.tree.note import Signer
from services.ledger.write.signed import SignedFile
from shared.errors import StartupError
from shared.settings import Settings


def signed_file_of(settings: Settings, signer: Signer) -> SignedFile:
    """Return where the newest signed checkpoint is kept; raises StartupError where nothing can be kept."""
    path = settings.ledger_signed_file
    if not os.access(path.parent, os.W_OK | os.X_OK):
        message = f"MOIETY_LEDGER_SIGNED_FILE is in a directory that cannot be written to: {path.parent}"
        raise StartupError(message)
    return SignedFile(path, signer.verifier)


def signer_of(settings: Settings) -> Signer:
    """Return the ledger's key; raises StartupError when there is none or it is another log's."""
    try:
        signer = Signer.parse(settings.ledger_key_file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        message = f"MOIETY_LEDGER_KEY_FILE names a file that cannot be read: {settings.ledger_key_file}"
        raise StartupError(message) from error
    except NoteRefused as error:
        message = f"MOIETY_LEDGER_KEY_FILE holds no signing key: {error}"
        raise StartupError(message) from error
    if signer.name != settings.ledger_origin:
        message = f"MOIETY_LEDGER_ORIGIN is {settings.ledger_origin}, but the key signs for {signer.name}"
        raise StartupError(message)
    return signer
