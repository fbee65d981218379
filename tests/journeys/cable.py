"""A cable between a browser and a server that a test can cut and mend."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit


class Cable:
    """A TCP proxy on the loopback."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._target = (parts.hostname, parts.port)
        self._lines: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._whole = True
        self.address = ""

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._whole:
            writer.close()
            return
        far_reader, far_writer = await asyncio.open_connection(*self._target)
        self._lines |= {writer, far_writer}
        await asyncio.gather(_pour(reader, far_writer), _pour(far_reader, writer))
        self._lines -= {writer, far_writer}

    def cut(self) -> None:
        """Break every connection, and let no new one through."""
        self._whole = False
        for line in tuple(self._lines):
            line.transport.abort()

    def mend(self) -> None:
        """Let connections through again."""
        self._whole = True


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while part := await reader.read(65536):
            writer.write(part)
            await writer.drain()
    writer.close()


@contextlib.asynccontextmanager
async def cable(address: str) -> AsyncIterator[Cable]:
    """Lay a cable to a server; it is taken up afterwards."""
    laid = Cable(address)
    server = await asyncio.start_server(laid._join, "127.0.0.1", 0)
    laid.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield laid
    finally:
        laid.cut()
        server.close()
        await server.wait_closed()
