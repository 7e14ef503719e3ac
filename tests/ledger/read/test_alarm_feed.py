"""Whoever sees to it that people hear of alarms is told that there are some, all of them, and nothing else."""

import pytest

from services.ledger.errors import LedgerHalted
from services.ledger.write.rebuild import rebuild
from tests.ledger.published import Published

FEED = "/v1/alarms/feed"


async def read(service, after=0):
    answer = await service.get(FEED, after=after)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_every_alarm_about_an_asset_is_told(visitor, story):
    """Its name, its position and its asset, with the time of the entry; what it says is shown to those it concerns."""
    feed = await read(visitor("service"))

    overclaim, gap = feed["alarms"]
    times = {position: envelope.time for position, envelope in enumerate(story.envelopes, 1)}
    assert ("TitleGapDetected", "INV-SEMI-1") == (gap["kind"], gap["asset"])
    assert ("OverclaimDetected", "INV-5G-1") == (overclaim["kind"], overclaim["asset"])
    for alarm in (gap, overclaim):
        assert {"id", "position", "kind", "asset", "recorded_at"} == alarm.keys()
        assert f"alm-{alarm['position']}-1" == alarm["id"]
        assert times[alarm["position"]].isoformat().replace("+00:00", "Z") == alarm["recorded_at"]
    assert len(story.messages) == feed["final"]


async def test_nothing_is_told_again_after_its_position(visitor):
    """Whoever asks after what is final is told what is new."""
    overclaim, gap = (await read(visitor("service")))["alarms"]

    assert [gap] == (await read(visitor("service"), after=overclaim["position"]))["alarms"]
    assert [] == (await read(visitor("service"), after=gap["position"]))["alarms"]


async def test_a_page_is_final_up_to_its_end_only(visitor):
    """What follows is asked for after it, so that nothing is passed over."""
    answer = (await visitor("service").get(FEED, limit=1)).json()

    [alarm] = answer["alarms"]
    assert alarm["position"] == answer["final"]


async def test_what_halts_the_ledger_is_told_and_is_not_final(visitor, writer, story):
    """At the same position more may come, once the ledger goes on; what was expected and found is not told."""
    size = len(story.messages)
    story.adopt(story.propose(3, shares={"HUT": "1/2", "ATRC": "1/2"}))
    with pytest.raises(LedgerHalted):
        await writer.enter(story.messages)

    feed = await read(visitor("service"), after=size)

    position = len(story.messages)
    [halt] = feed["alarms"]
    assert halt.pop("recorded_at")
    assert {
        "id": f"alm-{position}-LedgerInconsistencyDetected",
        "position": position,
        "kind": "LedgerInconsistencyDetected",
        "asset": None,
    } == halt
    assert position - 1 == feed["final"]


async def test_a_rebuilt_ledger_tells_the_same(visitor, story, owner_address, signer):
    """The names of alarms outlast a rebuild, so that nobody is alerted twice."""
    before = await read(visitor("service"))

    await rebuild(owner_address, Published(story.messages), signer.verifier)

    assert before == await read(visitor("service"))


@pytest.mark.parametrize("role", ["auditor", "operator", "representative"])
async def test_the_feed_is_for_services(visitor, role):
    """People are shown what the alarms say, each what concerns them."""
    answer = await visitor(role, party="HUT").get(FEED)

    assert (403, "ROLE_MISSING") == (answer.status_code, answer.json()["code"])
