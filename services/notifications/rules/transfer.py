"""Transfers: all whom one concerns are told of each step, for silence may be consent."""

from datetime import date
from typing import Final, cast

from services.notifications.remembered import Remembered
from services.notifications.rules.notice import end_of_notice
from services.notifications.rules.rule import Due, Nobody, Rule, Rules
from services.notifications.rules.sources import ACTOR, PARTIES
from shared.events import transfer
from shared.log.envelope import Envelope

_TOLD_BY_ASSET: Final = Nobody("it is told of each asset, to those who hold it")


def _to_refuse(envelope: Envelope, _remembered: Remembered) -> date | None:
    event = cast("transfer.TransferProposed", envelope.data)
    return end_of_notice(event.rule, event.noticed_on) or event.deemed_on


RULES: Final[Rules] = {
    transfer.TransferProposed: Rule(
        "legal-critical",
        to=(PARTIES,),
        due=Due("the end of the notice, by a rule of notice; else `deemed_on`", _to_refuse),
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
