"""A ledger without its own key does not start, and says why in one line that holds no secret."""

import pytest

from services.ledger.tree.note import Signer
from services.ledger.write.signing import signed_file_of, signer_of
from shared.embedded.home import LEDGER_ORIGIN, note_signing_key
from shared.errors import StartupError
from shared.settings import Settings


def settings(path, origin=LEDGER_ORIGIN):
    return Settings(service="ledger", http_port=1, ledger_origin=origin, ledger_key_file=path)


def test_the_key_of_the_embedded_default_is_read(tmp_path):
    """What the local stack generates is a key in the form that the ledger, and Go's tools, read."""
    path = tmp_path / "key"
    path.write_text(note_signing_key(LEDGER_ORIGIN))

    signer = signer_of(settings(path))

    assert signer.name == LEDGER_ORIGIN
    assert path.read_text() == signer.secret_text()


def test_a_missing_key_is_named_by_its_variable(tmp_path):
    """The operator learns which setting to mend."""
    with pytest.raises(StartupError, match="MOIETY_LEDGER_KEY_FILE"):
        signer_of(settings(tmp_path / "none"))


def test_what_is_no_key_is_not_quoted(tmp_path):
    """A file that holds something else may hold another secret."""
    path = tmp_path / "key"
    path.write_text("hunter2")

    with pytest.raises(StartupError, match="MOIETY_LEDGER_KEY_FILE") as refused:
        signer_of(settings(path))
    assert "hunter2" not in str(refused.value)


def test_a_key_of_another_log_is_refused(tmp_path):
    """Key name and origin are one: a checkpoint under a strange name would be nobody's."""
    path = tmp_path / "key"
    path.write_text(Signer.generate("elsewhere.example").secret_text())

    with pytest.raises(StartupError, match=r"elsewhere\.example"):
        signer_of(settings(path))


def test_a_ledger_that_cannot_write_down_what_it_signs_does_not_start(tmp_path):
    """Better not to start than to sign what nobody remembers."""
    signer = Signer.generate(LEDGER_ORIGIN)
    nowhere = Settings(service="ledger", http_port=1, ledger_signed_file=tmp_path / "not mounted" / "signed")

    with pytest.raises(StartupError, match="MOIETY_LEDGER_SIGNED_FILE"):
        signed_file_of(nowhere, signer)
