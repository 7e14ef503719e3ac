"""Works about who owns what: transfers, disputes and determinations made anew, at the desk of the other commands."""

from datetime import date
from functools import partial
from typing import Any

from services.agreements.affiliations import decisions as affiliations
from services.agreements.affiliations import handling as affiliations_handling
from services.agreements.contributions.model import CONTRIBUTION
from services.agreements.disputes import decisions as disputes
from services.agreements.disputes import handling as disputes_handling
from services.agreements.disputes import resolving
from services.agreements.disputes.model import DISPUTE
from services.agreements.inventions.model import INVENTION
from services.agreements.ownership.account import holdings_on
from services.agreements.transfers import decisions, executing, handling
from services.agreements.transfers.model import TRANSFER
from shared.events.terms import DisputeTerms
from shared.events.transfer import Amount
from shared.log.handle import Work
from shared.ratio import format_shares
from tests.agreements import desk as at
from tests.agreements.controls import ATRC, DIGEST, NLN, TODAY, period, said, terms

LATER = date(2025, 7, 1)


def proposing(**changed: Any) -> decisions.ProposeTransfer:
    """Give the command by which HUT passes a seventh of what it holds on to ATRC."""
    fields: dict[str, Any] = {
        "transfer": "XFR",
        "kind": "ASSIGNMENT",
        "assets": ("INV",),
        "source": "HUT",
        "to": "ATRC",
        "amount": Amount(of_holding="1/7"),
        "consideration": None,
        "effective_on": LATER,
        "instrument_hash": DIGEST,
    }
    return decisions.ProposeTransfer(**said(changed, **fields))


def transfer_proposed(**changed: Any) -> Work:
    return partial(handling.propose, command=proposing(**changed))


def transfer_consented(transfer_hash: str, transfer: str = "XFR", **changed: Any) -> Work:
    fields = {"by": ATRC, "holder": "ATRC", "transfer_hash": transfer_hash, **changed}
    command = decisions.ConsentToTransfer(**said(fields))
    return partial(handling.on_assets, transfer=transfer, command=command, decide=decisions.consent_to_transfer)


def refusing(**changed: Any) -> decisions.RefuseTransfer:
    return decisions.RefuseTransfer(**said({"by": ATRC, "holder": "ATRC", "reason": "we want it", **changed}))


def transfer_refused(transfer: str = "XFR", **changed: Any) -> Work:
    command = refusing(**changed)
    return partial(handling.on_assets, transfer=transfer, command=command, decide=decisions.refuse_transfer)


def preempting(portion: str, **changed: Any) -> decisions.ExercisePreemption:
    return decisions.ExercisePreemption(**said({"by": ATRC, "holder": "ATRC", "portion": portion, **changed}))


def executing_it(**changed: Any) -> executing.ExecuteTransfer:
    return executing.ExecuteTransfer(**said(changed))


def transfer_executed(transfer: str = "XFR", **changed: Any) -> Work:
    command = executing_it(**changed)
    return partial(handling.posting, transfer=transfer, command=command, decide=executing.execute_transfer)


def transfer_rescinded(transfer: str = "XFR", **changed: Any) -> Work:
    command = executing.RescindTransfer(**said({"ground": "signed without authority", **changed}))
    return partial(handling.posting, transfer=transfer, command=command, decide=executing.rescind_transfer)


def recordal_filed(**changed: Any) -> Work:
    command = executing.FileRecordal(**said({"right": "RGT", "office": "CN", "filed_on": TODAY, **changed}))
    return partial(handling.alone, transfer="XFR", command=command, decide=executing.file_recordal)


def recordal_confirmed(**changed: Any) -> Work:
    command = executing.ConfirmRecordal(**said({"right": "RGT", "office": "CN", "office_ref": "CN-77", **changed}))
    return partial(handling.alone, transfer="XFR", command=command, decide=executing.confirm_recordal)


def affiliated(parent: str, child: str) -> Work:
    command = affiliations.DeclareAffiliation(
        parent=parent, child=child, basis="CONTROL", control_ratio="1/1", period=period(date(2015, 1, 1))
    )
    return partial(affiliations_handling.declare, command=command)


def no_longer_affiliated(parent: str, child: str, to: date) -> Work:
    command = affiliations.EndAffiliation(parent=parent, child=child, to=to)
    return partial(affiliations_handling.end, command=command)


async def a_transfer(**changed: Any) -> tuple[at.Desk, str]:
    """Give a desk with a proposed transfer of a determined invention, and what is to be consented to."""
    desk = await at.a_determination()
    await desk.does(transfer_proposed(**changed))
    return desk, (await desk.state(TRANSFER, "XFR")).transfer_hash


async def an_executed_transfer(**changed: Any) -> at.Desk:
    """Give a desk at which HUT passed something on to ATRC."""
    desk, _ = await a_transfer(**changed)
    await desk.does(transfer_executed())
    return desk


async def determined_anew(desk: at.Desk, **corrected: Any) -> None:
    """Propose and attest other shares, after a correction of the one contribution there is."""
    await desk.does(at.corrected(**corrected))
    content_hash = (await desk.state(CONTRIBUTION, "C1")).content_hash
    await desk.does(at.attested(content_hash))
    await desk.does(at.shares_proposed(determination="DET-2"))
    det_hash = (await desk.state(INVENTION, "INV")).open.det_hash
    await desk.does(at.shares_attested(det_hash, determination="DET-2"))


