"""Notice on a real stack: what is in inboxes is proven in the log, and no clock begins before."""

from typing import Any

import httpx
import msgspec

from services.cli.standing import Standing
from services.notifications.rules.sources import OPERATOR
from shared.testing import Stack, block_until
from tests.e2e.truth import SETTLE_SECONDS, settled

DELIVERED, TAKEN = "agreements.NoticeDelivered.v1", "agreements.NoticeAcknowledged.v1"


def events(standing: Standing) -> list[dict[str, Any]]:
    return [msgspec.json.decode(body) for body in standing.log()]


def given(standing: Standing, kind: str = DELIVERED) -> list[tuple[str, str]]:
    return [(each["data"]["event"], each["data"]["party"]) for each in events(standing) if each["type"] == kind]


def critical(standing: Standing, party: str) -> list[tuple[str, str]]:
    alerts = [each for each in standing.alerts(party) if each["class"] == "legal-critical"]
    return [(each["event_id"], party) for each in alerts if each["type"].startswith("agreements.")]


def test_every_alert_that_weighs_in_law_is_proven_once(stack: Stack):
    """Of the sample scenario, each party's; and that somebody took note, whoever is killed meanwhile."""
    assert settled(stack).log_position
    with Standing(stack.home) as standing:
        parties = {party for _, party in given(standing)}
        alerted = sorted(each for party in parties for each in critical(standing, party))
        assert alerted
        assert sorted(given(standing)) == alerted
        assert OPERATOR not in parties

        stack.kill("agreements")
        party = alerted[0][1]
        inbox = standing.alerts(party)
        alert = next(each for each in inbox if each["event_id"] == alerted[0][0])
        headers = {"Authorization": f"Bearer {stack.token('representative', party=party)}"}
        url = f"{stack.url('notifications')}/v1/inbox/{alert['id']}/acknowledge"
        httpx.post(url, headers=headers, trust_env=False).raise_for_status()
        stack.kill("notifications")
        for name in ("agreements", "notifications"):
            stack.start_process(name)
        stack.wait_ready()
        block_until(lambda: (alert["event_id"], party) in given(standing, TAKEN), SETTLE_SECONDS, lambda: "not proven")
    settled(stack)
    with Standing(stack.home) as standing:
        assert 1 == given(standing, TAKEN).count((alert["event_id"], party))
        assert len(given(standing)) == len({*given(standing)})
