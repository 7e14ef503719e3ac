"""What is refused about a case itself; what its rules refuse has the rules' own names."""

from shared.errors import Invalid, TooLarge, TooMany, Unavailable


class KindUnknown(Invalid):
    """Cases of this kind cannot be simulated."""


class FieldUnknown(Invalid):
    """The case has a field that its kind does not know; `field` names it."""


class FieldMissing(Invalid):
    """The case lacks a field that its kind needs; `field` names it."""


class FieldMalformed(Invalid):
    """A field of the case is not of its form; `at` says where."""


class CaseTooCostly(TooLarge):
    """Answering the case takes more of the processor's time than a simulation may."""


class TooManySimulations(TooMany):
    """The caller has as many simulations open as it may; when one is answered there is room for another."""


class SimulationsUnavailable(Unavailable):
    """Simulations are not answered at the moment; nothing else is kept from its work."""
