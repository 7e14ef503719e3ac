"""A changed byte anywhere is found and named, in a bundle that left the house, with nothing but the key."""

import msgspec
import pytest

from services.ledger.errors import LedgerInconsistencyDetected, TamperDetected
from services.ledger.tree.note import Signer
from shared.canonical import canonical_json, content_hash
from shared.events.contribution import ContributionAttested, ContributionContent, ContributionRecorded
from shared.events.invention import DeterminationAttested, DeterminationProposed
from shared.log.chain import leaf_hash
from shared.ratio import format_shares
from tests.ledger.story import HASH, Story, contributions_of_the_5g_invention, sample
from tests.ledger.taken_apart import Bundle, check, found_at
from tests.told import refuses


@pytest.fixture(scope="module")
def bodies():
    return [message.body for message in sample().messages]


def test_an_honest_bundle_verifies(bodies):
    """What the ledger wrote is believed, and holds the ownership that can be recomputed from it."""
    replay = check(Bundle(bodies))

    assert len(bodies) == replay.moment.position
    assert {"ATRC": "11/24", "HUT": "13/24"} == format_shares(replay.holdings.timeline("INV-5G-1")[-1].shares)


def test_an_empty_ledger_verifies():
    """Nothing is consistent with itself."""
    assert check(Bundle([])).moment.position == 0


