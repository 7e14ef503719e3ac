"""The diagrams of docs/states.md, and what in the code each of them draws."""

import re
from collections.abc import Callable
from enum import StrEnum
from importlib import import_module
from inspect import get_annotations, getmembers, isfunction
from pkgutil import walk_packages
from types import ModuleType
from typing import Any, NamedTuple, get_args

import services.agreements
from services.agreements.affiliations.model import AFFILIATION, DECLARATION, DeclarationStatus
from services.agreements.background.model import BACKGROUND, AccessStatus, BackgroundItem, BackgroundStatus
from services.agreements.commands import Command
from services.agreements.contracts.model import AGREEMENT, AgreementStatus
from services.agreements.contributions.model import CONTRIBUTION, ContributionStatus
from services.agreements.contributions.voices import VOICE, Word
from services.agreements.disputes.model import DISPUTE, DisputeStatus
from services.agreements.inventions.model import INVENTION, InventionStatus
from services.agreements.licences.model import LICENCE, LicenceStatus
from services.agreements.opportunities.model import OPPORTUNITY, OpportunityStatus
from services.agreements.participants.model import PARTICIPANT, ParticipantStatus
from services.agreements.parties.model import PARTY, PartyStatus
from services.agreements.progress.model import PROGRESS
from services.agreements.projects.model import PROJECT, ProjectStatus
from services.agreements.transfers.model import TRANSFER, TransferStatus
from shared.events.registry import Event, event_name, registered
from shared.log.aggregate import Aggregate
from tests.architecture.source import ROOT

BEFORE = "[*]"
Arrow = tuple[str, str, str]


class Affiliated(StrEnum):
    """What has no status is always in the one state that its diagram names."""

    DECLARED = "DECLARED"


class Reported(StrEnum):
    """The same for reports."""

    REPORTED = "REPORTED"


class Drawing(NamedTuple):
    """A diagram: where it stands, whose life it draws, in which states and by which of the aggregate's events."""

    heading: str
    aggregate: Aggregate[Any]
    states: type[StrEnum]
    status: Callable[[Any], str] = lambda state: str(state.status)
    events: str = r"\w+"

    @property
    def arrows(self) -> set[Arrow]:
        """What is drawn: from, event, to."""
        text = (ROOT / "docs" / "states.md").read_text(encoding="utf-8")
        section = text.partition(f"\n## {self.heading}\n")[2].partition("\n## ")[0]
        found = re.findall(r"^ +(\S+) --> (\S+): (\w+)$", section, re.MULTILINE)
        return {(before, event, after) for before, after, event in found}


def status_of(drawing: Drawing, state: Any) -> str:
    return BEFORE if state is None else drawing.status(state)


def is_of(drawing: Drawing, kind: type[Event]) -> bool:
    """Tell whether an event belongs to the life that is drawn."""
    return kind.ENTITY == drawing.aggregate.name and re.fullmatch(drawing.events, event_name(kind.TYPE)) is not None


def events() -> list[type[Event]]:
    """Return the events of the published contracts."""
    return [kind for name, kind in registered().items() if name.startswith("agreements.")]


def modules() -> list[ModuleType]:
    """Return every module of the service that decides."""
    return [import_module(each.name) for each in walk_packages(services.agreements.__path__, "services.agreements.")]


def commands() -> set[type[Any]]:
    """Return every command that the code has: what is one by its class, and what a public function decides on."""
    known: set[Any] = set()
    for module in modules():
        known |= {each for each in vars(module).values() if isinstance(each, type) and issubclass(each, Command)}
        for name, function in getmembers(module, isfunction):
            if not name.startswith("_") and function.__module__ == module.__name__:
                parameters = get_annotations(function, eval_str=True) if _decides(function) else {}
                known |= {parameters.get("command"), *get_args(parameters.get("command"))}
    # What others are derived from is no command, and neither is a union of some.
    return {each for each in known if isinstance(each, type) and not each.__subclasses__()}


def aggregates() -> dict[str, Aggregate[Any]]:
    """Return every aggregate that the code has, by its name."""
    found = [each for module in modules() for each in vars(module).values() if isinstance(each, Aggregate)]
    return {each.name: each for each in found}


def _of_its_request(item: BackgroundItem) -> str:
    """Return the state of the one request there is in whatever holds this against a diagram."""
    return next((str(access.status) for access in item.access.values()), BEFORE)


DRAWINGS: tuple[Drawing, ...] = (
    Drawing("Party", PARTY, PartyStatus),
    Drawing("Affiliations", AFFILIATION, Affiliated, lambda _: str(Affiliated.DECLARED)),
    Drawing("Declaration of an affiliation", DECLARATION, DeclarationStatus),
    Drawing("Agreement", AGREEMENT, AgreementStatus),
    Drawing("Background", BACKGROUND, BackgroundStatus),
    Drawing("Access to background", BACKGROUND, AccessStatus, _of_its_request, r"Access\w+"),
    Drawing("Opportunity", OPPORTUNITY, OpportunityStatus),
    Drawing("Project", PROJECT, ProjectStatus),
    Drawing("Progress of a project", PROGRESS, Reported, lambda _: str(Reported.REPORTED)),
    Drawing("Participant", PARTICIPANT, ParticipantStatus),
    Drawing("Contribution", CONTRIBUTION, ContributionStatus),
    Drawing("The contributor's own word", VOICE, Word),
    Drawing("Invention and its determination", INVENTION, InventionStatus),
    Drawing("Transfer", TRANSFER, TransferStatus),
    Drawing("Dispute", DISPUTE, DisputeStatus),
    Drawing("Licence", LICENCE, LicenceStatus),
)
BY_HEADING = {drawing.heading: drawing for drawing in DRAWINGS}


def _decides(function: Any) -> bool:
    return {"state", "command"} <= set(get_annotations(function))
