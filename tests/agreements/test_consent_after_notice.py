"""No clock of what holders have a say in begins before there is proof that they have notice: by every act and rule."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from services.agreements.consent.errors import ConsentMissing, NoticeNotProven, NoticePeriodRunning
from services.agreements.contracts.model import AGREEMENT
from services.agreements.contributions.model import CONTRIBUTION
from services.agreements.inventions.model import INVENTION, Retirement
from services.agreements.notices.model import Silence
from services.agreements.tasks.asking import Around
from services.agreements.tasks.awaited import WAITING_FOR
from services.agreements.transfers.decisions import proposal_of
from services.agreements.transfers.model import TRANSFER, next_due
from services.ledger.errors import LedgerInconsistencyDetected
from shared.events.notice import NoticeChannel
from shared.events.retirement import RetirementProposed
from shared.events.terms import ConsentRule, NoticeMethod, NoticeTerms
from shared.events.transfer import Amount, TransferProposed
from shared.log.envelope import decode
from shared.log.handle import Decided, Reader
from tests.agreements import desk as at
from tests.agreements import owners, waits
from tests.agreements.clocks import CLOCKS, FAR, NOTICE, SILENCE, Clock
from tests.agreements.controls import ATRC, CONSENT, EGU, HUT, TODAY, terms
from tests.agreements.notice import acknowledged, delivered, of_last, proven
from tests.docs.made import made
from tests.told import refuses

# A Friday.
PROVEN_ON = date(2025, 6, 6)
_DAY = timedelta(days=1)


@pytest.fixture(params=CLOCKS, ids=lambda clock: clock.name)
def clock(request: pytest.FixtureRequest) -> Clock:
    found: Clock = request.param
    return found


# -- happens ----------------------------------------------------------------------------------------------------


async def test_it_runs_from_the_day_of_the_proof(clock: Clock):
    """Not from that on which it was proposed."""
    desk = await clock.begun()
    await proven(desk, clock.stream, today=PROVEN_ON)

    assert not await clock.is_over(desk, clock.first_day(PROVEN_ON) - _DAY)
    assert await clock.is_over(desk, clock.first_day(PROVEN_ON))


async def test_the_ledger_finds_the_same(clock: Clock):
    """By its own reading of when the proof was recorded."""
    desk = await clock.begun()
    await proven(desk, clock.stream, today=PROVEN_ON)

    assert await clock.ran_out(desk, clock.first_day(PROVEN_ON))
    assert (await waits.entered(desk)).holdings.timeline("INV")


async def test_each_holder_has_its_own_days(clock: Clock):
    """Of two it is over when it is for the one that was on notice last."""
    desk = await clock.begun(three=True)
    await proven(desk, clock.stream, delivered("ATRC"), today=TODAY)
    await proven(desk, clock.stream, delivered("EGU"), today=PROVEN_ON)

    assert not await clock.is_over(desk, clock.first_day(PROVEN_ON) - _DAY)
    assert await clock.is_over(desk, clock.first_day(PROVEN_ON))


async def test_where_the_terms_ask_for_it_notice_is_what_was_acknowledged(clock: Clock):
    """What lies in an inbox, or was sent, starts nothing then."""
    desk = await clock.begun(NoticeTerms(method="ACKNOWLEDGED"))
    await proven(desk, clock.stream, delivered(), delivered(channel="EMAIL"))
    assert not await clock.is_over(desk, FAR)
    await proven(desk, clock.stream, acknowledged(), today=PROVEN_ON)

    assert not await clock.is_over(desk, clock.first_day(PROVEN_ON) - _DAY)
    assert await clock.is_over(desk, clock.first_day(PROVEN_ON))


async def test_by_the_terms_the_days_begin_with_the_next_business_day(clock: Clock):
    """Proven on a Friday, they begin on Monday."""
    desk = await clock.begun(NoticeTerms(effective="NEXT_BUSINESS_DAY"))
    await proven(desk, clock.stream, today=PROVEN_ON)

    monday = PROVEN_ON + 3 * _DAY
    assert not await clock.is_over(desk, clock.first_day(monday) - _DAY)
    assert await clock.is_over(desk, clock.first_day(monday))


async def test_whoever_is_asked_reads_until_when(clock: Clock):
    """Beside what it is about, once it is on notice: nobody knows the day before."""
    desk = await clock.begun(three=True)
    assert {} == await clock.silent_until(desk)
    await proven(desk, clock.stream, delivered("EGU"), today=PROVEN_ON)

    assert {"EGU": clock.first_day(PROVEN_ON) - _DAY} == await clock.silent_until(desk)


async def test_its_task_says_until_when_and_what_silence_comes_to(clock: Clock):
    """The last day of whoever is on notice; the other, who is asked as well, sees none yet."""
    desk = await clock.begun(three=True)
    await proven(desk, clock.stream, delivered("EGU"), today=PROVEN_ON)
    state = await clock.noticed(desk)
    around = Around([await desk.state(INVENTION, "INV")], (await desk.state(AGREEMENT, "MOU")).standing.terms)
    asked = [
        ask
        for each in WAITING_FOR[clock.aggregate.name].awaited
        if each.name.startswith("CONSENT_TO_")
        for ask in each.asks(state, around)
    ]

    assert {"ATRC": None, "EGU": clock.first_day(PROVEN_ON) - _DAY} == {
        ask.party: ask.due_on for ask in asked if ask.party != "HUT"
    }
    consents = clock.rule == SILENCE and clock.aggregate is TRANSFER
    assert {"CONSENTS" if consents else "PASSES"} == {ask.silence for ask in asked if ask.party != "HUT"}


# -- refused ----------------------------------------------------------------------------------------------------


async def test_where_delivery_failed_it_never_runs_out(clock: Clock):
    """Nobody was told."""
    assert not await clock.is_over(await clock.begun(), FAR)


async def test_nor_where_it_failed_to_one_of_them(clock: Clock):
    """However long the other has known."""
    desk = await clock.begun(three=True)
    await proven(desk, clock.stream, delivered("ATRC"))

    assert not await clock.is_over(desk, FAR)


@pytest.mark.parametrize(("method", "channel"), [("INBOX", "EMAIL"), ("EMAIL", "INBOX")])
async def test_another_channel_than_the_terms_name_starts_nothing(
    clock: Clock, method: NoticeMethod, channel: NoticeChannel
):
    """Nor does notice to somebody else."""
    desk = await clock.begun(NoticeTerms(method=method))
    said: dict[str, Any] = {"channel": method}
    await proven(desk, clock.stream, delivered(channel=channel), delivered("EGU", **said))

    assert not await clock.is_over(desk, FAR)


async def test_it_is_told_who_is_not_on_notice_and_until_when_the_others_may_speak(clock: Clock):
    """So whoever waits knows for what."""
    if clock.done is None:
        return
    desk = await clock.begun(three=True)
    await proven(desk, clock.stream, delivered("ATRC"), today=PROVEN_ON)
    unproven = await clock.refused(desk, FAR)
    await proven(desk, clock.stream, delivered("EGU"), today=PROVEN_ON)
    first = clock.first_day(PROVEN_ON)
    running = await clock.refused(desk, first - _DAY)

    assert isinstance(unproven, NoticeNotProven)
    assert ["EGU"] == unproven.ids["missing"]
    assert isinstance(running, NoticePeriodRunning | ConsentMissing)
    assert str(first if isinstance(running, NoticePeriodRunning) else first - _DAY) == running.ids["until"]


@pytest.mark.parametrize("since", [None, PROVEN_ON])
async def test_the_ledger_believes_no_time_before_it_was_proven(clock: Clock, since: date | None):
    """Whoever records what came of it all the same, never proven or too early, has recorded nothing."""
    if clock.anyway is None:
        return
    desk = await clock.begun()
    event = decode((await desk.store.read_stream(clock.stream))[-1].state).id
    if since is not None:
        await proven(desk, clock.stream, today=since)
    day = FAR if since is None else clock.first_day(since) - _DAY
    desk.now = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
    await desk.does(clock.anyway(Silence(event=event, until={"ATRC": TODAY}), day))

    with refuses(LedgerInconsistencyDetected):
        await waits.entered(desk)


# -- what else there may be -------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", [NOTICE, SILENCE])
async def test_who_holds_a_share_only_since_it_was_proposed_is_not_on_notice(rule: ConsentRule):
    """Nobody told them; they may consent, or it is proposed anew."""
    clock = next(each for each in CLOCKS if each.aggregate is TRANSFER and each.rule == rule)
    desk = await clock.begun()
    await proven(desk, clock.stream)
    await desk.does(owners.transfer_proposed(transfer="MEANWHILE", to="EGU", effective_on=TODAY))
    meanwhile = (await desk.state(TRANSFER, "MEANWHILE")).transfer_hash
    await desk.does(owners.transfer_consented(meanwhile, "MEANWHILE"))
    await desk.does(owners.transfer_executed("MEANWHILE"))

    with refuses(NoticeNotProven) as refused:
        await desk.does(owners.transfer_executed(today=FAR))
    assert ["EGU"] == refused.value.ids["missing"]
    await waits.until(desk, TRANSFER, "XFR", FAR)
    assert "TransferConsentDeemedGiven" not in await desk.names("transfer:XFR")

    transfer_hash = (await desk.state(TRANSFER, "XFR")).transfer_hash
    await desk.does(owners.transfer_consented(transfer_hash, by=EGU, holder="EGU"))
    assert await clock.is_over(desk, FAR)


async def test_whoever_sold_since_need_not_be_on_notice():
    """Only those count that hold a share when it is executed."""
    clock = CLOCKS[0]
    desk = await clock.begun()
    await desk.does(owners.transfer_proposed(transfer="BACK", **FROM_ATRC))
    transfer_hash = (await desk.state(TRANSFER, "BACK")).transfer_hash
    await desk.does(owners.transfer_consented(transfer_hash, "BACK", by=HUT, holder="HUT"))
    await desk.does(owners.transfer_executed("BACK", by=ATRC))

    assert await clock.is_over(desk, TODAY)


FROM_ATRC: dict[str, Any] = {
    "by": ATRC,
    "source": "ATRC",
    "to": "HUT",
    "amount": Amount(of_holding="1/1"),
    "effective_on": TODAY,
}


async def test_nobody_waits_for_notice_to_a_person():
    """They have no inbox: their time begins when it is proposed."""
    desk = await at.an_invention(terms=terms(consent=msgspec.structs.replace(CONSENT, assign=NOTICE)))
    await desk.does(at.engaged(person="VR", role="VISITOR"))
    await desk.does(at.recorded())
    await desk.does(at.recorded(contribution="C2", contributor="VR"))
    for name in ("C1", "C2"):
        await desk.does(at.attested((await desk.state(CONTRIBUTION, name)).content_hash, name))
    await desk.does(at.shares_proposed())
    await desk.does(at.shares_attested((await desk.state(INVENTION, "INV")).open.det_hash))
    await desk.does(at.shares_adopted())
    await desk.does(owners.transfer_proposed(effective_on=FAR))
    assert ("person:VR",) == (await desk.state(TRANSFER, "XFR")).notice_to

    with refuses(NoticePeriodRunning):
        await desk.does(owners.transfer_executed(today=TODAY + 29 * _DAY))
    desk.now = datetime(2025, 7, 1, 4, tzinfo=UTC)
    await desk.does(owners.transfer_executed(today=TODAY + 30 * _DAY))
    assert (await waits.entered(desk)).holdings.timeline("INV")


async def test_shares_that_begin_later_are_told_of_as_well():
    """What is given up is given up for whoever will hold it, so it waits for their time, too."""
    clock = next(each for each in CLOCKS if each.name == "giving up by NOTICE")
    desk = await clock.begun()
    await desk.does(waits.retirement_opposed())
    await desk.does(owners.transfer_proposed(to="EGU", effective_on=FAR))
    transfer_hash = (await desk.state(TRANSFER, "XFR")).transfer_hash
    await desk.does(owners.transfer_consented(transfer_hash))
    await desk.does(owners.transfer_executed())
    await desk.does(waits.retirement_proposed())
    assert ("ATRC", "EGU") == (await desk.state(INVENTION, "INV")).retirement.notice_to

    await proven(desk, clock.stream, delivered("ATRC"))
    assert not await clock.is_over(desk, FAR - _DAY)
    await proven(desk, clock.stream, delivered("EGU"), today=PROVEN_ON)
    assert await clock.is_over(desk, clock.first_day(PROVEN_ON))


def test_giving_up_that_was_proposed_before_notice_was_proven_keeps_its_day():
    """And needs none."""
    waiting = Retirement.of(made(RetirementProposed, rule=NOTICE, retires_on=FAR, noticed_on=TODAY))

    assert FAR == waiting.due_on


def test_what_was_proposed_before_notice_was_proven_keeps_its_day():
    """All had their time since it was proposed, and no notice is asked for."""
    for rule, last in ((NOTICE, TODAY + 29 * _DAY), (SILENCE, TODAY + 12 * _DAY)):
        before = made(
            TransferProposed,
            rule=rule,
            noticed_on=TODAY,
            deemed_on=last if rule is SILENCE else None,
            parties=("ATRC", "HUT"),
        )
        state = TRANSFER.evolve(None, before)

        assert last == proposal_of(state).last_day("ATRC")
        assert (last + _DAY if rule is SILENCE else None) == next_due(state)


# -- raced ------------------------------------------------------------------------------------------------------


async def test_proof_that_comes_on_the_last_day_starts_the_days_then(clock: Clock):
    """However long ago it was proposed: what is said within them still stops it."""
    desk = await clock.begun()
    last = clock.first_day(TODAY) - _DAY
    await proven(desk, clock.stream, today=last)
    until = clock.first_day(last) - _DAY

    assert not await clock.is_over(desk, until)
    if clock.against is not None:
        await desk.does(clock.against(until))
    assert clock.does not in await desk.names(clock.stream)


async def test_what_is_decided_by_notice_is_guarded_by_it(clock: Clock):
    """Somebody else's is proven meanwhile: it is decided anew, and recorded once."""
    desk = await clock.begun(three=True)
    await proven(desk, clock.stream, delivered("ATRC"))
    await proven(desk, clock.stream, delivered("EGU"))
    work = clock.happens(clock.first_day(TODAY))
    decided: list[Decided] = []

    async def does(reader: Reader) -> Decided:
        made_of_it = await work(reader)
        decided.append(made_of_it)
        return made_of_it

    await desk.interrupted(does, await of_last(desk, clock.stream, acknowledged("EGU")))

    assert 2 == len(decided)
    assert 1 == (await desk.names(clock.stream)).count(clock.does)
