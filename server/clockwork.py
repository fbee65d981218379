"""Fires the cafés' deadlines: they stand in the database, so any process may, and each is fired once."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from concurrent.futures.process import BrokenProcessPool

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel.ext.asyncio.session import AsyncSession

from rooms.cafe import clock, store
from rooms.cafe.rules import SEATED_PHASES
from rooms.errors import Refused
from rooms.work import Work
from server.database import Database
from server.planner import Planner
from server.transact import Transactor

TICK_SECONDS = 0.25
TICKS_BETWEEN_WATCHES = 12
log = structlog.get_logger()


class Clockwork:
    """Looks four times a second which café has to go on, and sees every few seconds who is away."""

    def __init__(self, database: Database, transactor: Transactor) -> None:
        self._database = database
        self._transactor = transactor
        self._planner = Planner()
        self._plans: set[asyncio.Task[None]] = set()
        self._over = asyncio.Event()

    async def run(self) -> None:
        """Work until stopped."""
        tick = 0
        while not self._over.is_set():
            await self._guarded(self._fire_all)
            await self._guarded(self._plan_all)
            if tick % TICKS_BETWEEN_WATCHES == 0:
                await self._guarded(self._watch_all)
            tick += 1
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK_SECONDS):
                    await self._over.wait()
        await asyncio.gather(*self._plans)
        await asyncio.to_thread(self._planner.close)

    def stop(self) -> None:
        """End the work soon."""
        self._over.set()

    async def _fire_all(self) -> None:
        for room_id in await self._look(lambda db: store.due(db, self._transactor.clock())):
            await self._work(clock.fire, room_id)

    async def _watch_all(self) -> None:
        for room_id in await self._look(lambda db: store.running(db, SEATED_PHASES)):
            await self._work(clock.watch, room_id)

    async def _plan_all(self) -> None:
        for room_id in await self._look(lambda db: store.unplanned(db, self._transactor.clock())):
            plan = asyncio.create_task(self._guarded(lambda room_id=room_id: self._plan(room_id)))  # type: ignore[misc]
            self._plans.add(plan)
            plan.add_done_callback(self._plans.discard)

    async def _plan(self, room_id: int) -> None:
        task = await self._transactor.work(None, lambda work: clock.claim(work, room_id))
        if task:
            seating, proof = await self._planner.compute(task)
            await self._transactor.work(None, lambda work: clock.propose(work, task, seating, proof))

    async def _look(self, query: Callable[[AsyncSession], Awaitable[list[int]]]) -> list[int]:
        async with self._database.reading() as db:
            return await query(db)

    async def _work(self, act: Callable[[Work, int], Awaitable[None]], room_id: int) -> None:
        await self._transactor.work(None, lambda work: act(work, room_id))

    async def _guarded(self, act: Callable[[], Awaitable[None]]) -> None:
        """Go on where the database or the worker fails; the deadline still stands and is tried again."""
        try:
            await act()
        except (Refused, SQLAlchemyError, OSError, BrokenProcessPool) as error:
            log.warning("clockwork.failed", error=type(error).__name__)
