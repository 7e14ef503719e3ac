"""A cursor is made as easily as it is read: whatever one holds, a list is shown or the cursor is refused."""

import pytest

from shared.positions import LAST_POSITION
from shared.web.pages import SortKey, cursor_for, scope_of
from tests.agreements.portals import Portal
from tests.agreements.test_lists import ELSEWHERE, LISTS

KEYS: tuple[SortKey, ...] = (
    (),
    (-1,),
    (0,),
    (LAST_POSITION,),
    ("",),
    ("a" * 5_000,),
    ("\N{PILE OF POO}", "b"),
    (1, 2, 3, 4, 5),
    # A task's: since when, thing, what, about what, and whom it asks.
    ("9999-12-31T23:59:59-23:59", "a", "b", "c", "HUT"),
    ("0001-01-01T00:00:00+23:59", "a", "b", "c", "HUT"),
    ("2026-01-01T00:00:00", "a", "b", "c", "HUT"),
    ("2026-01-01", "a", "b", "c", "HUT"),
    ("today", "a", "b", "c", "HUT"),
)
BY_CURSOR = sorted({*LISTS, *ELSEWHERE} - {"/v1/events", "/v1/people"})


@pytest.mark.parametrize("key", KEYS, ids=repr)
async def test_no_cursor_makes_a_list_fail(key: SortKey, hut: Portal) -> None:
    """Nobody need have been given it: its checksum is no secret."""
    for path in BY_CURSOR:
        answer = await hut.get(path, cursor=cursor_for(scope_of(path, ()), key))

        told = (answer.status_code, answer.json().get("code"))
        assert told in {(200, None), (400, "CURSOR_MALFORMED")}, path
