"""The published events: what the services promise one another and every partner, and nothing else.

Whoever imports one module has registered every event, so no reader meets a type it merely forgot to import.
"""

from shared.contracts import agreement, contribution, invention, licence, participant, party, project

__all__ = ["agreement", "contribution", "invention", "licence", "participant", "party", "project"]
