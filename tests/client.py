"""A client of the wire for tests: what another programmer would write from docs/protocol.md."""

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

SECONDS = 10.0
Frame = dict[str, Any]


class RefusedError(Exception):
    """A command was refused."""

    def __init__(self, error: Frame) -> None:
        super().__init__(f"{error['code']}: {error['message']}")
        self.code: str = error["code"]
        self.error = error


@dataclass
class Client:
    """One socket: everything that came in, in order."""

    socket: ClientConnection
    frames: list[Frame] = field(default_factory=list)
    _refs: "itertools.count[int]" = field(default_factory=itertools.count)
    _came: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def read(self) -> None:
        """Take in frames until the socket ends."""
        async for text in self.socket:
            found = json.loads(text)
            async with self._came:
                self.frames.extend(found if isinstance(found, list) else [found])
                self._came.notify_all()

    async def until(self, *fits: Any, seconds: float = SECONDS) -> Frame:
        """Wait for a frame that fits, or give one that came already."""
        async with asyncio.timeout(seconds), self._came:
            while True:
                for frame in self.frames:
                    if all(fit(frame) for fit in fits):
                        return frame
                await self._came.wait()

    async def event(self, kind: str, **fields: Any) -> Frame:
        """Wait for an event by its type and some of its fields."""
        return await self.until(lambda frame: _is_event(frame, kind, fields))

    def events(self, stream: str) -> list[Frame]:
        """List the events of one stream that came so far."""
        return [frame for frame in self.frames if frame.get("on") == stream]

    async def say(self, frame: Any) -> None:
        """Send a frame as it is."""
        await self.socket.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))

    async def answer(self, frame: Frame) -> Frame:
        """Send a frame with a ref of its own and wait for its answer."""
        ref = frame.setdefault("ref", f"r{next(self._refs)}")
        before = len(self.frames)
        await self.say(frame)
        async with asyncio.timeout(SECONDS), self._came:
            while True:
                for answer in self.frames[before:]:
                    if ref in (answer.get("ok"), answer.get("no")):
                        return answer
                await self._came.wait()

    async def do(self, command: str, ref: str | None = None, **body: Any) -> Any:
        """Perform a command and give its result.

        Raises:
            RefusedError: it was refused.
        """
        frame: Frame = {"do": command, "with": body} | ({"ref": ref} if ref else {})
        answer = await self.answer(frame)
        if "error" in answer:
            raise RefusedError(answer["error"])
        return answer["result"]

    async def follow(self, *streams: str, since: dict[str, int] | None = None) -> Any:
        """Follow streams and give where they stand."""
        answer = await self.answer({"follow": list(streams)} | ({"since": since} if since is not None else {}))
        if "error" in answer:
            raise RefusedError(answer["error"])
        return answer["result"]


def _is_event(frame: Frame, kind: str, fields: Frame) -> bool:
    event = frame.get("event", {})
    return event.get("type") == kind and all(event.get(name) == value for name, value in fields.items())


@contextlib.asynccontextmanager
async def connected(address: str, token: str = "", **options: Any) -> AsyncIterator[Client]:
    """Open a socket as somebody, or as a visitor; it is closed afterwards."""
    headers = {"Authorization": f"Bearer {token}"} if token else {"Origin": address}
    url = address.replace("http", "ws", 1) + "/live"
    options = {"additional_headers": headers, "subprotocols": ["majlis.v1"], "compression": None} | options
    async with connect(url, **options) as socket:
        client = Client(socket)
        reading = asyncio.create_task(client.read())
        try:
            await client.until(lambda frame: "welcome" in frame)
            yield client
        finally:
            await socket.close()
            with contextlib.suppress(Exception):
                await reading
