"""What processes tell each other: hints that a stream has something new; the truth is in the journal."""

import asyncio
import itertools
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

EVENT_MAX_BYTES = 48 * 1024
"""A hint with a larger event travels without it and only says: look."""

BACKLOG_HINTS = 10_000
BACKLOG_BYTES = 16 * 1024 * 1024
BATCH_HINTS = 500

LATEST = "#"
"""Ends the name of a stream's latest values, as in room/7#."""


class Hint(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One thing that may be new in one stream; it may be lost, doubled or late."""

    stream: str
    """Such as room/7, or room/7# for that stream's latest values."""
    seq: int
    """The number in the stream; 0 for a fleeting event, which is never stored."""
    event: bytes
    """The event's JSON; empty when the hint only says: look."""


Hear = Callable[[Hint], None]
Resync = Callable[[], None]


class Bus(Protocol):
    """Carries hints between processes. All methods are called on the event loop; none but start and stop ever waits."""

    healthy: bool
    """False while hints may be lost."""
    dropped: int
    """How many hints this process could not send."""

    async def start(self, hear: Hear, resync: Resync) -> None:
        """Begin to hear hints of subscribed streams, one's own too; resync says that hints may have been lost."""

    def publish(self, hints: Sequence[Hint]) -> None:
        """Send hints on their way, or drop them."""

    def subscribe(self, stream: str) -> None:
        """Hear a stream's hints and those of its latest values."""

    def unsubscribe(self, stream: str) -> None:
        """Hear nothing of a stream any more."""

    async def stop(self) -> None:
        """Hear and send nothing any more."""


def topic_of(stream: str) -> str:
    """Name what one subscribes to: room/7 for both room/7 and room/7#."""
    return stream.removesuffix(LATEST)


def trimmed(hint: Hint) -> Hint:
    """Leave out an event that is too large to travel."""
    return hint if len(hint.event) <= EVENT_MAX_BYTES else Hint(hint.stream, hint.seq, b"")


class MemoryBus:
    """The bus of a single process."""

    def __init__(self) -> None:
        self.healthy = False
        self.dropped = 0
        self._topics: set[str] = set()
        self._hear: Hear | None = None

    async def start(self, hear: Hear, resync: Resync) -> None:
        """Begin to hear."""
        self._hear = hear
        self.healthy = True
        asyncio.get_running_loop().call_soon(resync)

    def publish(self, hints: Sequence[Hint]) -> None:
        """Deliver each hint on a later turn of the loop."""
        if not self.healthy:
            self.dropped += len(hints)
            return
        loop = asyncio.get_running_loop()
        for hint in hints:
            loop.call_soon(self._deliver, trimmed(hint))

    def subscribe(self, stream: str) -> None:
        """Hear a stream's hints and those of its latest values."""
        self._topics.add(topic_of(stream))

    def unsubscribe(self, stream: str) -> None:
        """Hear nothing of a stream any more, not even what is on its way."""
        self._topics.discard(topic_of(stream))

    async def stop(self) -> None:
        """Hear and send nothing any more."""
        self.healthy = False
        self._hear = None

    def _deliver(self, hint: Hint) -> None:
        if self._hear is not None and topic_of(hint.stream) in self._topics:
            self._hear(hint)


class Backlog:
    """Hints that wait to be sent: bounded, and of a stream's latest values only the newest."""

    def __init__(self) -> None:
        self.filled = asyncio.Event()
        self._hints: OrderedDict[str | int, Hint] = OrderedDict()
        self._numbers = itertools.count()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._hints)

    def put(self, hint: Hint) -> bool:
        """Queue one hint; False when there is no room for it."""
        key = hint.stream if hint.stream.endswith(LATEST) else next(self._numbers)
        held = self._hints.get(key)
        if held is not None and held.seq > hint.seq:
            return True
        grown = self._bytes + len(hint.event) - (len(held.event) if held else 0)
        if grown > BACKLOG_BYTES or (held is None and len(self._hints) >= BACKLOG_HINTS):
            return False
        self._hints[key] = hint
        self._bytes = grown
        self.filled.set()
        return True

    def take(self) -> list[Hint]:
        """Remove the oldest hints, one batch at most."""
        batch = [self._hints.popitem(last=False)[1] for _ in range(min(BATCH_HINTS, len(self._hints)))]
        self._bytes -= sum(len(hint.event) for hint in batch)
        if not self._hints:
            self.filled.clear()
        return batch

    def clear(self) -> None:
        """Forget all."""
        self._hints.clear()
        self._bytes = 0
        self.filled.clear()
