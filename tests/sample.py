"""The sample forum in a house of its own, at a time that only the test moves."""

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import SQLModel, select

from server.demo.sample import load
from server.house import House, build
from server.settings import Settings

WEDNESDAY = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@contextlib.asynccontextmanager
async def opened(folder: Path, clock: Clock) -> AsyncIterator[House]:
    """Open a house on an empty embedded database."""
    settings = Settings(data=folder, dev=True, quiet=True, database_url="", redis_url="", migrate=True)
    house = build(settings, clock)
    async with house.open():
        yield house


async def loading(house: House, now: datetime) -> None:
    """Load the sample as if it were a given time."""
    async with house.database.writing() as db:
        await load(db, now)


async def rows(house: House, table: type[SQLModel]) -> list[Any]:
    """Read a whole table."""
    async with house.database.reading() as db:
        found = list((await db.exec(select(table))).all())
        db.expunge_all()
        return found
