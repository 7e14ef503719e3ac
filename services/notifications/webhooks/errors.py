"""What can go wrong with webhooks; every docstring is the message."""

from shared.errors import Conflict, Invalid, NotFound


class WebhookNotFound(NotFound):
    """Your party has no webhook of that name."""


class SigningKeyNotFound(NotFound):
    """The webhook is signed with no key of that name."""


class TooManyWebhooks(Conflict):
    """Your party has as many webhooks as it may; delete one first."""


class TooManySigningKeys(Conflict):
    """The webhook is signed with as many keys as it may be; delete one first."""


class LastSigningKey(Conflict):
    """A webhook is never left unsigned: put another key beside this one first."""


class TargetRefused(Invalid):
    """A webhook goes to an https address that everybody may reach, on a usual port, without a password in it."""


class EventTypeUnpublished(Invalid):
    """Nothing is ever published under that name."""


class ChallengeUnanswered(Conflict):
    """What is at the URL did not repeat the challenge; nothing is sent there before it does."""


class ReplayUnclear(Invalid):
    """A replay is of one event by its `number`, of all `since` a number, or of what `failed`: exactly one of these."""


class WebhookNameMalformed(Invalid):
    """The name of a webhook or of its key is an id: 1 to 64 letters, digits and hyphens."""
