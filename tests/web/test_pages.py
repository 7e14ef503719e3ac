"""A listing is read page by page to its end, and a cursor is only good for the listing that gave it."""

from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient

from shared.positions import LAST_POSITION
from shared.web.edge import Application
from shared.web.pages import LARGEST_PAGE, PageRequest, _check, after_of, cursor_for, name_before, start_of
from shared.web.refusals import CursorMalformed
from tests.told import refuses

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
SORT_KEYS = st.lists(st.integers(-LAST_POSITION, LAST_POSITION) | TEXTS, min_size=1, max_size=3)


def test_following_next_reads_everything_once(client: TestClient[Application], signed):
    """Pages follow each other without gap or repeat, and the last names no next."""
    read: list[int] = []
    links = []
    address = "/v1/recipes?limit=4&kind=sweet"
    while address:
        answer = client.get(address, headers=signed)
        read += answer.json()["items"]
        links.append(answer.headers.get("link"))
        address, _, relation = (links[-1] or "").partition("; ")
        address = address.strip("<>")
        assert relation in {'rel="next"', ""}

    assert list(range(1, 11)) == read
    assert all("kind=sweet" in link for link in links[:2])
    assert [None] == links[2:]


@pytest.mark.parametrize("limit", [0, -1, LARGEST_PAGE + 1])
def test_a_page_has_a_largest_size(client: TestClient[Application], signed, limit):
    """A limit outside 1 to 200 is refused, not silently changed."""
    answer = client.get(f"/v1/recipes?limit={limit}", headers=signed)

    assert (400, "query.limit") == (answer.status_code, answer.json()["ids"]["at"])


def test_a_cursor_of_another_listing_or_filter_is_refused(client: TestClient[Application], signed):
    """A cursor means nothing where it was not given."""
    cursor = client.get("/v1/recipes?limit=4&kind=sweet", headers=signed).json()["next"]

    assert client.get(f"/v1/recipes?kind=sweet&cursor={cursor}", headers=signed).status_code == 200
    for elsewhere in (f"/v1/others?kind=sweet&cursor={cursor}", f"/v1/recipes?kind=sour&cursor={cursor}"):
        answer = client.get(elsewhere, headers=signed)
        assert (400, "CURSOR_MALFORMED") == (answer.status_code, answer.json()["code"])


@given(SORT_KEYS)
def test_every_sort_key_comes_back_from_its_cursor(key: list[int | str]):
    """A cursor loses nothing."""
    assert tuple(key) == after_of("/v1/x?", cursor_for("/v1/x?", key))


@given(SORT_KEYS, st.integers(min_value=0), st.sampled_from("ABCabc019-_=*\u00e9"))
def test_every_changed_cursor_is_refused(key: list[int | str], at: int, character: str):
    """A cursor with any other character in it is no cursor of ours."""
    cursor = cursor_for("/v1/x?", key)
    at %= len(cursor)
    changed = cursor[:at] + character + cursor[at + 1 :]
    if changed == cursor:
        return

    with pytest.raises(CursorMalformed):
        after_of("/v1/x?", changed)


@pytest.mark.parametrize("key", [[2**63], [-(2**63)], ["\0"], ["HUT", "a\0b"]])
def test_a_cursor_made_up_for_the_database_is_refused(key: list[int | str]):
    """Anybody can make a cursor with a right checksum; what no database holds gets no further than here."""
    with refuses(CursorMalformed):
        after_of("/v1/x?", cursor_for("/v1/x?", key))


@pytest.mark.parametrize(
    "key", [b'["\xff"]', b"\xff", b"[1e999]", b"[" * 100_000, b"[" + b"9" * 10_000 + b"]", b"{}", b""]
)
def test_a_cursor_made_up_of_any_bytes_is_refused(key: bytes):
    """Nor need there be JSON, or text, behind a right checksum."""
    cursor = urlsafe_b64encode(_check("/v1/x?", key) + key).rstrip(b"=").decode()

    with refuses(CursorMalformed):
        after_of("/v1/x?", cursor)


@pytest.mark.parametrize("after", [("abc",), (-1,), (), (1, 2)])
def test_a_page_of_positions_begins_at_a_position(after: tuple[int | str, ...]):
    """A cursor of another kind of listing is none of this one's."""
    with refuses(CursorMalformed):
        start_of(PageRequest("/v1/x", (), 50, after))


@pytest.mark.parametrize("after", [(1,), (), ("a", "b")])
def test_a_page_of_names_begins_after_a_name(after: tuple[int | str, ...]):
    """The same the other way round."""
    with refuses(CursorMalformed):
        name_before(PageRequest("/v1/x", (), 50, after))


def test_the_first_page_begins_before_everything():
    """Without a cursor nothing is left out."""
    assert start_of(PageRequest("/v1/x", (), 50, None)) == 0


@given(st.text(max_size=50))
def test_no_text_is_taken_for_a_cursor(text: str):
    """Nonsense is refused, never an error of ours."""
    with pytest.raises(CursorMalformed):
        after_of("/v1/x?", text)
