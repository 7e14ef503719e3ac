"""Enters events: a batch of messages becomes entries, tree, holdings, checkpoint and progress in one transaction."""

from collections.abc import Sequence

from services.ledger.errors import LedgerHalted, LedgerInconsistencyDetected, TamperDetected, differing, in_words
from services.ledger.rules.account import OwnershipReplayConflict
from services.ledger.rules.facts.book import FactBook
from services.ledger.rules.facts.notices import NOTICES
from services.ledger.rules.facts.standing import DECLARATIONS
from services.ledger.rules.history import Derivation
from services.ledger.rules.holdings import Holdings, PostingUnbalanced
from services.ledger.rules.posting import Ruling, rule
from services.ledger.rules.touched import streams_about, touched_by
from services.ledger.tree.merkle import Edge, extend, root_of
from services.ledger.tree.note import Checkpoint, Signer
from services.ledger.write.batch import (
    UNFORESEEN,
    Entry,
    asset_rows,
    check_stated,
    check_versions,
    deciding,
    departure_rows,
    disputing,
    entry_row,
    member_rows,
    of_one_tree,
    read_messages,
    stated_before,
    unforeseen,
)
from services.ledger.write.signed import Signed, SignedFile
from services.ledger.write.store import BEGINNING, LedgerStore
from shared.bus.consumer import StreamMessage
from shared.clock import Clock
from shared.errors import DomainError, Unavailable
from shared.log.chain import START, Head, leaf_hash, tree_text
from shared.log.envelope import Envelope, decode
from shared.telemetry import logger

_log = logger()


