from datetime import date

import msgspec
import pytest

from services.notifications.alerts import Alert, alert_id
from services.notifications.remembered import AgreedConsent, States
from shared.events.agreement import PartyWithdrew
from shared.events.invention import AssetLicensed, DeterminationRejected
from shared.events.party import PartyRegistered
from shared.events.terms import ConsentRule, ConsentTerms
from shared.log.envelope import NO_AGREEMENT, Envelope
from tests.docs.made import made
from tests.notifications.controls import (
    ASSET,
    BOTH,
    PERIOD,
    RECORDED_AT,
    SCOPE,
    TERMS,
    activated,
    adopted,
    alerts_of,
    contribution_recorded,
    drafted,
    instrument_recorded,
    licence_drafted,
    licence_granted,
    project_created,
    proposed,
    remembering,
    said,
    terms_drafted,
    transferred,
)

THREE = ("ATRC", "EGU", "HUT")
IN_FORCE: States = {"consent:AGR-1": AgreedConsent(in_force=TERMS.consent)}


def recipients_of(envelope: Envelope, states: States = IN_FORCE) -> list[str]:
    return [alert.recipient for alert in alerts_of(envelope, states)]


def asking(alerts: list[Alert]) -> list[Alert]:
    """The alerts that ask for something."""
    return [alert for alert in alerts if alert.class_ == "action"]


def test_a_recorded_contribution_asks_the_other_parties_to_attest():
    """Whoever must attest is asked to; whoever recorded it is told that the others were."""
    recorded = said(contribution_recorded(attesting_parties=BOTH), stream="contribution:CTB-1", by="HUT")

    told = [(alert.recipient, alert.class_, alert.link) for alert in alerts_of(recorded)]

    assert [("ATRC", "action", "/v1/contributions/CTB-1"), ("HUT", "info", "/v1/contributions/CTB-1")] == told


def test_silence_that_attests_has_a_due_date():
    """Where silence will be an attestation, the alert says until when to speak."""
    alerts = alerts_of(said(contribution_recorded(deemed_on=date(2024, 8, 15))))

    assert [("ATRC", date(2024, 8, 15)), ("HUT", None)] == [(alert.recipient, alert.due_on) for alert in alerts]


def test_without_a_day_after_which_silence_counts_there_is_no_due_date():
    """Where the terms set no day, the alert invents none."""
    [alert] = asking(alerts_of(said(contribution_recorded())))

    assert alert.due_on is None


def test_a_project_asks_all_parties_of_the_agreement():
    """Whoever created it has to approve it too, and a party that takes no part learns of it."""
    states = remembering(said(drafted()))

    assert ["ATRC", "EGU", "HUT"] == recipients_of(said(project_created()), states)
    assert {"action"} == {alert.class_ for alert in alerts_of(said(project_created()), states)}


@pytest.mark.parametrize("left", [date(2020, 1, 1), date(2099, 1, 1)], ids=["since then", "not yet"])
def test_who_has_left_is_told_of_no_more(left: date):
    """Whether it is named as a party or not; unless it has a share, is named for itself or is asked to attest."""
    withdrew = said(PartyWithdrew(agreement="AGR-1", parties=THREE, party="EGU", effective_on=left, reason="plans"))
    states = remembering(said(drafted()), withdrew)
    rejected = said(made(DeterminationRejected, agreement="AGR-1", invention="INV-1", parties=THREE))
    asked = said(contribution_recorded(attesting_parties=THREE))
    others = states | remembering(said(adopted({"HUT": "1/1"})))
    its_own = states | remembering(said(adopted({"EGU": "1/2", "HUT": "1/2"})))

    for told, known in ((said(project_created(parties=THREE)), states), (rejected, others)):
        assert (left.year > RECORDED_AT.year) is ("EGU" in recipients_of(told, known))
    for told, known in ((rejected, its_own), (rejected, states), (asked, others)):
        assert "EGU" in recipients_of(told, known)


def test_a_proposed_agreement_asks_every_party_to_sign():
    """A proposal is no signature, so its author is asked like the others."""
    assert ["ATRC", "HUT"] == recipients_of(said(proposed()))


def test_an_instrument_tells_the_other_parties_of_the_project():
    """An assignee may record one signed before the home party's own: that party must not learn it from a lost share."""
    recorded = said(instrument_recorded(), stream="participant:PRJ-1.HUT-PI", by="ATRC")

    told = [(alert.recipient, alert.class_, alert.link) for alert in alerts_of(recorded)]

    assert [("HUT", "legal-critical", "/v1/participants/PRJ-1/HUT-PI")] == told


def test_an_adopted_determination_alerts_holders_old_and_new():
    """Who lost a share, who gained one and who gets none all must know, and must say that they do."""
    states = remembering(said(adopted({"EGU": "1/2", "HUT": "1/2"})))
    alerts = alerts_of(said(adopted({"ATRC": "1/2", "HUT-RD": "1/2"})), states)

    assert ["ATRC", "EGU", "HUT", "HUT-RD"] == [alert.recipient for alert in alerts]
    assert {"legal-critical"} == {alert.class_ for alert in alerts}


