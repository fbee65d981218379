"""Keeps this process's leases on places in rooms: gathered for a moment, renewed while it lives, ended with it."""

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from rooms.errors import Refused
from rooms.presence import actions
from rooms.presence.rules import RENEWED_EVERY_SECONDS
from rooms.presence.store import Process, Stay
from rooms.work import Work
from server.transact import Transactor

GATHER_SECONDS = 0.2
log = structlog.get_logger()


class PresenceKeeper:
    """Counts this process's connections in and out of rooms."""

    def __init__(self, transactor: Transactor) -> None:
        self.process = secrets.token_urlsafe(8)
        self._transactor = transactor
        self._here: dict[Stay, None] = {}
        self._come: dict[Stay, None] = {}
        self._gone: dict[Stay, None] = {}
        self._wake = asyncio.Event()
        self._stopped = False

    def come(self, connection: str, room_id: int, person_id: int) -> None:
        """Count a connection into a room soon."""
        stay = Stay(connection, room_id, person_id)
        self._gone.pop(stay, None)
        self._here[stay] = self._come[stay] = None
        self._wake.set()

    def leave(self, connection: str, room_id: int, person_id: int) -> None:
        """Count a connection out of a room soon."""
        stay = Stay(connection, room_id, person_id)
        self._here.pop(stay, None)
        self._come.pop(stay, None)
        self._gone[stay] = None
        self._wake.set()

    async def run(self) -> None:
        """Work until stopped: write what has gathered; renew and sweep now and then."""
        while not self._stopped:
            await self._guarded(self._renew)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RENEWED_EVERY_SECONDS):
                    await self._wake.wait()
            while self._wake.is_set() and not self._stopped:
                await asyncio.sleep(GATHER_SECONDS)
                await self._guarded(self._flush)

    def stop(self) -> None:
        """End the work between two transactions."""
        self._stopped = True
        self._wake.set()

    async def _flush(self) -> None:
        self._wake.clear()
        come, gone = self._come, self._gone
        self._come, self._gone = {}, {}
        try:
            await self._transactor.work(None, lambda work: self._move(work, come, gone))
        except (Refused, SQLAlchemyError, OSError):
            self._come = {stay: None for stay in come if stay in self._here} | self._come
            self._gone = {stay: None for stay in gone if stay not in self._here} | self._gone
            self._wake.set()
            raise

    async def _move(self, work: Work, come: dict[Stay, None], gone: dict[Stay, None]) -> None:
        await actions.move(work, self.process, list(come), list(gone))

    async def _renew(self) -> None:
        if not await self._transactor.work(None, self._vouch):
            self._come = dict(self._here)
            self._wake.set()
        await self._transactor.work(None, actions.sweep)

    async def _vouch(self, work: Work) -> bool:
        """Renew the leases; False where the others have given this process up, and its people with it."""
        known = await work.db.get(Process, self.process) is not None
        await actions.renew(work, self.process)
        return known

    async def _guarded(self, act: Callable[[], Awaitable[None]]) -> None:
        try:
            await act()
        except (Refused, SQLAlchemyError, OSError) as error:
            log.warning("presence.failed", error=type(error).__name__)
            await asyncio.sleep(GATHER_SECONDS)

    async def end(self) -> None:
        """End all leases of this process."""
        await self._transactor.work(None, lambda work: actions.leave(work, [self.process]))
