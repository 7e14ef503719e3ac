"""Every command, by whom: a stranger, a holder from outside the agreement, a party that has left it.

Each names a version that never was, so nothing is done: whoever may do it is told that the thing has changed since, and
whoever may make something new that its id is taken. All others are refused before that.
"""

from collections.abc import Callable
from typing import Any, Final

import httpx

from tests.agreements.bodies import contribution_body, licence_body, participant_body, project_body
from tests.agreements.portals import JSON, Portal
from tests.agreements.test_owners_over_http import dispute_body, transfer_body
from tests.agreements.test_prospects_over_http import background_body
from tests.agreements.test_who_reads import TODAY, items

__all__ = ["items"]  # the situation, which these tests begin in too

OpenPortal = Callable[..., Portal]
MAY: Final = "VERSION_MISMATCH"
TAKEN: Final = "IDENTIFIER_TAKEN"
LEFT: Final = "PARTY_HAS_LEFT"
HIDDEN: Final = 404

# What is told to a stranger, to a holder from outside and to a party that has left, and of which commands. All but XFR,
# DSP and LIC were there before that party left; NLN holds a share of INV.
TOLD: Final[tuple[tuple[Any, Any, Any, str], ...]] = (
    # The agreement's own business, and that of its projects and of what was brought into it: its parties' alone.
    (
        HIDDEN,
        HIDDEN,
        LEFT,
        """
        proposeAmendment previewAmendment leaveAgreement renewAgreement
        suspendAgreement resumeAgreement terminateAgreement
        declareBackground agreeToBackground contestBackground restrictBackground withdrawBackground
        requestAccess refuseAccess giveUpAccess
        identifyOpportunity shareOpportunity reviewOpportunity acceptOpportunity declineOpportunity
        createProject approveProject startProject pauseProject resumeProject completeProject cancelProject
        commitResource reachMilestone acceptDeliverable recordScreening engageParticipant""",
    ),
    # Whoever left may join again by an amendment, which it signs; what else is told of these is that they are over.
    (HIDDEN, HIDDEN, MAY, "setTerms signAgreement withdrawAgreement signAmendment"),
    # Said already, so nothing is done, and what is shown is what it saw before.
    (HIDDEN, HIDDEN, 200, "proposeAgreement activateAgreement"),
    (HIDDEN, HIDDEN, "NOT_THE_PROPOSER", "retractAmendment"),
    (HIDDEN, HIDDEN, "NOT_THE_OWNER", "grantAccess"),
    # It took no part in that project, and in its own it discloses nothing more that is conceived from that day on.
    (
        HIDDEN,
        HIDDEN,
        "NOT_A_PROJECT_PARTY",
        """
        recordInstrument recordStudentConditions leaveProject discloseInvention recordContribution""",
    ),
    (HIDDEN, "NOT_A_PROJECT_PARTY", "NOT_A_PROJECT_PARTY", "contestContribution"),
    (HIDDEN, "ATTESTATION_NOT_ASKED", "ATTESTATION_NOT_ASKED", "attestContribution"),
    (HIDDEN, "NOT_THE_RECORDING_PARTY", "NOT_THE_RECORDING_PARTY", "correctContribution withdrawContribution"),
    # Shares are determined by the project's parties; what is held is the holders', wherever they are.
    (
        HIDDEN,
        "NOT_A_PROJECT_PARTY",
        LEFT,
        """
        defineElements proposeDetermination attestDetermination rejectDetermination adoptDetermination""",
    ),
    (HIDDEN, MAY, LEFT, "proposeRetirement consentToRetirement opposeRetirement"),
    (HIDDEN, TAKEN, LEFT, "proposeTransfer draftLicence openDispute"),
    # Whoever reads an asset answers what happens to it, and whoever has left nothing of what came after.
    (HIDDEN, "NO_SUCH_OWNERSHIP_EVENT", LEFT, "acknowledge"),
    (
        HIDDEN,
        MAY,
        HIDDEN,
        """
        consentToTransfer refuseTransfer exercisePreemption fileRecordal confirmRecordal
        filePosition fileEvidence proposeResolution confirmResolution objectToResolution
        declineResolution withdrawResolution consentToLicence""",
    ),
    (HIDDEN, "NOT_THE_TRANSFEROR", HIDDEN, "executeTransfer rescindTransfer"),
    (HIDDEN, "NOT_THE_CLAIMANT", HIDDEN, "withdrawDispute"),
    (HIDDEN, "NOT_A_LICENSOR", HIDDEN, "grantLicence"),
    # Between organisations, whatever agreement they are in: EGU is the other end of DEC.
    (TAKEN, TAKEN, TAKEN, "makeDeclaration"),
    (HIDDEN, HIDDEN, MAY, "confirmDeclaration declineDeclaration endDeclaration"),
    (HIDDEN, HIDDEN, "NOT_WHO_DECLARED", "withdrawDeclaration"),
    # Each party's own people, in both senses.
    (
        "NOT_THEIR_REPRESENTATIVES",
        "NOT_THEIR_REPRESENTATIVES",
        "NOT_THEIR_REPRESENTATIVES",
        "appointRepresentative revokeRepresentative",
    ),
    (HIDDEN, HIDDEN, HIDDEN, "replacePerson erasePerson"),
    # What nobody else is concerned by.
    ("DRAFTER_NOT_A_PARTY", "DRAFTER_NOT_A_PARTY", "DRAFTER_NOT_A_PARTY", "draftAgreement"),
    (201, 201, 201, "addPerson"),
    (200, 200, 200, "simulate"),
    # Operators', who speak for nobody.
    (
        "ROLE_MISSING",
        "ROLE_MISSING",
        "ROLE_MISSING",
        "registerParty verifyParty deactivateParty reactivateParty declareAffiliation endAffiliation",
    ),
    # For who delivers.
    ("ROLE_MISSING", "ROLE_MISSING", "ROLE_MISSING", "findAddresses issueContributorLink recordNotice"),
)
EXPECTED: Final = {name: told for *told, names in TOLD for name in names.split()}
THINGS: Final = {
    "agreement": "MOU",
    "project": "PRJ-EGU",
    "person": "HUT-SE",
    "invention": "INV",
    "contribution": "C-HUT-SE",
    "transfer": "XFR",
    "licence": "LIC",
    "dispute": "DSP",
    "opportunity": "OPP",
    "declaration": "DEC",
    "determination": "DET",
    "no": "1",
    "access_id": "acc-1",
    "party": "HUT",
}
# Where people take part, only HUT and ATRC do.
_ENGAGED: Final = "/v1/participants/PRJ-EGU/"


