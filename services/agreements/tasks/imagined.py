"""What has to be thought of as there where something is tried with a made-up name."""

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from services.agreements.background.model import BACKGROUND, BackgroundItem
from services.agreements.inventions.model import INVENTION
from services.agreements.projects.model import PROJECT
from services.agreements.tasks.way import HASH, NAME
from shared.events.invention import InventionDisclosed
from shared.events.project import ProjectCreated, ProjectStarted
from shared.events.values import Period
from shared.log.handle import Reader


def _imagine_use(reader: Reader, state: BackgroundItem) -> None:
    """Have an invention and a project be there for which access can be asked: whether any is, is another question."""
    disclosed = InventionDisclosed(
        agreement=state.agreement,
        project=NAME,
        parties=state.parties,
        invention=NAME,
        disclosed_by_party=state.owner_party,
        title=None,
        title_hash=HASH,
        conceived_on=date.min,
        disclosed_on=date.min,
        class_="FOREGROUND",
        confidentiality="CONFIDENTIAL",
        escalates_on=None,
    )
    created = ProjectCreated(
        agreement=state.agreement,
        project=NAME,
        parties=state.parties,
        created_by_party=state.owner_party,
        title=NAME,
        fields=(),
        period=Period(start=date.min, end=None),
    )
    started = ProjectStarted(agreement=state.agreement, project=NAME, parties=state.parties, started_on=date.min)
    reader.imagine(INVENTION, NAME, INVENTION.evolve(None, disclosed))
    reader.imagine(PROJECT, NAME, PROJECT.evolve(PROJECT.evolve(None, created), started))


IMAGINED: Final[Mapping[str, Callable[[Reader, Any], None]]] = MappingProxyType({BACKGROUND.name: _imagine_use})
"""By the name of the aggregate that something is tried with."""
