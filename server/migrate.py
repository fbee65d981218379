"""Brings a database's tables up to date."""

import contextlib
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from server.database import Database

LOCK = 8023_1
"""PostgreSQL's advisory lock under which one process migrates while others wait."""


def config(connection: Connection) -> Config:
    """Set up Alembic for a connection."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    settings.attributes["connection"] = connection
    return settings


async def upgrade(database: Database) -> None:
    """Apply all migrations that a database lacks, in one transaction; several processes may call this at once."""
    async with database.engine.connect() as connection, _unbound(connection), connection.begin():
        await connection.run_sync(_upgrade)


@contextlib.asynccontextmanager
async def _unbound(connection: AsyncConnection) -> AsyncIterator[None]:
    """Let SQLite's tables be made anew while others point to them (sqlite.org/lang_altertable.html, section 7)."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = (await connection.get_raw_connection()).driver_connection
    await driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        await driver.execute("PRAGMA foreign_keys=ON")


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    command.upgrade(config(connection), "head")
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise RuntimeError("a migration left rows that point to nothing")
    if inspect(connection).has_table("epoch"):
        _name_epoch(connection)


def _name_epoch(connection: Connection) -> None:
    if connection.execute(text("SELECT 1 FROM epoch")).first() is None:
        name = f"{datetime.now(UTC):%Y%m%d}-{secrets.token_hex(4)}"
        connection.execute(text("INSERT INTO epoch (id, name) VALUES (1, :name)"), {"name": name})
