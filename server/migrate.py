"""Brings a database's tables up to date."""

import secrets
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect, text

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
    async with database.engine.begin() as connection:
        await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    command.upgrade(config(connection), "head")
    if inspect(connection).has_table("epoch"):
        _name_epoch(connection)


def _name_epoch(connection: Connection) -> None:
    if connection.execute(text("SELECT 1 FROM epoch")).first() is None:
        name = f"{datetime.now(UTC):%Y%m%d}-{secrets.token_hex(4)}"
        connection.execute(text("INSERT INTO epoch (id, name) VALUES (1, :name)"), {"name": name})