def test_who_held_before_is_forgotten_once_others_hold():
    """Only the holders that a determination replaces are old holders."""
    states = remembering(said(adopted({"EGU": "1/1"})), said(adopted({"HUT": "1/1"})))

    assert ["ATRC", "HUT"] == recipients_of(said(adopted({"ATRC": "1/1"})), states)


def test_persons_and_nobody_have_no_inbox():
    """A share that stays with a person or with nobody yet alerts the parties only."""
    shares = {"HUT": "1/3", "person:VR": "1/3", "UNALLOCATED": "1/3"}

    assert ["ATRC", "HUT"] == recipients_of(said(adopted(shares)))


def test_a_drafted_licence_asks_the_other_holders_until_the_last_day_of_its_notice():
    """Forty-five days after notice on 16 August the licence may be granted, on 30 September, and not before."""
    states = {**IN_FORCE, **remembering(said(adopted({"ATRC": "1/2", "HUT": "1/4", "HUT-RD": "1/4"})))}
    alerts = alerts_of(said(licence_drafted()), states)

    assert [("ATRC", date(2024, 9, 29)), ("HUT-RD", date(2024, 9, 29))] == [
        (alert.recipient, alert.due_on) for alert in alerts
    ]


def test_a_licence_of_an_undetermined_asset_asks_every_other_party():
    """While nobody knows who will hold it, any party may."""
    assert ["ATRC"] == recipients_of(said(licence_drafted()))


def test_a_licence_that_needs_no_notice_has_no_due_date():
    """A rule without days asks for an answer, not for one by a day."""
    consent = ConsentTerms(non_exclusive=ConsentRule(rule="UNANIMOUS"))
    states: States = {"consent:AGR-1": AgreedConsent(in_force=consent)}

    assert [None] == [alert.due_on for alert in alerts_of(said(licence_drafted()), states)]


def test_a_granted_licence_is_legal_critical_for_holders_licensors_and_whoever_gets_it():
    """Also for the party that granted it: its own representatives must be able to prove they knew."""
    alerts = alerts_of(said(licence_granted()))

    assert ["ATRC", "HUT", "HUT-RD", licence_granted().licensee] == [alert.recipient for alert in alerts]
    assert {"legal-critical"} == {alert.class_ for alert in alerts}


@pytest.mark.parametrize(
    ("effective_on", "told"),
    [(date(2025, 1, 1), ["ATRC", "HUT", "NLN"]), (PERIOD.end, ["ATRC", "HUT"])],
    ids=["while it runs", "on the day after"],
)
def test_a_licensee_is_told_when_shares_pass(effective_on, told):
    """Whom a licence is from has changed, so its licensee is told for as long as it runs."""
    licensed = AssetLicensed(**ASSET, invention="INV-1", licence="LIC-1", kind="SOLE", licensee="NLN", scope=SCOPE)
    states = remembering(said(licensed), said(adopted({"ATRC": "1/2", "HUT": "1/2"})))

    assert told == recipients_of(said(transferred(effective_on=effective_on)), states)


def test_a_registered_party_alerts_nobody():
    """It belongs to no agreement yet, so it concerns nobody."""
    data = PartyRegistered(
        party="HUT", kind="UNIVERSITY", legal_name="HUT", country="HK", ror=None, lei=None, local_ids=()
    )

    assert [] == alerts_of(said(data, by=None, agreement=NO_AGREEMENT))


def test_terms_count_from_the_day_they_take_effect():
    """A draft's terms set no due date before the agreement is active."""
    draft = remembering(said(drafted()), said(terms_drafted()))
    active = remembering(said(drafted()), said(terms_drafted()), said(activated()))

    assert {None} == {alert.due_on for alert in alerts_of(said(licence_drafted()), draft)}
    assert None not in {alert.due_on for alert in alerts_of(said(licence_drafted()), active)}


def test_an_alert_says_nothing_confidential():
    """It names ids, a class, a day and a link, so that it may be shown on a phone; no title, no hash of one."""
    [alert, *_] = alerts_of(said(project_created(title="Gallium nitride on diamond")))

    shown = msgspec.json.encode(alert)

    assert b"Gallium" not in shown
    assert {
        *("id", "event_id", "recipient", "channel", "position", "type", "class_", "agreement", "subject", "link"),
        *("due_on", "recorded_at", "needs_you"),
    } == set(msgspec.json.decode(shown))


def test_an_alert_is_named_by_its_event_its_recipient_and_its_channel():
    """The names of alerts are what repeats are known by, so they are what they always were."""
    assert "alr-5d4c7385f5ab089b0f1ca38b823d2f59" == alert_id("evt-1", "HUT", "inbox")


def test_both_sides_can_cite_the_same_event():
    """Recipients' alerts have ids of their own and the event's id in common, the same on every derivation."""
    event = said(adopted({"ATRC": "37/72", "HUT": "35/72"}))
    first, second = alerts_of(event)

    assert first.event_id == second.event_id == event.id
    assert first.id != second.id
    assert [first, second] == alerts_of(event)
