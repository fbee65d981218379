"""Shows people out: connections let go of the private rooms that their people have left."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel.ext.asyncio.session import AsyncSession

from rooms.errors import Refused
from rooms.members.rules import can
from rooms.programme import store as programme
from server.connection import Connection
from server.database import Database
from server.identity import actor_of

POLITE_SECONDS = 1.0
"""So long a page has to leave by itself, since it has been told as well."""
KINDS = frozenset({"room", "notes"})


class Usher:
    """Waits a moment, looks who may still be where, and takes the streams of the others away."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        connections: Iterable[Connection],
        drop: Callable[[Connection, list[str]], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._connections = connections
        self._drop = drop
        self._left: dict[tuple[int, int], None] = {}
        self._wake = asyncio.Event()
        self._over = asyncio.Event()

    def show_out(self, left: Mapping[str, tuple[int, ...]]) -> None:
        """Remember who has left which room."""
        self._left |= dict.fromkeys((person, int(room)) for room, people in left.items() for person in people)
        self._wake.set()

    def stop(self) -> None:
        """End the work soon."""
        self._over.set()
        self._wake.set()

    async def run(self) -> None:
        """Work until stopped."""
        while not self._over.is_set():
            await self._wake.wait()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLITE_SECONDS):
                    await self._over.wait()
            self._wake.clear()
            left, self._left = self._left, {}
            await self._show_out(set(left))

    async def _show_out(self, left: set[tuple[int, int]]) -> None:
        for connection in list(self._connections):
            doubted = _doubted(connection, left)
            if doubted:
                self._drop(connection, await self._forbidden(connection, doubted))

    async def _forbidden(self, connection: Connection, doubted: dict[str, int]) -> list[str]:
        try:
            async with self._database.reading() as db:
                rooms = {room: await self._may_read(db, connection, room) for room in set(doubted.values())}
        except (Refused, SQLAlchemyError, OSError):
            return list(doubted)
        return [stream for stream, room in doubted.items() if not rooms[room]]

    async def _may_read(self, db: AsyncSession, connection: Connection, room_id: int) -> bool:
        now = self._clock()
        room = await programme.room(db, room_id)
        actor = await actor_of(db, connection.caller, now)
        return room is not None and can(actor, "room.read", programme.place(room), now).allowed


def _doubted(connection: Connection, left: set[tuple[int, int]]) -> dict[str, int]:
    """Map those of a connection's streams to their rooms that its person has left."""
    person, found = connection.caller.person_id, {}
    for stream in connection.cursors:
        kind, _, rest = stream.partition("/")
        room = rest.partition("/")[0]
        if kind in KINDS and room.isdecimal() and (person, int(room)) in left:
            found[stream] = int(room)
    return found
