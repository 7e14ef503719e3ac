"""Follows a party's feed, on NATS where MOIETY_NATS_URL is set, else over HTTP; each event takes effect once."""

import asyncio
import base64
import json
import os
import sqlite3
import sys
from pathlib import Path

import evidence
import httpx
import nats
import nats.errors

PARTY, CONSUMER = os.environ["MOIETY_PARTY"], os.environ.get("MOIETY_CONSUMER", "main")
NOTIFICATIONS, LEDGER = os.environ["MOIETY_NOTIFICATIONS_URL"], os.environ.get("MOIETY_LEDGER_URL")
# The ledger's key, as you were given it when you were appointed: one from where the evidence comes from proves nothing.
VKEY = os.environ.get("MOIETY_LEDGER_VKEY")
TABLES = """
CREATE TABLE IF NOT EXISTS event (number INTEGER PRIMARY KEY, position INTEGER NOT NULL UNIQUE, id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL, asset TEXT, body BLOB NOT NULL, chain BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS holding (asset TEXT, since TEXT, holder TEXT, share TEXT, PRIMARY KEY (asset, since, holder));
"""


def token():
    """Read the access token anew each time it is needed: it is exchanged before it ends, and when keys are rotated."""
    return Path(os.environ["MOIETY_TOKEN_FILE"]).read_text(encoding="utf-8").strip()


def get(url, **asked):
    who = {"Authorization": f"Bearer {token()}"}
    return httpx.get(url, params=asked, headers=who, timeout=40).raise_for_status().json()


class Kept:
    """What has taken effect, in one file."""

    def __init__(self, path):
        self.db = sqlite3.connect(path)
        self.db.executescript(TABLES)

    def end(self):
        """Return the last number and the chain up to it."""
        found = self.db.execute("SELECT number, chain FROM event ORDER BY number DESC LIMIT 1").fetchone()
        return found or (0, evidence.chain_before_all(PARTY))

    def take(self, number, position, body):
        """Take an event unless it was taken already: it, its effect and the number are kept together or not at all."""
        last, chain = self.end()
        if number <= last:
            return
        if number > last + 1:
            raise LookupError(f"expected {last + 1}, got {number}")
        event = json.loads(body)
        with self.db:
            # What it does not know changes nothing, but has its number: the next one follows it.
            asset = event["data"].get("invention") if event["type"] in evidence.POSTINGS else None
            row = (number, position, event["id"], event["type"], asset, body, evidence.chain_after(chain, body))
            self.db.execute("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            if asset is not None:
                self.post(asset)
        told = {"number": number, "position": position, "id": event["id"], "type": event["type"]}
        print(json.dumps(told), flush=True)

    def post(self, asset):
        """Work out an asset's holdings anew: what comes late may have been recorded early, so positions decide."""
        bodies = self.db.execute("SELECT body FROM event WHERE asset = ? ORDER BY position", (asset,))
        periods = evidence.timeline([json.loads(body) for (body,) in bodies])
        self.db.execute("DELETE FROM holding WHERE asset = ?", (asset,))
        rows = ((asset, day, *each) for day, held in periods.items() for each in held.items())
        self.db.executemany("INSERT INTO holding VALUES (?, ?, ?, ?)", rows)

    def fill(self, wait=0):
        """Take what follows over HTTP, where there is no NATS, or this file is older than what was acknowledged."""
        events = get(f"{NOTIFICATIONS}/v1/feed", after=self.end()[0], limit=200, wait=wait)["events"]
        for event in events:
            self.take(event["number"], event["position"], event["body"].encode())
        return len(events)

    def check(self):
        """Compare with where the feed is said to end, and prove that its last event is in the ledger."""
        head = get(f"{NOTIFICATIONS}/v1/feed/head")
        # What another has acknowledged, or this file before it was restored, comes on NATS no more.
        while self.end()[0] < head["number"] and self.fill():
            pass
        found = self.db.execute("SELECT chain, body FROM event WHERE number = ?", (head["number"],)).fetchone()
        if found is None:
            return f"on the way to {head['number']}"
        chain, body = found
        if f"sha256:{chain.hex()}" != head["chain"]:
            raise LookupError(f"the feed up to {head['number']} is another than the one taken")
        if not (VKEY and LEDGER and head["checkpoint"]):
            return f"complete up to {head['number']}; proven only with MOIETY_LEDGER_VKEY and _URL, and a checkpoint"
        size, root = evidence.open_checkpoint(head["checkpoint"], VKEY)
        proof = get(f"{LEDGER}/v1/proofs/inclusion", position=head["position"], size=size)["proof"]
        proof = [base64.b64decode(each) for each in proof]
        if evidence.root_from_inclusion(head["position"] - 1, size, evidence.leaf(body), proof) != root:
            raise LookupError(f"the event at position {head['position']} is not the one that the ledger has entered")
        return f"complete up to {head['number']}, the last of them proven in the ledger of {size} entries"


async def follow_on_nats(kept, url):
    """Stay connected: a client gives up for good once it is refused, as it is while nobody can look at its token."""
    patience = {"max_reconnect_attempts": -1, "reconnect_time_wait": 0.5, "connect_timeout": 10}
    while True:
        try:
            # With another prefix of its inboxes a client hears no answers.
            client = await nats.connect(url, token=token, inbox_prefix=f"_INBOX_{PARTY}", **patience)
            await pull(kept, client)
        except (nats.errors.Error, OSError):
            await asyncio.sleep(0.5)


async def pull(kept, client):
    """Pull from the consumer of the party's stream, whose sequences are the numbers of the feed."""
    consumer = await client.jetstream(prefix="MOIETY.API").pull_subscribe_bind(CONSUMER, stream=f"PARTY_{PARTY}")
    checked = None
    while not client.is_closed:
        try:
            if checked != kept.end():
                checked = kept.end()
                print(kept.check(), file=sys.stderr)
            for message in await consumer.fetch(100, timeout=2):
                number = message.metadata.sequence.stream
                while number > kept.end()[0] + 1:
                    kept.fill()
                kept.take(number, int(message.headers["Moiety-Position"]), message.data)
                await message.ack()  # only now, or it would be lost with this process
        except (nats.errors.Error, httpx.HTTPError):  # nothing new; or NATS, the stream or the API is away for a while
            await asyncio.sleep(0.5)


def main():
    kept = Kept(os.environ.get("PARTNER_DATABASE", "partner.sqlite"))
    if url := os.environ.get("MOIETY_NATS_URL"):
        asyncio.run(follow_on_nats(kept, url))
    while True:
        try:
            if not kept.fill(wait=25):
                print(kept.check(), file=sys.stderr)
        except httpx.HTTPError as error:
            print(f"asking again: {str(error) or type(error).__name__}", file=sys.stderr)
            asyncio.run(asyncio.sleep(0.5))


if __name__ == "__main__":
    main()
