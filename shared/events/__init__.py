"""The published events: what the services promise one another and every partner, and nothing else.

Whoever imports one module has registered every event, so no reader meets a type it merely forgot to import.
"""

from shared.events import (
    acknowledgement,
    affiliation,
    agreement,
    background,
    contribution,
    dispute,
    invention,
    licence,
    log,
    notice,
    opportunity,
    participant,
    party,
    progress,
    project,
    retirement,
    transfer,
)

__all__ = [
    "acknowledgement",
    "affiliation",
    "agreement",
    "background",
    "contribution",
    "dispute",
    "invention",
    "licence",
    "log",
    "notice",
    "opportunity",
    "participant",
    "party",
    "progress",
    "project",
    "retirement",
    "transfer",
]
