"""No silence counts before there is proof that who is silent has notice: where that fails, is late, or comes last."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
import pytest

from services.agreements.contributions.model import CONTRIBUTION, next_due
from services.agreements.inventions.model import INVENTION
from services.agreements.notices.model import Silence
from services.agreements.scheduler.registry import ADVANCING, Advancing
from services.ledger.errors import LedgerInconsistencyDetected
from shared.events.contribution import ContributionAttestationDeemed, ContributionRecorded
from shared.events.invention import DeterminationAttestationDeemed
from shared.events.notice import NoticeDelivered
from shared.events.terms import AttestationTerms, NoticeMethod, NoticeTerms
from shared.log.aggregate import Aggregate
from shared.log.envelope import decode
from shared.log.handle import Change, Decided, Reader
from tests.agreements import desk as at
from tests.agreements import lives, waits
from tests.agreements.controls import ATRC, EGU, HUT, TODAY, contribution, recorded, terms
from tests.agreements.machine.acts import amendment_signed
from tests.agreements.notice import acknowledged, delivered, of_last, proven
from tests.told import refuses

DAYS = 30
FAR = date(2035, 1, 1)
SILENCE = AttestationTerms(deemed_days=DAYS)
BY_INBOX = NoticeTerms()


class Rule(NamedTuple):
    """A silence that counts: about what, how it begins to be asked, and what then says that it counted."""

    aggregate: Aggregate[Any]
    name: str
    asked: Callable[..., Awaitable[at.Desk]]
    deemed: str

    @property
    def stream(self) -> str:
        return self.aggregate.stream(self.name)

    @property
    def advancing(self) -> Advancing:
        return next(each for each in ADVANCING if each.aggregate is self.aggregate)

    async def counted(self, desk: at.Desk, day: date) -> bool:
        """Tell whether the silence counts by a day."""
        await waits.until(desk, self.aggregate, self.name, day)
        return self.deemed in await desk.names(self.stream)


async def a_record(notice: NoticeTerms = BY_INBOX) -> at.Desk:
    desk, _ = await at.a_record(terms=terms(attestation=SILENCE, notice=notice))
    return desk


async def a_proposal(notice: NoticeTerms = BY_INBOX) -> at.Desk:
    desk, _ = await at.an_open_determination(terms=terms(attestation=SILENCE, notice=notice))
    return desk


RULES = (
    Rule(CONTRIBUTION, "C1", a_record, ContributionAttestationDeemed.__name__),
    Rule(INVENTION, "INV", a_proposal, DeterminationAttestationDeemed.__name__),
)


@pytest.fixture(params=RULES, ids=lambda rule: rule.aggregate.name)
def rule(request: pytest.FixtureRequest) -> Rule:
    found: Rule = request.param
    return found


def after(days: int, since: date = TODAY) -> date:
    return since + timedelta(days=days)


# -- happens ----------------------------------------------------------------------------------------------------


async def test_it_counts_from_the_day_after_so_many_days_of_notice(rule: Rule):
    """Of the day on which it is proven, not of that on which it was asked or delivered."""
    desk = await rule.asked()
    await proven(desk, rule.stream, today=after(7))

    assert not await rule.counted(desk, after(7 + DAYS))
    assert await rule.counted(desk, after(7 + DAYS + 1))
    events = [decode(each.state) for each in await desk.store.read_stream(rule.stream)]
    [deemed] = [each for each in events if type(each.data).__name__ == rule.deemed]
    [notice] = [each for each in await everything(desk) if isinstance(each.data, NoticeDelivered)]
    assert isinstance(deemed.data, ContributionAttestationDeemed | DeterminationAttestationDeemed)
    assert (after(7 + DAYS), after(7 + DAYS + 1)) == (deemed.data.deemed_on, deemed.effective_on)
    assert isinstance(notice.data, NoticeDelivered)
    assert deemed.data.notice == notice.data.event


async def everything(desk: at.Desk) -> list[Any]:
    return [decode(entry.state) for entry in await desk.store.read_log(after=0, limit=10_000)]


async def test_the_ledger_counts_it_by_its_own_reading(rule: Rule):
    """Of when the proof was recorded."""
    desk = await rule.asked()
    await proven(desk, rule.stream, today=after(7))
    await waits.until(desk, rule.aggregate, rule.name, FAR)
    if rule.aggregate is CONTRIBUTION:
        desk.now = datetime(2035, 1, 2, 4, tzinfo=UTC)
        await desk.does(at.shares_proposed())
        await desk.does(at.shares_attested((await desk.state(INVENTION, "INV")).open.det_hash))
    await desk.does(at.shares_adopted())

    assert (await waits.entered(desk)).holdings.timeline("INV")


async def test_each_party_has_its_own_days():
    """Whoever is on notice later may speak for longer; what two are silent about is confirmed with the last."""
    desk = await among_three()
    await proven(desk, "contribution:C1", delivered("ATRC"))
    await proven(desk, "contribution:C1", delivered("EGU"), today=after(1))
    await waits.until(desk, CONTRIBUTION, "C1", after(DAYS + 1))
    first = await desk.state(CONTRIBUTION, "C1")
    await waits.until(desk, CONTRIBUTION, "C1", after(DAYS + 2))
    last = await desk.state(CONTRIBUTION, "C1")

    assert [("ATRC",), ("ATRC", "EGU")] == [each.deemed for each in (first, last)]
    assert ["PARTLY_ATTESTED", "CONFIRMED"] == [each.status for each in (first, last)]


async def among_three() -> at.Desk:
    """A record of HUT's, of which ATRC and EGU are asked."""
    agreed = terms(attestation=SILENCE)
    desk = await at.an_agreement(terms=agreed)
    await desk.does(lives.amendment_proposed(effective_on=TODAY, acceding=("EGU",), terms=agreed))
    for by in (HUT, ATRC, EGU):
        await desk.does(await amendment_signed(by)(desk))
    await desk.does(at.created(parties=("HUT", "ATRC", "EGU")))
    for by in (HUT, ATRC, EGU):
        await desk.does(at.approved(by=by))
    for work in (at.started(), at.engaged(by=HUT, person="HUT-SE", home_party="HUT"), at.disclosed(), at.described()):
        await desk.does(work)
    await desk.does(at.recorded())
    return desk


