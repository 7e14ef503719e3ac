"""Checks everything the ledger stores against the entries' bytes; it derives anew and repairs nothing."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import eq
from typing import Any, Final

from services.ledger.check.alarms import check_alarms
from services.ledger.check.balance import Grounds, HoldingRow, check_balance
from services.ledger.check.catalogue import check_catalogue
from services.ledger.check.evidence import Evidence, StoredEntry
from services.ledger.check.replay import Replay
from services.ledger.check.verify import Watch
from services.ledger.errors import NoteRefused, ProofRefused, TamperDetected
from services.ledger.rules.touched import touched_by
from services.ledger.tree.merkle import HASH_BYTES, TILE_WIDTH, Edge, TileKey, edge_keys, extend, root_of
from services.ledger.tree.note import Checkpoint, Verifier, open_checkpoint
from shared.log.chain import START, chain_after, chain_text, leaf_hash, tree_text
from shared.log.envelope import Envelope

_COLUMNS: Final = {
    "asset": "asset, agreement, position",
    "member": "agreement, party, position",
    "departure": "agreement, party, position, left_on",
    "holding": "asset, holder, share, effective_from, effective_to, caused_by, known_from, recorded_from, known_to,"
    " recorded_to",
    "dispute": "asset, dispute, actions, known_from, recorded_from, known_to, recorded_to",
    "derivation": "position, asset, reasons::text, alarms::text",
    "asset_alarm": "position, number, asset, alarm, details::text",
}


async def fsck(evidence: Evidence, verifier: Verifier, *, watch: Watch | None = None) -> Checkpoint:
    """Derive everything stored from the entries' bytes and compare. Raises TamperDetected; returns what was signed.

    1. Entries have the positions 1 to n without a gap, and the recorded progress is n, of this history.
    2. Every entry's bytes hash to the leaf at its position, the leaves to every stored tile; there is no other tile.
    3. What is stored beside an entry's bytes is what the bytes say; what these say is checked as `Replay` does.
    4. Every checkpoint is signed by the ledger's key and has the root of the tree of its size; the newest is of size n,
       and each names the one before it, so that none is gone.
    5. Every adopted determination is borne out by the facts.
    6. Holdings are whole on both clocks, as `check_balance` finds by none of the rules that made them.
    7. Assets, members and who left, holdings and disputes on both clocks, derivations and alarms about assets are those
       that the entries give, no more and no less.
    8. Alarms about what stopped the ledger are those that its key signed.
    9. Tables, guards, functions and rights are those that the migrations make.
    """
    async with evidence.snapshot():
        checking = _Checking(evidence, verifier)
        await checking.start()
        async for entries in evidence.entries():
            await checking.take(entries)
            if watch is not None:
                watch(checking.replay.moment.position, checking.progress)
        await checking.finish()
        return checking.tree()


class _Checking:
    """The tree and the replay, as far as the entries have been read."""

    def __init__(self, evidence: Evidence, verifier: Verifier) -> None:
        self._evidence = evidence
        self._verifier = verifier
        self._edge = Edge()
        self._checkpoints: dict[int, str] = {}
        self._previous: dict[int, int | None] = {}
        self._tiles = 0
        self._grounds = Grounds()
        self.replay = Replay()
        self.progress = 0
        self._progress_chain = self._chain = START.chain

    async def start(self) -> None:
        progress = await self._evidence.fetch("SELECT position, chain FROM progress")
        if not progress:
            raise TamperDetected(expected="how far the ledger has come", got="nothing", at="progress")
        self.progress, self._progress_chain = progress[0]["position"], progress[0]["chain"]
        rows = await self._evidence.fetch("SELECT size, note, previous FROM checkpoint ORDER BY size")
        self._checkpoints = {row["size"]: row["note"] for row in rows}
        self._previous = {row["size"]: row["previous"] for row in rows}

    async def take(self, entries: Sequence[StoredEntry]) -> None:
        """Check a chunk of entries: all that needs nothing after them."""
        signed: list[Edge] = []
        changed: dict[TileKey, bytes] = {}
        leaves: list[bytes] = []
        for position, entry in enumerate(entries, start=self._edge.size + 1):
            # 1. No gap.
            _expect(f"position {position}", expected=position, got=entry.position)
            leaves.append(leaf_hash(entry.body))
            self._chain = chain_after(self._chain, entry.body)
            if position in self._checkpoints:
                changed |= self._grow(leaves)
                signed.append(self._edge)
                leaves = []
        # 2. The stored tree is the one that grows from these bytes. First, because it names the entry that was changed.
        await self._check_tiles(changed | self._grow(leaves))
        # 4. So are the trees that were signed.
        for edge in signed:
            self._check_checkpoint(edge)
        for entry in entries:
            # 3. and 5. What the bytes say.
            envelope = self.replay.enter(entry.body)
            self._grounds.read(*self.replay.moment, envelope.data)
            _check_beside(entry, envelope, self.replay.moment.recorded_at)

    def _grow(self, leaves: Iterable[bytes]) -> dict[TileKey, bytes]:
        self._edge, changed = extend(self._edge, leaves)
        return changed

    async def finish(self) -> None:
        # 1. Neither less nor more than is said to have been entered.
        _expect("progress", expected=self.replay.moment.position, got=self.progress)
        _expect("progress", expected=chain_text(self._chain), got=chain_text(self._progress_chain))
        # 2. No tile that should not be.
        width, tiles = self._edge.size, 0
        while width:
            tiles += -(-width // TILE_WIDTH)
            width //= TILE_WIDTH
        stored = (await self._evidence.fetch("SELECT count(*) AS tiles FROM tile"))[0]["tiles"]
        _expect("tiles", expected=tiles, got=stored)
        for key, hashes in (await self._evidence.tiles(edge_keys(self._edge.size))).items():
            _expect(f"tile {key}", expected=_in_text(self._edge.rows[key.row]), got=_in_text(hashes))
        # 4. No checkpoint of a size never reached.
        newest = max(self._checkpoints, default=0)
        _expect(f"checkpoint {max(newest, self._edge.size)}", expected=f"size {self._edge.size}", got=f"size {newest}")
        self._check_none_is_gone()
        # 6. What adds up, whoever wrote it.
        check_balance(map(HoldingRow._make, await self._stored("holding")), self._grounds)
        # 7. What was derived.
        await self._check_derived()
        # 8. and 9. What follows from no entry.
        await check_alarms(self._evidence, self._verifier, self._edge.size)
        await check_catalogue(self._evidence)

    def tree(self) -> Checkpoint:
        """Return what a checkpoint of everything read says."""
        return Checkpoint(self._verifier.name, self._edge.size, root_of(self._edge))

    async def _check_tiles(self, changed: Mapping[TileKey, bytes]) -> None:
        stored = await self._evidence.tiles(changed)
        for key, hashes in sorted(changed.items()):
            # A tile that is not full may have grown since: its beginning is what it was.
            got = stored.get(key, b"")[: len(hashes)]
            if got != hashes:
                place = _first_difference(hashes, got) // HASH_BYTES
                of_entries, of_tree = (each[place * HASH_BYTES :][:HASH_BYTES] for each in (hashes, got))
                at = f"position {key.number * TILE_WIDTH + place + 1}" if key.row == 0 else f"tile {key}"
                if key.row == 0 and await self._is_signed():
                    # The key vouches for the tree: it is the entry that was changed.
                    raise TamperDetected(
                        expected=f"hash {_in_text(of_tree)}", got=f"hash {_in_text(of_entries)}", at=at
                    )
                raise TamperDetected(expected=f"hash {_in_text(of_entries)}", got=f"hash {_in_text(of_tree)}", at=at)

    async def _is_signed(self) -> bool:
        """Tell whether the stored leaf hashes, whatever the entries have become, are those of the newest checkpoint."""
        newest = max(self._checkpoints, default=0)
        try:
            signed = open_checkpoint(self._checkpoints[newest].encode(), self._verifier)
            hashes = b"".join([each async for each in self._evidence.leaf_hashes(newest)])
            leaves = [hashes[start : start + HASH_BYTES] for start in range(0, len(hashes), HASH_BYTES)]
            return signed == Checkpoint(self._verifier.name, newest, root_of(extend(Edge(), leaves)[0]))
        except (KeyError, NoteRefused, ProofRefused):
            return False

    def _check_checkpoint(self, edge: Edge) -> None:
        at = f"checkpoint {edge.size}"
        try:
            signed = open_checkpoint(self._checkpoints[edge.size].encode(), self._verifier)
        except NoteRefused as refused:
            raise TamperDetected(expected=f"signed by {self._verifier}", got=str(refused), at=at) from refused
        _expect(at, expected=f"size {edge.size}", got=f"size {signed.size}")
        # What was signed is what there ought to be.
        _expect(at, expected=f"root {tree_text(signed.root)}", got=f"root {tree_text(root_of(edge))}")

    def _check_none_is_gone(self) -> None:
        before = None
        for size, previous in self._previous.items():
            if previous is not None and previous not in self._previous:
                expected = f"what was signed before checkpoint {size}"
                raise TamperDetected(expected=expected, got="no such row", at=f"checkpoint {previous}")
            _expect(f"checkpoint {size}", expected=f"signed after {before or 0}", got=f"signed after {previous or 0}")
            before = size

    async def _check_derived(self) -> None:
        replay = self.replay
        await self._compare(
            "asset",
            {(asset, *where) for asset, where in replay.assets.items()},
        )
        await self._compare(
            "member",
            {(*member, position) for member, position in replay.members.items()},
        )
        await self._compare("departure", replay.departures)
        await self._compare("holding", {known.record() for known in replay.holdings.every()})
        await self._compare(
            "derivation",
            {
                (
                    position,
                    asset,
                    *derivation.texts(),
                )
                for position, (asset, derivation) in replay.derivations.items()
            },
        )
        await self._compare(
            "asset_alarm",
            {(position, number, asset, each.alarm, each.text()) for position, number, asset, each in replay.alarms},
        )
        await self._compare("dispute", {_hashable(each.record()) for each in replay.disputes})
        moment = (await self._evidence.fetch("SELECT recorded_at FROM progress"))[0]["recorded_at"]
        _expect("progress", expected=replay.moment.recorded_at, got=moment)

    async def _stored(self, table: str) -> set[tuple[Any, ...]]:
        rows = await self._evidence.fetch(f"SELECT {_COLUMNS[table]} FROM {table}")  # noqa: S608  # ours
        return {_hashable(row) for row in rows}

    async def _compare(self, table: str, expected: set[tuple[Any, ...]]) -> None:
        stored = await self._stored(table)
        names = _COLUMNS[table].replace("::text", "").split(", ")
        for row in sorted(expected - stored, key=repr):
            nearest = _nearest(row, stored - expected)
            got = dict(zip(names, nearest, strict=True)) if nearest else "no such row"
            raise TamperDetected(expected=dict(zip(names, row, strict=True)), got=got, at=table)
        for row in sorted(stored - expected, key=repr):
            raise TamperDetected(expected="no such row", got=dict(zip(names, row, strict=True)), at=table)


def _check_beside(entry: StoredEntry, envelope: Envelope, recorded_at: datetime) -> None:
    at = f"position {entry.position}"
    for expected, got in (
        (envelope.stream, entry.stream),
        (envelope.version, entry.version),
        (touched_by(envelope.data).contributed_to, entry.invention),
        (recorded_at, entry.recorded_at),
    ):
        _expect(at, expected=expected, got=got)


def _in_text(hashes: bytes) -> str:
    each = (hashes[start : start + HASH_BYTES] for start in range(0, len(hashes), HASH_BYTES))
    return " ".join(map(tree_text, each)) or "none"


def _hashable(row: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(tuple(value) if isinstance(value, list) else value for value in row)


def _first_difference(expected: bytes, got: bytes) -> int:
    return next(
        (place for place, (one, other) in enumerate(zip(expected, got, strict=False)) if one != other), len(got)
    )


def _nearest(row: tuple[Any, ...], others: set[tuple[Any, ...]]) -> tuple[Any, ...]:
    """Return the row that was probably meant: the one that agrees in most columns."""
    return max(others, key=lambda other: sum(map(eq, row, other)), default=())


def _expect(at: str, *, expected: object, got: object) -> None:
    if expected != got:
        raise TamperDetected(expected=expected, got=got, at=at)
