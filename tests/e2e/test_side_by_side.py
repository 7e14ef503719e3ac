"""Two stacks on one machine: each its own ports, data, secrets and keys."""

import httpx

from services.cli import scenario
from services.cli.standing import Standing
from shared.testing import Stack, temporary_home
from tests.e2e.truth import settled
from tests.undeclared import refusing_as_declared_at


def test_two_stacks_run_side_by_side(stack: Stack):
    """A second stack starts beside the first and tells its own story, and the first believes nothing of it."""
    before = settled(stack)
    with temporary_home() as home, Stack(home, log_level="WARNING") as second, refusing_as_declared_at(second):
        scenario.load(home)
        settled(second)
        with Standing(home) as there, Standing(stack.home) as here:
            assert scenario.read().ownership["INV-5G-1"] == there.holders("INV-5G-1")
            assert there.checkpoint() != here.checkpoint()
            stranger = second.token("representative", party="HUT")
            inbox = httpx.get(f"{stack.url('notifications')}/v1/inbox", headers={"Authorization": f"Bearer {stranger}"})
            assert httpx.codes.UNAUTHORIZED == inbox.status_code

    assert before == settled(stack)
