"""One open connection: a bounded outbox, and how far its reader is in each stream."""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from server.door import Page
from server.features import EVENTS
from server.hub import frame_of
from server.identity import Caller
from server.journal import Line, encode
from server.relay import joined

BATCH_BYTES = 32 * 1024
"""Frames that wait together travel together, in arrays of about this size."""

ASKED_BYTES = 4 * 1024 * 1024
"""The most that may wait of what a reader asked for: states and replays, which do not count as being slow."""

BYES: dict[str, tuple[int, int]] = {
    "slow": (4008, 1800),
    "changed": (4009, 0),
    "quiet": (4010, 1000),
    "restart": (1012, 2000),
    "signed_out": (4501, 0),
    "hostile": (4502, 0),
    "too_many": (4503, 0),
}
"""Why the server ends a connection: close code (below 4500: come back) and after how many milliseconds."""


@dataclass
class Cursor:
    """Where a reader is in one stream; what arrives before its state is read waits."""

    seq: int | None = None
    waiting: list[tuple[int, bytes]] = field(default_factory=list)
    waiting_bytes: int = 0


@dataclass(slots=True)
class Load:
    """How much waits."""

    frames: int = 0
    size: int = 0

    def add(self, frame: bytes, sign: int = 1) -> None:
        self.frames += sign
        self.size += sign * len(frame)


@dataclass(eq=False)
class Connection:
    """What waits for one reader. Nothing here ever waits for the network."""

    name: str
    caller: Caller
    frames_limit: int
    bytes_limit: int
    cursors: dict[str, Cursor] = field(default_factory=dict)
    ending: str | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    afresh: set[str] = field(default_factory=set)
    _outbox: deque[tuple[bytes, Load]] = field(default_factory=deque)
    _told: Load = field(default_factory=Load)
    _asked: Load = field(default_factory=Load)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, stream: str, seq: int, frame: bytes) -> None:
        """Take one frame of a stream: wait for the state, drop what was read already, else send; never leave a gap."""
        cursor = self.cursors.get(stream)
        if cursor is None or self.ending:
            return
        if cursor.seq is None:
            self._hold(cursor, seq, frame)
        elif seq == 0:
            self.say(frame)
        elif seq > cursor.seq + 1:
            self.start_afresh(stream)
        elif seq > cursor.seq:
            cursor.seq = seq
            self.say(frame)

    def start_afresh(self, stream: str) -> None:
        """Remember that a stream has to be read again from its state."""
        self.afresh.add(stream)
        self._wake.set()

    def expect(self, streams: Iterable[str]) -> None:
        """Let a stream's frames wait until its state is read."""
        for stream in streams:
            self.cursors[stream] = Cursor()

    def begin(self, page: Page) -> None:
        """Send a stream's state or replay, then what has waited since it was read."""
        cursor = self.cursors.get(page.stream)
        if cursor is None:
            return
        if self._asked.size > ASKED_BYTES:
            self.hang("slow")
        for frame in _frames_of(page):
            self._put(frame, self._asked)
        waiting, cursor.waiting, cursor.waiting_bytes, cursor.seq = cursor.waiting, [], 0, page.seq
        for seq, frame in waiting:
            self.take(page.stream, seq, frame)

    def say(self, frame: bytes) -> None:
        """Put a frame into the outbox; a reader who lets too much wait is slow, and has to come back."""
        self._put(frame, self._told)
        if self._told.frames > self.frames_limit or self._told.size > self.bytes_limit:
            self.hang("slow")

    def _put(self, frame: bytes, load: Load) -> None:
        if frame and not self.ending:
            self._outbox.append((frame, load))
            load.add(frame)
            self._wake.set()

    def hang(self, code: str) -> None:
        """End the connection after a last word; what waits for a slow one is dropped."""
        if self.ending:
            return
        self.ending = code
        self.ended.set()
        if code == "slow":
            self._outbox.clear()
        self._outbox.append((encode({"bye": {"code": code, "retry_after_ms": BYES[code][1]}}), Load()))
        self._wake.set()

    async def next_batch(self) -> str:
        """Wait for something to send, and give as much of it as travels well together."""
        while not self._outbox and not self.afresh:
            self._wake.clear()
            await self._wake.wait()
        batch, size = [], 0
        while self._outbox and size < BATCH_BYTES:
            frame, load = self._outbox.popleft()
            load.add(frame, -1)
            batch.append(frame)
            size += len(frame)
        return _joined(batch)

    @property
    def waiting(self) -> bool:
        """Whether anything is left to send."""
        return bool(self._outbox)

    @property
    def finished(self) -> bool:
        """Whether the last word has been taken."""
        return self.ending is not None and not self._outbox

    def _hold(self, cursor: Cursor, seq: int, frame: bytes) -> None:
        cursor.waiting.append((seq, frame))
        cursor.waiting_bytes += len(frame)
        if len(cursor.waiting) > self.frames_limit or cursor.waiting_bytes > self.bytes_limit:
            self.hang("slow")


def _joined(batch: list[bytes]) -> str:
    if len(batch) == 1:
        return batch[0].decode()
    return (b"[%s]" % b",".join(batch)).decode() if batch else ""


def _frames_of(page: Page) -> list[bytes]:
    if page.state is not None:
        head = b'{"reset":"%s","seq":%d,"state":' % (page.stream.encode(), page.seq)
        return [head + msgspec.json.encode(page.state) + b"}"]
    values = [Line(0, event) for event in joined(page.values, EVENTS)]
    return [frame_of(page.stream, line) for line in (*page.lines, *values)]
