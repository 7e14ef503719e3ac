"""The auditor's commands: what they print, and how they say that something is wrong."""

import io
import os
import subprocess
import sys
from base64 import b64encode

import pytest
from click.testing import CliRunner

from services.ledger.cli import ledger, verify
from services.ledger.errors import TamperDetected
from services.ledger.tree.merkle import Edge, extend, root_of
from services.ledger.tree.note import Signer
from shared.events.invention import DeterminationAdopted
from shared.log.chain import leaf_hash
from shared.log.envelope import format_instant
from tests.ledger.story import sample
from tests.ledger.taken_apart import Bundle

SIGNER = Signer.generate("ledger.example/moiety")
VKEY = str(SIGNER.verifier)
STORY = sample()
FIRST, SECOND = (
    position
    for position, each in enumerate(STORY.envelopes, 1)
    if isinstance(each.data, DeterminationAdopted) and each.data.invention == "INV-5G-1"
)
SIZE = len(STORY.messages)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """A bundle of the sample, as a file."""
    file = tmp_path_factory.mktemp("bundle") / "ledger.bundle"
    file.write_bytes(bytes(Bundle([message.body for message in STORY.messages], SIGNER)))
    return str(file)


def run(*arguments):
    return CliRunner().invoke(verify, arguments)


def asked(bundle, **question):
    """Return the answer to a question about the sample's asset, after the lines that say what was verified."""
    options = [f"--{name}={value}" for name, value in ({"asset": "INV-5G-1"} | question).items()]
    ran = run(bundle, "--vkey", VKEY, *options)
    assert ran.exit_code == 0, ran.output
    return ran.stdout.splitlines()[2:]


def test_what_was_verified_is_said(bundle):
    """Size and root are those to compare with another's checkpoint, the key is the one that was given."""
    edge, _ = extend(Edge(), [leaf_hash(message.body) for message in STORY.messages])
    printed = run(bundle, "--vkey", VKEY).stdout.splitlines()

    assert printed == [
        f"verified: {SIZE} entries, root {b64encode(root_of(edge)).decode()}",
        f"signed by {VKEY}",
        "INV-5G-1 since 2024-07-08: ATRC 11/24 (45.83 %), HUT 13/24 (54.17 %)",
        "INV-SEMI-1 since 2025-04-01: ATRC 2/3 (66.67 %), HUT 1/3 (33.33 %)",
    ]


@pytest.mark.parametrize("known", [SECOND - 1, "2024-12-01", "2024-12-01T00:00:00+08:00"])
def test_the_auditors_question_is_answered_offline(bundle, known):
    """Who held what on a day as known on another, by which entry and for which reasons."""
    first, *rest = asked(bundle, effective="2024-10-20", known=known)

    assert first.startswith("INV-5G-1 on 2024-10-20, as known at position ")
    assert first.endswith(": held")
    assert ["  ATRC 37/72 (51.39 %)", "  HUT 35/72 (48.61 %)"] == rest[:2]
    assert f"because of position {FIRST}: a determination adopted, which the facts bear out:" == rest[2]
    assert 5 == len(rest[3:-1])
    assert rest[-1].startswith("disputed in DSP-")
    assert any(line.startswith("  PHD 1/8 to HUT by ins-") for line in rest[3:])


def test_the_clocks_decide_offline_too(bundle):
    """Before disclosure nothing is known, before conception there is nothing, before determination nobody holds it."""
    assert "not yet known" in asked(bundle, effective="2024-08-01", known="2024-07-14")[0]
    assert "not yet conceived" in asked(bundle, effective="2024-07-07")[0]
    assert "  UNALLOCATED 1/1 (100.00 %)" == asked(bundle, effective="2024-08-01", known=FIRST - 1)[1]
    assert "  HUT 13/24 (54.17 %)" == asked(bundle)[2]
    assert f"as known at position {SIZE}" in asked(bundle)[0]


