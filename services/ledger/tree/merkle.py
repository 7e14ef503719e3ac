"""The Merkle tree of RFC 9162: its hashes, its storage as tiles, its proofs and their verification.

Stored are tiles of up to 256 hashes (C2SP tlog-tiles): the hashes of row r are the roots of the complete subtrees of
256^r leaves, from left to right. A tile only ever grows at its end, so the newest form of a tile answers for every
smaller tree too. Indexes count from 0; the entry at position p has index p - 1.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from services.ledger.errors import HashRefused, ProofRefused, SizeRefused
from shared.log.chain import tree_text
from shared.positions import LAST_POSITION

HASH_BYTES = 32
TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
TILE_BYTES = TILE_WIDTH * HASH_BYTES
EMPTY_ROOT = sha256(b"").digest()

Proof = Sequence[bytes]


class TileKey(NamedTuple):
    """Where a tile stands: its row and its number in that row, both from 0."""

    row: int
    number: int

    def __str__(self) -> str:
        return f"{self.number} of row {self.row}"


Tiles = Mapping[TileKey, bytes]


class Edge(NamedTuple):
    """The incomplete last tile of every row: all it takes to grow the tree and to know its root."""

    size: int = 0
    rows: tuple[bytes, ...] = ()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def _top(hashes: bytes) -> bytes:
    """Return the root over a power of two of hashes that stand one after another."""
    while len(hashes) > HASH_BYTES:
        pairs = range(0, len(hashes), 2 * HASH_BYTES)
        hashes = b"".join([sha256(b"\x01" + hashes[pair : pair + 2 * HASH_BYTES]).digest() for pair in pairs])
    return hashes


def extend(edge: Edge, leaf_hashes: Iterable[bytes]) -> tuple[Edge, dict[TileKey, bytes]]:
    """Append leaves and return the new edge and every tile that changed, each in its new form."""
    rows = list(edge.rows)
    changed: dict[TileKey, bytes] = {}
    rising = b"".join(leaf_hashes)
    size = edge.size + len(rising) // HASH_BYTES
    row = 0
    while rising:
        if row == len(rows):
            rows.append(b"")
        hashes = rows[row] + rising
        tiles = [hashes[start : start + TILE_BYTES] for start in range(0, len(hashes), TILE_BYTES)]
        first = edge.size >> TILE_HEIGHT * (row + 1)
        changed.update({TileKey(row, first + number): tile for number, tile in enumerate(tiles)})
        rows[row] = tiles.pop() if len(tiles[-1]) < TILE_BYTES else b""
        rising = b"".join(map(_top, tiles))
        row += 1
    return Edge(size, tuple(rows)), changed


def edge_keys(size: int) -> list[TileKey]:
    """Return the keys of the incomplete tiles at the edge of a tree, from row 0 up, and only of those that exist."""
    rows = range(-(-size.bit_length() // TILE_HEIGHT))
    widths = ((row, size >> TILE_HEIGHT * row) for row in rows)
    return [TileKey(row, width >> TILE_HEIGHT) for row, width in widths if width % TILE_WIDTH]


def edge_of(size: int, tiles: Tiles) -> Edge:
    """Return the edge of the tree of that size, from tiles of this or of any later size."""
    rows = [b""] * -(-size.bit_length() // TILE_HEIGHT)
    for key in edge_keys(size):
        width = (size >> TILE_HEIGHT * key.row) % TILE_WIDTH
        rows[key.row] = tiles[key][: width * HASH_BYTES]
    return Edge(size, tuple(rows))


def root_of(edge: Edge) -> bytes:
    """Return the root of the tree: the complete subtrees at its edge, joined from the smallest up."""
    root = b""
    for hashes in edge.rows:
        end = len(hashes)
        for height in range(TILE_HEIGHT):
            if end // HASH_BYTES >> height & 1:
                start = end - (HASH_BYTES << height)
                left = _top(hashes[start:end])
                root = node_hash(left, root) if root else left
                end = start
    return root or EMPTY_ROOT


# -- proofs: which subtrees they name, which tiles hold these, and their hashes ---------------------------------------


def inclusion_subtrees(index: int, size: int) -> list[range]:
    """Return the leaves under each hash of an inclusion proof, in its order (RFC 9162 2.1.3.1); raises SizeRefused."""
    _check_place(index, size)
    subtrees: list[range] = []
    start, end = 0, size
    while end - start > 1:
        middle = _split(start, end)
        if index < middle:
            subtrees.append(range(middle, end))
            end = middle
        else:
            subtrees.append(range(start, middle))
            start = middle
    return subtrees[::-1]


def consistency_subtrees(old: int, new: int) -> list[range]:
    """Return the leaves under each hash of a consistency proof, in its order (RFC 9162 2.1.4.1); raises SizeRefused."""
    _check_sizes(old, new)
    subtrees: list[range] = []
    start, end = 0, new
    while end != old:
        middle = _split(start, end)
        if old <= middle:
            subtrees.append(range(middle, end))
            end = middle
        else:
            subtrees.append(range(start, middle))
            start = middle
    if start:  # otherwise this subtree is the old tree itself, whose root the verifier knows
        subtrees.append(range(start, end))
    return subtrees[::-1]


def tiles_under(subtrees: Iterable[range]) -> set[TileKey]:
    """Return the keys of the tiles that hold what `hashes_of` these subtrees needs."""
    return {_place(*node)[0] for subtree in subtrees for node in _complete_nodes(subtree)}


def hashes_of(subtrees: Iterable[range], tiles: Tiles) -> list[bytes]:
    """Return the root of each subtree; raises KeyError when a needed tile is missing."""
    return [_subtree_root(subtree, tiles) for subtree in subtrees]


def _split(start: int, end: int) -> int:
    """Return where RFC 9162 splits these leaves: after the largest power of two less than their number."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def _complete_nodes(subtree: range) -> list[tuple[int, int]]:
    """Return (height, index) of the complete subtrees that make up a subtree, the largest first."""
    nodes: list[tuple[int, int]] = []
    start = subtree.start
    while start < subtree.stop:
        height = (subtree.stop - start).bit_length() - 1
        nodes.append((height, start >> height))
        start += 1 << height
    return nodes


