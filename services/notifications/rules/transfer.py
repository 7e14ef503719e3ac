"""Transfers: all whom one concerns are told of each step, for silence may be consent."""

from datetime import date
from typing import Final, cast

from services.notifications.remembered import Remembered
from services.notifications.rules.notice import end_of_notice
from services.notifications.rules.rule import Due, Nobody, Rule, Rules, Source
from services.notifications.rules.sources import ACTOR, PARTIES, the_assets
from shared.events import transfer
from shared.log.envelope import Envelope

_TOLD_BY_ASSET: Final = Nobody("it is told of each asset, to those who hold it")


def _to_refuse(envelope: Envelope, _remembered: Remembered) -> date | None:
    event = cast("transfer.TransferProposed", envelope.data)
    if event.notice_method is not None:  # so long after each has this, which nobody knows yet
        return None
    return end_of_notice(event.rule, event.noticed_on) or event.deemed_on


def _to_consent(envelope: Envelope, remembered: Remembered) -> set[str]:
    """Return who else holds it, where the terms ask any of them; of an asset not determined yet its parties."""
    event = cast("transfer.TransferProposed", envelope.data)
    if event.kind == "DEED" or event.rule.rule == "NONE":
        return set()
    holders = {each for name in the_assets(envelope) for each in remembered.circle(name).present or event.parties}
    return holders - {event.source, event.proposed_by_party}


TO_CONSENT: Final = Source("the other holders, where the terms ask them", _to_consent, needs=the_assets)

RULES: Final[Rules] = {
    transfer.TransferProposed: Rule(
        "legal-critical",
        to=(PARTIES, TO_CONSENT),
        due=Due(
            "the last day of the notice, by a rule of notice; else `deemed_on`; none where it begins with proof",
            _to_refuse,
        ),
        awaits=(TO_CONSENT,),
        spoken_for=True,
    ),
    transfer.TransferConsentGiven: Rule("info", to=(PARTIES,), but=(ACTOR,)),
    transfer.TransferConsented: Rule("info", to=(PARTIES,)),
    transfer.TransferConsentDeemedGiven: Rule("legal-critical", to=(PARTIES,)),
    transfer.TransferRefused: Rule("legal-critical", to=(PARTIES,)),
    transfer.PreemptionExercised: Rule("legal-critical", to=(PARTIES,)),
    transfer.TransferExecuted: _TOLD_BY_ASSET,
    transfer.TransferUndone: _TOLD_BY_ASSET,
    transfer.RecordalFiled: Rule("info", to=(PARTIES,), but=(ACTOR,)),
    transfer.RecordalConfirmed: Rule("info", to=(PARTIES,), but=(ACTOR,)),
}
