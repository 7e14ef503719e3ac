"""The tree is that of RFC 9162: checked against the public vectors and against its recursive definition."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ledger.errors import HashRefused, ProofRefused, SizeRefused
from services.ledger.tree.merkle import (
    EMPTY_ROOT,
    HASH_BYTES,
    Edge,
    TileKey,
    consistency_subtrees,
    edge_of,
    extend,
    hashes_of,
    inclusion_subtrees,
    node_hash,
    root_of,
    tiles_under,
    verify_consistency,
    verify_inclusion,
)
from shared.log.chain import leaf_hash
from tests.told import refuses

# -- the reference: RFC 9162 section 2.1, as it is written ------------------------------------------------------------


def split(leaves):
    """k, the largest power of two less than the number of leaves."""
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return leaves[:k], leaves[k:]


def tree_hash(leaves):
    """MTH(D_n) over leaf hashes."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    left, right = map(tree_hash, split(leaves))
    return sha256(b"\x01" + left + right).digest()


def path(index, leaves):
    """PATH(m, D_n)."""
    if len(leaves) == 1:
        return []
    left, right = split(leaves)
    if index < len(left):
        return [*path(index, left), tree_hash(right)]
    return [*path(index - len(left), right), tree_hash(left)]


def subproof(old, leaves, *, whole):
    """SUBPROOF(m, D_n, b)."""
    if old == len(leaves):
        return [] if whole else [tree_hash(leaves)]
    left, right = split(leaves)
    if old <= len(left):
        return [*subproof(old, left, whole=whole), tree_hash(right)]
    return [*subproof(old - len(left), right, whole=False), tree_hash(left)]


def leaves_of(size):
    return [leaf_hash(number.to_bytes(4)) for number in range(size)]


def grown(leaves, *batches):
    """Grow a tree in the given batch sizes, the last batch taking the rest."""
    edge, tiles = Edge(), dict[TileKey, bytes]()
    for size in [*batches, len(leaves)]:
        batch, leaves = leaves[:size], leaves[size:]
        edge, changed = extend(edge, batch)
        tiles |= changed
    return edge, tiles


LEAVES = leaves_of(70_000)
_, TILES = grown(LEAVES, 1, 254, 1, 1, 40_000, 25_279, 257)
SIZES = st.one_of(st.integers(1, 600), st.integers(1, 3_000))


# -- vectors of transparency-dev/merkle, rfc6962/rfc6962_test.go ------------------------------------------------------


