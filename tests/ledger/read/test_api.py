"""The ledger's answers over HTTP: what they hold, and who gets them."""

from base64 import b64decode
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from services.ledger.errors import LedgerHalted
from services.ledger.tree.merkle import Edge, extend, root_of, verify_consistency, verify_inclusion
from services.ledger.tree.note import open_checkpoint
from shared.calendar import legal_day
from shared.events.agreement import PartyAcceded
from shared.events.invention import DeterminationAdopted
from shared.known import parse_known
from shared.log.chain import leaf_hash
from shared.ratio import parse_ratio
from tests.ledger.visitor import Visitor

FIRST = {"ATRC": "37/72", "HUT": "35/72"}
SECOND = {"ATRC": "11/24", "HUT": "13/24"}
NOBODY = {"UNALLOCATED": "1/1"}


# -- two clocks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("effective", "known", "holders"),
    [
        ("2024-08-01", "2024-07-14", {}),
        ("2024-08-01", "2024-08-15", NOBODY),
        ("2024-08-01", "2024-08-29", NOBODY),
        ("2024-08-01", "2024-08-30", FIRST),
        ("2024-08-01", "2024-09-01", FIRST),
        ("2024-10-20", "2024-12-01", FIRST),
        ("2024-10-20", "2025-01-19", FIRST),
        ("2024-10-20", "2025-02-01", SECOND),
        ("2024-07-07", "2024-07-14", {}),
        ("2024-07-07", "2025-02-01", {}),
        ("2024-07-08", "2025-02-01", SECOND),
    ],
)
async def test_ownership_is_answered_by_both_clocks(auditor, effective, known, holders):
    """Who owned it on that day, as it was known on the other."""
    assert holders == await auditor.ownership(effective=effective, known=known)


@pytest.mark.parametrize(
    ("effective", "known", "holders"),
    [
        ("2024-10-01", "2024-11-30", NOBODY),
        ("2024-12-02", "2024-12-05", NOBODY),
        ("2024-12-01", "2024-12-10", {"ATRC": "5/6", "person:VR": "1/6"}),
        ("2024-12-02", "2024-12-10", {"ATRC": "5/6", "HUT": "1/6"}),
        ("2025-03-31", "2025-06-01", {"ATRC": "5/6", "HUT": "1/6"}),
        ("2025-04-01", "2025-03-27", {"ATRC": "5/6", "HUT": "1/6"}),
        ("2025-04-01", "2025-03-28", {"ATRC": "2/3", "HUT": "1/3"}),
        ("2025-05-01", "2025-04-02", {"ATRC": "7/12", "HUT": "5/12"}),
        ("2025-05-01", "2025-05-02", {"ATRC": "2/3", "HUT": "1/3"}),
    ],
)
async def test_deeds_and_transfers_count_from_their_day(auditor, effective, known, holders):
    """A deed recorded early waits for shares, a transfer counts from its day on, and one rescinded never was."""
    assert holders == await auditor.ownership("INV-SEMI-1", effective=effective, known=known)


@pytest.mark.parametrize(
    ("known", "disputed"),
    [("2024-11-04", False), ("2024-11-05", True), ("2024-12-01", True), ("2025-01-20", False), ("2025-02-01", False)],
)
async def test_a_dispute_is_shown_while_it_is_known(auditor, known, disputed):
    """Whatever day is asked about, what was disputed by then is said to be."""
    answer = await auditor.get("/v1/assets/INV-5G-1/ownership", effective="2024-10-20", known=known)
    timeline = await auditor.get("/v1/assets/INV-5G-1/timeline", known=known)

    assert disputed == bool(answer.json()["disputed_in"]) == bool(timeline.json()["disputed_in"])


async def test_a_holding_names_every_event_that_decided_it(auditor):
    """Who holds what since a transfer follows from the determination and from every transfer since."""
    answer = await auditor.get("/v1/assets/INV-SEMI-1/ownership", effective="2025-04-01")

    assert ["OwnershipTransferred", "DeterminationAdopted", "OwnershipTransferred"] == [
        cause["event"] for cause in answer.json()["because"]
    ]


