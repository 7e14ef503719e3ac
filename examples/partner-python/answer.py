"""Answers the last event that changed who owns each asset: ACCEPT, with the holdings that were worked out from it.

Run it beside `partner.py`, as often as you like: the same answer is recorded once. Where the ledger has other holdings
it is refused with both, and somebody has to look.
"""

import json
import os
import sqlite3
from pathlib import Path

import evidence
import httpx

EVENTS = "SELECT body, position FROM event WHERE asset = ? ORDER BY position"


def answers(database):
    """Yield an answer for each asset of which something was determined."""
    for (asset,) in database.execute("SELECT DISTINCT asset FROM event WHERE asset IS NOT NULL").fetchall():
        rows = database.execute(EVENTS, (asset,)).fetchall()
        events = [json.loads(body) for body, _position in rows]
        if not any(event["type"] == "agreements.DeterminationAdopted.v1" for event in events):
            continue
        last, day = events[-1], events[-1]["data"]["effective_on"]
        periods = evidence.timeline(events)
        holdings = next((held for since, held in sorted(periods.items(), reverse=True) if since <= day), {})
        about = {"asset": asset, "event": last["id"], "position": rows[-1][1], "effective": day}
        yield {**about, "holdings": holdings, "verdict": "ACCEPT"}


def main():
    token = Path(os.environ["MOIETY_TOKEN_FILE"]).read_text(encoding="utf-8").strip()
    who = {"Authorization": f"Bearer {token}"}
    kept = Path(os.environ.get("PARTNER_DATABASE", "partner.sqlite"))
    if not kept.exists():
        raise SystemExit(f"{kept} is not there: let partner.py take what there is first")
    for answer in answers(sqlite3.connect(kept)):
        said = httpx.post(f"{os.environ['MOIETY_AGREEMENTS_URL']}/v1/acknowledgements", json=answer, headers=who)
        outcome = "accepted" if said.is_success else said.json()["code"]
        print(json.dumps({"asset": answer["asset"], "position": answer["position"], "outcome": outcome}), flush=True)


if __name__ == "__main__":
    main()
