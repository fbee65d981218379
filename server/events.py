"""Server-sent events at /live/events, for those whose network lets no WebSocket through."""

import asyncio
import contextlib
import re
import secrets
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from server.api import guarded
from server.connection import Connection
from server.conversation import STREAMS_LIMIT, TOO_MANY_STREAMS
from server.follower import Follower
from server.house import House
from server.live import HEARTBEAT_MS, welcome

_POSITION = re.compile(r"([a-z]+(?:/[a-z0-9]+)*):([0-9]{1,15})")


def positions(text: str) -> dict[str, int]:
    """Read a Last-Event-ID such as room/7:41,person/2:9; what is not understood counts as never read."""
    found = (_POSITION.fullmatch(part.strip()) for part in text.split(",")[:STREAMS_LIMIT])
    return {match[1]: int(match[2]) for match in found if match}


async def events(request: Request) -> Response:
    """Follow the streams named in ?streams=…, from Last-Event-ID on; commands go over HTTP."""
    house: House = request.app.state.house
    streams = tuple(dict.fromkeys(filter(None, request.query_params.get("streams", "").split(","))))
    if not 0 < len(streams) <= STREAMS_LIMIT:
        raise TOO_MANY_STREAMS(limit=STREAMS_LIMIT)
    since = positions(request.headers.get("last-event-id", ""))
    settings = house.settings
    connection = Connection(
        secrets.token_urlsafe(8), request.state.caller, settings.outbox_frames, settings.outbox_bytes
    )
    follower = Follower(house, connection)
    connection.say(await welcome(house, connection))
    await follower.open(streams, since)
    headers = {"x-accel-buffering": "no"}
    return StreamingResponse(_told(house, follower), media_type="text/event-stream", headers=headers)


async def _told(house: House, follower: Follower) -> AsyncIterator[str]:
    """Write batches until the reader leaves; a silent time is filled with comments that keep the line open."""
    connection = follower.connection
    with house.connected(connection):
        try:
            while not connection.finished:
                yield await _next(connection)
                await follower.start_afresh()
        finally:
            follower.leave(tuple(connection.cursors))


async def _next(connection: Connection) -> str:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(HEARTBEAT_MS / 1000):
            batch = await connection.next_batch()
            return f"{_id(connection)}data: {batch}\n\n" if batch else ""
    return ":\n\n"


def _id(connection: Connection) -> str:
    """Name where each stream is, once everything up to there is on its way."""
    if connection.waiting:
        return ""
    at = [f"{stream}:{cursor.seq}" for stream, cursor in connection.cursors.items() if cursor.seq is not None]
    return f"id: {','.join(at)}\n"


ROUTES = (Route("/live/events", guarded(events), methods=["GET"]),)