async def test_what_people_must_look_at_is_shown(auditor):
    """A gap in a contributor's title, and claims that come to more than there is."""
    visited = (await auditor.get("/v1/assets/INV-SEMI-1/alarms")).json()
    disputed = (await auditor.get("/v1/assets/INV-5G-1/alarms")).json()

    assert [("TitleGapDetected", {"contributor": "VR"})] == [(each["alarm"], each["details"]) for each in visited]
    assert [("OverclaimDetected", "1/12")] == [(each["alarm"], each["details"]["overclaim"]) for each in disputed]


async def test_a_transfer_that_new_shares_would_put_out_of_reach_is_shown(visitor, writer, story):
    """Before anybody adopts it: a proposal under which a holder would have passed on more than it had."""
    story.on("2025-06-01").transfer("HUT", "ATRC", "2025-06-02", "XFR-9", of_whole="13/24")
    story.contribute("RE", "E1", "90/1")
    story.propose(3)
    await writer.enter(story.messages)

    alarms = (await visitor("auditor").get("/v1/assets/INV-5G-1/alarms")).json()
    assert ("OwnershipReplayConflict", "XFR-9", "HUT") == (
        alarms[-1]["alarm"],
        alarms[-1]["details"]["transfer"],
        alarms[-1]["details"]["holder"],
    )


async def test_alarms_about_others_assets_are_not_shown(visitor):
    """An asset that is not yours does not exist, nor do its alarms."""
    answer = await visitor("representative", party="EGU").get("/v1/assets/INV-5G-1/alarms")

    assert (404, "ASSET_NOT_FOUND") == (answer.status_code, answer.json()["code"])


@pytest.mark.parametrize("question", ["ownership", "timeline", "alarms"])
async def test_whoever_holds_a_share_reads_about_the_asset(visitor, writer, story, question):
    """Even a party of no agreement, from the moment its share is entered, and of no other asset."""
    buyer = visitor("representative", party="OWS")
    assert (await buyer.get(f"/v1/assets/INV-5G-1/{question}")).status_code == 404
    story.on("2025-06-01").transfer("HUT", "OWS", "2025-06-02", "XFR-9", of_holding="1/2")
    await writer.enter(story.messages)

    assert (await buyer.get(f"/v1/assets/INV-5G-1/{question}")).status_code == 200
    assert (await buyer.get(f"/v1/assets/INV-SEMI-1/{question}")).status_code == 404
    assert ["INV-5G-1"] == [each["asset"] for each in (await buyer.get("/v1/assets")).json()["items"]]


async def test_ownership_is_answered_for_today_as_known_now(auditor):
    """Whoever names no day means today, and everything known."""
    assert SECOND == await auditor.ownership()


async def test_a_day_ends_at_midnight_in_hong_kong():
    """What was recorded before the legal day ended was known on it."""
    assert parse_known("2024-08-15").instant == datetime(2024, 8, 15, 15, 59, 59, 999_999, tzinfo=UTC)


async def test_known_may_be_a_position(auditor, story):
    """The position just before an event does not know it; its own does."""
    adopted = [
        position
        for position, each in enumerate(story.envelopes, 1)
        if isinstance(each.data, DeterminationAdopted) and each.data.invention == "INV-5G-1"
    ]

    assert NOBODY == await auditor.ownership(effective="2024-08-01", known=adopted[0] - 1)
    assert FIRST == await auditor.ownership(effective="2024-08-01", known=adopted[0])
    assert FIRST == await auditor.ownership(effective="2024-08-01", known=adopted[1] - 1)
    assert SECOND == await auditor.ownership(effective="2024-08-01", known=adopted[1])