def test_every_changed_byte_of_an_entry_is_named(bodies):
    """Flip a bit anywhere in an entry: verify names that entry's position."""
    bundle = Bundle(bodies)
    for position, body in enumerate(bodies, start=1):
        for place in (0, len(body) // 2, len(body) - 1):
            bundle.bodies[position - 1] = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
            assert f"position {position}" == found_at(bundle)
        bundle.bodies[position - 1] = body


def test_every_dropped_entry_is_named(bodies):
    """Leave out any entry: verify names the position where it is missing."""
    for position in range(1, len(bodies) + 1):
        bundle = Bundle(bodies)
        del bundle.bodies[position - 1]
        assert f"position {position}" == found_at(bundle)


def test_every_swap_is_named(bodies):
    """Exchange two neighbours: verify names the first of them."""
    for position in range(1, len(bodies)):
        bundle = Bundle(bodies)
        one, other = bodies[position - 1 : position + 1]
        bundle.bodies[position - 1 : position + 1] = other, one
        assert f"position {position}" == found_at(bundle)


def test_added_entries_are_named(bodies):
    """An entry too many is noticed where it stands, at the end too."""
    for position in (1, 7, len(bodies) + 1):
        bundle = Bundle(bodies)
        bundle.bodies.insert(position - 1, b"{}")
        assert f"position {position}" == found_at(bundle)


def test_a_changed_leaf_hash_is_named(bodies):
    """The hashes that help to name a place are no weaker than the entries themselves."""
    for position in range(1, len(bodies) + 1):
        bundle = Bundle(bodies)
        bundle.leaves[position - 1] = leaf_hash(b"other")
        assert f"position {position}" == found_at(bundle)


def test_changing_an_entry_and_its_hash_together_is_found(bodies):
    """Whoever changes both still cannot change the signed root."""
    bundle = Bundle(bodies)
    bundle.bodies[4] = bodies[4].replace(b"HUT", b"HAT")
    bundle.leaves[4] = leaf_hash(bundle.bodies[4])

    assert found_at(bundle) == "tree"


def test_no_byte_of_a_bundle_can_be_changed():
    """Flip any byte of a whole small bundle, the last newline included: it is refused."""
    story = Story()
    story.register("HUT")
    story.register("ATRC")
    bundle = bytes(Bundle([message.body for message in story.messages]))
    for place in range(len(bundle)):
        altered = bundle[:place] + bytes([bundle[place] ^ 1]) + bundle[place + 1 :]
        found_at(altered)


def test_no_end_of_a_bundle_can_be_cut_off(bodies):
    """Whatever is missing at the end is missed, and so is whatever was added there."""
    bundle = bytes(Bundle(bodies[:3]))
    for length in range(len(bundle)):
        found_at(bundle[:length])
    found_at(bundle + b"\0")


def test_a_bundle_of_another_key_is_refused(bodies):
    """The key is pinned by whoever verifies; one that signs well but is not that key proves nothing."""
    assert found_at(Bundle(bodies, Signer.generate("ledger.example/moiety"))) == "checkpoint"
    assert found_at(Bundle(bodies, Signer.generate("elsewhere.example"))) == "checkpoint"


def test_a_signed_falsehood_is_found():
    """Even the ledger's own key cannot make wrong shares right: the rules are run again."""
    story = Story()
    story.agree()
    contributions_of_the_5g_invention(story)
    story.adopt(story.propose(shares={"HUT": "1/2", "ATRC": "1/2"}))

    with refuses(LedgerInconsistencyDetected, match=f"position {story.position}"):
        check(Bundle([message.body for message in story.messages]))


def resigned(story, position, **changed):
    """Return a bundle in which an event's data was changed and everything signed anew."""
    bodies = [message.body for message in story.messages]
    said = msgspec.json.decode(bodies[position - 1])
    assert said["data"].keys() >= changed.keys()
    bodies[position - 1] = canonical_json(said | {"data": said["data"] | changed})
    return Bundle(bodies)


def position_of(story, kind, *, which=0):
    return [position for position, each in enumerate(story.envelopes, 1) if type(each.data) is kind][which]


def test_changed_content_is_named_where_it_stands(story):
    """Whoever changes what was contributed or proposed, and signs anew, leaves the hash of what it was."""
    recorded, proposed = position_of(story, ContributionRecorded), position_of(story, DeterminationProposed)

    assert f"position {recorded}" == found_at(resigned(story, recorded, points="7/1"))
    assert f"position {proposed}" == found_at(resigned(story, proposed, shares={"HUT": "1/1"}))
    assert f"position {proposed}" == found_at(resigned(story, proposed, inputs_hash=HASH))


def test_an_attestation_of_other_content_is_named_where_it_stands(story):
    """Whoever changes the hash beside the content too is found at the attestation of what it was."""
    position = position_of(story, ContributionRecorded)
    content = msgspec.convert(story.envelopes[position - 1].data, ContributionContent, from_attributes=True)
    changed = content_hash(msgspec.structs.replace(content, points="7/1"))
    for kind in (ContributionAttested, DeterminationAttested):
        attested = position_of(story, kind)
        assert f"position {attested}" == found_at(
            resigned(story, attested, **{"det_hash" if kind is DeterminationAttested else "content_hash": HASH})
        )

    assert f"position {position_of(story, ContributionAttested)}" == found_at(
        resigned(story, position, points="7/1", content_hash=changed)
    )


def test_an_attestation_of_nothing_is_named(story):
    """What was never recorded cannot be attested."""
    attested = position_of(story, ContributionAttested)

    assert f"position {attested}" == found_at(resigned(story, attested, contribution="CTB-NONE"))


def test_another_form_of_the_same_event_is_found(story):
    """The bytes are the canonical ones (RFC 8785): no room is left for two texts of one event."""
    bodies = [message.body for message in story.messages]
    for other in (bodies[4] + b" ", bodies[4].replace(b":", b": ", 1), bodies[4].replace(b'"actor"', b'"act\\u006fr"')):
        assert found_at(Bundle([*bodies[:4], other, *bodies[5:]])) == "position 5"


def test_a_signed_stream_with_a_gap_is_found():
    """Completeness is checked by stream, too: signing cannot hide that an event was left out."""
    messages = sample().messages
    for left_out in (3, 9):
        with refuses(TamperDetected, match="version"):
            check(Bundle([message.body for message in messages[:left_out] + messages[left_out + 1 :]]))
