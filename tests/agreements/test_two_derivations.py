"""Two readings of the same rules, written apart: the service that determines, and the ledger that checks it."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from services.agreements.inventions.determine import determine
from services.ledger.rules import history as ledger
from shared.events.invention import DeterminationInputs
from shared.events.terms import Method
from shared.ratio import format_shares, parse_ratio
from tests.agreements.histories import histories

METHODS: tuple[Method, ...] = ("ELEMENTS", "POINTS", "EQUAL_INVENTORS", "EQUAL_PARTIES")


@settings(max_examples=300)
@given(histories(), st.sampled_from(METHODS), st.sampled_from(((), ("ATRC", "EGU", "HUT"))))
def test_the_ledger_derives_what_was_determined(history: DeterminationInputs, method: Method, parties: tuple[str, ...]):
    """Holders, contributors, percentages and alarms come out the same, or an honest adoption would halt the ledger."""
    inputs = msgspec.structs.replace(history, method=method, parties=parties if method == "EQUAL_PARTIES" else ())
    ours = determine(inputs)
    theirs = ledger.derive(facts_of(inputs))

    assert format_shares(theirs.holders) == ours.shares
    assert format_shares(theirs.contributors) == {each.person: each.share for each in ours.derivation.people}
    assert ledger.percent(theirs.holders) == ours.derivation.percent
    assert [tuple(alarm) for alarm in theirs.alarms] == [(alarm.alarm, alarm.contributor) for alarm in ours.alarms]


def facts_of(inputs: DeterminationInputs) -> ledger.Facts:
    return ledger.Facts(
        conceived_on=inputs.conceived_on,
        elements={each.id: parse_ratio(each.weight) for each in inputs.elements},
        contributions=[
            ledger.Contribution(each.contributor, each.element, parse_ratio(each.points))
            for each in inputs.contributions
        ],
        people={
            person.person: ledger.Person(
                [
                    ledger.Instrument(
                        each.kind,
                        each.assignee_party,
                        each.signed_on,
                        each.covers.start,
                        each.covers.end,
                        each.instrument,
                    )
                    for each in person.instruments
                ],
                {party: parse_ratio(part) for party, part in person.appointment_split.items()}
                if person.appointment_split
                else None,
            )
            for person in inputs.contributors
        },
        hold_gap_in_person=True,
        method=inputs.method,
        parties=inputs.parties,
        accrue_to_parent=inputs.affiliate_accrual == "PARENT",
        affiliations=[
            ledger.Affiliation(each.parent, each.child, each.period.start, each.period.end)
            for each in inputs.affiliations
        ],
    )
