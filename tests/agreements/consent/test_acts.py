"""Which rule an act is under, and in what it is asked for otherwise than usual."""

from typing import get_args

import msgspec
import pytest

from services.agreements.consent.acts import (
    ABANDONING,
    ACTS,
    EVERYBODY,
    LICENSING,
    MENDING,
    USUAL,
    Procedure,
    rule_of,
)
from services.agreements.consent.errors import ConsentRuleNotSupported
from shared.events.terms import Act, ConsentRule, ConsentTerms, Terms
from tests.agreements.consent.situations import MAJORITY, NONE, NOTICE, UNANIMOUS
from tests.told import refuses

SILENT = ConsentTerms()
BOTH = frozenset({"FIRST", "DECISION"})


def test_every_act_of_the_terms_has_a_procedure():
    """What parties may agree on can be asked for."""
    assert set(get_args(Act)) == set(ACTS)


@pytest.mark.parametrize(
    ("procedure", "differs"),
    [
        (USUAL, ("DECISION", BOTH, "CONSENTS", None, True, False)),
        (LICENSING, ("DECISION", BOTH, "NOT_SUPPORTED", None, True, False)),
        (ABANDONING, ("DECISION", BOTH, "CARRIES_OUT", EVERYBODY, True, True)),
        (MENDING, ("DECISION", BOTH, "CONSENTS", None, False, False)),
    ],
    ids=["usual", "licence", "giving up", "deed"],
)
def test_in_what_acts_differ_is_written_down(procedure: Procedure, differs: tuple[object, ...]):
    """Whose shares, what follows a notice, silence, what is unsaid, whether it is asked and is final: decision 0018."""
    assert differs == procedure


@pytest.mark.parametrize(
    ("act", "procedure"),
    [
        ("OWN_USE", USUAL),
        ("NON_EXCLUSIVE", LICENSING),
        ("SOLE", LICENSING),
        ("EXCLUSIVE", LICENSING),
        ("ASSIGN", USUAL),
        ("ASSIGN_AFFILIATE", USUAL),
        ("CHARGE", USUAL),
        ("ENFORCE", USUAL),
        ("ABANDON", ABANDONING),
    ],
)
def test_each_act_is_asked_for_in_its_way(act: Act, procedure: Procedure):
    """A row for each act of the terms."""
    assert procedure == ACTS[act]


@pytest.mark.parametrize("act", get_args(Act))
def test_an_act_is_under_its_own_rule(act: Act):
    """And under no other act's."""
    others = dict.fromkeys(SILENT.__struct_fields__, NOTICE)
    terms = Terms(consent=ConsentTerms(**{**others, act.lower(): MAJORITY}))

    assert MAJORITY == rule_of(act, terms, agreement="MOU")


@pytest.mark.parametrize(
    ("agreed", "law", "rule"),
    [
        (NOTICE, "GB", NOTICE),
        (None, "GB", UNANIMOUS),
        (None, "US", NONE),
        (None, "DE", MAJORITY),
        (None, "EU_HORIZON", ConsentRule(rule="NOTICE_AND_FAIR_COMPENSATION", days=45)),
    ],
)
def test_the_law_speaks_where_the_terms_are_silent(agreed: ConsentRule | None, law: str, rule: ConsentRule):
    """What was agreed goes before it."""
    terms = msgspec.convert({"law_default": law, "consent": {}}, Terms)
    terms = msgspec.structs.replace(terms, consent=ConsentTerms(non_exclusive=agreed))

    assert rule == rule_of("NON_EXCLUSIVE", terms, agreement="MOU")


@pytest.mark.parametrize("act", sorted(set(get_args(Act)) - {"ABANDON"}))
def test_what_nobody_has_a_rule_for_is_not_done(act: Act):
    """The refusal says whose terms are silent."""
    with refuses(ConsentRuleNotSupported) as refused:
        rule_of(act, Terms(), agreement="MOU")
    assert {"agreement": "MOU"} == refused.value.ids


def test_everybody_is_asked_to_give_up_where_the_terms_do_not_say():
    """They are from before they had to."""
    assert UNANIMOUS == rule_of("ABANDON", Terms(), agreement="MOU")