def test_an_answer_that_a_longer_ledger_may_change_says_so(bundle):
    """A bundle does not know what was recorded after its end."""
    assert asked(bundle, known="2026-01-01")[-1].startswith("not final")
    assert not asked(bundle, known="2024-12-01")[-1].startswith("not final")


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (["--asset", "NONE"], "no such asset"),
        (["--asset", "INV-5G-1", "--known", str(SIZE + 1)], f"expected at most position {SIZE}"),
        (["--asset", "INV-5G-1", "--known", "2099-01-01"], "what will be known by then is not known yet"),
    ],
)
def test_a_question_that_has_no_answer_is_no_finding(bundle, question, said):
    """The bundle was verified, which is said; the exit code is one of its own."""
    ran = run(bundle, "--vkey", VKEY, *question)

    assert 3 == ran.exit_code
    assert ran.stdout.startswith("verified: ")
    assert said in ran.stderr.lower()


def bundle_of(tmp_path, size, *, name="earlier.bundle", change=None):
    """Write a bundle of the sample's beginning, perhaps with its last entry changed."""
    bodies = [message.body for message in STORY.messages[:size]]
    if change is not None:
        bodies[-1] = bodies[-1].replace(*change)
    whole, file = Bundle(bodies, SIGNER), tmp_path / name
    file.write_bytes(bytes(whole))
    return whole, str(file)


@pytest.mark.parametrize("size", [1, 7, SIZE - 1, SIZE])
def test_a_later_bundle_extends_an_earlier_one(bundle, tmp_path, size):
    """Yesterday's bundle, or its checkpoint alone, is all it takes."""
    whole, file = bundle_of(tmp_path, size)
    checkpoint = tmp_path / "checkpoint"
    checkpoint.write_text(whole.note)

    for earlier in (file, str(checkpoint)):
        ran = run(bundle, "--vkey", VKEY, "--extends", earlier)
        assert 0 == ran.exit_code, ran.output
        assert f"extends: {size} entries, root " in ran.stdout


def test_a_bundle_that_extends_something_else_is_a_finding(bundle, tmp_path):
    """Signed by the same key: one of the two histories was made up later."""
    _, other = bundle_of(tmp_path, 7, change=(b"HUT", b"HAT"))
    ran = run(bundle, "--vkey", VKEY, "--extends", other)

    assert isinstance(ran.exception, TamperDetected)
    assert "checkpoint 7" == ran.exception.at
    assert not ran.stdout


def test_a_ledger_that_shrank_is_a_finding(bundle, tmp_path):
    """The older bundle does not extend the newer."""
    _, older = bundle_of(tmp_path, 7)
    ran = run(older, "--vkey", VKEY, "--extends", bundle)

    assert isinstance(ran.exception, TamperDetected)
    assert f"checkpoint {SIZE}" == ran.exception.at


@pytest.mark.parametrize("earlier", [b"", b"x", bytes(Bundle([], Signer.generate("ledger.example/moiety")))])
def test_what_the_key_did_not_sign_is_nothing_to_extend(bundle, tmp_path, earlier):
    """Another key's, or no checkpoint at all."""
    file = tmp_path / "earlier"
    file.write_bytes(earlier)

    assert isinstance(run(bundle, "--vkey", VKEY, "--extends", str(file)).exception, TamperDetected)


def test_an_earlier_bundle_is_not_overwritten(tmp_path):
    """It is what the next one is compared with."""
    kept = tmp_path / "ledger.bundle"
    kept.write_text("evidence")
    ran = CliRunner().invoke(ledger, ["bundle", "--out", str(kept)])

    assert (2, "evidence") == (ran.exit_code, kept.read_text())
    assert "is there already" in " ".join(ran.output.split())