async def test_where_the_terms_ask_for_it_notice_is_what_was_acknowledged(rule: Rule):
    """What lies in an inbox starts nothing then."""
    desk = await rule.asked(NoticeTerms(method="ACKNOWLEDGED"))
    await proven(desk, rule.stream, delivered(), delivered(channel="EMAIL"))
    assert not await rule.counted(desk, after(2 * DAYS))
    await proven(desk, rule.stream, acknowledged(), today=after(2 * DAYS))

    assert not await rule.counted(desk, after(3 * DAYS))
    assert await rule.counted(desk, after(3 * DAYS + 1))


async def test_by_the_terms_the_days_begin_with_the_next_business_day(rule: Rule):
    """Proven on a Friday, they begin on Monday."""
    friday = date(2025, 6, 6)
    desk = await rule.asked(NoticeTerms(effective="NEXT_BUSINESS_DAY"))
    await proven(desk, rule.stream, today=friday)

    assert not await rule.counted(desk, after(3 + DAYS, friday))
    assert await rule.counted(desk, after(3 + DAYS + 1, friday))


# -- refused ----------------------------------------------------------------------------------------------------


async def test_without_proof_no_silence_ever_counts(rule: Rule):
    """Delivery failed: nobody was told, and nobody has agreed."""
    assert not await rule.counted(await rule.asked(), FAR)


@pytest.mark.parametrize(("method", "channel"), [("INBOX", "EMAIL"), ("EMAIL", "INBOX")])
async def test_another_channel_than_the_terms_name_starts_nothing(rule: Rule, method: NoticeMethod, channel: Any):
    """Nor does notice to somebody else."""
    desk = await rule.asked(NoticeTerms(method=method))
    await proven(desk, rule.stream, delivered(channel=channel), delivered("EGU", channel=method))

    assert not await rule.counted(desk, FAR)


