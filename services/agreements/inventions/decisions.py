"""What may be done with an invention before its shares are determined, and what then happened."""

from datetime import date
from typing import Literal

from services.agreements.commands import Command
from services.agreements.creation import create
from services.agreements.errors import DayNotReached
from services.agreements.gates import Gate, Standing
from services.agreements.inventions.errors import (
    ConceivedAfterDisclosed,
    ConceivedOutsideProject,
    ElementHasContributions,
    ElementsRepeated,
    InventionAlreadyDetermined,
    TitleOrItsHash,
    WeightNotPositive,
)
from services.agreements.inventions.model import Invention, OpenDetermination, check_not_retired, silence_due
from services.agreements.projects.decisions import check_ever_started, check_project_party
from services.agreements.projects.model import Project
from shared.calendar import days_after
from shared.events.invention import (
    DeterminationAttestationDeemed,
    DeterminationEscalated,
    Element,
    InventionClass,
    InventionDisclosed,
    InventionElementsDefined,
)
from shared.events.registry import Event
from shared.ratio import parse_ratio

Events = tuple[Event, ...]


class DiscloseInvention(Command, frozen=True, kw_only=True):
    gate = Gate(power=None, standing=Standing.WAS_IN_EFFECT)

    invention: str
    project: str
    title: str | None = None
    title_hash: str | None = None
    conceived_on: date
    disclosed_on: date
    # None has it computed from the days; SIDEGROUND, which no day tells from the rest, is declared.
    class_: InventionClass | None = None
    confidentiality: Literal["OPEN", "CONFIDENTIAL"] = "CONFIDENTIAL"

    @property
    def about(self) -> date:
        return self.conceived_on


class DefineElements(Command, frozen=True, kw_only=True):
    gate = Gate(power="ATTEST", standing=Standing.TOOK_EFFECT)

    elements: tuple[Element, ...]


def disclose_invention(
    state: Invention | None, project: Project, command: DiscloseInvention, *, escalate_after_days: int | None = None
) -> Events:
    check_project_party(project, command)
    check_ever_started(project)
    if (command.title is None) == (command.title_hash is None):
        raise TitleOrItsHash(invention=command.invention)
    if command.disclosed_on > command.today:
        raise DayNotReached(expected=f"at most {command.today}", got=command.disclosed_on)
    if command.conceived_on > command.disclosed_on:
        raise ConceivedAfterDisclosed(expected=f"at most {command.disclosed_on}", got=command.conceived_on)
    class_ = _class_of(command, project)
    disclosed = InventionDisclosed(
        agreement=project.agreement,
        project=project.project,
        parties=project.parties,
        invention=command.invention,
        disclosed_by_party=command.by.party,
        title=command.title,
        title_hash=command.title_hash,
        conceived_on=command.conceived_on,
        disclosed_on=command.disclosed_on,
        class_=class_,
        confidentiality=command.confidentiality,
        escalates_on=escalation_after(escalate_after_days, command.today),
    )
    return create(state, disclosed, invention=command.invention)


def escalation_after(days: int | None, today: date) -> date | None:
    return None if days is None else days_after(today, days)


def _class_of(command: DiscloseInvention, project: Project) -> InventionClass:
    """Return what the day of conception makes of an invention; raises ConceivedOutsideProject if that is not so."""
    computed: InventionClass | None = None
    if project.period.covers(command.conceived_on):
        computed = "FOREGROUND"
    elif project.period.end is not None and command.conceived_on >= project.period.end:
        computed = "POSTGROUND"
    fits = {computed, None} if computed == "FOREGROUND" else {computed, None, "SIDEGROUND"}
    class_ = command.class_ or computed
    if class_ is None:
        raise ConceivedOutsideProject(expected=str(project.period), got=command.conceived_on, project=project.project)
    if command.class_ not in fits:
        raise ConceivedOutsideProject(expected=sorted(filter(None, fits)), got=command.class_, project=project.project)
    return class_


def define_elements(state: Invention, project: Project, command: DefineElements) -> Events:
    check_project_party(project, command)
    elements = tuple(sorted(command.elements, key=lambda element: element.id))
    if elements == state.elements:
        return ()
    check_not_retired(state)
    if state.adopted:
        raise InventionAlreadyDetermined(invention=state.invention, determination=state.adopted.determination)
    names = {element.id for element in elements}
    if len(names) != len(elements):
        raise ElementsRepeated(got=[element.id for element in elements])
    for element in elements:
        if parse_ratio(element.weight) <= 0:
            raise WeightNotPositive(got=element.weight, element=element.id)
    if lost := set(state.counted.values()) - names:
        raise ElementHasContributions(invention=state.invention, elements=sorted(lost))
    defined = InventionElementsDefined(
        agreement=state.agreement,
        project=state.project,
        parties=state.parties,
        invention=state.invention,
        elements=elements,
    )
    return (defined,)


def attest_by_silence(state: Invention, today: date) -> Events:
    """Take silence for attestation of each party whose time to speak is over, where the terms say so."""
    silent_until = silence_due(state)
    if state.open is None or silent_until is None or silent_until > today:
        return ()
    return _deemed(state, state.open, today)


def escalate(state: Invention, today: date) -> Events:
    """Tell that nothing is determined after as many days as the terms say."""
    if state.escalates_on is None or state.escalates_on > today:
        return ()
    escalated = DeterminationEscalated(
        agreement=state.agreement,
        project=state.project,
        parties=state.parties,
        invention=state.invention,
        escalated_on=state.escalates_on,
        determination=state.open.determination if state.open else None,
        missing=state.open.silent if state.open else (),
    )
    return (escalated,)


def _deemed(state: Invention, proposal: OpenDetermination, today: date) -> Events:
    return tuple(
        DeterminationAttestationDeemed(
            agreement=state.agreement,
            project=state.project,
            parties=state.parties,
            invention=state.invention,
            determination=proposal.determination,
            version=proposal.version,
            party=party,
            det_hash=proposal.det_hash,
            deemed_on=last,
            notice=None if proposal.silence is None else proposal.silence.event,
        )
        for party, last in proposal.silent_until.items()
        if last < today
    )
