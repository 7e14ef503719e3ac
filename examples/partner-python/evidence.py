"""What a party can work out from its events alone: its feed's chain, what the ledger signed, and who owns what."""

import base64
import hashlib
from fractions import Fraction

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

# The events that say who owns an asset; any other changes nothing about it.
POSTINGS = {
    f"agreements.{name}.v1"
    for name in ("InventionDisclosed", "DeterminationAdopted", "OwnershipTransferred", "TransferRescinded")
}


def leaf(body):
    return hashlib.sha256(b"\x00" + body).digest()


def chain_before_all(party, log="0"):
    return hashlib.sha256(f"moiety-feed/v1\n{log}\n{party}\n".encode()).digest()


def chain_after(chain, body):
    return hashlib.sha256(chain + leaf(body)).digest()


def open_checkpoint(note, vkey):
    """Return size and root of the tree that the key has signed (C2SP signed-note and tlog-checkpoint)."""
    name, key_id, key = vkey.split("+", 2)  # the base64 may itself contain +
    text, signatures = note.rsplit("\n\n", 1)
    for line in signatures.splitlines():
        _dash, signer, signature = line.split(" ")
        raw = base64.b64decode(signature)
        if (signer, raw[:4].hex()) == (name, key_id):
            Ed25519PublicKey.from_public_bytes(base64.b64decode(key)[1:]).verify(raw[4:], f"{text}\n".encode())
            origin, size, root = text.split("\n")[:3]
            if origin == name:
                return int(size), base64.b64decode(root)
    raise ValueError("the checkpoint is not signed by this key")


def root_from_inclusion(index, size, leaf_hash, proof):
    """Return the root of the tree in which the leaf is at this index (RFC 9162, 2.1.3.2)."""
    last, root = size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            raise ValueError("the proof is too long")
        if index % 2 or index == last:
            root = hashlib.sha256(b"\x01" + sibling + root).digest()
            while index % 2 == 0 and index:
                index, last = index // 2, last // 2
        else:
            root = hashlib.sha256(b"\x01" + root + sibling).digest()
        index, last = index // 2, last // 2
    if last:
        raise ValueError("the proof is too short")
    return root


def timeline(postings):
    """Return who holds what share of an asset from which day on, given its events in the order of their positions.

    A determination says what was so from conception, or, PROSPECTIVE, from a later day; a transfer what changed on a
    day. Every new one replays all transfers that stand, in the order of their days and then of their positions.
    """
    conceived, determinations, transfers = None, [], []
    for event in postings:
        data = event["data"]
        match event["type"].split(".")[1]:
            case "InventionDisclosed":
                conceived = data["conceived_on"]
            case "DeterminationAdopted":
                start = data["effective_on"] if data.get("mode") == "PROSPECTIVE" else data["conceived_on"]
                determinations = [each for each in determinations if each[0] < start]
                determinations.append((start if determinations else data["conceived_on"], data["shares"]))
            case "OwnershipTransferred":
                transfers.append(data)
            case "TransferRescinded":
                transfers = [each for each in transfers if each["transfer"] != data["transfer"]]
    periods = {} if conceived is None else {conceived: {"UNALLOCATED": Fraction(1)}}
    ends = [*(start for start, _shares in determinations[1:]), None]
    for (start, shares), end in zip(determinations, ends, strict=False):
        held = {holder: Fraction(share) for holder, share in shares.items()}
        periods = {day: shares for day, shares in periods.items() if day < start} | {start: held}
        for transfer in sorted(transfers, key=lambda each: each["effective_on"]):  # stable: then by position
            day, amount = transfer["effective_on"], transfer["amount"]
            if end is None or day < end:
                before, held = held, moved(held, transfer["from"], transfer["to"], amount)
                if held != before:
                    periods[max(day, start)] = held
    return {day: {holder: str_of(share) for holder, share in held.items()} for day, held in periods.items()}


def moved(held, source, to, amount):
    """Return the holdings after a transfer, in exact fractions: of what the transferor holds, or of the whole."""
    before = held.get(source, Fraction(0))
    part = before * Fraction(amount["of_holding"]) if "of_holding" in amount else Fraction(amount["of_whole"])
    after = {**held, source: before - part}
    after[to] = after.get(to, Fraction(0)) + part
    return {holder: share for holder, share in sorted(after.items()) if share}


def str_of(share):
    return f"{share.numerator}/{share.denominator}"