async def test_what_was_known_never_changes(visitor, writer, story):
    """Every answer about the past stays what it was, whatever becomes known later."""
    auditor = visitor("auditor")
    asked = [(day, known) for day in ("2024-07-08", "2024-12-01") for known in range(1, len(story.messages) + 1)]
    before = [await auditor.ownership(effective=day, known=known) for day, known in asked]

    story.on("2025-06-01").contribute("RE", "E3", "5/1")
    story.adopt(story.propose(3))
    await writer.enter(story.messages)

    assert before == [await auditor.ownership(effective=day, known=known) for day, known in asked]
    assert SECOND != await auditor.ownership()


@pytest.mark.parametrize(
    "known", ["yesterday", "2024-13-01", "2024-08-15T12:00:00", "-1", "9999-12-31", "1" * 30, "9" * 5000, str(2**64)]
)
async def test_an_unreadable_time_is_refused(auditor, known):
    """Nothing is guessed about a time."""
    answer = await auditor.get("/v1/assets/INV-5G-1/ownership", known=known)

    assert (422, "KNOWN_TIME_UNREADABLE") == (answer.status_code, answer.json()["code"])


@pytest.mark.parametrize("path", ["ownership", "timeline"])
async def test_what_is_not_known_yet_is_refused(auditor, story, path):
    """An answer for a fixed `known` never changes, so there is none for a time or a position still to come."""
    now = datetime.now(UTC)
    tomorrow = now + timedelta(days=1)
    for known, code in {
        str(len(story.messages) + 1): "KNOWN_TIME_NOT_OVER",
        tomorrow.isoformat(): "KNOWN_TIME_NOT_OVER",
        legal_day(now).isoformat(): "KNOWN_TIME_NOT_OVER",
    }.items():
        answer = await auditor.get(f"/v1/assets/INV-5G-1/{path}", known=known)

        assert (409, code) == (answer.status_code, answer.json()["code"])


async def test_an_answer_says_of_which_position_it_is(auditor, story):
    """A day is told as the instant it ends at, with the last entry recorded by then; asking for that is the same."""
    told = [envelope.time for envelope in story.envelopes]
    for known in ("2024-07-14", "2024-08-15", told[20].isoformat(), str(9)):
        answer = (await auditor.get("/v1/assets/INV-5G-1/ownership", effective="2024-08-01", known=known)).json()
        position = answer["position"]
        again = await auditor.get("/v1/assets/INV-5G-1/ownership", effective="2024-08-01", known=position)

        instant = parse_known(known).instant
        assert position == (9 if instant is None else sum(time <= instant for time in told))
        assert answer["final"]
        assert {**answer, "known": position} == again.json()


async def test_an_answer_that_may_still_change_says_so(visitor, writer, story):
    """Between the newest entry and now, something recorded earlier may yet be entered."""
    auditor, known = visitor("auditor"), "2025-05-20"
    before = (await auditor.get("/v1/assets/INV-5G-1/ownership", known=known)).json()
    story.on("2025-06-01").register("EGU")
    await writer.enter(story.messages)
    after = (await auditor.get("/v1/assets/INV-5G-1/ownership", known=known)).json()

    assert [False, True] == [before["final"], after["final"]]
    assert before["holders"] == after["holders"]
    assert not (await auditor.get("/v1/assets/INV-5G-1/ownership")).json()["final"]


@pytest.mark.parametrize(
    ("effective", "known", "state"),
    [
        ("2024-08-01", "2024-07-14", "not-yet-known"),
        ("2024-07-07", "2024-07-14", "not-yet-known"),
        ("2024-07-07", "2024-08-15", "not-yet-conceived"),
        ("2024-07-08", "2024-08-15", "held"),
    ],
)
async def test_why_nobody_holds_it_is_said(auditor, effective, known, state):
    """No holders may mean that there was nothing to hold, or that nobody had told the ledger."""
    answer = (await auditor.get("/v1/assets/INV-5G-1/ownership", effective=effective, known=known)).json()

    assert (state, state == "held") == (answer["state"], bool(answer["holders"]))


