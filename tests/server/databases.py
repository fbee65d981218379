"""Migrated databases of both kinds for the tests of what is stored."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from rooms.members.rules import Actor
from rooms.streams import AnyStream
from rooms.work import Work
from server import journal, migrate
from server.bus import Hear, Hint, Resync
from server.database import Database, embedded_url
from tests.servers import Hall, Town
from tests.services import PostgresProcess, apart

KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.big)]
AT = datetime(2023, 4, 12, 9, 30, tzinfo=UTC)


class Recorder:
    """A bus that only remembers what was published."""

    healthy = True
    dropped = 0

    def __init__(self) -> None:
        self.published: list[Hint] = []

    async def start(self, hear: Hear, resync: Resync) -> None:
        """Hear nothing."""

    def publish(self, hints: Sequence[Hint]) -> None:
        self.published += hints

    def subscribe(self, stream: str) -> None:
        """Hear nothing."""

    def unsubscribe(self, stream: str) -> None:
        """Hear nothing."""

    async def stop(self) -> None:
        """Hear nothing."""


def new_url(request: pytest.FixtureRequest, kind: str, folder: Path) -> str:
    """Name an empty database of a kind."""
    if kind == "sqlite":
        return embedded_url(folder)
    server: PostgresProcess = request.getfixturevalue("postgres")
    return server.create_database()


def migrated(url: str) -> str:
    """Give an empty database its tables, on a loop of its own."""

    async def act() -> None:
        async with opened(url) as database:
            await migrate.upgrade(database)

    apart(act())
    return url


@contextlib.asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """Open a database and close it afterwards."""
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


def hall_of(database: Database) -> Hall:
    """Make people and rooms in a database without servers."""
    return Hall(Town("none", (), database.url), database)


def work_in(db: AsyncSession, at: datetime = AT) -> Work:
    """Make a work as the transactor does."""
    return Work(db, Actor(), at, journal.hold_values)


async def latest(database: Database, stream: AnyStream, after: int = 0) -> list[tuple[int, bytes]]:
    """Read a stream's latest values."""
    async with database.reading() as db:
        return [(line.seq, line.event) for line in await journal.values(db, stream.name, after)]
