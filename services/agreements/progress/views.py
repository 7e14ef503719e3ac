"""How a project's progress is shown."""

import msgspec

from services.agreements.progress import model


class ProgressView(msgspec.Struct, frozen=True, kw_only=True):
    project: str
    agreement: str
    commitments: tuple[model.Commitment, ...]
    milestones: tuple[model.Milestone, ...]
    deliverables: tuple[model.Acceptance, ...]
    screenings: tuple[model.Screening, ...]
    version: int