async def test_assets_are_listed_in_pages(visitor, writer, story):
    """Everyone finds what they may read about, and nothing else."""
    for number in range(2, 6):
        story.disclose(f"INV-5G-{number}", E1="1/1")
    await writer.enter(story.messages)
    everything = [*(f"INV-5G-{number}" for number in range(1, 6)), "INV-SEMI-1"]

    for visit in (visitor("representative", party="HUT"), visitor("auditor")):
        first = (await visit.get("/v1/assets", limit=3)).json()
        rest = (await visit.get("/v1/assets", limit=3, cursor=first["next"])).json()
        assert everything == [asset["asset"] for page in (first, rest) for asset in page["items"]]
        assert rest["next"] is None
        assert {"asset": "INV-5G-1", "agreement": "AGR-1", "position": 16} == first["items"][0]
    assert [] == (await visitor("representative", party="EGU").get("/v1/assets")).json()["items"]


async def test_an_answer_shows_percent_and_why(auditor, story):
    """Next to each fraction stands its percentage, with the event that decided it and the ledger's own reasons."""
    answer = (await auditor.get("/v1/assets/INV-5G-1/ownership", effective="2024-08-01", known="2024-09-01")).json()

    assert {"ATRC": "51.39", "HUT": "48.61"} == answer["percent"]
    assert [("DeterminationAdopted", "invention:INV-5G-1")] == [
        (cause["event"], cause["stream"]) for cause in answer["because"]
    ]
    reasons = answer["because"][0]["reasons"]
    assert {"PI": "1/4", "PHD": "1/8", "PD": "1/9", "SE": "25/72", "RE": "1/6"} == {
        reason["contributor"]: reason["share"] for reason in reasons
    }
    assert sum(parse_ratio(reason["share"]) for reason in reasons) == 1
    assert all(reason["instruments"] for reason in reasons)
    assert len(story.messages) == answer["ledger"]["position"]


async def test_a_timeline_shows_every_period(auditor):
    """From conception on, as known now or then."""
    now = (await auditor.get("/v1/assets/INV-5G-1/timeline")).json()
    then = (await auditor.get("/v1/assets/INV-5G-1/timeline", known="2024-08-15")).json()

    assert [("2024-07-08", None, SECOND)] == [(each["from"], each["to"], each["holders"]) for each in now["periods"]]
    assert [("2024-07-08", None, NOBODY)] == [(each["from"], each["to"], each["holders"]) for each in then["periods"]]


# -- proofs -----------------------------------------------------------------------------------------------------------


def hashes(proof: Sequence[str]) -> list[bytes]:
    return [b64decode(each) for each in proof]


@pytest.mark.parametrize("path", ["/v1/checkpoint", "/v1/entries/9"])
async def test_what_a_caller_has_already_is_not_sent_again(auditor, path: str):
    """One entry never changes, and the checkpoint only with the ledger: whoever has it is told that it stands."""
    first = await auditor.get(path)
    again = await auditor.again(path, f'"other", W/{first.headers["etag"]}')
    other = await auditor.again(path, '"other"')

    assert (304, b"", first.headers["etag"]) == (again.status_code, again.content, again.headers["etag"])
    assert (200, first.content) == (other.status_code, other.content)
    assert ["private, no-cache"] * 3 == [each.headers["cache-control"] for each in (first, again, other)]


async def test_every_entry_is_proven_by_the_checkpoint(auditor, signer, story):
    """Checkpoint, entries and proofs over HTTP fit together, checked with nothing but the key."""
    note = await auditor.get("/v1/checkpoint")
    assert note.headers["content-type"].startswith("text/plain")
    _, size, root = open_checkpoint(note.content, signer.verifier)
    page = (await auditor.get("/v1/entries", after=0, limit=1000)).json()

    assert len(story.messages) == size == page["size"] == len(page["entries"])
    for entry, message in zip(page["entries"], story.messages, strict=True):
        assert message.body == entry["body"].encode()
        leaf = leaf_hash(entry["body"].encode())
        assert leaf == b64decode(entry["leaf_hash"])
        proof = (await auditor.get("/v1/proofs/inclusion", position=entry["position"], size=size)).json()
        verify_inclusion(leaf, entry["position"] - 1, size, hashes(proof["proof"]), root)


