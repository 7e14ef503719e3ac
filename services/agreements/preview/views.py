"""How it is shown what an amendment would touch."""

from datetime import date

import msgspec

from shared.events.agreement import TermChange


class Touched(msgspec.Struct, frozen=True, kw_only=True):
    """Something that lives under the agreement, and which of the changed keys decide about it."""

    id: str
    status: str
    """Where it stands now; docs/states.md says of each kind of thing what may come next."""
    keys: tuple[str, ...]


class AmendmentPreview(msgspec.Struct, frozen=True, kw_only=True):
    agreement: str
    base_terms: int
    effective_on: date
    """The legal day from which the amendment would take effect."""
    signatories: tuple[str, ...]
    diff: tuple[TermChange, ...]
    projects: tuple[Touched, ...]
    inventions: tuple[Touched, ...]
    licences: tuple[Touched, ...]
