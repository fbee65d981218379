"""What every test may ask for: real servers in both topologies, people, rooms and browsers."""

import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from server.database import Database
from tests import servers
from tests.servers import Hall, Town, serving
from tests.services import PostgresProcess, RedisProcess, postgres_server, redis_server

Enter = Callable[[str], Awaitable[httpx2.AsyncClient]]

ALONE = (
    "server/media/",
    "server/test_calls.py",
    "server/test_readers.py",
    "journeys/test_call.py",
    "journeys/test_glare.py",
)
"""Tests that listen to sound or weigh memory: they want the machine for themselves."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs after everything else, one test after the other."""
    here = Path(__file__).parent
    for item in items:
        if item.path.relative_to(here).as_posix().startswith(ALONE):
            item.add_marker(pytest.mark.alone)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: "pytest.CallInfo[None]") -> Generator[None, Any, Any]:
    """Where skips are forbidden, a skipped test has failed."""
    report: Any = yield
    if report.skipped and os.environ.get("MAJLIS_NO_SKIPS") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
    return report


@pytest.fixture(scope="session")
def redis() -> Iterator[RedisProcess]:
    """Give a real Redis."""
    with redis_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresProcess]:
    """Give a real PostgreSQL."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session", params=["embedded", pytest.param("big", marks=pytest.mark.big)])
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Give the servers of each topology in turn."""
    folder: Path = tmp_path_factory.mktemp(request.param)
    if request.param == "embedded":
        with servers.embedded(folder) as town:
            yield town
        return
    database_url = request.getfixturevalue("postgres").create_database()
    redis_url = request.getfixturevalue("redis").url
    with servers.big(folder, database_url, redis_url, MAJLIS_REDIS_PREFIX=f"test-{os.getpid()}") as town:
        yield town


@pytest.fixture
async def hall(town: Town) -> AsyncIterator[Hall]:
    """Give a way to make people and rooms in the town's database."""
    database = Database(town.database_url)
    yield Hall(town, database)
    await database.close()


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a demo server without simulated people."""
    folder = tmp_path_factory.mktemp("sample")
    with serving(["demo", "--quiet", "--no-open", "--port", "0", "--data", str(folder)], {}) as (address, _):
        yield address


@pytest.fixture
async def client(sample: str) -> AsyncIterator[httpx2.AsyncClient]:
    """Give a browser's requests to the sample forum, as a visitor."""
    async with httpx2.AsyncClient(base_url=sample, headers={"origin": sample}) as client:
        yield client


@pytest.fixture
async def enter(sample: str) -> AsyncIterator[Enter]:
    """Give a way to enter the sample forum in a role."""
    async with contextlib.AsyncExitStack() as stack:

        async def entered(role: str) -> httpx2.AsyncClient:
            client = httpx2.AsyncClient(base_url=sample, headers={"origin": sample})
            await stack.enter_async_context(client)
            response = await client.post("/en/enter", data={"role": role})
            assert response.status_code == 303, response.text
            return client

        yield entered
