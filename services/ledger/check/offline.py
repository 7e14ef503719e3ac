"""Who held what, answered from a replay alone: the question that the API answers, without the server's word."""

from collections.abc import Iterator
from datetime import date

from services.ledger.check.replay import Replay
from services.ledger.errors import AssetNotFound
from services.ledger.rules.facts.transfers import Transfer
from services.ledger.rules.history import percent
from services.ledger.rules.holdings import Period
from shared.events.decided import Decided, decided, is_derived
from shared.known import AsKnown
from shared.ratio import format_ratio


def ownership_in_words(replay: Replay, asset: str, effective: date, known: AsKnown) -> list[str]:
    """Return who held an asset on a legal day as known, and what decided it; raises AssetNotFound, KnownTimeNotOver."""
    if asset not in replay.assets:
        raise AssetNotFound(asset=asset)
    position = _position(replay, known)
    timeline = replay.holdings.timeline_at(asset, position)
    asked = f"{asset} on {effective}, as known at position {position}"
    ending = list(_ending(replay, known))
    if not timeline:
        return [f"{asked}: not yet known, the ledger learned of it at position {replay.assets[asset][1]}", *ending]
    period = next((period for period in reversed(timeline) if period.start <= effective), None)
    if period is None:
        return [f"{asked}: not yet conceived, that was on {timeline[0].start}", *ending]
    because = [line for cause in sorted(period.caused_by) for line in _because(replay, asset, cause)]
    return [f"{asked}: held", *_holders(period), *because, *_disputed(replay, asset, position), *ending]


def _position(replay: Replay, known: AsKnown) -> int:
    size = replay.moment.position
    if known.instant is not None:
        return replay.position_at(known.instant)
    if known.position is None:
        return size
    known.check_reached(size)
    return known.position


def _holders(period: Period) -> Iterator[str]:
    shown = percent(period.shares)
    for holder, share in period.shares.items():
        yield f"  {holder} {format_ratio(share)} ({shown[holder]} %)"


def _because(replay: Replay, asset: str, position: int) -> Iterator[str]:
    if position == replay.assets[asset][1]:
        yield f"because of position {position}: disclosed, and nothing determined"
        return
    if position not in replay.derivations:
        yield f"because of position {position}: transferred by {replay.posted_at(position).proposed.transfer}"
        yield from _conveyed(replay.posted_at(position))
        return
    adopted = replay.adopted[position]
    if ground := decided(adopted):
        yield f"because of position {position}: decided in dispute {ground.dispute} on the basis {ground.basis}:"
        yield from _decided(ground)
        return
    if not is_derived(adopted):
        how = "agreed" if adopted.method == "AGREED" else "alike for every party of the project"
        yield f"because of position {position}: a determination adopted, {how}, not derived from contributions"
        return
    yield f"because of position {position}: a determination adopted, which the facts bear out:"
    for reason in replay.derivations[position][1].reasons:
        by = ", ".join(reason.instruments) or "no instrument"
        yield f"  {reason.contributor} {format_ratio(reason.share)} to {reason.holder} by {by}"


def _conveyed(transfer: Transfer) -> Iterator[str]:
    conveyance = transfer.conveyance
    yield f"  proposed at position {transfer.position}: {conveyance.transfer_hash}"
    yield f"  instrument {conveyance.instrument_hash}"
    rule = "a person's deed, of which nobody is asked" if conveyance.rule is None else f"rule {conveyance.rule.rule}"
    yield f"  consents of {' and '.join(conveyance.consents)}, {rule}"


def _decided(ground: Decided) -> Iterator[str]:
    confirming = [f"{each}, the registrar" if each == ground.registrar else each for each in ground.confirmed_by]
    if ground.laid_down_by is None:
        yield "  by whose word was not recorded with it"
    else:
        yield f"  laid down by {ground.laid_down_by}"
        yield f"  confirmed by {' and '.join(confirming) or 'nobody else'}"
        if ground.unopposed_by:
            yield f"  not objected to, after proven notice, by {' and '.join(ground.unopposed_by)}"
    yield f"  document {ground.document_hash}"
    yield "  not derived from contributions"


def _disputed(replay: Replay, asset: str, position: int) -> Iterator[str]:
    for each in replay.disputes:
        open_then = each.since.position <= position and (each.until is None or position < each.until.position)
        if each.asset == asset and open_then:
            yield f"disputed in {each.dispute}"


def _ending(replay: Replay, known: AsKnown) -> Iterator[str]:
    """Say it when a longer ledger might answer otherwise."""
    if known.instant is not None and known.instant >= replay.moment.recorded_at:
        yield f"not final: this ledger ends with what was recorded at {replay.moment.recorded_at.isoformat()}"
