"""The database engine: one writer at a time on SQLite, as many as wish on PostgreSQL, and the same calls for both."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast
from weakref import WeakSet

import aiosqlite
from sqlalchemy import Connection, event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import await_only
from sqlmodel.ext.asyncio.session import AsyncSession

SQLITE_PRAGMAS = (
    "PRAGMA busy_timeout=5000",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
)
"""Promise P1: what was answered is on the disk (sqlite.org/pragma.html#pragma_synchronous)."""
READERS = 8
PATIENCE_SECONDS = 5.0


class Database:
    """Reads and writes in transactions; made for one URL."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.embedded = make_url(url).get_backend_name() == "sqlite"
        self._opened = WeakSet[aiosqlite.Connection]()
        self._writer = self._sqlite("BEGIN IMMEDIATE", 1) if self.embedded else _postgres(url)
        self._reader = self._sqlite("BEGIN", READERS) if self.embedded else self._writer

    @property
    def engine(self) -> AsyncEngine:
        return self._writer

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction that commits at the end, or leaves nothing behind when it fails."""
        async with AsyncSession(self._writer, expire_on_commit=False) as db, db.begin():
            yield db

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction that sees one moment of the database and changes nothing."""
        async with AsyncSession(self._reader, expire_on_commit=False, autoflush=False) as db:
            if not self.embedded:
                await db.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield db

    async def close(self) -> None:
        """Close all connections, and wait until the threads of those of SQLite have ended: they answer to this loop."""
        await self._writer.dispose()
        if self._reader is not self._writer:
            await self._reader.dispose()
        await asyncio.to_thread(_wait, [each._thread for each in self._opened])

    def _sqlite(self, begin: str, size: int) -> AsyncEngine:
        opening = {"async_creator_fn": self._open}
        engine = create_async_engine(self.url, pool_size=size, max_overflow=0, pool_timeout=30, connect_args=opening)
        event.listen(engine.sync_engine, "connect", _prepare)
        event.listen(engine.sync_engine, "begin", lambda connection: _begin(connection, begin))
        return engine

    def _open(self, *where: Any, **how: Any) -> aiosqlite.Connection:
        connection = aiosqlite.connect(*where, **how)
        connection._thread.daemon = True
        self._opened.add(connection)
        return connection


def embedded_url(folder: Path) -> str:
    """Name the embedded database in a folder."""
    return f"sqlite+aiosqlite:///{folder / 'majlis.sqlite3'}"


def _postgres(url: str) -> AsyncEngine:
    lasting = {"server_settings": {"synchronous_commit": "on"}}
    return create_async_engine(url, pool_size=10, max_overflow=10, pool_pre_ping=True, connect_args=lasting)


def _wait(threads: list[threading.Thread]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))


def _prepare(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # the driver must not open transactions of its own
    cursor = connection.cursor()
    for pragma in SQLITE_PRAGMAS:
        _insist(cursor, pragma)
    cursor.close()


def _insist(cursor: Any, pragma: str) -> None:
    """Run a pragma again while it is refused: the step to WAL does not wait for others as the busy timeout says."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return cast(None, cursor.execute(pragma))
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
        await_only(asyncio.sleep(0.02))


def _begin(connection: Connection, begin: str) -> None:
    connection.exec_driver_sql(begin)
