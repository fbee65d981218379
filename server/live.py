"""The socket at /live: a thin pump between a WebSocket, its conversation, the door and the hub."""

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import structlog
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from rooms.errors import Refused
from server import journal
from server.connection import BYES, Connection
from server.conversation import Conversation, Do, Follow, Hang, Pong, Refuse, Step, Unfollow
from server.follower import Follower
from server.house import House
from server.origin import same_origin
from server.transact import UNAVAILABLE

SUBPROTOCOL = "majlis.v1"
HEARTBEAT_MS = 15_000
QUIET_SECONDS = 40.0
"""A connection that says nothing for longer has gone; its person leaves the room (promise P12: within 45 s)."""
LAST_WORD_SECONDS = 5.0

log = structlog.get_logger()


class Live:
    """One socket's life."""

    def __init__(self, house: House, socket: WebSocket, connection: Connection) -> None:
        self.house = house
        self.socket = socket
        self.connection = connection
        self.follower = Follower(house, connection)
        self.conversation = Conversation(house.settings.frame_bytes, connection.cursors)

    async def run(self) -> None:
        """Talk until either side ends; then let the last word out, if anybody listens."""
        self.connection.say(await welcome(self.house, self.connection))
        reading, writing, ended = (
            asyncio.create_task(each) for each in (self._read(), self._write(), self.connection.ended.wait())
        )
        try:
            await asyncio.wait({reading, writing, ended}, return_when=asyncio.FIRST_COMPLETED)
            if self.connection.ending:
                await asyncio.wait({reading, writing}, timeout=LAST_WORD_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (reading, writing, ended):
                task.cancel()
            await asyncio.gather(reading, writing, ended, return_exceptions=True)
            self.follower.leave(tuple(self.connection.cursors))

    async def _read(self) -> None:
        with contextlib.suppress(WebSocketDisconnect):
            while (frame := await self._frame()) is not None:
                await self._act(self.conversation.receive(frame))
            self.connection.hang("quiet")
            await asyncio.sleep(LAST_WORD_SECONDS)

    async def _frame(self) -> str | bytes | None:
        try:
            async with asyncio.timeout(QUIET_SECONDS):
                message = await self.socket.receive()
        except TimeoutError:
            return None
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        text: str | None = message.get("text")
        return text if text is not None else message.get("bytes", b"")

    async def _write(self) -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            while not self.connection.finished:
                batch = await self.connection.next_batch()
                if batch:
                    await self.socket.send_text(batch)
                await self.follower.start_afresh()
            await self.socket.close(BYES[self.connection.ending or "quiet"][0])

    async def _act(self, step: Step) -> None:
        await _STEPS[type(step)](self, step)

    async def _do(self, step: Do) -> None:
        async def act() -> bytes:
            answer = await self.house.door.answer(self.connection.caller, step.name, step.body, step.ref)
            return b'{"ok":"%s","result":%s}' % (step.ref.encode(), answer)

        # One after the other, so that what one person says stays in its order; never broken off half-way.
        self.connection.say(await asyncio.shield(self._guarded(step.ref, act)))

    async def _guarded(self, ref: str, act: Callable[[], Awaitable[bytes]]) -> bytes:
        try:
            return await act()
        except Refused as refused:
            return self._no(ref, refused)
        except Exception:
            log.exception("live.failed", ref=ref)
            return self._no(ref, UNAVAILABLE())

    async def _follow(self, step: Follow) -> None:
        async def act() -> bytes:
            await self.follower.open(step.streams, step.since, step.ref)
            return b""

        self.connection.say(await self._guarded(step.ref, act))

    async def _unfollow(self, step: Unfollow) -> None:
        self.follower.leave(step.streams)

    async def _pong(self, step: Pong) -> None:
        self.connection.say(journal.encode({"pong": step.number, "now": stamp(self.house.clock())}))

    async def _refuse(self, step: Refuse) -> None:
        self.connection.say(self._no(step.ref, step.refused))

    async def _hang(self, step: Hang) -> None:
        self.connection.hang(step.code)

    def _no(self, ref: str | None, refused: Refused) -> bytes:
        return journal.encode({"no": ref, "error": self.house.told(refused, self.connection.caller.language)})


_STEPS: dict[type[Any], Callable[[Live, Any], Awaitable[None]]] = {
    Do: Live._do,
    Follow: Live._follow,
    Unfollow: Live._unfollow,
    Pong: Live._pong,
    Refuse: Live._refuse,
    Hang: Live._hang,
}


def stamp(at: datetime) -> str:
    """Write a time as the wire does: ISO 8601 in UTC with milliseconds."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def welcome(house: House, connection: Connection) -> bytes:
    """Greet a new connection."""
    you = {"id": connection.caller.person_id} if connection.caller.person_id else None
    limits = {"frame_bytes": house.settings.frame_bytes, "streams": 50}
    return journal.encode(
        {
            "welcome": {
                "v": 1,
                "epoch": house.epoch,
                "you": you,
                "now": stamp(house.clock()),
                "limits": limits,
                "heartbeat_ms": HEARTBEAT_MS,
            }
        }
    )


async def live(socket: WebSocket) -> None:
    """Take one socket: our own pages only, our own protocol only, so many per person."""
    house: House = socket.app.state.house
    bearer = socket.headers.get("authorization", "").lower().startswith("bearer ")
    if not (bearer or same_origin(socket, house.settings)) or SUBPROTOCOL not in socket.scope["subprotocols"]:
        return await socket.close(1008)
    caller = await house.identity.caller(socket, house.language_of(socket))
    connection = Connection(secrets.token_urlsafe(8), caller, house.settings.outbox_frames, house.settings.outbox_bytes)
    await socket.accept(SUBPROTOCOL)
    talk = Live(house, socket, connection)
    with house.connected(connection):
        await talk.run()
    return None


ROUTES = (WebSocketRoute("/live", live),)
