"""Histories of inventions, drawn at random: who contributed what, under which instruments."""

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import strategies as st

from shared.events.invention import Contributor, CountedContribution, DeterminationInputs
from shared.events.participant import Instrument
from shared.events.values import Affiliation
from tests.agreements.controls import CONCEIVED, DIGEST, contributor, element, inputs, instrument, period

_PEOPLE = ("P1", "P2", "P3", "P4")
_PARTIES = ("ATRC", "EGU", "HUT", "HUT-RD")
_KINDS = ("PRESENT_ASSIGNMENT", "EMPLOYMENT_LAW", "STATUTE", "PROMISE_TO_ASSIGN")

_ratios = st.builds(Fraction, st.integers(1, 40), st.integers(1, 40)).map(lambda r: f"{r.numerator}/{r.denominator}")
# Close to the day that decides, so that its borders are met often.
_days = st.integers(-3, 3).map(lambda days: CONCEIVED + timedelta(days=days))


def counting(number: int, person: str, element_id: str, points: str) -> CountedContribution:
    return CountedContribution(
        contribution=f"C{number}", version=3, content_hash=DIGEST, contributor=person, element=element_id, points=points
    )


@st.composite
def _instruments(draw: st.DrawFn, name: str) -> Instrument:
    start: date = draw(_days)
    end = draw(st.none() | st.integers(1, 4).map(lambda days: start + timedelta(days=days)))
    return instrument(
        instrument=name,
        kind=draw(st.sampled_from(_KINDS)),
        assignee_party=draw(st.sampled_from(_PARTIES)),
        signed_on=draw(_days),
        covers=period(start, end),
    )


@st.composite
def _contributors(draw: st.DrawFn, person: str) -> Contributor:
    known = [draw(_instruments(f"{person}-{number}")) for number in range(draw(st.integers(0, 3)))]
    home, host = draw(st.permutations(_PARTIES))[:2]
    split = draw(st.none() | st.just({home: "2/3", host: "1/3"}))
    return contributor(person, *known, split=split)


@st.composite
def histories(draw: st.DrawFn) -> DeterminationInputs:
    """Give inputs whose every element somebody contributed to."""
    names = [f"E{number}" for number in range(draw(st.integers(1, 4)))]
    rows = [(person, name) for name in names for person in draw(st.sets(st.sampled_from(_PEOPLE), min_size=1))]
    affiliated = draw(st.booleans())
    return inputs(
        elements=tuple(element(id=name, weight=draw(_ratios)) for name in names),
        contributions=tuple(
            counting(number, person, name, draw(_ratios)) for number, (person, name) in enumerate(sorted(rows))
        ),
        contributors=tuple(draw(_contributors(person)) for person in _PEOPLE),
        affiliate_accrual=draw(st.sampled_from(("PARENT", "SEPARATE"))),
        affiliations=(Affiliation(parent="HUT", child="HUT-RD", period=period(draw(_days))),) if affiliated else (),
    )
