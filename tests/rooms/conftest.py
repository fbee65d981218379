"""A play with the cast, on SQLite and on PostgreSQL."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from tests.rooms import cast
from tests.rooms.play import Play
from tests.services import PostgresProcess, apart

BIG = pytest.param("postgres", marks=pytest.mark.big)


async def _create(url: str) -> None:
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)
    await _fill(engine)
    await engine.dispose()


async def _fill(engine: AsyncEngine) -> None:
    async with AsyncSession(engine) as db, db.begin():
        for rows in (cast.people(), cast.programme(), cast.rooms(), cast.rights()):
            db.add_all(rows)
            await db.flush()
        if engine.dialect.name == "postgresql":  # the cast brought its own ids
            await (await db.connection()).execute(text("SELECT setval('room_id_seq', 1000)"))


async def _empty(url: str) -> None:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    tables = reversed(SQLModel.metadata.sorted_tables)
    await connection.execute(";".join(f'DELETE FROM "{table.name}"' for table in tables))
    await connection.close()


def _prepare(connection: Any, record: object) -> None:
    for pragma in ("foreign_keys=ON", "synchronous=OFF", "journal_mode=MEMORY"):
        connection.execute(f"PRAGMA {pragma}").close()


@pytest.fixture(scope="session")
def mould(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one SQLite file with all tables and the cast, to be copied for each test."""
    path = tmp_path_factory.mktemp("mould") / "play.sqlite3"
    apart(_create(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_url(postgres: PostgresProcess) -> str:
    """Give a PostgreSQL database with all tables, which the tests share one after the other."""
    url = postgres.create_database()
    apart(_create(url))
    return url


@pytest.fixture
async def sqlite_play(mould: Path, tmp_path: Path) -> AsyncIterator[Play]:
    """A play on SQLite, for what need not be repeated elsewhere."""
    path = shutil.copy(mould, tmp_path / "play.sqlite3")
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", pool_size=1, max_overflow=0)
    event.listen(engine.sync_engine, "connect", _prepare)
    yield Play(engine)
    await engine.dispose()


@pytest.fixture
async def postgres_play(postgres_url: str) -> AsyncIterator[Play]:
    """A play on PostgreSQL, for what only happens where several write at once."""
    engine = create_async_engine(postgres_url, pool_size=12)
    await _empty(postgres_url)
    await _fill(engine)
    yield Play(engine)
    await engine.dispose()


@pytest.fixture(params=["sqlite", BIG])
def play(request: pytest.FixtureRequest) -> Play:
    """A play on each database."""
    found: Play = request.getfixturevalue(f"{request.param}_play")
    return found
