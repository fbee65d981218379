"""The bus between processes, over Redis pub/sub: whatever it loses is read from the journal."""

import asyncio
import math
import random
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
import structlog
from redis.asyncio import ConnectionPool

from server.bus import Backlog, Hear, Hint, MemoryBus, Resync, topic_of, trimmed

TIMEOUT_SECONDS = 1.0
"""For connecting, and for one batch with its answers."""

PROBE_SECONDS = 1.0
SILENCE_SECONDS = 2.0
"""A connection that brings no probe for so long is dead, whatever the socket says: a half-open one raises nothing."""

PAUSE_SECONDS = (0.05, 1.0)
"""The shortest and the longest pause between two attempts to connect."""

STOP_SECONDS = 2.0
STOP_ATTEMPTS = 4

ORIGIN_BYTES = 8

_JITTER = random.SystemRandom()
_log = structlog.get_logger()
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Hint).decode

Command = tuple[str | bytes, ...]


class Line:
    """One connection to Redis, which can be cut at once; at most one task writes to it and one reads."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        # Private, but closing waits for unsent bytes, and a frozen Redis takes none: only abort() frees the socket.
        self._transport: asyncio.Transport = connection._writer.transport

    async def send(self, commands: Sequence[Command]) -> None:
        """Write commands in one go and wait for no answer."""
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await self._connection.send_packed_command(self._connection.pack_commands(commands))

    async def read(self) -> Any:
        """Wait for the next answer or message."""
        return await self._connection.read_response(timeout=math.inf, disconnect_on_error=False, push_request=True)

    async def ask(self, commands: Sequence[Command]) -> None:
        """Write commands in one go and wait for all their answers, together no longer than a second."""
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await self.send(commands)
            for _ in commands:
                await self.read()

    def cut(self) -> None:
        """Close without a word."""
        self._transport.abort()


@asynccontextmanager
async def _open(pool: ConnectionPool) -> AsyncIterator[Line]:
    connection: Any = pool.make_connection()  # type: ignore[no-untyped-call]
    connection.socket_timeout = None  # It would use wait_for, which swallows cancellations in Python 3.11.
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await connection.connect()
        line = Line(connection)
        try:
            yield line
        finally:
            line.cut()
    finally:
        await connection.disconnect(nowait=True)
        await asyncio.sleep(0)  # The transport closes its socket on the next turn of the loop.


class RedisBus:
    """Carries hints to this process at once and to the others through Redis, as long as Redis answers.

    Two connections, one to hear and one to say, live and die together. A probe goes around through both every second.

    Raises:
        ValueError: the URL is not one of redis://, rediss:// or unix://.
    """

    def __init__(self, url: str, prefix: str = "majlis") -> None:
        self.healthy = False
        self.dropped = 0
        self._pool: ConnectionPool = ConnectionPool.from_url(
            url, socket_connect_timeout=TIMEOUT_SECONDS, protocol=2, driver_info=None
        )
        self._prefix = prefix
        self._origin = secrets.token_bytes(ORIGIN_BYTES)
        self._near = MemoryBus()
        self._topics: set[str] = set()
        self._backlog = Backlog()
        self._linked = False
        self._changed = asyncio.Event()
        self._tried = asyncio.Event()
        self._failures = 0
        self._resync: Resync = lambda: None
        self._task: asyncio.Task[None] | None = None

    async def start(self, hear: Hear, resync: Resync) -> None:
        """Begin to hear; when Redis does not answer within a second, begin without it."""
        self._resync = resync
        self._tried.clear()
        await self._near.start(hear, lambda: None)
        self._task = asyncio.create_task(self._run(), name="redis bus")
        with suppress(TimeoutError):
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await self._tried.wait()

    def publish(self, hints: Sequence[Hint]) -> None:
        """Deliver in this process on a later turn of the loop, and queue for the others."""
        self._near.publish(hints)
        for hint in hints:
            if not (self._linked and self._backlog.put(trimmed(hint))):
                self.dropped += 1

    def subscribe(self, stream: str) -> None:
        """Hear a stream's hints and those of its latest values, very soon."""
        self._near.subscribe(stream)
        self._topics.add(topic_of(stream))
        self._changed.set()

    def unsubscribe(self, stream: str) -> None:
        """Hear nothing of a stream any more, not even what is on its way."""
        self._near.unsubscribe(stream)
        self._topics.discard(topic_of(stream))
        self._changed.set()

    async def stop(self) -> None:
        """Hear and send nothing any more; what is queued is dropped."""
        await self._near.stop()
        for _ in range(STOP_ATTEMPTS):
            if self._task is None or self._task.done():
                break
            # A task group that fails while it is cancelled swallows the cancellation: ask again.
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=STOP_SECONDS / STOP_ATTEMPTS)
        self.healthy = False

    async def _run(self) -> None:
        while True:
            try:
                await self._link()
            except Exception as problem:
                self._lost(problem)
            await asyncio.sleep(self._pause())

    async def _link(self) -> None:
        """Hold both connections until one of them fails."""
        try:
            async with _open(self._pool) as ear, _open(self._pool) as mouth, asyncio.TaskGroup() as tasks:
                self._linked = True
                probe = self._channel(f"probe/{secrets.token_hex(8)}")
                tuned = asyncio.Event()
                tasks.create_task(self._tune(ear, probe))
                tasks.create_task(self._listen(ear, probe, tuned))
                tasks.create_task(self._say(mouth, probe, tuned))
        finally:
            self._linked = self.healthy = False
            self.dropped += len(self._backlog)
            self._backlog.clear()

    async def _tune(self, ear: Line, probe: bytes) -> None:
        """Keep Redis informed of what to send us; the probe's channel comes last of the first ones."""
        tuned: set[str] = set()
        more: list[bytes] = [probe]
        while True:
            self._changed.clear()
            wanted = set(self._topics)
            news = {
                "SUBSCRIBE": [*map(self._channel, wanted - tuned), *more],
                "UNSUBSCRIBE": [*map(self._channel, tuned - wanted)],
            }
            await ear.send([(verb, *channels) for verb, channels in news.items() if channels])
            tuned, more = wanted, []
            await self._changed.wait()

    async def _listen(self, ear: Line, probe: bytes, tuned: asyncio.Event) -> None:
        """Take what comes, as long as probes come."""
        clock = asyncio.get_running_loop().time
        async with asyncio.timeout(SILENCE_SECONDS) as silence:
            while True:
                kind, channel, data = await ear.read()
                if channel != probe:
                    self._take(kind, data)
                elif kind == b"message":
                    silence.reschedule(clock() + SILENCE_SECONDS)
                    self._found()
                else:
                    tuned.set()

    async def _say(self, mouth: Line, probe: bytes, tuned: asyncio.Event) -> None:
        """Send what is queued, and a probe every second."""
        clock = asyncio.get_running_loop().time
        await tuned.wait()
        probe_at = clock()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(probe_at):
                    await self._backlog.filled.wait()
            await self._send_batch(mouth)
            if clock() >= probe_at:
                probe_at = clock() + PROBE_SECONDS
                await mouth.ask([("PUBLISH", probe, b"")])

    async def _send_batch(self, mouth: Line) -> None:
        batch = self._backlog.take()
        try:
            await mouth.ask([("PUBLISH", *self._packed(hint)) for hint in batch])
        except BaseException:
            self.dropped += len(batch)
            raise

    def _channel(self, name: str) -> bytes:
        return f"{self._prefix}:{name}".encode()

    def _packed(self, hint: Hint) -> tuple[bytes, bytes]:
        return self._channel(topic_of(hint.stream)), self._origin + _encode(hint)

    def _take(self, kind: bytes, data: bytes | int) -> None:
        """Deliver what another process said; our own words were delivered when we said them."""
        if kind != b"message" or not isinstance(data, bytes) or data.startswith(self._origin):
            return
        with suppress(msgspec.DecodeError):
            self._near.publish([_decode(data[ORIGIN_BYTES:])])

    def _found(self) -> None:
        if self.healthy:
            return
        self.healthy = True
        self._failures = 0
        self._tried.set()
        asyncio.get_running_loop().call_soon(self._resync)
        _log.info("bus.found")

    def _lost(self, problem: BaseException) -> None:
        self._failures += 1
        self._tried.set()
        while isinstance(problem, BaseExceptionGroup):
            problem = problem.exceptions[0]
        if self._failures == 1:
            _log.warning("bus.lost", reason=str(problem) or type(problem).__name__)

    def _pause(self) -> float:
        """Choose when to try again: longer each time, and not together with the other processes."""
        shortest, longest = PAUSE_SECONDS
        return _JITTER.uniform(shortest, min(longest, shortest * 2 ** min(self._failures, 8)))
