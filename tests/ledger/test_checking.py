"""A changed byte anywhere is found and named: by fsck in the database, by verify in a bundle that left the house."""

import io
import re
from datetime import date

import msgspec
import pytest

from services.ledger.check.evidence import Evidence
from services.ledger.check.fsck import fsck
from services.ledger.check.replay import Replay
from services.ledger.check.verify import verify
from services.ledger.errors import LedgerInconsistencyDetected, TamperDetected
from services.ledger.tree.bundle import HEADER, write_bundle
from services.ledger.tree.merkle import Edge, extend, leaf_hash, root_of
from services.ledger.tree.note import Checkpoint, Signer, open_checkpoint
from shared.canonical import canonical_json, content_hash
from shared.events.agreement import PartyAcceded
from shared.events.contribution import ContributionAttested, ContributionContent, ContributionRecorded
from shared.events.invention import DeterminationAttested, DeterminationProposed
from shared.migrate import folder_of
from shared.ratio import format_shares
from tests.ledger.story import HASH, Story, contributions_of_the_5g_invention, sample

SIGNER = Signer.generate("ledger.example/moiety")


class Bundle:
    """A bundle taken apart, to be put together again with something changed."""

    def __init__(self, bodies, signer=SIGNER):
        self.bodies = list(bodies)
        self.leaves = [leaf_hash(body) for body in self.bodies]
        edge, _ = extend(Edge(), self.leaves)
        self.note = signer.sign(str(Checkpoint(signer.name, edge.size, root_of(edge))))

    def parts(self):
        lengths = [len(body).to_bytes(2) + body for body in self.bodies]
        return [HEADER, self.note.encode() + b"\n", *self.leaves, *lengths]

    def __bytes__(self):
        return b"".join(self.parts())


def check(bundle, signer=SIGNER):
    replay = Replay()
    verify(io.BytesIO(bytes(bundle)), signer.verifier, replay=replay)
    return replay


def found_at(bundle):
    """Return where tampering is found; fails when it is not."""
    with pytest.raises(TamperDetected) as detected:
        check(bundle)
    return detected.value.at


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

    with pytest.raises(LedgerInconsistencyDetected, match=f"position {story.position}"):
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
        with pytest.raises(TamperDetected, match="version"):
            check(Bundle([message.body for message in messages[:left_out] + messages[left_out + 1 :]]))


# -- in the database --------------------------------------------------------------------------------------------------


@pytest.fixture
async def filled(writer, story, owner, signer):
    """A ledger that holds the sample, entered in batches of seven."""
    for start in range(0, len(story.messages), 7):
        await writer.enter(story.messages[start : start + 7])
    return owner


async def fsck_finds(connection, signer):
    """Return what fsck finds was changed; fails when it finds nothing."""
    with pytest.raises(TamperDetected) as detected:
        await fsck(Evidence(connection), signer.verifier)
    return detected.value


async def test_an_honest_ledger_passes(filled, signer):
    """Everything stored is what the entries give."""
    checked = await fsck(Evidence(filled), signer.verifier)
    _, note = await Evidence(filled).newest_checkpoint()

    assert open_checkpoint(note.encode(), signer.verifier) == checked


async def test_a_ledger_of_before_recorded_times_passes_once_migrated(filled, signer):
    """The time that an older release did not store is read from the entries themselves."""
    await filled.execute("ALTER TABLE entry DROP COLUMN recorded_at")
    await filled.execute((folder_of("ledger") / "0002-entry-recorded-at.sql").read_text())

    await fsck(Evidence(filled), signer.verifier)


async def test_an_empty_ledger_passes(owner, signer):
    """So is nothing."""
    await fsck(Evidence(owner), signer.verifier)


NEWEST = f"checkpoint {len(sample().messages)}"
FLIP = "set_byte({0}, {1}, get_byte({0}, {1}) # 1)"