async def test_notice_of_what_was_corrected_is_none_of_what_stands():
    """Silence is about the content that stands, and so is notice."""
    desk = await a_record()
    await proven(desk, "contribution:C1")
    await desk.does(at.corrected(points="8/1", today=after(20)))

    assert not await RULES[0].counted(desk, FAR)


async def test_the_ledger_counts_no_silence_without_proof(rule: Rule):
    """Whoever records it all the same has recorded nothing, though it names the event."""
    desk = await rule.asked()
    event = decode((await desk.store.read_stream(rule.stream))[-1].state).id

    async def anyway(reader: Reader) -> Decided:
        state = await rule.advancing.on_notice(reader, await reader(rule.aggregate, rule.name))
        imagined = Silence(event=event, until={"ATRC": TODAY})
        if rule.aggregate is INVENTION:
            state = msgspec.structs.replace(state, open=msgspec.structs.replace(state.open, silence=imagined))
        else:
            state = msgspec.structs.replace(state, silence=imagined)
        events = rule.advancing.advance(state, FAR)
        beside = await rule.advancing.elsewhere(reader, state, events, FAR) if rule.advancing.elsewhere else ()
        return Decided("MOU", (Change(rule.aggregate, rule.name, events, FAR), *(beside or ())))

    desk.now = datetime(2035, 1, 2, 4, tzinfo=UTC)
    await desk.does(anyway)
    if rule.aggregate is CONTRIBUTION:
        desk.now = datetime(2035, 1, 3, 4, tzinfo=UTC)
        await desk.does(at.shares_proposed())
        await desk.does(at.shares_attested((await desk.state(INVENTION, "INV")).open.det_hash))
    await desk.does(at.shares_adopted())

    with refuses(LedgerInconsistencyDetected):
        await waits.entered(desk)


# -- what was before --------------------------------------------------------------------------------------------


def test_what_was_recorded_before_notice_was_proven_keeps_its_day():
    """The day stands in the event."""
    [event] = recorded()
    assert isinstance(event, ContributionRecorded)
    before = contribution((msgspec.structs.replace(event, deemed_on=after(DAYS)),))

    assert after(DAYS + 1) == next_due(before)


# -- raced ------------------------------------------------------------------------------------------------------


async def test_proof_that_comes_on_the_last_day_starts_the_days_then(rule: Rule):
    """However long one has been asked: a word within them still comes in time."""
    desk = await rule.asked()
    await proven(desk, rule.stream, today=after(DAYS))
    if rule.aggregate is INVENTION:
        await desk.does(at.shares_attested((await desk.state(INVENTION, "INV")).open.det_hash, today=after(2 * DAYS)))
    else:
        state = await desk.state(CONTRIBUTION, "C1")
        await desk.does(at.attested(state.content_hash, today=after(2 * DAYS)))

    assert not await rule.counted(desk, FAR)


async def test_what_is_decided_by_notice_is_guarded_by_it():
    """Somebody else's is proven meanwhile: it is decided anew, and recorded once."""
    desk = await among_three()
    await proven(desk, "contribution:C1", delivered("ATRC"))
    due: list[date | None] = []

    async def passes(reader: Reader) -> Decided:
        advancing = RULES[0].advancing
        state = await advancing.on_notice(reader, await reader(CONTRIBUTION, "C1"))
        due.append(advancing.next_due(state))
        return Decided("MOU", (Change(CONTRIBUTION, "C1", advancing.advance(state, after(DAYS + 1)), TODAY),))

    await desk.interrupted(passes, await of_last(desk, "contribution:C1", delivered("EGU")))

    assert [after(DAYS + 1)] * 2 == due
    assert 2 == (await desk.names("contribution:C1")).count(ContributionAttestationDeemed.__name__)
