"""All the tables, one or more for each drawing."""

from tests.agreements.machine import (
    agreements,
    background,
    contributions,
    disputes,
    inventions,
    licences,
    opportunities,
    participants,
    parties,
    projects,
    transfers,
    voices,
)
from tests.agreements.machine.table import Table

TABLES: tuple[Table, ...] = (
    parties.PARTIES,
    parties.AFFILIATIONS,
    parties.DECLARATIONS,
    agreements.AGREEMENTS,
    background.ITEMS,
    background.AMONG_SEVERAL,
    background.USED,
    background.ACCESS,
    opportunities.OPPORTUNITIES,
    projects.PROJECTS,
    participants.PROGRESS,
    participants.PARTICIPANTS,
    contributions.CONTRIBUTIONS,
    voices.VOICES,
    inventions.INVENTIONS,
    transfers.TRANSFERS,
    disputes.DISPUTES,
    licences.LICENCES,
)
