"""What tests of the bus listen with, and a proxy that loses what it is told to lose."""

import asyncio
import os
import socket
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

from server.bus import Bus, Hint
from server.redis_bus import RedisBus
from tests import services


@dataclass
class Ears:
    """What one process heard."""

    hints: list[Hint] = field(default_factory=list)
    resyncs: int = 0

    def hear(self, hint: Hint) -> None:
        self.hints.append(hint)

    def resync(self) -> None:
        self.resyncs += 1

    def of(self, stream: str) -> list[Hint]:
        return [hint for hint in self.hints if hint.stream == stream]


@dataclass
class Wire:
    """A bus that says and one that hears; in the simplest case it is the same."""

    mouth: Bus
    ear: Bus
    ears: Ears

    async def tune(self, *streams: str) -> None:
        """Subscribe, and wait until hints come through."""
        for stream in streams:
            self.ear.subscribe(stream)
            await self.comes_through(stream)
        self.ears.hints.clear()

    async def comes_through(self, stream: str) -> None:
        """Say a word until it is heard; all words said before have arrived by then."""
        for number in range(200):
            word = Hint(stream, 0, b'"are you there %d"' % number)
            self.mouth.publish([word])
            with suppress(TimeoutError):
                return await until(lambda word=word: word in self.ears.hints, 0.05)  # type: ignore[misc]
        raise TimeoutError(stream)


async def until(holds: Callable[[], Any], seconds: float = 2.0) -> None:
    """Wait for a condition.

    Raises:
        TimeoutError: it did not come true in time.
    """
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


def numbered(stream: str, count: int, event: bytes = b"{}") -> list[Hint]:
    """Make hints 1 to count of one stream."""
    return [Hint(stream, seq, event) for seq in range(1, count + 1)]


def open_sockets() -> int:
    """Count this process's sockets."""
    count = 0
    for number in os.listdir("/dev/fd"):
        with suppress(OSError):  # The listing's own file is gone by now.
            count += stat.S_ISSOCK(os.fstat(int(number)).st_mode)
    return count


def address(redis: services.RedisProcess) -> tuple[str, int]:
    """Give host and port."""
    parts = urlsplit(redis.url)
    return parts.hostname or "127.0.0.1", parts.port or 6379


def tell(redis: services.RedisProcess, *words: str) -> bytes:
    """Say one command to Redis, without the library under test."""
    with socket.create_connection(address(redis), 2) as talk:
        talk.sendall((" ".join(words) + "\r\n").encode())
        return talk.recv(4096)


@asynccontextmanager
async def started(bus: Bus, ears: Ears | None = None) -> AsyncIterator[Ears]:
    """Start a bus, and stop it whatever happens."""
    ears = ears or Ears()
    try:
        await bus.start(ears.hear, ears.resync)
        yield ears
    finally:
        await bus.stop()


@asynccontextmanager
async def tapped(redis: services.RedisProcess, channel: str) -> AsyncIterator[asyncio.StreamReader]:
    """Read what Redis carries on one channel, byte for byte."""
    host, port = address(redis)
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(f"SUBSCRIBE {channel}\r\n".encode())
        await reader.readuntil(b":1\r\n")
        yield reader
    finally:
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def two(url: str, far_url: str | None = None) -> AsyncIterator[tuple[Wire, Ears]]:
    """Two processes on one Redis, both following room/7; the second may reach it another way."""
    prefix = token_hex(4)
    near, far = RedisBus(url, prefix), RedisBus(far_url or url, prefix)
    async with started(near) as near_ears, started(far) as far_ears:
        wire = Wire(near, far, far_ears)
        await wire.tune("room/7")
        near.subscribe("room/7")
        yield wire, near_ears


@dataclass
class Proxy:
    """Stands between a process and Redis; from a moment on it swallows what certain connections carry."""

    target: int
    swallows: bytes | None = None
    port: int = 0
    swallowed: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry bytes both ways. A connection is known by what its client said first."""
        their_reader, their_writer = await asyncio.open_connection("127.0.0.1", self.target)
        said = bytearray()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._carry(reader, their_writer, said, said))
                tasks.create_task(self._carry(their_reader, writer, said, bytearray()))
        except* OSError:
            pass
        finally:
            for side in (writer, their_writer):
                side.transport.abort()

    async def _carry(
        self, source: asyncio.StreamReader, drain: asyncio.StreamWriter, said: bytearray, heard: bytearray
    ) -> None:
        while data := await source.read(65_536):
            heard += data
            if self.swallows is not None and self.swallows in said:
                self.swallowed += len(data)
            else:
                drain.write(data)
        raise ConnectionResetError


@asynccontextmanager
async def proxy_to(redis: services.RedisProcess) -> AsyncIterator[Proxy]:
    """Listen on a port of the loopback, before Redis."""
    assert redis.server is not None
    proxy, talks = Proxy(redis.server.port), set[asyncio.Task[None]]()

    def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.create_task(proxy.serve(reader, writer)))

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
