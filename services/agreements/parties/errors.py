"""What is refused about parties."""

from shared.errors import Conflict, Forbidden, Invalid, NotFound


class PartyNotFound(NotFound):
    """There is no such party."""


class PartyIdDiffersInCase(Conflict):
    """Another party's id differs from this one in nothing but capital letters; `expected` is that one."""


class RorInvalid(Invalid):
    """This is not the address of a research organisation at ror.org: its check digits do not fit."""


class LeiInvalid(Invalid):
    """This is not a legal entity identifier: its check digits do not fit."""


class CountryUnknown(Invalid):
    """The country is named by its code in WIPO Standard ST.3."""


class NotTheirRepresentatives(Forbidden):
    """A party names its own representatives; for others only an operator does."""


class RepresentativeUnknown(NotFound):
    """The party has named no such representative."""


class PowersRepeated(Invalid):
    """A representative has at least one power, and each of them once."""


class NobodyMayAppoint(Conflict):
    """A party's first representative may APPOINT from that day on, and whoever is the last who may stays so."""


class TooManyRepresentatives(Conflict):
    """A party names at most 200 representatives."""
