"""What the person named in a contribution may say of it, in each state of what they have said before."""

from functools import partial
from typing import Any

from services.agreements.commands import Representative
from services.agreements.contributions import handling
from services.agreements.contributions.errors import (
    ContributionIsWithdrawn,
    ContributionNotFound,
    ContributorHasAnswered,
)
from services.agreements.contributions.model import CONTRIBUTION
from services.agreements.contributions.voices import ConfirmAsContributor, ContestAsContributor
from tests.agreements import desk as at
from tests.agreements.controls import OTHER_DIGEST, TODAY
from tests.agreements.machine.acts import Act, knowing
from tests.agreements.machine.table import SAME, Table, since
from tests.docs.drawings import BEFORE, BY_HEADING

_STUDENT = Representative("HUT-SE", "HUT")


def _said(content_hash: str, by: Representative) -> dict[str, Any]:
    return {"by": by, "today": TODAY, "content_hash": content_hash, "shown_hash": OTHER_DIGEST}


def confirmed(by: Representative = _STUDENT) -> Act:
    def work(content_hash: str) -> Any:
        command = ConfirmAsContributor(**_said(content_hash, by))
        return partial(handling.confirm_as_contributor, contribution="C1", command=command)

    return knowing(CONTRIBUTION, "C1", lambda state: state.content_hash, work)


def contested(**changed: Any) -> Act:
    def work(content_hash: str) -> Any:
        said = {"ground": "INCOMPLETE", **_said(content_hash, _STUDENT), **changed}
        return partial(handling.contest_as_contributor, contribution="C1", command=ContestAsContributor(**said))

    return knowing(CONTRIBUTION, "C1", lambda state: state.content_hash, work)


_CORRECTED = at.corrected(points="3/1")
_recorded = partial(since, at.an_invention, at.recorded())
_ANSWERED, _GONE = ContributorHasAnswered, ContributionIsWithdrawn

VOICES = Table(
    BY_HEADING["The contributor's own word"],
    "C1",
    {
        BEFORE: _recorded(),
        f"{BEFORE}, of nothing": since(at.an_invention),
        f"{BEFORE}, withdrawn": _recorded(at.withdrawn()),
        "CONFIRMED": _recorded(confirmed()),
        "CONFIRMED, corrected since": _recorded(confirmed(), _CORRECTED),
        "CONFIRMED, withdrawn": _recorded(confirmed(), at.withdrawn()),
        "CONTESTED": _recorded(contested()),
        "CONTESTED, corrected since": _recorded(contested(), _CORRECTED),
        "CONTESTED, corrected to what was confirmed": _recorded(confirmed(), _CORRECTED, contested(), at.corrected()),
        "CONTESTED, withdrawn": _recorded(contested(), at.withdrawn()),
    },
    {
        "confirmed by the person": (
            confirmed(),
            {
                BEFORE: "CONFIRMED",
                f"{BEFORE}, of nothing": ContributionNotFound,
                "withdrawn": _GONE,
                "CONFIRMED": SAME,
                "CONTESTED": _ANSWERED,
                "corrected since": "CONFIRMED",
                "CONTESTED, corrected to what was confirmed": SAME,
            },
        ),
        "contested by the person": (
            contested(),
            {
                BEFORE: "CONTESTED",
                f"{BEFORE}, of nothing": ContributionNotFound,
                "withdrawn": _GONE,
                "CONFIRMED": _ANSWERED,
                "CONTESTED": SAME,
                "corrected since": "CONTESTED",
                "CONTESTED, corrected to what was confirmed": _ANSWERED,
            },
        ),
        "contested by the person otherwise": (
            contested(proposed_points="5/1"),
            {
                BEFORE: "CONTESTED",
                f"{BEFORE}, of nothing": ContributionNotFound,
                "withdrawn": _GONE,
                ("CONFIRMED", "CONTESTED"): _ANSWERED,
                "corrected since": "CONTESTED",
                "CONTESTED, corrected to what was confirmed": _ANSWERED,
            },
        ),
        "confirmed by somebody else": (
            confirmed(Representative("HUT-REP", "HUT")),
            {
                (BEFORE, "CONFIRMED", "CONTESTED", "withdrawn"): ContributionNotFound,
            },
        ),
    },
)
