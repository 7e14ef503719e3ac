"""The bytes of terms: what was recorded before a key existed reads, writes and hashes as it did."""

from pathlib import Path

import msgspec
import pytest

from shared.canonical import content_hash
from shared.events.law import LAWS, agreed_consent
from shared.events.terms import (
    CalendarTerms,
    ConsentRule,
    ConsentTerms,
    DisputeTerms,
    LawCode,
    NoticeTerms,
    PublicationTerms,
    RevenueTerms,
    Terms,
)
from shared.log.envelope import decode

GOLDEN = Path(__file__).parent / "golden"
FIRST_KEYS = {"ownership", "attestation", "consent", "survival"}


def read(written: bytes) -> Terms:
    return msgspec.json.decode(written, type=Terms)


def test_the_keys_of_the_first_release_are_always_written():
    """Even where they are empty, as they were then."""
    assert set(msgspec.json.decode(msgspec.json.encode(Terms()))) == FIRST_KEYS


@pytest.mark.parametrize(
    "terms",
    [
        Terms(),
        Terms(revenue=RevenueTerms()),
        Terms(publication=PublicationTerms()),
        Terms(law_default="HK"),
        Terms(affiliates="ALSO_THEMSELVES"),
    ],
)
def test_what_was_written_is_written_again(terms: Terms):
    """A key that somebody wrote stays written, also where it says what silence would."""
    written = msgspec.json.encode(terms)

    assert written == msgspec.json.encode(read(written))


def test_a_calendar_from_before_holidays_were_dates_is_written_as_it_was():
    """All its keys, also where they say what silence would, and none that came later."""
    written = b'{"zone":"Asia/Hong_Kong","weekend":["SAT","SUN"],"holidays":null}'

    assert written == msgspec.json.encode(msgspec.json.decode(written, type=CalendarTerms))


def test_a_ladder_from_before_disputes_had_a_registrar_is_written_as_it_was():
    """Its one key, and none that came later."""
    written = b'{"ladder":[{"step":"NEGOTIATE","days":30},{"step":"ARBITRATE","days":null}]}'

    assert written == msgspec.json.encode(msgspec.json.decode(written, type=DisputeTerms))
    assert {"ladder"} == set(msgspec.json.decode(msgspec.json.encode(DisputeTerms())))


def test_notice_from_before_anybody_was_told_of_silence_is_written_as_it_was():
    """Its keys, and none that came later; that nobody is ever told is written."""
    written = b'{"method":"EMAIL"}'

    assert written == msgspec.json.encode(msgspec.json.decode(written, type=NoticeTerms))
    assert b'{"escalate_after_days":null}' == msgspec.json.encode(NoticeTerms(escalate_after_days=None))


def test_a_hash_that_was_signed_before_is_still_that_of_the_terms():
    """Taken again over what the first release recorded, by the rules of today."""
    event = decode((GOLDEN / "agreements.TermsVersionDrafted.v1.json").read_bytes()).data
    fields = msgspec.structs.asdict(event)

    assert fields.pop("terms_hash") == content_hash(fields)


def test_silence_and_the_default_mean_the_same():
    """A later key that is not written reads as its default."""
    assert PublicationTerms() == read(msgspec.json.encode(Terms())).publication


@pytest.mark.parametrize("code", LAWS)
def test_the_law_fills_only_what_is_absent(code: LawCode):
    """What the parties agreed stands above what the law would say."""
    agreed = ConsentTerms(assign=ConsentRule(rule="MAJORITY_SHARE"))
    filled = agreed_consent(Terms(consent=agreed, law_default=code))

    assert agreed.assign == filled.assign
    assert LAWS[code].charge == filled.charge


def test_without_a_law_nothing_is_filled():
    """Silence stays silence where the parties chose no law."""
    assert ConsentTerms() == agreed_consent(Terms())
