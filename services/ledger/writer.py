"""Enters events: a batch of messages becomes entries, tree, holdings, checkpoint and progress in one transaction."""

from collections.abc import Sequence

from services.ledger.batch import (
    Entry,
    asset_rows,
    check_versions,
    deciding,
    entry_row,
    member_rows,
    read_messages,
)
from services.ledger.errors import LedgerHalted, LedgerInconsistencyDetected, TamperDetected, in_words
from services.ledger.facts import FactBook, streams_about
from services.ledger.history import Derivation
from services.ledger.holdings import Holdings, PostingUnbalanced, adopted, disclosed
from services.ledger.merkle import Edge, extend, leaf_hash, root_of
from services.ledger.note import Checkpoint, Signer, open_checkpoint
from services.ledger.store import BEGINNING, LedgerStore
from shared.bus.consumer import StreamMessage
from shared.contracts.invention import DeterminationAdopted, InventionDisclosed
from shared.errors import DomainError
from shared.log.envelope import Envelope, decode
from shared.ratio import parse_shares


class Writer:
    """The one writer of a ledger. Without a signer it signs nothing, as when rebuilding."""

    def __init__(self, store: LedgerStore, signer: Signer | None) -> None:
        self._store = store
        self._signer = signer
        self._moment = BEGINNING
        self._edge = Edge()

    @property
    def position(self) -> int:
        return self._moment.position

    @property
    def root(self) -> bytes:
        return root_of(self._edge)

    async def resume(self) -> int:
        """Read how far the ledger has come and return that position.

        Raises TamperDetected when the tree is not the one last signed: signing on would fork the log.
        """
        self._moment, self._edge, note = await self._store.progress()
        if note is not None and self._signer is not None:
            signed = open_checkpoint(note.encode(), self._signer.verifier)
            if (signed.size, signed.root) != (self.position, self.root):
                raise TamperDetected(
                    expected=f"size {signed.size}, root {signed.root.hex()}",
                    got=f"size {self.position}, root {self.root.hex()}",
                    at="checkpoint",
                )
        return self.position

    async def enter(self, messages: Sequence[StreamMessage]) -> None:
        """Enter what is new in a batch, which must leave no gap.

        Raises LedgerHalted at the first event that cannot be entered; what comes before it has been entered then.
        """
        new = [message for message in messages if message.position > self.position]
        if [message.position for message in new] != list(range(self.position + 1, self.position + 1 + len(new))):
            # The bus promises this never happens; if it does, stop here: a hole in evidence is worse than a halt.
            raise LedgerHalted(self.position + 1, kind="EventMissing", expected=str(self.position + 1), got="a gap")
        entries, halted = read_messages(new, self._moment)
        while entries:
            try:
                await self._write(entries)
            except LedgerHalted as halted_earlier:
                halted = halted_earlier
                entries = entries[: halted.position - entries[0].position]
            else:
                break
        if halted is not None:
            await self._store.raise_alarm(halted)
            raise halted

    async def _write(self, entries: Sequence[Entry]) -> None:
        last = entries[-1].moment
        edge, tiles = extend(self._edge, map(leaf_hash, (entry.body for entry in entries)))
        note = self._sign(edge)
        async with self._store.batch():
            check_versions(entries, await self._store.versions({entry.envelope.stream for entry in entries}))
            await self._store.add_entries([entry_row(entry) for entry in entries])
            await self._store.add_assets(asset_rows(entries), member_rows(entries))
            if decided := deciding(entries):
                await self._post(decided)
            await self._store.finish(self.position, last, tiles, note)
        # Only now: whatever failed before has left no trace, here or there.
        self._moment, self._edge = last, edge

    def _sign(self, edge: Edge) -> str | None:
        if self._signer is None:
            return None
        return self._signer.sign(str(Checkpoint(self._signer.name, edge.size, root_of(edge))))

    async def _post(self, decided: Sequence[Entry]) -> None:
        """Post what these entries decide, after deriving every adopted determination from the entries themselves."""
        assets = {_asset(entry.envelope) for entry in decided}
        holdings = Holdings.of(await self._store.known_holdings(assets))
        derivations = await self._derive([entry for entry in decided if _is_adoption(entry.envelope)])
        for entry in decided:
            try:
                self._learn(holdings, entry)
            except (PostingUnbalanced, DomainError) as error:
                raise LedgerHalted(
                    entry.position, kind="LedgerInconsistencyDetected", expected="a balanced posting", got=str(error)
                ) from error
        await self._store.write_derivations(derivations)
        await self._store.write_holdings(
            [known for known in holdings.closed if known.stored],
            [known for known in holdings.every() if not known.stored],
        )

    @staticmethod
    def _learn(holdings: Holdings, entry: Entry) -> None:
        data = entry.envelope.data
        if isinstance(data, InventionDisclosed):
            holdings.learn(data.invention, disclosed(data.conceived_on, entry.position), entry.moment)
        elif isinstance(data, DeterminationAdopted):
            before = holdings.timeline(data.invention)
            after = adopted(before, data.effective_on, parse_shares(data.shares), entry.position)
            holdings.learn(data.invention, after, entry.moment)

    async def _derive(self, adoptions: Sequence[Entry]) -> dict[int, tuple[str, Derivation]]:
        """Return the ledger's own derivation at each adoption; raises LedgerHalted where they differ."""
        if not adoptions:
            return {}
        awaited = {entry.position for entry in adoptions}
        derivations: dict[int, tuple[str, Derivation]] = {}
        book = FactBook()
        for position, envelope in await self._entries_about({_asset(entry.envelope) for entry in adoptions}):
            book.read(envelope)
            if position in awaited and isinstance(envelope.data, DeterminationAdopted):
                try:
                    derivation = book.derivation_of(envelope.data, at=f"position {position}")
                except LedgerInconsistencyDetected as error:
                    raise LedgerHalted(
                        position, kind=type(error).__name__, expected=in_words(error.expected), got=in_words(error.got)
                    ) from error
                derivations[position] = envelope.data.invention, derivation
        return derivations

    async def _entries_about(self, inventions: set[str]) -> list[tuple[int, Envelope]]:
        """Return every entry that bears on these inventions, in position order."""
        own = await self._store.entries_about({f"invention:{name}" for name in inventions}, inventions)
        read = {position: decode(body) for position, body in own}
        others = await self._store.entries_about(streams_about(read.values()), ())
        read |= {position: decode(body) for position, body in others}
        return sorted(read.items())


def _is_adoption(envelope: Envelope) -> bool:
    return isinstance(envelope.data, DeterminationAdopted)


def _asset(envelope: Envelope) -> str:
    data = envelope.data
    assert isinstance(data, InventionDisclosed | DeterminationAdopted)
    return data.invention
