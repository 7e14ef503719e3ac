"""What is refused about people. No refusal repeats what was said of a person: refusals end up in logs."""

from shared.errors import Conflict, Invalid, NotFound, Unavailable


class PersonNotFound(NotFound):
    """There is no such person, or none that the caller may see."""


class OrcidInvalid(Invalid):
    """This is not an ORCID iD: its check digit does not fit."""


class PersonErased(Conflict):
    """This person's data has been erased; the pseudonym stays, and is given to nobody else."""


class PersonHasNoAddress(Conflict):
    """No e-mail address is kept of this person."""


class PeopleUnavailable(Unavailable):
    """The store of personal data does not answer now, or this service was not given the key to it."""


class PersonUnreadable(Unavailable):
    """This person's data cannot be opened with the key that this service was given."""
