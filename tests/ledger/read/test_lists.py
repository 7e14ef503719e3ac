"""The assets by what is asked for: of an agreement, and of a holder."""

import pytest


@pytest.mark.parametrize("party", ["HUT", "OWS", "EGU", None])
async def test_assets_are_found_by_agreement_and_by_holder(visitor, writer, story, party):
    """Of all that its reader finds, just what is of that agreement, and what that holder holds today or later."""
    story.disclose("INV-5G-2", E1="1/1")
    story.on("2025-06-01").transfer("HUT", "OWS", "2025-06-02", "XFR-9", of_holding="1/1")
    await writer.enter(story.messages)
    reader = visitor("representative", party=party) if party else visitor("auditor")
    everything = (await reader.get("/v1/assets")).json()["items"]
    held = {
        each["asset"]: (await reader.get(f"/v1/assets/{each['asset']}/ownership")).json()["holders"]
        for each in everything
    }
    assert (party == "EGU") == (not everything)

    for agreement in (None, "AGR-1", "AGR-9"):
        of_it = [each for each in everything if agreement in {None, each["agreement"]}]
        asked = {} if agreement is None else {"agreement": agreement}
        assert of_it == (await reader.get("/v1/assets", **asked)).json()["items"]
        for holder in ("HUT", "OWS", "ATRC", "person:HUT-SE", "NONE-SUCH"):
            expected = [each for each in of_it if holder in held[each["asset"]]]
            assert expected == (await reader.get("/v1/assets", holder=holder, **asked)).json()["items"], holder


@pytest.mark.parametrize("name", ["agreement", "holder"])
async def test_a_malformed_filter_is_refused_and_a_cursor_is_of_its_own(auditor, writer, story, name):
    """What names nothing finds nothing, what could name nothing is refused."""
    for number in range(2, 4):
        story.disclose(f"INV-5G-{number}", E1="1/1")
    await writer.enter(story.messages)
    refused = await auditor.get("/v1/assets", **{name: "two words"})
    assert (400, "PARAMETER_MISTYPED") == (refused.status_code, refused.json()["code"])
    first = (await auditor.get("/v1/assets", limit=1)).json()
    elsewhere = await auditor.get("/v1/assets", limit=1, cursor=first["next"], **{name: "AGR-1"})
    assert (400, "CURSOR_MALFORMED") == (elsewhere.status_code, elsewhere.json()["code"])
