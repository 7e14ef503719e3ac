// Follows a party's feed on NATS: each event takes effect once and in order, in one transaction with how far it has
// come. It prints a line of JSON for each event that it took.
import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { jetstream } from "@nats-io/jetstream";
import { connect, tokenAuthenticator } from "@nats-io/transport-node";
import { HTTP } from "cloudevents";
import { chainAfter, chainBeforeAll, leaf, openCheckpoint, POSTINGS, rootFromInclusion, timeline, written } from "./evidence.mjs";

const { MOIETY_PARTY: PARTY, MOIETY_NOTIFICATIONS_URL: NOTIFICATIONS, MOIETY_LEDGER_URL: LEDGER } = process.env;
// A consumer of its own, where another program is told by `main`.
const CONSUMER = process.env.MOIETY_CONSUMER ?? "main";
// The ledger's key, as you were given it when you were appointed: one from where the evidence comes from proves nothing.
const VKEY = process.env.MOIETY_LEDGER_VKEY;
const TABLES = `
CREATE TABLE IF NOT EXISTS event (number INTEGER PRIMARY KEY, position INTEGER NOT NULL UNIQUE, id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL, asset TEXT, body BLOB NOT NULL, chain BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS holding (asset TEXT, since TEXT, holder TEXT, share TEXT, PRIMARY KEY (asset, since, holder));
`;

// Read anew each time it is needed: the token is exchanged before it ends, and when keys are rotated.
const token = () => readFileSync(process.env.MOIETY_TOKEN_FILE, "utf8").trim();

async function get(url, asked = {}) {
  const answer = await fetch(`${url}?${new URLSearchParams(asked)}`, { headers: { Authorization: `Bearer ${token()}` } });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return answer.json();
}

// What has taken effect, in one file.
export class Kept {
  constructor(path) {
    this.db = new DatabaseSync(path);
    this.db.exec(TABLES);
  }

  // The last number and the chain up to it.
  end() {
    const found = this.db.prepare("SELECT number, chain FROM event ORDER BY number DESC LIMIT 1").get();
    return found ?? { number: 0, chain: chainBeforeAll(PARTY) };
  }

  // The chain up to a number, in hexadecimal; empty for one that was not taken.
  chainAt(number) {
    const found = this.db.prepare("SELECT chain FROM event WHERE number = ?").get(number);
    return found ? Buffer.from(found.chain).toString("hex") : "";
  }

  // Take an event unless it was taken already: it, its effect and the number are kept together or not at all.
  take(number, position, body) {
    const { number: last, chain } = this.end();
    if (number <= last) return;
    if (number > last + 1) throw new RangeError(`expected ${last + 1}, got ${number}`);
    const event = HTTP.toEvent({ headers: { "content-type": "application/cloudevents+json" }, body: body.toString() });
    this.db.exec("BEGIN IMMEDIATE");
    try {
      // What it does not know changes nothing, but has its number: the next one follows it.
      const asset = POSTINGS.has(event.type) ? event.data.invention : null;
      const row = [number, position, event.id, event.type, asset, body, chainAfter(chain, body)];
      this.db.prepare("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?)").run(...row);
      if (asset !== null) this.post(asset);
      this.db.exec("COMMIT");
    } catch (error) {
      this.db.exec("ROLLBACK");
      throw error;
    }
    console.log(JSON.stringify({ number, position, id: event.id, type: event.type }));
  }

  // Work out an asset's holdings anew: what comes late may have been recorded early, so positions decide.
  post(asset) {
    const bodies = this.db.prepare("SELECT body FROM event WHERE asset = ? ORDER BY position").all(asset);
    const periods = timeline(bodies.map(({ body }) => JSON.parse(Buffer.from(body).toString())));
    this.db.prepare("DELETE FROM holding WHERE asset = ?").run(asset);
    const add = this.db.prepare("INSERT INTO holding VALUES (?, ?, ?, ?)");
    for (const [day, held] of Object.entries(periods)) {
      for (const [holder, share] of Object.entries(held)) add.run(asset, day, holder, written(share));
    }
  }

  // Take what follows over HTTP: this file is older than what was acknowledged, as a backup is.
  async fill() {
    const { events } = await get(`${NOTIFICATIONS}/v1/feed`, { after: this.end().number });
    for (const { number, position, body } of events) this.take(number, position, Buffer.from(body));
    return events.length;
  }

  // Compare with where the feed is said to end, and prove that its last event is in the ledger.
  async check() {
    const head = await get(`${NOTIFICATIONS}/v1/feed/head`);
    // What another has acknowledged, or this file before it was restored, comes on NATS no more.
    while (this.end().number < head.number && (await this.fill()));
    const found = this.db.prepare("SELECT body FROM event WHERE number = ?").get(head.number);
    if (!found) return `on the way to ${head.number}`;
    if (`sha256:${this.chainAt(head.number)}` !== head.chain) {
      throw new RangeError(`the feed up to ${head.number} is another than the one taken`);
    }
    if (!VKEY || !LEDGER || !head.checkpoint) {
      return `complete up to ${head.number}; proven only with MOIETY_LEDGER_VKEY and _URL, and a checkpoint`;
    }
    const { size, root } = openCheckpoint(head.checkpoint, VKEY);
    const { proof } = await get(`${LEDGER}/v1/proofs/inclusion`, { position: head.position, size });
    const siblings = proof.map((each) => Buffer.from(each, "base64"));
    if (!rootFromInclusion(head.position - 1, size, leaf(found.body), siblings).equals(root)) {
      throw new RangeError(`the event at position ${head.position} is not the one that the ledger has entered`);
    }
    return `complete up to ${head.number}, the last of them proven in the ledger of ${size} entries`;
  }
}

// Pull from the consumer of the party's stream, whose sequences are the numbers of the feed.
async function follow(kept) {
  const client = await connect({
    servers: process.env.MOIETY_NATS_URL,
    authenticator: tokenAuthenticator(token),
    inboxPrefix: `_INBOX_${PARTY}`, // with another a client hears no answers
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true, // a token that is over is exchanged, here or by whoever does that for us
    reconnectTimeWait: 500,
    waitOnFirstConnect: true,
  });
  const streams = jetstream(client, { apiPrefix: "MOIETY.API" });
  for (let checked = -1; ; ) {
    try {
      const consumer = await streams.consumers.get(`PARTY_${PARTY}`, CONSUMER);
      for await (const message of await consumer.fetch({ max_messages: 100, expires: 2_000 })) {
        while (message.seq > kept.end().number + 1) await kept.fill();
        kept.take(message.seq, Number(message.headers.get("Moiety-Position")), Buffer.from(message.data));
        message.ack(); // only now, or it would be lost with this process
      }
      if (checked === kept.end().number) continue;
      checked = kept.end().number;
      console.error(await kept.check());
    } catch (error) {
      if (error instanceof RangeError) throw error;
      console.error(`trying again: ${error.message}`); // NATS, the stream, or who is asked, is away for a while
      await pause(500);
    }
  }
}

if (import.meta.main) await follow(new Kept(process.env.PARTNER_DATABASE ?? "partner.sqlite"));
