"""Tests that a closed database leaves nothing running, however its last transactions ended."""

import asyncio
import contextlib
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from server.database import Database, embedded_url

SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT count(*) FROM n"


async def cut(database: Database, after: float) -> None:
    """Begin a slow query and lose patience with it."""

    async def ask() -> None:
        async with database.reading() as db:
            await db.exec(text(SLOW))  # type: ignore[call-overload]

    asking = asyncio.create_task(ask())
    await asyncio.sleep(after)
    asking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asking


@pytest.mark.parametrize("after", [0.0, 0.001, 0.003, 0.01, 0.1])
async def test_no_thread_outlives_a_closed_database_whose_users_were_cancelled(tmp_path: Path, after: float) -> None:
    before = set(threading.enumerate())
    database = Database(embedded_url(tmp_path))
    await asyncio.gather(*(cut(database, after) for _ in range(4)))
    await database.close()
    left = [each for each in threading.enumerate() if each not in before and "_connection_worker" in each.name]
    assert left == []