class Writer:
    """The one writer of a ledger. Without a signer it signs nothing, as when rebuilding.

    What it signs it first writes down in a file. Up to the size that is signed there it signs nothing anew: of every
    size there is one root, whatever became of the database since.
    """

    def __init__(
        self,
        store: LedgerStore,
        signer: Signer | None,
        kept: SignedFile | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._store = store
        self._signer = signer
        self._kept = kept
        self._clock = clock
        self._signed: Signed | None = None
        self._moment = BEGINNING
        self._edge = Edge()
        self._chain = START.chain

    @property
    def position(self) -> int:
        return self._moment.position

    @property
    def head(self) -> Head:
        return Head(self.position, self._chain)

    @property
    def root(self) -> bytes:
        return root_of(self._edge)

    async def resume(self) -> Head:
        """Read how far the ledger has come and return that position, and the chain of the history it counts.

        Raises TamperDetected when the tree is not the one last signed: signing on would fork the log.
        """
        self._moment, self._edge, note, self._chain = await self._store.progress()
        if self._signer is not None:
            stored = Signed.of(note, self._signer.verifier) if note is not None else None
            written_down = self._kept.read() if self._kept is not None else None
            known = [each for each in (stored, written_down) if each is not None]
            self._signed = max(known, key=lambda each: each.size, default=None)
            await self._check_signed(stored, known)
            if self._kept is not None and self._signed is not None and self._signed is not written_down:
                # From before there was a file, or from another machine: what is stored was signed all the same.
                await self._kept.keep(self._signed.note)
        return self.head

    async def _check_signed(self, stored: Signed | None, known: Sequence[Signed]) -> None:
        # Beyond what is stored, only what was signed before a restored database was as small may have been entered.
        unsigned = self.position if stored is None else self.position - stored.size
        if unsigned and (self._signed is None or self._signed.size < self.position):
            signed = f"size {stored.size}, root {tree_text(stored.checkpoint.root)}" if stored else "nothing"
            found = f"size {self.position}, root {tree_text(self.root)}"
            raise TamperDetected(expected=signed, got=found, at="checkpoint")
        for each in known:
            if each.size <= self.position:
                root = await self._store.root_at(each.size)
                if root != each.checkpoint.root:
                    raise TamperDetected(
                        expected=f"size {each.size}, root {tree_text(each.checkpoint.root)}",
                        got=f"size {each.size}, root {tree_text(root)}",
                        at="checkpoint",
                    )

    async def enter(self, messages: Sequence[StreamMessage]) -> None:
        """Enter what is new in a batch, which must leave no gap.

        Raises LedgerHalted at the first event that cannot be entered, for whatever reason; what comes before it has
        been entered then. Raises LedgerUnavailable where it may be tried again.
        """
        try:
            halted = await self._enter(messages)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001  # nothing may end silently
            halted = unforeseen(self.position + 1, error)
        if halted is not None:
            if halted.kind == UNFORESEEN:
                failed = {"action": "entering-failed", "position": halted.position, "exc_info": halted.__cause__}
                _log.error("An event cannot be entered", **failed)
            await self.raise_alarm(halted)
            raise halted

    async def raise_alarm(self, halted: LedgerHalted) -> None:
        """Keep what stops the ledger, signed as its own."""
        await self._store.raise_alarm(halted, self._signer)

    async def _enter(self, messages: Sequence[StreamMessage]) -> LedgerHalted | None:
        """Enter messages and return what stops the ledger after those that could be, if anything does."""
        new = [message for message in messages if message.position > self.position]
        if [message.position for message in new] != list(range(self.position + 1, self.position + 1 + len(new))):
            # The bus promises this never happens; if it does, stop here: a hole in evidence is worse than a halt.
            return LedgerHalted(self.position + 1, kind="EventMissing", expected=str(self.position + 1), got="a gap")
        entries, halted = read_messages(new, self._moment, self._clock() if self._clock is not None else None)
        if self._signer is not None:
            entries, ended = of_one_tree(entries, self._signer.name)
            halted = ended or halted
        while entries:
            halted_earlier = await self._tried(entries)
            if halted_earlier is None:
                break
            halted = halted_earlier
            entries = [entry for entry in entries if self.position < entry.position < halted.position]
        return halted

    async def _tried(self, entries: Sequence[Entry]) -> LedgerHalted | None:
        """Write entries and return what stops the ledger, and at which of them; whoever calls tries those before it."""
        try:
            await self._write(entries)
        except LedgerHalted as halted:
            return halted
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, one of these entries is its reason: which one?
            left = [entry for entry in entries if entry.position > self.position]
            if len(left) == 1:
                return unforeseen(left[0].position, error)
            for entry in left:
                if (stopped := await self._tried([entry])) is not None:
                    return stopped
        return None

    async def _write(self, entries: Sequence[Entry]) -> None:
        """Write entries, those up to the size that was signed before apart from those beyond it."""
        left = self._signed.size - self.position if self._signed is not None else 0
        for part in filter(None, (entries[: max(left, 0)], entries[max(left, 0) :])):
            await self._write_together(part)

    async def _write_together(self, entries: Sequence[Entry]) -> None:
        last = entries[-1]
        edge, tiles = extend(self._edge, map(leaf_hash, (entry.body for entry in entries)))
        async with self._store.batch():
            check_stated(entries, await self._recorded(stated_before(entries)))
            check_versions(entries, await self._store.versions({entry.envelope.stream for entry in entries}))
            await self._store.add_entries([entry_row(entry) for entry in entries])
            await self._store.add_assets(asset_rows(entries), member_rows(entries))
            await self._store.add_departures(departure_rows(entries))
            if decided := deciding(entries):
                await self._post(decided)
            for entry in disputing(entries):
                await self._store.write_dispute(entry.envelope.data, entry.moment)
            # Last of all: what is written down as signed must be what can be entered.
            signed = await self._sign(edge)
            note = signed.note if signed is not None else None
            await self._store.finish(self.position, last.moment, last.chain, tiles, note)
        # Only now: whatever failed before has left no trace, here or there.
        self._moment, self._edge, self._chain = last.moment, edge, last.chain

    async def _sign(self, edge: Edge) -> Signed | None:
        """Return the checkpoint of a tree, written down before anybody can see it; none below what was signed before.

        Raises LedgerHalted where another tree of this size was signed.
        """
        if self._signer is None:
            return None
        if self._signed is not None and edge.size < self._signed.size:
            return None
        checkpoint = Checkpoint(self._signer.name, edge.size, root_of(edge))
        if self._signed is not None and edge.size == self._signed.size:
            if checkpoint != self._signed.checkpoint:
                raise LedgerHalted(
                    edge.size,
                    kind="SignedOtherwise",
                    expected=f"root {tree_text(self._signed.checkpoint.root)}",
                    got=f"root {tree_text(checkpoint.root)}",
                )
            return self._signed
        signed = Signed(self._signer.sign(str(checkpoint)), checkpoint)
        if self._kept is not None:
            await self._kept.keep(signed.note)
        self._signed = signed
        return signed

    async def _recorded(self, streams: set[str]) -> list[Envelope]:
        """Return what was entered in these streams, in position order."""
        entered = await self._store.entries_about(streams, ()) if streams else []
        return [decode(body) for _, body in sorted(entered)]

    async def _post(self, decided: Sequence[Entry]) -> None:
        """Write what these entries decide, every adopted determination derived from the entries themselves."""
        holdings = Holdings.of(await self._store.known_holdings({_asset(entry) for entry in decided}))
        derivations: dict[int, tuple[str, Derivation]] = {}
        alarms: list[tuple[int, Ruling]] = []
        moments = {entry.position: entry.moment for entry in decided}
        book = FactBook()
        for position, envelope in await self._entries_for(decided):
            ruling = _ruled(book, envelope, position, awaited=position in moments)
            if ruling is None:
                continue
            if ruling.timeline is not None:
                holdings.learn(ruling.asset, ruling.timeline, moments[position])
            if ruling.derivation is not None:
                derivations[position] = ruling.asset, ruling.derivation
            alarms.append((position, ruling))
        await self._store.write_derivations(derivations)
        await self._store.write_alarms(alarms)
        await self._store.write_holdings(
            [known for known in holdings.closed if known.stored],
            [known for known in holdings.every() if not known.stored],
        )

    async def _entries_for(self, decided: Sequence[Entry]) -> list[tuple[int, Envelope]]:
        """Return every entry that bears on what these decide, in position order."""
        if all(entry.touched.disclosed is not None for entry in decided):
            return [(entry.position, entry.envelope) for entry in decided]  # nothing before bears on a disclosure
        inventions = {_asset(entry) for entry in decided}
        # A dispute is found by the freeze that follows it, which may still be to come.
        streams = {f"invention:{name}" for name in inventions} | {entry.envelope.stream for entry in decided}
        read = {position: decode(body) for position, body in await self._store.entries_about(streams, inventions)}
        about = streams_about(touched_by(each.data) for each in read.values())
        others = {position: decode(body) for position, body in await self._store.entries_about(about, ())}
        # What two parties have declared of themselves is told where all affiliations are, by its name; and of what
        # there was notice, where silence is taken for an attestation.
        further = {stream for each in others.values() for stream in touched_by(each.data).streams} - about
        declared = {each for each in further if each.startswith((DECLARATIONS, NOTICES))}
        if declared:
            others |= {position: decode(body) for position, body in await self._store.entries_about(declared, ())}
        return sorted((read | others).items())


def _ruled(book: FactBook, envelope: Envelope, position: int, *, awaited: bool) -> Ruling | None:
    """Read an entry and, where it is awaited, return what it decides; raises LedgerHalted for what cannot be so."""
    try:
        book.read(envelope, position)
        if not awaited:
            return None
        book.check_hashes(at=f"position {position}")
        return rule(book, envelope.data, position)
    except LedgerInconsistencyDetected as error:
        raise LedgerHalted(
            position, kind=type(error).__name__, expected=in_words(error.expected), got=in_words(error.got)
        ) from error
    except (PostingUnbalanced, OwnershipReplayConflict, DomainError) as error:
        expected, got = differing(error, "a balanced posting")
        raise LedgerHalted(position, kind="LedgerInconsistencyDetected", expected=expected, got=got) from error


def _asset(entry: Entry) -> str:
    assert entry.touched.asset is not None, "only entries about an asset decide"
    return entry.touched.asset
