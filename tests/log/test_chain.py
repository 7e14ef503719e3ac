"""A chain of hashes says which history a position counts."""

from hashlib import sha256

import pytest

from shared.log.chain import START, Head, chain_after, chain_seed, chain_text, chain_through, read_chain


def test_a_log_begins_with_its_own_seed():
    """Two logs differ before their first events, so that no history passes for another's."""
    assert "sha256:" + sha256(b"moiety-log/v1\n0\n").hexdigest() == chain_text(chain_seed())
    assert chain_seed("1") != chain_seed()
    assert Head(0, chain_seed()) == START


def test_anyone_can_take_the_hashes_again():
    """Pinned, and worked out from the definition by nothing but a hash."""
    leaves = [sha256(b"\0" + body).digest() for body in (b"one", b"two")]
    by_hand = sha256(sha256(chain_seed() + leaves[0]).digest() + leaves[1]).digest()

    assert by_hand == chain_through(chain_seed(), [b"one", b"two"])
    assert by_hand == chain_after(chain_after(chain_seed(), b"one"), b"two")
    assert "sha256:d76d20e9c84094c0672b20e9cb9bf7914794d18de95f2a4dcbdc71c3c38a0ea9" == chain_text(by_hand)


def test_no_other_history_comes_to_the_same_chain():
    """Order, division and content of the bodies all count."""
    histories: tuple[list[bytes], ...] = ([b"a", b"b"], [b"b", b"a"], [b"ab"], [b"a"], [b"a", b"b", b""], [])

    assert len(histories) == len({chain_through(chain_seed(), history) for history in histories})


def test_a_chain_reads_back_from_its_text():
    """Out and back again."""
    assert chain_seed() == read_chain(chain_text(chain_seed()))


@pytest.mark.parametrize(
    "text",
    ["", "sha256:", "sha256:" + 63 * "0", "sha256:" + 65 * "0", "SHA256:" + 64 * "0", "sha256:" + 64 * "G", 64 * "0"],
)
def test_what_is_no_chain_is_refused(text: str):
    """A header of another form is told apart from a chain that differs."""
    with pytest.raises(ValueError, match="hexadecimal"):
        read_chain(text)
