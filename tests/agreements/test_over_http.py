"""What a party meets at the service's door, over the real application and a real log."""

from tests.agreements.bodies import licence_body
from tests.agreements.portals import Portal


async def test_a_whole_life_from_contract_to_licence(determined_invention: str, hut: Portal, atrc: Portal):
    """What two parties agree, contribute, attest and adopt ends as shares, and as a licence both consented to."""
    invention = (await hut.get(determined_invention)).json()
    draft = await hut.create("/v1/licences", licence_body())
    await atrc.change("/v1/licences/LIC", "consent", {"terms_hash": draft["terms_hash"]})
    licence = await hut.change("/v1/licences/LIC", "grant")

    assert {"ATRC": "5/12", "HUT": "7/12"} == invention["adopted"]["shares"]
    assert ("GRANTED", "2024-10-01") == (licence["status"], licence["effective_on"])
