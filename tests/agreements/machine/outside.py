"""Everything that holders do with an asset, each for itself: two from the agreement, two that may be from outside."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from services.agreements.commands import Representative
from services.agreements.disputes.model import DISPUTE
from services.agreements.licences.model import LICENCE
from services.agreements.transfers import decisions, handling
from services.agreements.transfers.model import TRANSFER
from shared.events.transfer import Amount
from tests.agreements import desk as at
from tests.agreements import owners, waits
from tests.agreements.controls import ATRC, CONCEIVED, EGU, HUT
from tests.agreements.machine.acts import Act, knowing, known

NLN: Final = Representative("NLN-REP", "NLN")
EVERYBODY: Final = (HUT, ATRC, EGU, NLN)


def _hash(name: str) -> Callable[[Any], str | None]:
    return lambda state: str(getattr(state, name))


def _resolution_hash(state: Any) -> str | None:
    return str(state.resolution.resolution_hash) if state.resolution else None


def _on_transfer(command: Any, decide: Any) -> Act:
    return known(partial(handling.on_assets, transfer="XFR", command=command, decide=decide))


def _passing(by: Representative, transfer: str, to: str, amount: str) -> Act:
    fields = {"amount": Amount(of_holding=amount), "effective_on": CONCEIVED, "source": by.party, "to": to}
    return known(owners.transfer_proposed(by=by, transfer=transfer, **fields))


def of(by: Representative) -> dict[str, Act]:
    """Return what one of them does, by a name that says who."""
    me, others = by.party, [each.party for each in EVERYBODY if each != by]
    position = {me: "1/2", others[0]: "1/2"}
    acts: dict[str, Act] = {
        "takes a part over": _on_transfer(owners.preempting("1/2", by=by, holder=me), decisions.exercise_preemption),
        "refuses": _on_transfer(owners.refusing(by=by, holder=me), decisions.refuse_transfer),
        "drafts a licence": known(at.licence_drafted(by=by, licensors=(me,), licensee="KPD")),
        "consents to a licence": knowing(LICENCE, "LIC", _hash("terms_hash"), partial(at.licence_consented, by=by)),
        "grants a licence": known(at.licence_granted(by=by)),
        "disputes": known(owners.disputed(by=by, position=position)),
        "files a position": known(owners.position_filed(position, by=by)),
        "files evidence": known(owners.evidence_filed(by=by)),
        "withdraws": known(owners.dispute_withdrawn(by=by)),
        "proposes a settlement": known(owners.resolution_proposed(by=by, outcome=position)),
        "confirms": knowing(DISPUTE, "DSP", _resolution_hash, partial(owners.resolution_confirmed, by=by)),
        "proposes to give up": known(waits.retirement_proposed(by=by, holder=me)),
        "agrees to give up": known(waits.retirement_consented(by=by, holder=me)),
        "opposes giving up": known(waits.retirement_opposed(by=by, holder=me)),
        "files recordal": known(owners.recordal_filed(by=by)),
    }
    for transfer in ("XFR", "OTHER"):
        consent = partial(owners.transfer_consented, transfer=transfer, by=by, holder=me)
        acts |= {
            f"consents to {transfer}": knowing(TRANSFER, transfer, _hash("transfer_hash"), consent),
            f"executes {transfer}": known(owners.transfer_executed(transfer, by=by)),
            f"rescinds {transfer}": known(owners.transfer_rescinded(transfer, by=by)),
        }
        for to in others:
            acts[f"offers {transfer} to {to}"] = _passing(by, transfer, to, "1/2" if to == "NLN" else "1/1")
    return {f"{me} {name}": act for name, act in acts.items()}


ACTS: Final[dict[str, Act]] = {name: act for by in EVERYBODY for name, act in of(by).items()}
