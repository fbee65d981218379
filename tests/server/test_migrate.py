"""The migrations lead from nothing to the models, back and forth, on both databases, however many processes start."""

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import IntegrityError

from server import journal, migrate
from server.database import Database
from server.tables import METADATA
from tests.server.databases import KINDS, hall_of, new_url, opened


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    return new_url(request, request.param, tmp_path_factory.mktemp("migrate"))


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    async with opened(url) as database:
        yield database


async def run(database: Database, act: Callable[[Connection], Any]) -> Any:
    async with database.engine.connect() as connection:
        found = await connection.run_sync(act)
        await connection.commit()
    return found


def differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, METADATA))


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


async def test_from_nothing_the_migrations_lead_to_the_models(database: Database) -> None:
    missing = await run(database, differences)
    assert len(missing) >= len(METADATA.tables) > 10
    await migrate.upgrade(database)
    assert await run(database, differences) == []
    assert await run(database, tables) == {*METADATA.tables, "alembic_version"}


async def test_a_column_more_in_the_database_would_be_seen(database: Database) -> None:
    await migrate.upgrade(database)
    await run(database, lambda connection: connection.execute(text("ALTER TABLE person ADD COLUMN extra INTEGER")))
    assert [difference[0] for difference in await run(database, differences)] == ["remove_column"]


async def test_unique_rules_of_the_models_hold_in_the_database(database: Database) -> None:
    def unique(connection: Connection) -> dict[str, list[set[str]]]:
        look = inspect(connection)
        return {
            name: [set(rule["column_names"]) for rule in look.get_unique_constraints(name)] for name in METADATA.tables
        }

    await migrate.upgrade(database)
    found = await run(database, unique)
    assert {"kind", "scope", "person_id"} in found["restricted"]
    assert {"role", "scope", "person_id", "trait"} in found["granted"]


async def test_migrating_again_changes_nothing_and_keeps_the_history_its_name(database: Database) -> None:
    await migrate.upgrade(database)
    async with database.reading() as db:
        name = await journal.epoch_name(db)
    guest = await hall_of(database).person()
    await migrate.upgrade(database)
    async with database.reading() as db:
        assert await journal.epoch_name(db) == name
        assert (await db.exec(text("SELECT id FROM person"))).scalar_one() == guest.id  # type: ignore[call-overload]


async def test_every_migration_can_be_taken_back_and_applied_again(database: Database) -> None:
    await migrate.upgrade(database)
    await run(database, lambda connection: command.downgrade(migrate.config(connection), "base"))
    assert await run(database, tables) == {"alembic_version"}
    await migrate.upgrade(database)
    assert await run(database, differences) == []
    async with database.reading() as db:
        assert await journal.epoch_name(db)


async def test_the_migrations_are_one_line(database: Database) -> None:
    def heads(connection: Connection) -> list[str]:
        return list(ScriptDirectory.from_config(migrate.config(connection)).get_heads())

    assert len(await run(database, heads)) == 1


MIGRATE = "import asyncio, sys; from server import migrate; from server.database import Database; "
MIGRATE += "asyncio.run(migrate.upgrade(Database(sys.argv[1])))"


async def test_two_processes_may_start_on_an_empty_database_at_once(url: str, database: Database) -> None:
    started = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", MIGRATE, url, stderr=asyncio.subprocess.PIPE)
        for _ in range(2)
    ]
    ended = [await process.communicate() for process in started]
    assert [(process.returncode, err) for process, (_, err) in zip(started, ended, strict=True)] == [(0, b"")] * 2
    assert await run(database, differences) == []
    async with database.reading() as db:
        assert (await db.exec(text("SELECT count(*) FROM epoch"))).scalar_one() == 1  # type: ignore[call-overload]


async def test_a_migration_that_fails_leaves_the_database_as_it_was(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(connection: Connection) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(migrate, "_name_epoch", fail)
    with pytest.raises(ZeroDivisionError):
        await migrate.upgrade(database)
    assert await run(database, tables) == set()


AT = "'2023-04-12 09:00:00+00:00'"
OF_THE_FIRST_RELEASE = (
    f"INSERT INTO person (id, name, organisation, country, stakeholder, language, simulated, created_at)"
    f" VALUES (1, 'Amina', '', 'KE', 'civil', 'en', false, {AT})",
    "INSERT INTO session (id, guid, number, title, description, organisation, track, format, mode, venue, languages,"
    " action_lines, sdgs, topics, documents, links, recording, verified, start_at, end_at)"
    " VALUES (3, 'g', 538, '{}', '{}', '', 'forum', 'knowledge-cafe', 'virtual', '', '[]', '[]', '[]', '[]', '[]',"
    f" '[]', '', true, {AT}, {AT})",
    "INSERT INTO room (id, session_id, track, features, premoderated, message_count, question_count)"
    " VALUES (7, 3, 'forum', '[]', true, 1, 0)",
    "INSERT INTO message (id, room_id, number, person_id, name, text, reply_to, posted_at, gone)"
    f" VALUES ('m', 7, 1, 1, 'Amina', 'We hear you', '', {AT}, '')",
)
"""What a database of migration 0001 may hold."""


async def test_rows_that_others_point_to_survive_a_table_made_anew(database: Database) -> None:
    await run(database, lambda connection: command.upgrade(migrate.config(connection), "0001"))
    await run(database, lambda connection: [connection.execute(text(each)) for each in OF_THE_FIRST_RELEASE])
    await migrate.upgrade(database)
    async with database.reading() as db:
        found = await db.exec(text("SELECT m.text, r.parent_id FROM message m JOIN room r ON r.id = m.room_id"))  # type: ignore[call-overload]
        assert found.all() == [("We hear you", None)]
    async with database.writing() as db:
        with pytest.raises(IntegrityError):
            await db.exec(text("DELETE FROM room"))  # type: ignore[call-overload]
        await db.rollback()


async def test_many_may_open_an_empty_embedded_database_at_once(tmp_path: Path) -> None:
    def open_one(url: str, together: threading.Barrier) -> None:
        async def look() -> None:
            database = Database(url)
            together.wait()
            async with database.engine.connect() as connection:
                assert (await connection.exec_driver_sql("PRAGMA journal_mode")).scalar_one() == "wal"
            await database.close()

        asyncio.run(look())

    for turn in range(25):
        together = threading.Barrier(3)
        url = f"sqlite+aiosqlite:///{tmp_path / f'{turn}.sqlite3'}"
        await asyncio.gather(*(asyncio.to_thread(open_one, url, together) for _ in range(3)))
