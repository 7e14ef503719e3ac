"""How a project's progress is shown."""

import msgspec
from msgspec import UNSET, UnsetType

from services.agreements.progress import model
from services.agreements.progress.model import PROGRESS
from services.agreements.things import Can, Thing


class ProgressView(msgspec.Struct, frozen=True, kw_only=True):
    project: str
    agreement: str
    commitments: tuple[model.Commitment, ...]
    milestones: tuple[model.Milestone, ...]
    deliverables: tuple[model.Acceptance, ...]
    screenings: tuple[model.Screening, ...]
    version: int
    can: Can | UnsetType = UNSET


REPORTS = Thing(PROGRESS, ProgressView)
