"""The acceptance cases of the licence check, as far as they are about consent.

What of them is not told yet: the rule and where it is from, the asset, and who of those missing has refused.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from services.agreements.consent.acts import ACTS, LICENSING, USUAL, Procedure, rule_of
from services.agreements.consent.errors import (
    ConsentMissing,
    ConsentShareTooSmall,
    NoticePeriodRunning,
    RefusalTooLate,
)
from services.agreements.consent.proposal import Proposal, check_met, check_refusal
from services.agreements.licences.check import act_of
from services.agreements.notices.periods import deemed_on
from services.agreements.ownership.account import Account, Regime
from shared.errors import DomainError
from shared.events.terms import Terms
from tests.agreements.consent.situations import Piece
from tests.told import refuses

Case = dict[str, Any]
FOLDER: Final = Path(__file__).parents[1] / "cases" / "consent"
CASES: Final = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
CODES: Final = {each.code() for each in (ConsentMissing, ConsentShareTooSmall, NoticePeriodRunning)}
TOLD: Final = ("code", "missing", "expected", "got", "until")
# A licence by silence is refused so far; everything else is the same in the usual way as in that of licences today.
BY_SILENCE: Final = "licence-refusal-a-day-late"


def day(text: str) -> date:
    return date.fromisoformat(text)


def unit_of(asset: Case, territories: list[str]) -> Piece:
    """Give what is licensed: the right that has owners of its own there, or else the asset."""
    own = [right for right in asset.get("rights", ()) if "ownership" in right and right["territories"] == territories]
    spans = (own or [asset])[0]["ownership"]
    regimes = tuple(Regime(determination="D", start=day(each["from"]), shares=each["holders"]) for each in spans)
    return Piece(tuple(asset["parties"]), Account(conceived_on=regimes[0].start, regimes=regimes))


def proposal_of(given: Case, procedure: Procedure) -> Proposal:
    terms, proposed = msgspec.convert(given["terms"], Terms), given["proposed"]
    rule = rule_of(act_of(proposed["kind"]), terms, agreement="MOU")
    asked_on = [day(each["requested_on"]) for each in given.get("consents", {}).values() if "requested_on" in each]
    noticed_on = min(asked_on, default=day(given["today"]))
    return Proposal(
        procedure=procedure,
        rule=rule,
        noticed_on=noticed_on,
        first_day=day(proposed["scope"]["period"]["from"]),
        deemed_on=deemed_on(rule, noticed_on, terms.calendar),
    )


def lacking(given: Case, procedure: Procedure) -> list[Case]:
    """Return what is told to be missing, as a case tells it."""
    proposal, proposed = proposal_of(given, procedure), given["proposed"]
    answers = given.get("consents", {})
    consents = {proposed["licensors"][0], *(who for who, each in answers.items() if each.get("answer") == "CONSENTED")}
    units = [unit_of(asset, proposed["scope"]["territories"]) for asset in given["assets"]]
    try:
        check_met(proposal, units, consents, day(given["today"]))
    except DomainError as refusal:
        told = {"code": refusal.code(), "expected": refusal.expected, "got": refusal.got, **refusal.ids}
        return [{name: told[name] for name in TOLD if told.get(name) is not None}]
    return []


def expected_of(case: Case) -> list[Case]:
    failures = [each for each in case["expect"]["failures"] if each["code"] in CODES]
    return [{name: each[name] for name in TOLD if name in each} for each in failures]


def answers(found: list[Case], expected: list[Case]) -> bool:
    """Tell whether all that is expected was told, and nothing else is missing."""
    return len(found) == len(expected) and all(
        wanted.items() <= told.items() for told, wanted in zip(found, expected, strict=True)
    )


@pytest.mark.parametrize("name", CASES)
def test_a_case_is_answered_in_the_usual_way(name: str):
    """As acts to come will be asked for, and licences once nothing of theirs is special any more."""
    case = CASES[name]

    assert answers(lacking(case["input"], USUAL), expected_of(case))


@pytest.mark.parametrize("name", sorted(CASES.keys() - {BY_SILENCE}))
def test_a_case_is_answered_as_a_licence(name: str):
    """By the shares of its first day, which in these cases are those of the day of the decision."""
    case = CASES[name]
    act = act_of(case["input"]["proposed"]["kind"])

    assert LICENSING is ACTS[act]
    assert answers(lacking(case["input"], ACTS[act]), expected_of(case))


def test_a_licence_by_silence_is_refused_by_name():
    """Whatever anybody said, and however late."""
    (told,) = lacking(CASES[BY_SILENCE]["input"], LICENSING)

    assert "CONSENT_RULE_NOT_SUPPORTED" == told["code"]


def test_the_refusal_of_that_case_is_a_day_late():
    """The day before it would have counted."""
    given = CASES[BY_SILENCE]["input"]
    proposal, answer = proposal_of(given, USUAL), given["consents"]["HUT"]
    units = [unit_of(asset, []) for asset in given["assets"]]

    assert ("REFUSED", "2025-03-18", date(2025, 3, 17)) == (answer["answer"], answer["answered_on"], proposal.deemed_on)
    check_refusal(proposal, units, "HUT", date(2025, 3, 17))
    with refuses(RefusalTooLate):
        check_refusal(proposal, units, "HUT", day(answer["answered_on"]))
