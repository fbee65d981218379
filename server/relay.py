"""The relay: hands on each stream's events in order, once each, whatever the bus does."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec
import structlog
from sqlalchemy.exc import SQLAlchemyError

from rooms.streams import AnyEvent, Latest, type_of
from server import journal
from server.bus import LATEST, Bus, Hint
from server.database import Database
from server.journal import Line

TICK_SECONDS = 1.0
"""How long the relay trusts a silent bus (promise P5: other processes deliver within 2 s)."""
VALUES_EVERY_SECONDS = 1.0
"""Latest values go out at most this often per stream."""
READ_LIMIT = 50
"""The most events read at once: far fewer than an outbox holds, so that catching up makes nobody slow."""

log = structlog.get_logger()


class Sink(Protocol):
    """Whoever takes what the relay hands on."""

    def deliver(self, stream: str, lines: Sequence[Line]) -> None:
        """Take events, each the next in its stream."""

    def deliver_fleeting(self, stream: str, event: bytes) -> None:
        """Take an event without a number."""

    def reset(self, stream: str) -> None:
        """Learn that events were lost for good, so that everybody has to start afresh."""


class Source(Protocol):
    """Where the relay reads what the bus did not bring."""

    async def heads(self, names: Iterable[str]) -> dict[str, int]: ...

    async def entries(self, stream: str, after: int, limit: int) -> list[Line]: ...

    async def values(self, stream: str, after: int) -> list[Line]: ...


class Journal:
    """The journal as the relay's source."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def heads(self, names: Iterable[str]) -> dict[str, int]:
        """Read the last numbers of streams."""
        async with self._database.reading() as db:
            return await journal.heads(db, names)

    async def entries(self, stream: str, after: int, limit: int) -> list[Line]:
        """Read a stream's events after a number."""
        async with self._database.reading() as db:
            return await journal.entries(db, stream, after, limit)

    async def values(self, stream: str, after: int) -> list[Line]:
        """Read a stream's latest values that changed after a number."""
        async with self._database.reading() as db:
            return await journal.values(db, stream, after)


def joined(lines: Sequence[Line], events: dict[str, type[AnyEvent]]) -> list[bytes]:
    """Make one event of each type out of many latest values."""
    grouped: dict[type[Latest[Any]], list[Latest[Any]]] = defaultdict(list)
    for line in lines:
        kind = events[msgspec.json.decode(line.event, type=_Typed).type]
        if issubclass(kind, Latest):
            grouped[kind].append(msgspec.json.decode(line.event, type=kind))
    return [
        journal.encode(kind.join(many)) for kind, many in sorted(grouped.items(), key=lambda item: type_of(item[0]))
    ]


class _Typed(msgspec.Struct):
    type: str


