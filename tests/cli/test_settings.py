"""What `moiety run` tells each process of what its own environment says."""

from services.cli.run import settings_of
from shared.testing import temporary_home

SAID = {
    "MOIETY_SMTP_URL": "smtps://moiety@mail.example:465",
    "MOIETY_SMTP_PASSWORD_FILE": "/run/secrets/smtp_password",
    "MOIETY_MAIL_FROM": "alerts@moiety.example",
    "MOIETY_PORTAL_URL": "https://portal.example",
    "MOIETY_CONTRIBUTORS_URL": "https://agreements.example",
}


def test_notifications_is_told_of_mail_and_nobody_else_is() -> None:
    """Where the server is, and its password, is nobody else's; nor does anything else go from there to anybody."""
    said = {**SAID, "MOIETY_DATABASE_URL": "postgres://elsewhere"}
    with temporary_home() as home:
        told = {name: settings_of(home, name, said) for name in (*home.services, "postgres")}

    assert SAID.items() <= told["notifications"].items()
    assert {"notifications"} == {name for name, settings in told.items() if SAID.keys() & settings.keys()}
    assert "postgres://elsewhere" not in {settings.get("MOIETY_DATABASE_URL") for settings in told.values()}