async def test_every_earlier_tree_is_proven_a_prefix(auditor, signer, story, owner):
    """Whoever kept an old checkpoint can be shown that nothing of it was changed."""
    note = (await auditor.get("/v1/checkpoint")).content
    _, size, root = open_checkpoint(note, signer.verifier)
    for old in (1, 2, 17, size):
        old_root = await root_at(auditor, old)
        proof = (await auditor.get("/v1/proofs/consistency", **{"from": old})).json()
        assert (old, size) == (proof["from"], proof["to"])
        verify_consistency(old, size, hashes(proof["proof"]), old_root, root)


@pytest.mark.parametrize("name", ["from", "to"])
async def test_a_size_is_refused_by_the_name_it_was_given(auditor: Visitor, name: str):
    """And not by what the program calls it."""
    answer = await auditor.get("/v1/proofs/consistency", **{"from": 1, "to": 1} | {name: 0})

    assert f"query.{name}" == answer.json()["ids"]["at"]


async def root_at(auditor: Visitor, size: int) -> bytes:
    entries = (await auditor.get("/v1/entries", limit=size)).json()["entries"]
    edge, _ = extend(Edge(), [leaf_hash(entry["body"].encode()) for entry in entries])
    return root_of(edge)


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        ("/v1/proofs/inclusion", {"position": 10, "size": 5}, 422, "PROOF_OF_NOTHING"),
        ("/v1/proofs/inclusion", {"position": 10, "size": 5000}, 409, "SIZE_NOT_REACHED"),
        ("/v1/proofs/inclusion", {"position": 5000}, 404, "ENTRY_NOT_FOUND"),
        ("/v1/proofs/inclusion", {"position": 0}, 400, "PARAMETER_MISTYPED"),
        ("/v1/proofs/inclusion", {}, 400, "PARAMETER_MISTYPED"),
        ("/v1/proofs/consistency", {"from": 10, "to": 5}, 422, "PROOF_OF_NOTHING"),
        ("/v1/proofs/consistency", {"from": 10, "to": 5000}, 409, "SIZE_NOT_REACHED"),
        ("/v1/proofs/consistency", {"from": 5000}, 409, "SIZE_NOT_REACHED"),
        ("/v1/proofs/consistency", {"from": 10, "to": "x"}, 400, "PARAMETER_MISTYPED"),
        ("/v1/proofs/consistency", {"from": 0, "to": 0}, 400, "PARAMETER_MISTYPED"),
        *(
            (path, query, 400, "PARAMETER_MISTYPED")
            for size in (2**63, 2**64, "9" * 5000)
            for path, query in (
                ("/v1/proofs/consistency", {"from": size}),
                ("/v1/proofs/consistency", {"from": 1, "to": size}),
                ("/v1/proofs/inclusion", {"position": size}),
                ("/v1/proofs/inclusion", {"position": 1, "size": size}),
                ("/v1/entries", {"after": size}),
            )
        ),
        ("/v1/entries", {"limit": 100_000}, 400, "PARAMETER_MISTYPED"),
        ("/v1/entries/0", {}, 404, "ENTRY_NOT_FOUND"),
        ("/v1/entries/99999999999999999999", {}, 404, "ENTRY_NOT_FOUND"),
        ("/v1/entries/" + "9" * 5000, {}, 404, "ROUTE_UNKNOWN"),
        ("/v1/assets/NONE/ownership", {}, 404, "ASSET_NOT_FOUND"),
        ("/v1/assets/NONE/timeline", {}, 404, "ASSET_NOT_FOUND"),
        ("/v1/assets/%00/ownership", {}, 404, "ROUTE_UNKNOWN"),
        ("/v1/assets/INV%00/timeline", {}, 404, "ROUTE_UNKNOWN"),
        ("/v1/assets/%00/alarms", {}, 404, "ROUTE_UNKNOWN"),
        ("/v1/assets/INV-5G-1/ownership", {"effective": "soon"}, 400, "PARAMETER_MISTYPED"),
    ],
)
async def test_what_cannot_be_answered_is_refused_by_name(auditor, path, query, status, code):
    """Each refusal says which rule it is."""
    answer = await auditor.get(path, **query)

    assert (status, code) == (answer.status_code, answer.json()["code"])