@dataclass
class Relay:
    """Follows streams for the whole process; `at` is the last number handed on of each."""

    source: Source
    bus: Bus
    sink: Sink
    events: dict[str, type[AnyEvent]]
    clock: Callable[[], float] = time.monotonic
    at: dict[str, int] = field(default_factory=dict)
    _unsettled: set[str] = field(default_factory=set)
    _settled_at: dict[str, int] = field(default_factory=dict)
    _dirty: set[str] = field(default_factory=set)
    _sent_at: dict[str, float] = field(default_factory=dict)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _looked_at: float = float("-inf")
    _stopped: bool = False

    def follow(self, stream: str) -> None:
        """Begin to follow a stream; settle it once its head is known."""
        if stream not in self.at and stream not in self._unsettled:
            self._unsettled.add(stream)
            self.bus.subscribe(stream)

    def settle(self, stream: str, seq: int, values_seq: int) -> None:
        """Say where a followed stream stood when a reader read it; the earliest among its first readers counts."""
        # A reader who read earlier than the one that settled the stream lacks what was told in between: go back for it.
        if stream in self._unsettled or seq < self._settled_at.get(stream, seq):
            self._unsettled.discard(stream)
            self._settled_at[stream] = seq
            self.at[stream], self.at[stream + LATEST] = seq, values_seq
            self._mark([stream, stream + LATEST])

    def unfollow(self, stream: str) -> None:
        """Stop following a stream."""
        self.bus.unsubscribe(stream)
        self._unsettled.discard(stream)
        self._settled_at.pop(stream, None)
        for name in (stream, stream + LATEST):
            self.at.pop(name, None)
            self._sent_at.pop(name, None)
            self._dirty.discard(name)

    def hear(self, hint: Hint) -> None:
        """Take a hint: hand on what comes next, look up what does not."""
        at = self.at.get(hint.stream)
        if hint.seq == 0 and hint.event:
            self.sink.deliver_fleeting(hint.stream, hint.event)
        elif at is None or hint.seq <= at:
            return
        elif hint.seq == at + 1 and hint.event:
            self._hand_on(hint.stream, [Line(hint.seq, hint.event)])
        else:
            self._mark([hint.stream])

    def resync(self) -> None:
        """Look everything up soon: hints may have been lost."""
        self._looked_at = float("-inf")
        self._wake.set()

    async def run(self) -> None:
        """Work until stopped; a database that fails is tried again on the next tick."""
        while not self._stopped:
            try:
                await self.turn()
                await self._pause()
            except (SQLAlchemyError, OSError) as error:
                log.warning("relay.database_failed", error=type(error).__name__)
                await asyncio.sleep(TICK_SECONDS / 2)

    def stop(self) -> None:
        """End the work between two turns, so that no transaction is broken off."""
        self._stopped = True
        self._wake.set()

    async def turn(self) -> None:
        """Look at the heads when it is time, then read what is behind."""
        if self.clock() - self._looked_at >= TICK_SECONDS:
            self._looked_at = self.clock()
            await self._look()
        for name in sorted(self._due()):
            self._dirty.discard(name)
            await (self._read_values(name) if name.endswith(LATEST) else self._read(name))

    async def _pause(self) -> None:
        if not self._stopped:
            self._wake.clear()
        waits = [
            self._looked_at + TICK_SECONDS,
            *(self._sent_at.get(name, 0.0) + VALUES_EVERY_SECONDS for name in self._dirty),
        ]
        wait = max(0.0, min(waits) - self.clock())
        try:
            async with asyncio.timeout(wait):
                await self._wake.wait()
        except TimeoutError:
            return

    def _due(self) -> list[str]:
        now = self.clock()
        return [
            name
            for name in self._dirty
            if not name.endswith(LATEST) or now - self._sent_at.get(name, float("-inf")) >= VALUES_EVERY_SECONDS
        ]

    async def _look(self) -> None:
        heads = await self.source.heads(list(self.at))
        self._mark(name for name, seq in heads.items() if seq > self.at.get(name, seq))

    async def _read(self, name: str) -> None:
        lines = await self.source.entries(name, self.at.get(name, 0), READ_LIMIT)
        fresh = [line for line in lines if line.seq > self.at.get(name, line.seq)]
        if fresh and fresh[-1].seq != self.at[name] + len(fresh):
            self._skip(name, fresh[-1].seq)
        elif fresh:
            self._hand_on(name, fresh)
        if not lines:
            await self._check_pruned(name)
        elif len(lines) == READ_LIMIT:
            self._mark([name])

    async def _check_pruned(self, name: str) -> None:
        """Start afresh where the journal does not hold any more what comes next."""
        head = (await self.source.heads([name]))[name]
        lines = await self.source.entries(name, self.at.get(name, head), 1)
        if not lines and self.at.get(name, head) < head:
            self._skip(name, head)

    def _skip(self, name: str, seq: int) -> None:
        self.at[name] = seq
        self.sink.reset(name)

    async def _read_values(self, name: str) -> None:
        self._sent_at[name] = self.clock()
        lines = await self.source.values(name.removesuffix(LATEST), self.at.get(name, 0))
        if lines and name in self.at:
            self.at[name] = max(self.at[name], lines[-1].seq)
            for event in joined(lines, self.events):
                self.sink.deliver_fleeting(name.removesuffix(LATEST), event)

    def _hand_on(self, name: str, lines: Sequence[Line]) -> None:
        self.at[name] = lines[-1].seq
        self.sink.deliver(name, lines)

    def _mark(self, names: Iterable[str]) -> None:
        self._dirty.update(name for name in names if name in self.at)
        if self._dirty:
            self._wake.set()
