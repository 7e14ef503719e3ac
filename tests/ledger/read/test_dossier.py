"""The dossier of an asset: one answer that says who holds it and why, and leaves nothing out that bears on it."""

from tests.ledger.read.test_damage import tampered
from tests.ledger.visitor import Visitor

__all__ = ["tampered"]

DOSSIER = "/v1/assets/INV-5G-1/dossier"
VISITED = "/v1/assets/INV-SEMI-1/dossier"


async def told(visitor: Visitor, path: str = DOSSIER, **asked):
    answer = await visitor.get(path, **asked)
    assert 200 == answer.status_code, answer.text
    return answer.json()


def events_of(subjects) -> dict[str, list[str]]:
    return {subject["id"]: [fact["event"] for fact in subject["facts"]] for subject in subjects}


async def test_it_says_what_ownership_and_timeline_say(auditor):
    """Who holds what on a day and on every day, and which entries decided it, as known at any time."""
    for asked in ({}, {"effective": "2024-08-15", "known": "2024-09-01"}, {"effective": "2024-08-01"}):
        dossier = await told(auditor, **asked)
        owned = await told(auditor, "/v1/assets/INV-5G-1/ownership", **asked)
        known = {name: value for name, value in asked.items() if name == "known"}
        timeline = await told(auditor, "/v1/assets/INV-5G-1/timeline", **known)

        assert owned == {name: dossier[name] for name in owned}
        assert timeline["periods"] == dossier["periods"]


async def test_it_goes_down_to_contributions_and_instruments(auditor):
    """What each person did, who attested it, and why it belongs to a party: under the names that were registered."""
    dossier = await told(auditor)
    contributions = events_of(dossier["contributions"])
    instruments = [event for events in events_of(dossier["participants"]).values() for event in events]

    assert {*dossier["holders"]} == {*dossier["names"]}
    assert contributions
    assert all(events[:2] == ["ContributionRecorded", "ContributionAttested"] for events in contributions.values())
    assert "IpInstrumentRecorded" in instruments
    contributors = {reason["contributor"] for cause in dossier["because"] for reason in cause["reasons"]}
    assert contributors <= {subject["id"].partition(".")[2] for subject in dossier["participants"]}


async def test_it_names_what_took_hold_of_the_asset(auditor):
    """Disputes that froze it, and transfers by which shares passed."""
    disputed, passed = await told(auditor), await told(auditor, VISITED)

    assert "DisputeOpened" in str(events_of(disputed["disputes"]))
    [invention] = passed["invention"]
    moved = [fact["data"]["transfer"] for fact in invention["facts"] if fact["event"] == "OwnershipTransferred"]
    assert ["DEED-VR", "XFR-1", "XFR-2"] == moved


async def test_whatever_it_tells_can_be_proven(auditor):
    """Each of its entries is one of the ledger's, and no fact is of any other."""
    dossier = await told(auditor)
    kinds = ("invention", "project", "contributions", "participants", "transfers", "disputes", "licences")
    facts = {fact["position"] for kind in kinds for subject in dossier[kind] for fact in subject["facts"]}

    assert facts <= {*dossier["entries"]}
    for position in dossier["entries"]:
        assert 200 == (await auditor.get("/v1/proofs/inclusion", position=position)).status_code


async def test_nothing_is_told_that_was_not_known_yet(auditor):
    """As known at a position it holds nothing above it."""
    whole = await told(auditor)
    middle = whole["entries"][len(whole["entries"]) // 2]

    earlier = await told(auditor, known=middle)
    [then], [now] = earlier["invention"], whole["invention"]
    assert [fact for fact in now["facts"] if fact["position"] <= middle] == then["facts"]
    assert {*earlier["entries"]} < {*whole["entries"]}
    assert max(earlier["entries"]) <= middle


async def test_a_holder_reads_it_and_a_stranger_does_not(visitor):
    """A party of the agreement reads all but what other parties' own entries are; to others it does not exist."""
    mine, whole = await told(visitor("representative", party="HUT")), await told(visitor("auditor"))
    registered = {*whole["entries"]} - {*mine["entries"]}

    assert len(whole["names"]) == len(registered) + 1
    for position in registered:
        body = (await visitor("auditor").get(f"/v1/entries/{position}")).json()["body"]
        assert "agreements.PartyRegistered.v1" in body
        assert '"party":"HUT"' not in body
    assert {**whole, "entries": mine["entries"]} == mine
    stranger = await visitor("representative", party="EGU").get(DOSSIER)
    assert (404, "ASSET_NOT_FOUND") == (stranger.status_code, stranger.json()["code"])


async def test_whatever_was_changed_is_not_told(visitor, auditor, tampered):
    """One byte of any of its entries, or one that is gone though others followed it, is met and refused by name."""
    positions = (await told(auditor))["entries"]
    for position in positions:
        statements = [f"UPDATE entry SET body = set_byte(body, 40, get_byte(body, 40) # 1) WHERE position = {position}"]
        if await _is_followed(auditor, position):
            statements.append(f"DELETE FROM entry WHERE position = {position}")
        for statement in statements:
            async with tampered(statement):
                answer = await auditor.get(DOSSIER)
                assert (503, "LEDGER_DAMAGED") == (answer.status_code, answer.json().get("code")), statement
    assert positions == (await told(auditor))["entries"]


async def _is_followed(auditor: Visitor, position: int) -> bool:
    """Tell whether more was recorded of the same thing, which is named elsewhere: where not, only fsck knows of it."""
    dossier = await told(auditor)
    kinds = ("invention", "project", "participants", "transfers", "disputes", "licences")
    facts = [[fact["position"] for fact in subject["facts"]] for kind in kinds for subject in dossier[kind]]
    return any(position in positions[:-1] for positions in facts)