async def holders(desk: at.Desk, day: date) -> dict[str, str]:
    return format_shares(holdings_on((await desk.state(INVENTION, "INV")).account, day))


# -- disputes -------------------------------------------------------------------------------------------------

CLAIM = {"ATRC": "1/4", "HUT": "3/4"}
OUTCOME = {"ATRC": "1/3", "HUT": "2/3"}


def for_itself(changed: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Give what is said by a party for itself, unless it names the holder for which it speaks."""
    whole = said(changed, **fields)
    return {"holder": whole["by"].party, **whole}


def opening(**changed: Any) -> disputes.OpenDispute:
    """Give the command by which ATRC claims a quarter of what is HUT's alone."""
    fields: dict[str, Any] = {
        "dispute": "DSP",
        "asset": "INV",
        "kind": "SHARE",
        "position": CLAIM,
        "element": "E1",
        "summary_hash": DIGEST,
    }
    return disputes.OpenDispute(**said({"by": ATRC, **changed}, **fields))


def disputed(**changed: Any) -> Work:
    return partial(disputes_handling.open_dispute, command=opening(**changed))


def position_filed(position: dict[str, str], **changed: Any) -> Work:
    command = disputes.FilePosition(**for_itself(changed, position=position))
    return partial(disputes_handling.file_position, dispute="DSP", command=command)


def evidence_filed(**changed: Any) -> Work:
    command = disputes.FileEvidence(**for_itself(changed, hash=DIGEST))
    return partial(disputes_handling.file_evidence, dispute="DSP", command=command)


def dispute_withdrawn(**changed: Any) -> Work:
    command = disputes.WithdrawDispute(**said({"by": ATRC, **changed}, reason="settled over tea"))
    return partial(disputes_handling.withdraw, dispute="DSP", command=command)


def resolution_proposed(**changed: Any) -> Work:
    fields: dict[str, Any] = {
        "outcome": OUTCOME,
        "basis": "SETTLEMENT",
        "document_hash": DIGEST,
        "determination": "DET-2",
    }
    command = resolving.ProposeResolution(**said(changed, **fields))
    return partial(disputes_handling.resolve, dispute="DSP", command=command, decide=resolving.propose_resolution)


def resolution_confirmed(resolution_hash: str, **changed: Any) -> Work:
    fields = {"resolution_hash": resolution_hash, "determination": "DET-2"}
    command = resolving.ConfirmResolution(**for_itself({"by": ATRC, **changed}, **fields))
    return partial(disputes_handling.resolve, dispute="DSP", command=command, decide=resolving.confirm_resolution)


def resolution_objected(resolution_hash: str, **changed: Any) -> Work:
    fields = {"resolution_hash": resolution_hash, "reason": "there is an appeal", **changed}
    command = resolving.ObjectToResolution(**for_itself(fields))
    return partial(disputes_handling.resolve, dispute="DSP", command=command, decide=resolving.object_to_resolution)


def resolution_declined(resolution_hash: str, **changed: Any) -> Work:
    fields = {"by": NLN, "resolution_hash": resolution_hash, "reason": "no court knows of it", **changed}
    command = resolving.DeclineResolution(**said(fields))
    return partial(disputes_handling.resolve, dispute="DSP", command=command, decide=resolving.decline_resolution)


def resolution_withdrawn(resolution_hash: str, **changed: Any) -> Work:
    command = resolving.WithdrawResolution(**said({"by": ATRC, "resolution_hash": resolution_hash, **changed}))
    return partial(disputes_handling.resolve, dispute="DSP", command=command, decide=resolving.withdraw_resolution)


# Whoever is named to confirm what one side lays down, in terms that name somebody.
REGISTRAR: dict[str, Any] = {"terms": terms(dispute=DisputeTerms(registrar="NLN"))}


def decided(**changed: Any) -> Work:
    """Give ATRC's laying down of a court's judgment that takes a third from HUT."""
    return resolution_proposed(**{"by": ATRC, "basis": "COURT", **changed})


async def hash_of(desk: at.Desk) -> str:
    """Return the hash of the outcome that is laid down, or of the last one."""
    state = await desk.state(DISPUTE, "DSP")
    return str((state.resolution or state.set_aside).resolution_hash)


async def a_dispute(**changed: Any) -> at.Desk:
    """Give a desk with a determined invention that ATRC claims a share of."""
    desk = await at.a_determination()
    await desk.does(disputed(**changed))
    return desk


async def pending(**agreed: Any) -> tuple[at.Desk, str]:
    """Give a desk at which ATRC has laid down a judgment that takes a third from HUT, and its hash."""
    desk = await at.a_determination(**(agreed or REGISTRAR))
    await desk.does(disputed())
    await desk.does(decided())
    return desk, await hash_of(desk)


async def waiting(desk: at.Desk) -> dict[str, tuple[str, ...]]:
    return {each.party: each.to for each in (await the(desk)).waiting_for}


async def shares(desk: at.Desk) -> dict[str, str]:
    return await holders(desk, TODAY)


async def the(desk: at.Desk) -> Any:
    return await desk.state(DISPUTE, "DSP")
