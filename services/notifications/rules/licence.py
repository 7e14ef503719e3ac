"""Licences: the other holders are asked, for as long as the notice runs; of a grant its own side is told as well."""

from datetime import date
from typing import Final, cast

from services.notifications.remembered import Remembered, consent_of
from services.notifications.rules.notice import end_of_notice
from services.notifications.rules.rule import Due, Rule, Rules, Source, named
from services.notifications.rules.sources import ACTOR, PARTIES, the_assets
from shared.events import licence
from shared.log.envelope import Envelope


def _to_consent(envelope: Envelope, remembered: Remembered) -> set[str]:
    """Return the holders of each licensed asset; of one not determined yet any party may turn out to be one."""
    event = cast("licence.LicenceDrafted", envelope.data)
    return {holder for name in the_assets(envelope) for holder in remembered.circle(name).present or event.parties}


def _notice_runs_out(envelope: Envelope, remembered: Remembered) -> date | None:
    event = cast("licence.LicenceDrafted", envelope.data)
    if event.notice_method is not None:  # so long after each has this, which nobody knows yet
        return None
    consent = remembered.consent(consent_of(envelope)).in_force
    rules = {"NON_EXCLUSIVE": consent.non_exclusive, "SOLE": consent.sole, "EXCLUSIVE": consent.exclusive}
    return end_of_notice(rules.get(event.kind), event.noticed_on)


def _needing_both(envelope: Envelope) -> frozenset[str]:
    return frozenset({consent_of(envelope)}) | the_assets(envelope)


def _to_answer(envelope: Envelope, remembered: Remembered) -> set[str]:
    """Return the other licensors, and the other holders where the terms ask them."""
    event = cast("licence.LicenceDrafted", envelope.data)
    consent = remembered.consent(consent_of(envelope)).in_force
    rule = {"NON_EXCLUSIVE": consent.non_exclusive, "SOLE": consent.sole, "EXCLUSIVE": consent.exclusive}[event.kind]
    holders = _to_consent(envelope, remembered)
    asked = holders & {*event.licensors} if rule is not None and rule.rule == "NONE" else holders
    return asked - {event.drafted_by_party}


TO_ANSWER: Final = Source("the other licensors, and holders where the terms ask them", _to_answer, needs=_needing_both)

RULES: Final[Rules] = {
    licence.LicenceDrafted: Rule(
        "action",
        to=(Source("who holds it, `parties` where nothing is determined", _to_consent, needs=the_assets),),
        but=(named("drafted_by_party"),),
        due=Due(
            "the last day of the notice, where the terms ask for one; none where it begins with proof",
            _notice_runs_out,
            needs=lambda envelope: frozenset({consent_of(envelope)}),
        ),
        awaits=(TO_ANSWER,),
        spoken_for=True,
        weighs_by="rule",
    ),
    licence.LicenceConsentGiven: Rule("info", to=(PARTIES,), but=(ACTOR,)),
    licence.LicenceGranted: Rule("legal-critical", to=(named("holders"), named("licensors"), named("licensee"))),
}