async def test_what_halted_the_ledger_is_told(visitor, writer, story):
    """Everything before the event is still served, and the alarm says what is wrong with it."""
    told = len(story.messages)
    story.adopt(story.propose(3, shares={"HUT": "1/2", "ATRC": "1/2"}))
    with pytest.raises(LedgerHalted):
        await writer.enter(story.messages)

    alarms = (await visitor("operator").get("/v1/alarms")).json()

    assert [(len(story.messages), "LedgerInconsistencyDetected", True)] == [
        (alarm["position"], alarm["kind"], alarm["halting"]) for alarm in alarms
    ]
    assert SECOND == await visitor("auditor").ownership()
    assert (await visitor("auditor").get("/v1/entries", limit=1)).json()["size"] == told + 2
    assert (await visitor("representative", party="HUT").get("/v1/alarms")).status_code == 403


# -- who sees what ----------------------------------------------------------------------------------------------------

OWN = [
    "/v1/assets/INV-5G-1/ownership",
    "/v1/assets/INV-5G-1/timeline",
    "/v1/entries/9",
    "/v1/proofs/inclusion?position=9",
]


@pytest.mark.parametrize("path", OWN)
async def test_a_party_of_the_agreement_reads_its_assets(visitor, path):
    """Both parties see what they own jointly."""
    for party in ("HUT", "ATRC"):
        assert (await visitor("representative", party=party).get(path)).status_code == 200


@pytest.mark.parametrize("path", OWN)
async def test_a_party_that_joined_reads_as_the_others_do(visitor, writer, story, path):
    """From the moment its accession is entered; joining again changes nothing."""
    joiner = visitor("representative", party="EGU")
    assert (await joiner.get(path)).status_code == 404
    acceded = PartyAcceded(
        agreement="AGR-1", parties=("HUT", "ATRC", "EGU"), party="EGU", amendment=1, effective_on=date(2025, 3, 1)
    )
    for _ in range(2):
        story.tell(acceded, "AGR-1")
        await writer.enter(story.messages[-1:])

    assert (await joiner.get(path)).status_code == 200


@pytest.mark.parametrize("path", OWN)
async def test_a_stranger_cannot_tell_it_from_nothing(visitor, path):
    """What is not yours answers as what does not exist: the same status, the same code."""
    stranger = visitor("representative", party="EGU")
    nothing = await stranger.get(path.replace("INV-5G-1", "NONE").replace("9", "9999"))
    answer = await stranger.get(path)

    assert (404, nothing.json()["code"]) == (answer.status_code, answer.json()["code"])


async def test_only_auditors_read_the_whole_evidence(visitor):
    """A party sees its own; the list of all entries is for auditors."""
    answers = [
        (await visitor(role, party="HUT").get("/v1/entries")).status_code
        for role in ("auditor", "representative", "operator", "service")
    ]

    assert [200, 403, 403, 403] == answers


@pytest.mark.parametrize("path", [*OWN, "/v1/assets", "/v1/entries", "/v1/checkpoint", "/v1/proofs/consistency?from=1"])
async def test_nobody_reads_without_a_token(visitor, path):
    """There is no anonymous view."""
    assert (await visitor().get(path)).status_code == 401


@pytest.mark.parametrize("path", [*OWN, "/v1/assets", "/v1/proofs/consistency?from=1"])
async def test_running_the_machine_is_no_reason_to_read_it(visitor, path):
    """An operator has no business in the data."""
    assert (await visitor("operator").get(path)).status_code == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_nobody_writes(visitor, method):
    """The ledger's API has no way in."""
    auditor = visitor("auditor")
    for path in [*OWN, "/v1/entries", "/v1/checkpoint"]:
        answer = await auditor.client.request(method, path, headers=auditor._headers)
        assert answer.status_code == 405
