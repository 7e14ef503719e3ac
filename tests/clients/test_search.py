"""The box on the documents' page finds operations by any of their words, in whatever order."""

import json

from tests.architecture.source import ROOT
from tests.clients.generated import HERE, run_node
from tests.web.described import published


def test_operations_are_found_by_their_words():
    """All words must be there: in the subject, the method, the address, the name, the summary or the description."""
    start = (ROOT / "shared" / "web" / "start.js").read_text(encoding="utf-8")
    phrases = ["consent LICENCE", "proposeTransfer", "get /v1/transfers/{transfer}", "no such thing", ""]
    said = json.dumps({"start": start, "document": published("agreements"), "phrases": phrases})
    every = {each["operationId"] for path in published("agreements")["paths"].values() for each in path.values()}

    *found, nothing, all_of_them = json.loads(run_node(HERE / "search.cjs", read=said))

    assert ["consentToLicence"] == found[0]
    assert ["proposeTransfer"] == found[1]
    assert "showTransfer" in found[2]
    assert [] == nothing
    assert every == set(all_of_them)