def test_a_clock_that_ran_ahead_is_remarked_on(tmp_path):
    """An entry of the year 2099 before one of 2025: nothing of it changes, but who reads must know."""
    story = sample()
    body = story.messages[20].body
    time = format_instant(story.envelopes[20].time).encode()
    bodies = [message.body for message in story.messages]
    bodies[20] = body.replace(time, time.replace(b"2024", b"2099"))
    file = tmp_path / "ledger.bundle"
    file.write_bytes(bytes(Bundle(bodies, SIGNER)))
    ran = run(str(file), "--vkey", VKEY)

    assert 0 == ran.exit_code, ran.output
    assert 1 == ran.stdout.count("not checked at position 21: its clock: it says 2099")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--vkey", "x"],
        ["--vkey", VKEY[:-4] + "AAA="],
        ["--vkey", VKEY, "--asset", "INV-5G-1", "--known", "yesterday"],
        ["--vkey", VKEY, "--asset", "INV-5G-1", "--effective", "2024-13-01"],
        ["--vkey", VKEY, "--asset", "INV-5G-1", "--effective", "2024-W33-4"],
        ["--vkey", VKEY, "--asset", "INV-5G-1", "--effective", "20240815"],
        ["--vkey", VKEY, "--extends", "nowhere"],
        ["--vkey", VKEY, "--known", "7"],
        [],
    ],
)
def test_a_mistyped_command_is_no_finding(bundle, arguments):
    """Exit code 1 says that something is wrong with the ledger, 2 that something is wrong with the command."""
    assert run(bundle, *arguments).exit_code == 2


def test_tampering_is_a_finding(bundle, tmp_path):
    """What does not verify is no answer to anything."""
    forged = tmp_path / "forged"
    with io.FileIO(bundle) as opened:
        forged.write_bytes(opened.readall().replace(b"HUT", b"HAT"))

    ran = run(str(forged), "--vkey", VKEY, "--asset", "INV-5G-1")

    assert isinstance(ran.exception, TamperDetected)
    assert not ran.stdout


@pytest.mark.parametrize("command", [["fsck"], ["vkey"], ["bundle", "--out", "ledger.bundle"], ["rebuild"]])
def test_without_a_stack_one_line_says_so(tmp_path, command):
    """No traceback, and nothing is made up beside the stack that was meant."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MOIETY_")}
    ran = subprocess.run(
        [sys.executable, "-m", "services.cli.main", "ledger", *command],
        env={**environment, "MOIETY_HOME": str(tmp_path / "nowhere")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert 1 == ran.returncode
    assert [True] == [line.startswith("moiety: there is no stack") for line in ran.stderr.splitlines()]
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    ("size", "found"),
    [
        ("9" * 5000, "expected lines of at most 4096 bytes, got a longer one"),
        ("9" * 4000, "a checkpoint's size is at most 9223372036854775807, got 4000 digits"),
        (str(2**64), "a checkpoint's size is at most 9223372036854775807, got 20 digits"),
        (str(2**63 - 1), "expected a leaf hash, got the end"),
    ],
)
def test_a_size_beyond_all_there_is_is_a_finding(tmp_path, size, found):
    """Also where the key's own holder signed it: neither Python's limits nor memory end what checks it."""
    whole = Bundle([message.body for message in STORY.messages], SIGNER)
    text = whole.note.partition("\n\n")[0] + "\n"
    whole.note = SIGNER.sign(text.replace(f"\n{SIZE}\n", f"\n{size}\n"))
    file = tmp_path / "ledger.bundle"
    file.write_bytes(bytes(whole))
    ran = run(str(file), "--vkey", VKEY)

    assert isinstance(ran.exception, TamperDetected)
    assert found in str(ran.exception)


@pytest.mark.parametrize("known", ["9" * 5000, str(2**64)])
def test_a_position_that_no_ledger_has_is_the_callers_mistake(bundle, known):
    """It is said in our own words, as on the API."""
    ran = run(bundle, "--vkey", VKEY, "--asset", "INV-5G-1", "--known", known)

    assert 2 == ran.exit_code
    assert "is a day (2024-08-15)" in " ".join(ran.output.split())
