"""Write what the ledger's migrations make to where its checker reads it: `python -m tests.docs.catalogue`."""

import asyncio
import json

from services.ledger.check.catalogue import catalogue
from services.ledger.check.evidence import Evidence
from services.ledger.errors import LedgerUnavailable
from shared.database import Database
from shared.testing import running_servers
from tests.architecture.source import ROOT

FILE = ROOT / "services" / "ledger" / "check" / "catalogue.json"


async def written(database: Database) -> str:
    """Return what the file must hold, from a database just migrated."""
    async with database.connected() as connection:
        return json.dumps(await catalogue(Evidence(connection)), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    with running_servers() as servers:
        FILE.write_text(asyncio.run(written(servers.create("ledger").reached(LedgerUnavailable))), encoding="utf-8")
