// What a party can work out from its events alone: its feed's chain, what the ledger signed, and who owns what.
import { createHash, createPublicKey, verify } from "node:crypto";

// The events that say who owns an asset; any other changes nothing about it.
const NAMES = ["InventionDisclosed", "DeterminationAdopted", "OwnershipTransferred", "TransferRescinded"];
export const POSTINGS = new Set(NAMES.map((name) => `agreements.${name}.v1`));
const DER = Buffer.from("302a300506032b6570032100", "hex"); // what comes before 32 bytes of Ed25519 in SubjectPublicKeyInfo

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();

export const leaf = (body) => sha256(Buffer.of(0), body);
export const chainBeforeAll = (party, log = "0") => sha256(`moiety-feed/v1\n${log}\n${party}\n`);
export const chainAfter = (chain, body) => sha256(chain, leaf(body));

// Size and root of the tree that the key has signed (C2SP signed-note and tlog-checkpoint).
export function openCheckpoint(note, vkey) {
  const [name, keyId] = vkey.split("+", 2);
  const key = Buffer.from(vkey.slice(name.length + keyId.length + 2), "base64").subarray(1); // the base64 may contain +
  const end = note.lastIndexOf("\n\n");
  const text = note.slice(0, end + 1);
  for (const line of note.slice(end + 2).trimEnd().split("\n")) {
    const [, signer, signature] = line.split(" ");
    const raw = Buffer.from(signature, "base64");
    if (signer !== name || raw.subarray(0, 4).toString("hex") !== keyId) continue;
    const publicKey = createPublicKey({ key: Buffer.concat([DER, key]), format: "der", type: "spki" });
    const [origin, size, root] = text.split("\n");
    if (origin === name && verify(null, Buffer.from(text), publicKey, raw.subarray(4))) {
      return { size: Number(size), root: Buffer.from(root, "base64") };
    }
  }
  throw new Error("the checkpoint is not signed by this key");
}

// The root of the tree in which the leaf is at this index (RFC 9162, 2.1.3.2).
export function rootFromInclusion(index, size, leafHash, proof) {
  let [at, last, root] = [index, size - 1, leafHash];
  for (const sibling of proof) {
    if (last === 0) throw new Error("the proof is too long");
    if (at % 2 || at === last) {
      root = sha256(Buffer.of(1), sibling, root);
      while (at % 2 === 0 && at) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
    } else {
      root = sha256(Buffer.of(1), root, sibling);
    }
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  if (last) throw new Error("the proof is too short");
  return root;
}

// Exact shares: numerator and denominator in lowest terms, of whatever size.
const gcd = (a, b) => (b ? gcd(b, a % b) : a);
const ratio = (n, d) => ({ n: n / gcd(n, d), d: d / gcd(n, d) });
const parsed = (text) => ratio(...text.split("/").map(BigInt));
const plus = (a, b) => ratio(a.n * b.d + b.n * a.d, a.d * b.d);
const minus = (a, b) => plus(a, { n: -b.n, d: b.d });
const times = (a, b) => ratio(a.n * b.n, a.d * b.d);
const ZERO = { n: 0n, d: 1n };

// Who holds what share of an asset from which day on, given its events in the order of their positions. A determination
// says what was so from conception, or, PROSPECTIVE, from a later day; a transfer what changed on a day. Every new one
// replays all transfers that stand, in the order of their days and then of their positions.
export function timeline(postings) {
  let [conceived, determinations, transfers] = [null, [], []];
  for (const { type, data } of postings) {
    const name = type.split(".")[1];
    if (name === "InventionDisclosed") conceived = data.conceived_on;
    else if (name === "OwnershipTransferred") transfers.push(data);
    else if (name === "TransferRescinded") transfers = transfers.filter((each) => each.transfer !== data.transfer);
    else {
      const start = data.mode === "PROSPECTIVE" ? data.effective_on : data.conceived_on;
      determinations = determinations.filter((each) => each.start < start);
      determinations.push({ start: determinations.length ? start : data.conceived_on, shares: data.shares });
    }
  }
  let periods = conceived === null ? {} : { [conceived]: { UNALLOCATED: { n: 1n, d: 1n } } };
  determinations.forEach(({ start, shares }, index) => {
    const end = determinations[index + 1]?.start;
    let held = Object.fromEntries(Object.entries(shares).map(([holder, share]) => [holder, parsed(share)]));
    periods = { ...Object.fromEntries(Object.entries(periods).filter(([day]) => day < start)), [start]: held };
    const days = transfers.toSorted((a, b) => (a.effective_on < b.effective_on ? -1 : a.effective_on > b.effective_on ? 1 : 0));
    for (const { effective_on: day, from, to, amount } of days) {
      if (end && day >= end) break;
      const before = held[from] ?? ZERO;
      const part = amount.of_holding ? times(before, parsed(amount.of_holding)) : parsed(amount.of_whole);
      if (!part.n) continue;
      held = { ...held, [from]: minus(before, part) };
      held[to] = plus(held[to] ?? ZERO, part);
      held = Object.fromEntries(Object.entries(held).filter(([, share]) => share.n));
      periods[day > start ? day : start] = held;
    }
  });
  return periods;
}

export const written = (share) => `${share.n}/${share.d}`;
