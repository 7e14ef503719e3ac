"""The recorder keeps the eventsourcing library's own contract, by the library's own test cases."""

from collections.abc import Iterator

import pytest
from eventsourcing.tests.persistence import ApplicationRecorderTestCase, NonInterleavingNotificationIDsBaseCase

from shared.testing import MigratedDatabase
from tests.log.eventsourcing_adapter import BlockingRecorder, blocking_recorder


class TestApplicationRecorder(ApplicationRecorderTestCase[BlockingRecorder]):
    """Positions are notification ids: contiguous, in commit order, under concurrent writers."""

    @pytest.fixture(autouse=True)
    def _recorder(self, log_database: MigratedDatabase) -> Iterator[None]:
        with blocking_recorder(log_database.dsn, log_database.password) as recorder:
            self.recorder = recorder
            yield

    def create_recorder(self) -> BlockingRecorder:
        return self.recorder

    def test_insert_subscribe(self) -> None:
        """The library runs this only where a recorder can be subscribed to; ours can."""
        self.optional_test_insert_subscribe()


class TestNonInterleavingNotificationIDs(NonInterleavingNotificationIDsBaseCase):
    """Two appends of a thousand events each never interleave."""

    @pytest.fixture(autouse=True)
    def _recorder(self, log_database: MigratedDatabase) -> Iterator[None]:
        with blocking_recorder(log_database.dsn, log_database.password) as recorder:
            self.recorder = recorder
            yield

    def create_recorder(self) -> BlockingRecorder:
        return self.recorder