def test_the_hashes_are_the_published_ones():
    """The domain-separated hashes agree with the public test vectors."""
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert leaf_hash(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    assert node_hash(b"N123", b"N456").hex() == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"


def test_an_empty_tree_has_the_published_root():
    """A log of nothing still has a root: the hash of nothing."""
    assert EMPTY_ROOT == root_of(Edge())


# -- tiles ------------------------------------------------------------------------------------------------------------


def test_seventy_thousand_leaves_make_the_published_geometry():
    """Size 70,000 is 273 full tiles and one of 112 in row 0, one full and one of 17 in row 1, one of 1 in row 2."""
    widths = {key: len(tile) // HASH_BYTES for key, tile in TILES.items()}

    assert {TileKey(0, number): 256 for number in range(273)} | {
        TileKey(0, 273): 112,
        TileKey(1, 0): 256,
        TileKey(1, 1): 17,
        TileKey(2, 0): 1,
    } == widths


def test_a_full_tile_rises_at_once():
    """At 256 leaves the tile above already holds its first hash."""
    _, tiles = grown(leaves_of(256))

    assert {TileKey(0, 0): 256 * HASH_BYTES, TileKey(1, 0): HASH_BYTES} == {k: len(v) for k, v in tiles.items()}


@given(st.lists(st.integers(0, 700), max_size=6), st.integers(0, 1_500))
def test_how_leaves_are_batched_changes_nothing(batches, size):
    """Any batching of the same leaves gives the same tiles, edge and root."""
    leaves = LEAVES[:size]

    assert grown(leaves) == grown(leaves, *batches)
    assert tree_hash(leaves) == root_of(grown(leaves, *batches)[0])


@given(st.integers(0, 70_000))
def test_later_tiles_answer_for_every_earlier_tree(size):
    """The edge of any smaller tree is found in the tiles of the larger one."""
    assert grown(LEAVES[:size])[0] == edge_of(size, TILES)


# -- proofs -----------------------------------------------------------------------------------------------------------


@given(SIZES, st.data())
def test_an_inclusion_proof_is_that_of_the_rfc(size, data):
    """Every proof equals the recursive definition's, uses only the tiles it named, and verifies."""
    index = data.draw(st.integers(0, size - 1))
    subtrees = inclusion_subtrees(index, size)
    needed = {key: TILES[key] for key in tiles_under(subtrees)}

    proof = hashes_of(subtrees, needed)

    assert path(index, LEAVES[:size]) == proof
    verify_inclusion(LEAVES[index], index, size, proof, tree_hash(LEAVES[:size]))


@given(SIZES, st.data())
def test_a_consistency_proof_is_that_of_the_rfc(new, data):
    """Every proof equals the recursive definition's, uses only the tiles it named, and verifies."""
    old = data.draw(st.integers(1, new))
    subtrees = consistency_subtrees(old, new)
    needed = {key: TILES[key] for key in tiles_under(subtrees)}

    proof = hashes_of(subtrees, needed)

    assert subproof(old, LEAVES[:new], whole=True) == proof
    verify_consistency(old, new, proof, tree_hash(LEAVES[:old]), tree_hash(LEAVES[:new]))


def test_every_proof_of_small_trees_verifies():
    """All indexes and all pairs of sizes up to 40: the edges of the algorithms lie here."""
    roots = [tree_hash(LEAVES[:size]) for size in range(41)]
    for size in range(1, 41):
        for index in range(size):
            verify_inclusion(LEAVES[index], index, size, path(index, LEAVES[:size]), roots[size])
        for old in range(1, size + 1):
            proof = hashes_of(consistency_subtrees(old, size), TILES)
            verify_consistency(old, size, proof, roots[old], roots[size])


# Python would write none of 5,000 digits, so they have names.
OUT_OF_RANGE = {"negative": -1, "2^63": 2**63, "2^64": 2**64, "5000 digits": 10**5000 - 1}
NAMED_SIZES = {"0": 0, "6": 6, "7": 7} | OUT_OF_RANGE


@pytest.mark.parametrize("new", ["0", "6", *OUT_OF_RANGE])
@pytest.mark.parametrize("old", ["0", "7", *OUT_OF_RANGE])
def test_sizes_between_which_nothing_can_be_proven_are_refused_by_name(old, new):
    """The empty tree is a prefix of every tree, so a proof of it shows nothing; a shrunken or impossible one none."""
    for roots in ((EMPTY_ROOT, EMPTY_ROOT), (LEAVES[0], LEAVES[1])):
        with refuses(SizeRefused):
            verify_consistency(NAMED_SIZES[old], NAMED_SIZES[new], [], *roots)
    with refuses(SizeRefused):
        consistency_subtrees(NAMED_SIZES[old], NAMED_SIZES[new])


def test_the_sizes_that_are_refused_are_told():
    """Whoever asked sees what they asked for."""
    with refuses(SizeRefused, match="from size 3 to size 2 there is nothing to be proven"):
        consistency_subtrees(3, 2)
    with refuses(SizeRefused, match="7 is no index in a tree of size 5"):
        inclusion_subtrees(7, 5)


@pytest.mark.parametrize(
    ("index", "size"),
    [("0", "0"), ("7", "7"), *((index, "7") for index in OUT_OF_RANGE), *(("0", size) for size in OUT_OF_RANGE)],
)
def test_no_place_of_a_tree_is_refused_by_name(index, size):
    """An index outside, or in a tree that cannot be."""
    with refuses(SizeRefused):
        verify_inclusion(LEAVES[0], NAMED_SIZES[index], NAMED_SIZES[size], [], LEAVES[0])
    with refuses(SizeRefused):
        inclusion_subtrees(NAMED_SIZES[index], NAMED_SIZES[size])


@pytest.mark.parametrize("wrong", [b"", b"x" * 31, b"x" * 33, b"x" * 64])
def test_what_is_no_hash_is_refused_by_name(wrong):
    """Of whatever part of a proof: hashes of another length could be taken apart elsewhere than they were joined."""
    leaf, proof, root = LEAVES[4], path(4, LEAVES[:7]), tree_hash(LEAVES[:7])
    for parts in ((wrong, proof, root), (leaf, [*proof[:-1], wrong], root), (leaf, proof, wrong)):
        with refuses(HashRefused):
            verify_inclusion(parts[0], 4, 7, *parts[1:])

    proof, old, new = hashes_of(consistency_subtrees(4, 7), TILES), tree_hash(LEAVES[:4]), tree_hash(LEAVES[:7])
    for proven in (([wrong, *proof[1:]], old, new), (proof, wrong, new), (proof, old, wrong)):
        with refuses(HashRefused):
            verify_consistency(4, 7, *proven)
    with refuses(HashRefused):
        verify_consistency(7, 7, [], wrong, wrong)


# -- broken on purpose ------------------------------------------------------------------------------------------------


def flipped(data, place):
    """Change one bit of one byte."""
    return data[:place] + bytes([data[place] ^ 1 << place % 8]) + data[place + 1 :]


def variants(proof):
    """Every proof that differs in one byte, or by one hash left out, doubled or added."""
    for number, sibling in enumerate(proof):
        for place in range(HASH_BYTES):
            yield [*proof[:number], flipped(sibling, place), *proof[number + 1 :]]
        yield [*proof[:number], *proof[number + 1 :]]
        yield [*proof[:number], sibling, *proof[number:]]
    yield [*proof, LEAVES[0]]


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 2), (4, 5), (3, 8), (6, 11), (300, 600)])
def test_no_altered_inclusion_proof_verifies(index, size):
    """A changed byte, a missing hash, one too many, another leaf, index, size or root: refused."""
    leaf, proof, root = LEAVES[index], path(index, LEAVES[:size]), tree_hash(LEAVES[:size])

    for variant in variants(proof):
        with pytest.raises(ProofRefused):
            verify_inclusion(leaf, index, size, variant, root)
    for place in range(HASH_BYTES):
        with pytest.raises(ProofRefused):
            verify_inclusion(flipped(leaf, place), index, size, proof, root)
        with pytest.raises(ProofRefused):
            verify_inclusion(leaf, index, size, proof, flipped(root, place))
    for other in {-1, index + 1, size, size + 1}:
        with pytest.raises(ProofRefused):
            verify_inclusion(leaf, other, size, proof, root)


