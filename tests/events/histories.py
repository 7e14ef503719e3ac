"""Events in any order, drawn at random over few parties, agreements and assets: what folds must hold over all."""

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

from shared.events.licence import Scope
from shared.events.registry import Event, registered
from shared.events.values import Period
from shared.log.envelope import NO_AGREEMENT, Envelope
from tests.docs.made import made

PARTIES = ("ATRC", "EGU", "HUT", "NLN")
KINDS = sorted((kind for name, kind in registered().items() if name.startswith("agreements.")), key=lambda k: k.TYPE)
_UNDER_NO_AGREEMENT = frozenset({"party", "affiliation", "declaration"})
_days = st.sampled_from([date(2024, month, 1) for month in (1, 4, 7, 10)])
_party = st.sampled_from(PARTIES)
_parties = st.lists(_party, max_size=3, unique=True).map(tuple)
_shares = _parties.map(lambda parties: dict.fromkeys(parties, "1/3"))
_assets = st.lists(st.sampled_from(("INV-1", "INV-2")), min_size=1, unique=True).map(tuple)
_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "agreement": st.sampled_from(("AGR-1", "AGR-2")),
    "parties": st.lists(_party, min_size=2, unique=True).map(tuple),
    **dict.fromkeys(("holders", "licensors", "attesting_parties", "signatories", "acceding"), _parties),
    **dict.fromkeys(("shares", "position", "outcome"), _shares),
    **dict.fromkeys(("party", "parent", "child", "source", "to", "licensee", "by_party", "opened_by"), _party),
    **dict.fromkeys(("proposed_by_party", "drafted_by_party", "owner_party", "to_party"), _party),
    **dict.fromkeys(("invention", "asset"), st.sampled_from(("INV-1", "INV-2"))),
    "assets": _assets,
    "scope": st.builds(
        lambda assets, start, end: made(Scope, assets=assets, period=Period(start=start, end=end)),
        _assets,
        _days,
        st.none() | _days,
    ),
    **{thing: st.sampled_from((f"{thing}-1", f"{thing}-2")) for thing in ("transfer", "dispute", "opportunity")},
    "licence": st.sampled_from(("LIC-1", "LIC-2")),
    **dict.fromkeys(("effective_on", "noticed_on", "retires_on"), _days),
}


def told(data: Event, *, agreement: str = "AGR-1", by: str | None = "HUT", on: date = date(2024, 7, 1)) -> Envelope:
    """An event as the log has it."""
    return Envelope(
        id="evt-1",
        stream=f"{data.ENTITY}:X",
        version=1,
        time=datetime(2024, 7, 1, tzinfo=UTC),
        effective_on=on,
        agreement=NO_AGREEMENT if data.ENTITY in _UNDER_NO_AGREEMENT else agreement,
        actor="person-1",
        actor_party=by,
        correlation_id="cor-1",
        causation_id=None,
        traceparent=None,
        data=data,
    )


@st.composite
def _envelopes(draw: st.DrawFn) -> Envelope:
    kind = draw(st.sampled_from(KINDS))
    given = {field: draw(_FIELDS[field]) for field in kind.__struct_fields__ if field in _FIELDS}
    by = draw(st.none() | _party)
    return told(made(kind, **given), agreement=given.get("agreement", NO_AGREEMENT), by=by)


histories = st.lists(_envelopes(), max_size=30)
