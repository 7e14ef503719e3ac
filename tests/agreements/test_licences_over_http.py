"""Licences that exclude others, over HTTP: checked, refused for everything at once, granted."""

from tests.agreements.bodies import licence_body
from tests.agreements.portals import DIGEST, Portal


async def test_a_refused_grant_says_everything_that_is_in_its_way(
    determined_invention: str, hut: Portal, atrc: Portal
) -> None:
    """The first rule by its code, the others in `also`; the check says the same beforehand."""
    first = await hut.create("/v1/licences", licence_body())
    await atrc.change("/v1/licences/LIC", "consent", {"terms_hash": first["terms_hash"]})
    await hut.change("/v1/licences/LIC", "grant")
    await hut.create("/v1/licences", licence_body(licence="LIC-2", kind="EXCLUSIVE", licensee="EGU"))
    dispute = {"dispute": "DSP", "asset": "INV", "kind": "SHARE", "position": {"HUT": "1/1"}, "summary_hash": DIGEST}
    await hut.create("/v1/disputes", dispute)

    checked = (await hut.get("/v1/licences/LIC-2/check")).json()
    etag = (await hut.get("/v1/licences/LIC-2")).headers["ETag"]
    refused = (await hut.post("/v1/licences/LIC-2/grant", If_Match=etag)).json()
    codes = ["ASSET_IS_FROZEN", "LICENCE_CONFLICT", "CONSENT_MISSING", "LICENSOR_SILENT"]

    assert codes == [refused["code"], *(each["code"] for each in refused["also"])]
    assert (["LIC"], ["ATRC"]) == (refused["also"][0]["ids"]["licences"], refused["also"][1]["ids"]["missing"])
    assert (False, codes) == (checked["grantable"], [each["code"] for each in checked["refusals"]])
    assert refused["also"] == checked["refusals"][1:]


async def test_an_exclusive_licence_is_granted_beside_what_it_is_subject_to(
    determined_invention: str, hut: Portal, atrc: Portal
) -> None:
    """Room is left for the licences that it names; with everybody's consent nothing is in its way."""
    for body in (licence_body(), licence_body(licence="LIC-2", kind="EXCLUSIVE", subject_to=["LIC"], licensee="EGU")):
        draft = await hut.create("/v1/licences", body)
        path = f"/v1/licences/{body['licence']}"
        await atrc.change(path, "consent", {"terms_hash": draft["terms_hash"]})
        check = (await hut.get(f"{path}/check")).json()
        assert (True, []) == (check["grantable"], check["refusals"])
        await hut.change(path, "grant")

    licence = (await hut.get("/v1/licences/LIC-2")).json()
    assert ("GRANTED", ["LIC"]) == (licence["status"], licence["subject_to"])


async def test_an_outsider_checks_nothing(determined_invention: str, hut: Portal, egu: Portal) -> None:
    """To a party outside the agreement, the licence does not exist."""
    await hut.create("/v1/licences", licence_body())

    assert 404 == (await egu.get("/v1/licences/LIC/check")).status_code


async def test_a_licensee_is_told_what_is_in_its_way_and_not_whose_it_is(
    determined_invention: str, hut: Portal, atrc: Portal, egu: Portal
) -> None:
    """It reads its own licence, and no other of the asset, no dispute and nobody who holds it: of these how many."""
    drafted = await hut.create("/v1/licences", licence_body(licence="LIC-2", kind="EXCLUSIVE", licensee="EGU"))
    secret = await atrc.create("/v1/licences", licence_body(licence="SECRET", licensors=["ATRC"], licensee="NLN"))
    await hut.change("/v1/licences/SECRET", "consent", {"terms_hash": secret["terms_hash"]})
    await atrc.change("/v1/licences/SECRET", "grant")
    dispute = {"dispute": "HIDDEN", "asset": "INV", "kind": "SHARE", "position": {"ATRC": "1/1"}}
    await atrc.create("/v1/disputes", {**dispute, "summary_hash": DIGEST})

    checked = (await egu.get("/v1/licences/LIC-2/check")).json()
    codes = ["ASSET_IS_FROZEN", "LICENCE_CONFLICT", "CONSENT_MISSING", "LICENSOR_SILENT"]
    assert codes == [each["code"] for each in checked["refusals"]]
    told = {each["code"]: each.get("ids", {}) for each in checked["refusals"]}
    assert {"asset": "INV", "disputes": ["1 more"]} == told["ASSET_IS_FROZEN"]
    assert {"licence": "LIC-2", "licences": ["1 more"]} == told["LICENCE_CONFLICT"]
    readable = {*map(str, drafted["licensors"]), "LIC-2", "INV", "EGU"}
    for path in ("/v1/licences/SECRET", "/v1/disputes/HIDDEN", "/v1/inventions/INV"):
        assert 404 == (await egu.get(path)).status_code
    assert not any(name in str(checked) for name in ("SECRET", "HIDDEN", "NLN"))
    assert {name for ids in told.values() for each in ids.values() for name in _names(each)} <= readable
    # Whoever reads the asset is told all of it.
    whole = str((await hut.get("/v1/licences/LIC-2/check")).json())
    assert "SECRET" in whole
    assert "HIDDEN" in whole


def _names(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else [each for each in value if not each.endswith(" more")]
