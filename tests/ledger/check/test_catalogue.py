"""The checker knows what the database has to look like from the migrations themselves."""

from shared.database import Database
from tests.docs.catalogue import FILE, written


async def test_the_catalogue_is_what_the_migrations_make(address: Database, owner_address: Database):
    """`python -m tests.docs.catalogue` writes it anew; the service's role and the owner's see the same."""
    assert FILE.read_text(encoding="utf-8") == await written(address) == await written(owner_address)