@pytest.mark.parametrize(("old", "new"), [(1, 2), (4, 5), (3, 8), (6, 11), (8, 8), (256, 600), (300, 600)])
def test_no_altered_consistency_proof_verifies(old, new):
    """A changed byte, a missing hash, one too many, other sizes or roots: refused."""
    proof = hashes_of(consistency_subtrees(old, new), TILES)
    old_root, new_root = tree_hash(LEAVES[:old]), tree_hash(LEAVES[:new])

    for variant in variants(proof):
        with pytest.raises(ProofRefused):
            verify_consistency(old, new, variant, old_root, new_root)
    for place in range(HASH_BYTES):
        with pytest.raises(ProofRefused):
            verify_consistency(old, new, proof, flipped(old_root, place), new_root)
        with pytest.raises(ProofRefused):
            verify_consistency(old, new, proof, old_root, flipped(new_root, place))
    with pytest.raises(ProofRefused):
        verify_consistency(new + 1, old, proof, new_root, old_root)


def test_a_rewritten_past_is_not_consistent():
    """Two trees that differ in one early leaf cannot be joined by any honest proof of either."""
    rewritten = [LEAVES[1], *LEAVES[1:100]]
    _, tiles = grown(rewritten)

    for honest in (TILES, tiles):
        with refuses(ProofRefused):
            verify_consistency(
                60,
                100,
                hashes_of(consistency_subtrees(60, 100), honest),
                tree_hash(LEAVES[:60]),
                tree_hash(rewritten),
            )