def said_by(party: str, old: str) -> dict[str, JSON]:
    """Return the bodies that say something else than the sample story does: of the things that are there."""
    corrected = {name: value for name, value in contribution_body(points="9/1").items() if name not in THINGS}
    return {
        "declareBackground": background_body(),
        "identifyOpportunity": {
            "opportunity": "OPP",
            "agreement": "MOU",
            "title": "Beams",
            "field": "telecom/ran/5g",
            "leverages_background": [old, f"{old}-2"],
        },
        "createProject": project_body(parties=[party, "ATRC"]),
        "commitResource": {"kind": "IN_KIND", "note": "two people"},
        "engageParticipant": participant_body(project="PRJ-EGU", home_party=party, period={"from": TODAY}),
        "discloseInvention": {"invention": "INV", "project": "PRJ-EGU", "title": "Other", "conceived_on": TODAY},
        "recordContribution": contribution_body(contribution="C-HUT-SE", points="9/1"),
        "correctContribution": corrected,
        "proposeTransfer": transfer_body(**{"from": party, "to": "ATRC"}),
        "openDispute": dispute_body(),
        "draftLicence": licence_body(licensors=[party], licensee="ATRC"),
        "acknowledge": {"asset": "INV", "event": "EVT", "position": 1, "holdings": {"HUT": "1/1"}, "verdict": "ACCEPT"},
        "makeDeclaration": {
            "declaration": "DEC",
            "parent": party,
            "child": "ATRC",
            "basis": "CONTROL",
            "period": {"from": "2999-01-01"},
        },
        "consentToRetirement": {"holder": party},
    }


def operations(document: JSON) -> dict[str, tuple[str, JSON]]:
    """Return every command by its name: where it is given, and its description."""
    return {
        described["post"]["operationId"]: (path, described["post"])
        for path, described in document["paths"].items()
        if "post" in described
    }


def example_of(document: JSON, described: JSON) -> Any:
    """Return the body that the documents show for a command, None where it takes none."""
    if "requestBody" not in described:
        return None
    [shown] = described["requestBody"]["content"]["application/json"]["examples"].values()
    return document["components"]["examples"][shown["$ref"].rpartition("/")[2]]["value"]


async def test_each_commands_what_is_its_own(
    items: JSON,
    operator: Portal,
    portal_of: OpenPortal,
    service: httpx.AsyncClient,
):
    """As the table says, which every command stands in; and what one may not see is told as what never was."""
    body = {"party": "KPD", "kind": "COMPANY", "legal_name": "KPD of somewhere", "country": "HK"}
    await operator.create("/v1/parties", body)
    document = (await service.get("/openapi.json")).json()
    commands = operations(document)
    assert EXPECTED.keys() == commands.keys()

    found = []
    for number, party in enumerate(("KPD", "NLN", "EGU")):
        portal, bodies = portal_of(party), said_by(party, items["old"])
        for name, (template, described) in commands.items():
            path = template.format_map(THINGS | {"item": items["old"]}).replace(_ENGAGED, "/v1/participants/PRJ/")
            takes = {parameter["name"] for parameter in described["parameters"]} if "parameters" in described else set()
            headers = {"If_Match": '"999999"'} if "If-Match" in takes else {}
            answer = await portal.post(path, bodies.get(name) or example_of(document, described), **headers)
            told = {answer.status_code, answer.json().get("code")}
            if (expected := EXPECTED[name][number]) not in told:
                found.append(f"{party} {name}: {answer.status_code} {answer.text[:200]}, not {expected}")
    assert [] == found


async def test_nothing_came_of_all_that(items: JSON, hut: Portal):
    """What stands is at the version at which it stood: whoever is refused has done nothing."""
    assert "ACTIVE" == (await hut.get("/v1/projects/PRJ-EGU")).json()["status"]
