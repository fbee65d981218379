"""A relay on a stage: a journal, a bus and readers of the test's own, and a clock that the test moves."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from server.bus import LATEST, Hear, Hint, Resync
from server.features import EVENTS
from server.journal import Line
from server.relay import Relay

Found = TypeVar("Found")
STREAMS = ("room/7", "room/8", "person/2")


class Truth:
    """The journal of a test: what was told, and what pruning left of it; other things happen while it is read."""

    def __init__(self) -> None:
        self.told: dict[str, list[Line]] = defaultdict(list)
        self.pruned: dict[str, int] = {}
        self.latest: dict[str, dict[str, Line]] = defaultdict(dict)
        self.value_heads: dict[str, int] = defaultdict(int)
        self.reads = 0
        self.meanwhile: Callable[[], None] = lambda: None

    def tell(self, stream: str) -> Hint:
        seq = len(self.told[stream]) + 1
        line = Line(seq, b'{"type":"chat.posted","text":"%s %d"}' % (stream.encode(), seq))
        self.told[stream].append(line)
        return Hint(stream, seq, line.event)

    def tell_value(self, stream: str, key: str, event: bytes) -> Hint:
        self.value_heads[stream] += 1
        self.latest[stream][key] = Line(self.value_heads[stream], event)
        return Hint(stream + LATEST, self.value_heads[stream], b"")

    async def heads(self, names: Iterable[str]) -> dict[str, int]:
        return await self._read({name: self._head(name) for name in names})

    async def entries(self, stream: str, after: int, limit: int) -> list[Line]:
        first = max(after, self.pruned.get(stream, 0))
        return await self._read(self.told[stream][first : first + limit])

    async def values(self, stream: str, after: int) -> list[Line]:
        lines = [line for line in self.latest[stream].values() if line.seq > after]
        return await self._read(sorted(lines, key=lambda line: line.seq))

    async def _read(self, found: Found) -> Found:
        self.reads += 1
        self.meanwhile()
        await asyncio.sleep(0)
        return found

    def _head(self, name: str) -> int:
        return self.value_heads[name.removesuffix(LATEST)] if name.endswith(LATEST) else len(self.told[name])


class Wire:
    """A bus that carries nothing by itself: the test carries the hints."""

    healthy = True
    dropped = 0

    def __init__(self) -> None:
        self.topics: set[str] = set()

    async def start(self, hear: Hear, resync: Resync) -> None:
        raise AssertionError("the relay does not start the bus")

    def publish(self, hints: Sequence[Hint]) -> None:
        raise AssertionError("the relay does not publish")

    def subscribe(self, stream: str) -> None:
        self.topics.add(stream)

    def unsubscribe(self, stream: str) -> None:
        self.topics.discard(stream)

    async def stop(self) -> None:
        raise AssertionError("the relay does not stop the bus")


class Readers:
    """What the relay handed on."""

    def __init__(self) -> None:
        self.got: dict[str, list[Line]] = defaultdict(list)
        self.fleeting: list[tuple[str, bytes]] = []
        self.resets: list[str] = []

    def deliver(self, stream: str, lines: Sequence[Line]) -> None:
        self.got[stream].extend(lines)

    def deliver_fleeting(self, stream: str, event: bytes) -> None:
        self.fleeting.append((stream, event))

    def reset(self, stream: str) -> None:
        self.resets.append(stream)


class Stage:
    """A relay between a truth, a wire and readers, with a clock of its own."""

    def __init__(self, kind: type[Relay] = Relay) -> None:
        self.now = 100.0
        self.truth, self.wire, self.readers = Truth(), Wire(), Readers()
        self.relay = kind(self.truth, self.wire, self.readers, EVENTS, lambda: self.now)

    def follow(self, *streams: str) -> None:
        for stream in streams:
            self.relay.follow(stream)
            self.relay.settle(stream, len(self.truth.told[stream]), self.truth.value_heads[stream])

    async def tick(self) -> None:
        self.now += 1.0
        await self.relay.turn()

    def numbers(self, stream: str) -> list[int]:
        return [line.seq for line in self.readers.got[stream]]


class Liar:
    """Carries hints as badly as a bus may: late, swapped, twice, without their event, or never."""

    def __init__(self, stage: Stage, chance: random.Random) -> None:
        self.stage, self.chance = stage, chance
        self.on_the_way: list[Hint] = []

    def tell(self) -> None:
        hint = self.stage.truth.tell(self.chance.choice(STREAMS))
        fate = self.chance.choice(("kept", "kept", "kept", "lost", "doubled", "emptied"))
        shown = Hint(hint.stream, hint.seq, b"") if fate == "emptied" else hint
        self.on_the_way += {"lost": [], "doubled": [shown, shown]}.get(fate, [shown])

    def carry(self) -> None:
        if self.on_the_way:
            place = self.chance.choice((0, 0, self.chance.randrange(len(self.on_the_way))))
            self.stage.relay.hear(self.on_the_way.pop(place))

    def meddle(self) -> None:
        """Do something while the relay waits for the journal."""
        self.chance.choice((self.tell, self.carry, self.carry, lambda: None))()


async def until(fits: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait for something that nothing announces."""
    async with asyncio.timeout(seconds):
        while True:
            if fits():
                return
            await asyncio.sleep(0.005)