def _place(height: int, index: int) -> tuple[TileKey, slice]:
    """Return the tile below a complete subtree and where in it the hashes stand whose root is the subtree's."""
    row, within = divmod(height, TILE_HEIGHT)
    number, first = divmod(index << within, TILE_WIDTH)
    return TileKey(row, number), slice(first * HASH_BYTES, (first + (1 << within)) * HASH_BYTES)


def _subtree_root(subtree: range, tiles: Tiles) -> bytes:
    root = b""
    for node in reversed(_complete_nodes(subtree)):
        key, place = _place(*node)
        left = _top(tiles[key][place])
        root = node_hash(left, root) if root else left
    return root


# -- verification: iterative, so that no proof can make it recurse ----------------------------------------------------


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Proof, root: bytes) -> None:
    """Check that the leaf is at the index of the tree with this root. Raises ProofRefused; returns nothing.

    Steps are those of RFC 9162 section 2.1.3.2.
    """
    # 1. The index lies inside the tree, and hashes are hashes.
    _check_place(index, size)
    _check_hashes(leaf, *proof, root)
    # 2-3. Start at the leaf.
    node, last, got = index, size - 1, leaf
    # 4. Climb, each hash of the proof being a sibling on the left or on the right.
    for sibling in proof:
        if last == 0:
            raise ProofRefused("the inclusion proof is too long")
        if node & 1 or node == last:
            got = node_hash(sibling, got)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            got = node_hash(got, sibling)
        node, last = node >> 1, last >> 1
    # 5. Arrive at the root, and exactly there.
    if last != 0:
        raise ProofRefused("the inclusion proof is too short")
    _expect_root("the inclusion proof leads to root", expected=root, got=got)


def verify_consistency(old: int, new: int, proof: Proof, old_root: bytes, new_root: bytes) -> None:
    """Check that the old tree is a prefix of the new one. Raises ProofRefused; returns nothing.

    Steps are those of RFC 9162 section 2.1.4.2, after the case that needs no proof. Of the empty tree there is none: it
    is a prefix of every tree, so nothing would be shown.
    """
    # 0. Sizes and hashes can be such; every tree is a prefix of itself.
    _check_sizes(old, new)
    _check_hashes(*proof, old_root, new_root)
    if old == new:
        if proof:
            raise ProofRefused(f"from size {old} to itself the consistency proof must be empty")
        _expect_root(f"size {old} has root", expected=new_root, got=old_root)
        return
    # 1. There is a proof.
    if not proof:
        raise ProofRefused(f"a proof of no hashes cannot show size {old} to be a prefix of size {new}")
    # 2. A complete old tree is its own first hash.
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    # 3-4. Start at the largest complete subtree at the old tree's edge.
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    # 5-6. Climb in both trees at once.
    got_old = got_new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofRefused("the consistency proof is too long")
        if node & 1 or node == last:
            got_old = node_hash(sibling, got_old)
            got_new = node_hash(sibling, got_new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            got_new = node_hash(got_new, sibling)
        node, last = node >> 1, last >> 1
    # 7. Arrive at both roots, and exactly there.
    if last != 0:
        raise ProofRefused("the consistency proof is too short")
    _expect_root("the consistency proof leads to old root", expected=old_root, got=got_old)
    _expect_root("the consistency proof leads to new root", expected=new_root, got=got_new)


def _check_place(index: int, size: int) -> None:
    if not 0 <= index < size <= LAST_POSITION:
        raise SizeRefused(f"{_shown(index)} is no index in a tree of size {_shown(size)}")


def _check_sizes(old: int, new: int) -> None:
    if not 0 < old <= new <= LAST_POSITION:
        raise SizeRefused(f"from size {_shown(old)} to size {_shown(new)} there is nothing to be proven")


def _check_hashes(*hashes: bytes) -> None:
    for each in hashes:
        if len(each) != HASH_BYTES:
            raise HashRefused(f"a hash has {HASH_BYTES} bytes, got {len(each)}")


def _shown(number: int) -> str:
    """Write a number, which may have more digits than Python would write."""
    return str(number) if number.bit_length() <= LAST_POSITION.bit_length() else f"of {number.bit_length()} bits"


def _expect_root(what: str, *, expected: bytes, got: bytes) -> None:
    if got != expected:
        raise ProofRefused(f"{what} {tree_text(got)}, expected {tree_text(expected)}")
