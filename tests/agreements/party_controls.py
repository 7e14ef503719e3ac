"""Commands on parties and affiliations that are valid as they are; a test overrides the one field it is about."""

from datetime import date
from functools import partial
from typing import Any

from services.agreements.affiliations import decisions as affiliations
from services.agreements.affiliations import declarations
from services.agreements.affiliations import handling as affiliations_handling
from services.agreements.affiliations.model import AFFILIATION, DECLARATION, Affiliations
from services.agreements.commands import Representative
from services.agreements.parties import decisions as parties
from services.agreements.parties import handling as parties_handling
from services.agreements.parties.model import PARTY, Party
from shared.events.registry import Event
from shared.log.envelope import NO_AGREEMENT
from shared.log.handle import Reader, Work
from tests.agreements.controls import DIGEST, HUT, TODAY, period, registering, said

Events = tuple[Event, ...]
SINCE = date(2015, 1, 1)


def party(*then: Event, **changed: Any) -> Party:
    state = PARTY.fold(None, (*parties.register_party(None, registering(**changed)), *then))
    assert state is not None
    return state


def verifying(**changed: Any) -> parties.VerifyParty:
    fields = {"operator": "OPERATOR", "method": "REGISTER_EXTRACT", "evidence_hash": DIGEST}
    return parties.VerifyParty(**{**fields, **changed})


def deactivating(**changed: Any) -> parties.DeactivateParty:
    return parties.DeactivateParty(**{"operator": "OPERATOR", "reason": "merged", **changed})


def reactivating(**changed: Any) -> parties.ReactivateParty:
    return parties.ReactivateParty(**{"operator": "OPERATOR", "reason": "it goes on", **changed})


def appointing(**changed: Any) -> parties.AppointRepresentative:
    fields = {"by": "OPERATOR", "by_party": None, "today": TODAY, "person": "HUT-REP", "powers": ("SIGN", "APPOINT")}
    return parties.AppointRepresentative(**{**fields, "period": period(date(2024, 1, 1)), **changed})


def revoking(**changed: Any) -> parties.RevokeRepresentative:
    fields = {"by": "OPERATOR", "by_party": None, "today": TODAY, "person": "HUT-REP", "to": TODAY}
    return parties.RevokeRepresentative(**{**fields, **changed})


def appointed(**changed: Any) -> Party:
    known = party()
    return party(*parties.appoint_representative(known, appointing(**changed)))


def declaring(**changed: Any) -> affiliations.DeclareAffiliation:
    fields = {"parent": "HUT", "child": "HUT-RD", "basis": "CONTROL", "control_ratio": "1/1"}
    return affiliations.DeclareAffiliation(**{**fields, "period": period(SINCE), **changed})


def ending(**changed: Any) -> affiliations.EndAffiliation:
    return affiliations.EndAffiliation(**{"parent": "HUT", "child": "HUT-RD", "to": date(2026, 1, 1), **changed})


def declared(*declarations: affiliations.DeclareAffiliation) -> Affiliations | None:
    state: Affiliations | None = None
    for each in declarations or (declaring(),):
        state = AFFILIATION.fold(state, affiliations.declare_affiliation(state, each))
    return state


HUT_RD = Representative("HUT-RD-REP", "HUT-RD")


def making(**changed: Any) -> declarations.MakeDeclaration:
    fields = {"parent": "HUT", "child": "HUT-RD", "basis": "CONTROL", "control_ratio": "1/1"}
    return declarations.MakeDeclaration(**said(changed, declaration="DEC", **fields, period=period(TODAY)))


def confirming(**changed: Any) -> declarations.ConfirmDeclaration:
    return declarations.ConfirmDeclaration(**said({"by": HUT_RD, **changed}))


def declining(**changed: Any) -> declarations.DeclineDeclaration:
    return declarations.DeclineDeclaration(**said({"by": HUT_RD, **changed}, reason="not so"))


def withdrawing(**changed: Any) -> declarations.WithdrawDeclaration:
    return declarations.WithdrawDeclaration(**said({"by": HUT, **changed}, reason="a mistake"))


def ending_own(**changed: Any) -> declarations.EndDeclaration:
    return declarations.EndDeclaration(**said({"by": HUT_RD, **changed}, to=TODAY, reason="sold"))


# -- works, by the name of what happens -----------------------------------------------------------------------


def of_party(decide: Any, command: Any, party_id: str = "HUT") -> Work:
    return partial(parties_handling.change, party=party_id, command=command, today=TODAY, decide=decide)


def affiliation_declared(**changed: Any) -> Work:
    return partial(affiliations_handling.declare, command=declaring(**changed))


def declaration_made(**changed: Any) -> Work:
    return partial(affiliations_handling.make, command=making(**changed), unanswered=unanswered)


async def unanswered(reader: Reader, _party: str) -> list[str]:
    """Tell of every declaration that there is: whose it is, and whether it is open, is looked at."""
    store = reader.handler.store
    entries = await store.read_created(DECLARATION.name, agreements=[NO_AGREEMENT], after=0, limit=1_000)
    return [str(entry.originator_id).partition(":")[2] for entry in entries]


def declaration_ended(**changed: Any) -> Work:
    return partial(affiliations_handling.end_own, declaration="DEC", command=ending_own(**changed))


def declaration_confirmed(**changed: Any) -> Work:
    return partial(affiliations_handling.confirm, declaration="DEC", command=confirming(**changed))


def of_declaration(decide: Any, command: Any) -> Work:
    return partial(affiliations_handling.change, declaration="DEC", command=command, decide=decide)
