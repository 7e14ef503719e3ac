"""What is refused about participants."""

from shared.errors import Conflict, Forbidden, Invalid, NotFound


class ParticipantNotFound(NotFound):
    """There is no such participant, or none that the caller may see."""


class NotTheirParticipant(Forbidden):
    """A participant is engaged by the party that is their home or their host, itself a party of the project."""


class SplitNotBetweenHomeAndHost(Invalid):
    """An appointment split divides a person between their home party and their host party."""


class NotTheirInstrument(Forbidden):
    """An instrument is recorded by the participant's home or host party, or by its assignee."""


class DeedIsATransfer(Invalid):
    """A deed moves what is held already, so it is recorded as a transfer; it is no title at conception."""


class TooManyInstruments(Conflict):
    """A participant has at most 50 instruments."""


class NotAStudent(Conflict):
    """Conditions of study are recorded of a graduate student."""


class LeftOutsideEngagement(Invalid):
    """A person leaves on a day after the first of their engagement, and not after its last."""


class LeftAlready(Conflict):
    """It is recorded that the person left, on another day."""


class ParticipantNotEngaged(Conflict):
    """The person was not engaged in the project on that day."""