@pytest.mark.parametrize(
    ("statement", "at"),
    [
        (f"UPDATE entry SET body = {FLIP.format('body', 30)} WHERE position = 17", "position 17"),
        ("UPDATE entry SET body = body || ' ' WHERE position = 17", "position 17"),
        ("DELETE FROM entry WHERE position = 17", "position 17"),
        ("UPDATE entry SET position = position + 100 WHERE position > 30", "position 31"),
        ("UPDATE entry SET body = (SELECT body FROM entry WHERE position = 18) WHERE position = 17", "position 17"),
        ("INSERT INTO entry SELECT 1000, 'x:y', 1, NULL, '{}', now()", None),
        ("UPDATE entry SET stream = 'party:NOBODY' WHERE position = 1", "position 1"),
        ("UPDATE entry SET version = 7 WHERE position = 1", "position 1"),
        ("UPDATE entry SET invention = 'INV-X' WHERE position = 1", "position 1"),
        ("UPDATE entry SET recorded_at = recorded_at + interval '1 s' WHERE position = 9", "position 9"),
        ("DELETE FROM checkpoint", NEWEST),
        ("DELETE FROM checkpoint WHERE size = (SELECT max(size) FROM checkpoint)", NEWEST),
        (f'UPDATE tile SET hashes = {FLIP.format("hashes", 330)} WHERE "row" = 0', "position 11"),
        ("UPDATE tile SET hashes = substr(hashes, 1, 320)", "position 11"),
        ("UPDATE tile SET hashes = hashes || substr(hashes, 1, 32)", "tile 0 of row 0"),
        ("INSERT INTO tile SELECT 3, 3, hashes FROM tile", "tiles"),
        ("UPDATE checkpoint SET note = replace(note, 'moiety', 'noiety') WHERE size = 14", "checkpoint 14"),
        ("UPDATE checkpoint SET size = 15 WHERE size = 14", "checkpoint 15"),
        ("UPDATE checkpoint SET size = 1500 WHERE size = 14", "checkpoint 1500"),
        ("UPDATE progress SET position = position - 1", "progress"),
        ("UPDATE progress SET recorded_at = recorded_at + interval '1 s'", "progress"),
        ("UPDATE holding SET share = '36/72' WHERE share = '37/72'", "holding"),
        ("UPDATE holding SET known_to = known_to + 1 WHERE holder = 'UNALLOCATED'", "holding"),
        ("UPDATE holding SET effective_from = effective_from - 1", "holding"),
        ("DELETE FROM holding WHERE holder = 'HUT'", "holding"),
        ("UPDATE asset SET agreement = 'AGR-2'", "asset"),
        ("INSERT INTO member VALUES ('AGR-1', 'EGU', 3)", "member"),
        ("UPDATE derivation SET reasons = '[]'", "derivation"),
        ("UPDATE holding SET caused_by = caused_by[1:1] WHERE cardinality(caused_by) > 1", "holding"),
        ("UPDATE dispute SET actions = '{}'", "dispute"),
        ("DELETE FROM dispute", "dispute"),
        ("UPDATE asset_alarm SET alarm = 'NothingDetected'", "asset_alarm"),
        ("DELETE FROM asset_alarm", "asset_alarm"),
    ],
)
@pytest.mark.usefixtures("unguarded")
async def test_fsck_names_what_was_changed(filled, signer, statement, at):
    """Whatever was changed behind the ledger's back, in any table, is found and named."""
    assert not (await filled.execute(statement)).endswith(" 0")

    found = await fsck_finds(filled, signer)

    assert at in {found.at, None}
    assert not re.search(r"[(\[{]'|datetime|TileKey|None", str(found))


async def test_fsck_knows_who_joined(filled, writer, story, signer):
    """A party is a member from its accession on, once, however often it left and came back."""
    acceded = PartyAcceded(
        agreement="AGR-1", parties=("HUT", "ATRC", "EGU"), party="EGU", amendment=1, effective_on=date(2025, 3, 1)
    )
    for _ in range(2):
        story.tell(acceded, "AGR-1")
    await writer.enter(story.messages[-2:])

    await fsck(Evidence(filled), signer.verifier)


async def test_fsck_does_not_take_another_key(filled):
    """A ledger signed by another key than the one expected is not the ledger."""
    assert (await fsck_finds(filled, Signer.generate("ledger.example/moiety"))).at.startswith("checkpoint")


async def test_the_database_exports_a_bundle_that_verifies(filled, signer, story):
    """What leaves the house is whole: entries, hashes and checkpoint of one moment."""
    evidence, out = Evidence(filled), io.BytesIO()
    async with evidence.snapshot():
        size, note = await evidence.newest_checkpoint()
        await write_bundle(out, note, evidence.leaf_hashes(size), evidence.bodies(upto=size))

    assert bytes(Bundle([message.body for message in story.messages], signer)) == out.getvalue()
    check(out.getvalue(), signer)
