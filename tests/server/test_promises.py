"""The promises of docs/protocol.md, kept by real processes that are killed, cut off and flooded."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from redis import Redis
from sqlalchemy import text
from sqlmodel import col, select, update

from rooms.presence.store import Lease, Process
from server.database import Database
from server.house import present
from tests.client import Client, connected
from tests.server.city import City, guests_of, say_all, texts_in, until_alone
from tests.server.databases import hall_of, opened
from tests.servers import Guest, Hall
from tests.services import PostgresProcess, RedisProcess, redis_server

ANSWER_SECONDS = 2.0
TICK_SECONDS = 2.5
"""Within this the relay's own tick brings what no hint brought (promise P5: 2 s)."""


@pytest.fixture(scope="module")
def redis_of_its_own() -> Iterator[RedisProcess]:
    with redis_server("--maxmemory", "64mb") as server:
        yield server


@pytest.fixture(scope="module")
def two(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresProcess, redis_of_its_own: RedisProcess
) -> Iterator[City]:
    environment = {
        "MAJLIS_DATA": str(tmp_path_factory.mktemp("two")),
        "MAJLIS_DATABASE_URL": postgres.create_database(),
        "MAJLIS_REDIS_URL": redis_of_its_own.url,
        "MAJLIS_LOG_LEVEL": "error",
    }
    city = City(environment, 2)
    yield city
    city.close()


@pytest.fixture
async def city(two: City) -> City:
    two.revive()
    return two


@pytest.fixture
async def behind(city: City) -> AsyncIterator[Hall]:
    """Give a way to make people and rooms behind the city's back."""
    async with opened(city.environment["MAJLIS_DATABASE_URL"]) as database:
        yield hall_of(database)


# P1: what was answered is kept


async def lost_answer(client: Client, room: int) -> None:
    await client.say({"do": "chat.post", "ref": "unknown", "with": {"room": room, "text": "Perhaps"}})


async def test_what_was_answered_survives_a_kill_of_the_only_process(tmp_path: Path) -> None:
    city = City({"MAJLIS_DATA": str(tmp_path), "MAJLIS_LOG_LEVEL": "error"}, 1)
    city.revive()
    try:
        async with opened(f"sqlite+aiosqlite:///{tmp_path / 'majlis.sqlite3'}") as database:
            hall = hall_of(database)
            amina, bao, room = await hall.person("Amina"), await hall.person("Bao"), await hall.room()
            said = await say_all(city.addresses[0], [amina, bao], room, 10)
            async with connected(city.addresses[0], bao.token) as client:
                await client.follow(f"room/{room}")
                await lost_answer(client, room)
                city.kill(0)
            city.revive()
            kept = await texts_in(city.addresses[0], amina, room)
            assert sorted(set(kept) - {"Perhaps"}) == sorted(said)
            async with asyncio.timeout(10), connected(city.addresses[0], bao.token) as client:
                await asyncio.sleep(0)
                await client.do("chat.post", ref="unknown", room=room, text="Perhaps")
            assert (await texts_in(city.addresses[0], amina, room)).count("Perhaps") == 1
    finally:
        city.close()


async def test_each_commit_reaches_the_disk_before_it_is_answered(hall: Hall) -> None:
    asked = {"embedded": ("PRAGMA synchronous", "2"), "big": ("SHOW synchronous_commit", "on")}
    question, answer = asked[hall.town.kind]
    async with hall.database.writing() as db:
        assert str((await db.exec(text(question))).scalar_one()) == answer  # type: ignore[call-overload]


@pytest.mark.big
async def test_what_was_answered_by_a_killed_server_is_there_at_the_other(city: City, behind: Hall) -> None:
    guests, room = await guests_of(behind, 3), await behind.room()
    stream = f"room/{room}"
    async with connected(city.addresses[1], guests[2].token) as reader:
        await reader.follow(stream)
        said = await say_all(city.addresses[0], guests[:2], room, 10)
        city.kill(0)
        await reader.until(lambda frame: frame.get("seq") == 20 and "event" in frame)
        seen = [frame["event"]["text"] for frame in reader.events(stream) if "seq" in frame]
    assert sorted(seen) == sorted(said)
    assert sorted(await texts_in(city.addresses[1], guests[2], room)) == sorted(said)


# P5: the bus is a hint


def is_said(client: Client, text_: str) -> Callable[[], bool]:
    return lambda: any(frame.get("event", {}).get("text") == text_ for frame in client.frames)


async def crosses(writer: Client, reader: Client, room: int, text_: str) -> None:
    """See that a command is answered and reaches the other process in time."""
    async with asyncio.timeout(ANSWER_SECONDS):
        await writer.do("chat.post", room=room, text=text_)
    await reader.until(lambda frame: frame.get("event", {}).get("text") == text_, seconds=TICK_SECONDS)


async def until_degraded(address: str, degraded: bool) -> None:
    async with asyncio.timeout(15), httpx2.AsyncClient(base_url=address) as client:
        while True:
            if (await client.get("/readyz")).json()["degraded"] is degraded:
                return
            await asyncio.sleep(0.05)


def channels_for(redis: RedisProcess, room: int) -> list[bytes]:
    with Redis.from_url(redis.url) as asked:
        return [name for name in asked.pubsub_channels() if name.endswith(b"room/%d" % room)]


def killed(redis: RedisProcess) -> None:
    redis.kill()


def frozen(redis: RedisProcess) -> None:
    redis.freeze()


def flushed(redis: RedisProcess) -> None:
    with Redis.from_url(redis.url) as asked:
        asked.flushall()
        asked.client_kill_filter(_type="pubsub")


def back(redis: RedisProcess, breaks: Callable[[RedisProcess], None]) -> None:
    if breaks is killed:
        redis.restart()
    elif breaks is frozen:
        redis.thaw()


@pytest.mark.big
@pytest.mark.parametrize("breaks", [killed, frozen, flushed])
async def test_without_redis_commands_are_answered_and_everybody_is_told(
    city: City, behind: Hall, redis_of_its_own: RedisProcess, breaks: Callable[[RedisProcess], None]
) -> None:
    amina, bao, room = await behind.person("Amina"), await behind.person("Bao"), await behind.room()
    stream, redis = f"room/{room}", redis_of_its_own
    async with connected(city.addresses[0], amina.token) as writer, connected(city.addresses[1], bao.token) as reader:
        for client in (writer, reader):
            await client.follow(stream)
        for address in city.addresses:
            await until_degraded(address, False)
        await crosses(writer, reader, room, "Before")
        assert channels_for(redis, room)
        breaks(redis)
        try:
            for number in range(3):
                await crosses(writer, reader, room, f"While {number}")
            if breaks is not flushed:
                await until_degraded(city.addresses[1], True)
                await crosses(writer, reader, room, "Long after")
        finally:
            back(redis, breaks)
        for address in city.addresses:
            await until_degraded(address, False)
        await crosses(writer, reader, room, "Afterwards")
        assert channels_for(redis, room)
        numbers = [frame["seq"] for frame in reader.events(stream) if "seq" in frame]
    assert numbers == list(range(1, len(numbers) + 1))


# P7: rights that end


@pytest.mark.big
async def test_rights_end_on_open_sockets_though_redis_is_dead(
    city: City, behind: Hall, redis_of_its_own: RedisProcess
) -> None:
    organiser, amina, bao = [await behind.person(role=role) for role in ("organiser", "moderator", "")]
    room = await behind.room()
    async with (
        connected(city.addresses[1], amina.token) as moderator,
        connected(city.addresses[1], bao.token) as leaving,
        connected(city.addresses[1], organiser.token) as staying,
    ):
        await moderator.follow(f"room/{room}/moderators")
        await leaving.follow(f"person/{bao.id}")
        await staying.follow(f"room/{room}/moderators")
        redis_of_its_own.kill()
        try:
            async with connected(city.addresses[0], organiser.token) as chief:
                await chief.do("member.revoke", person=amina.id, role="moderator", scope="forum")
                await ends(moderator, "changed")
            await sign_out(city.addresses[0], bao)
            await ends(leaving, "signed_out")
            assert leaving.socket.close_code == 4501
            await staying.say({"ping": 1})
            await staying.until(lambda frame: frame.get("pong") == 1)
        finally:
            redis_of_its_own.restart()


async def ends(client: Client, code: str) -> None:
    bye = await client.until(lambda frame: "bye" in frame, seconds=TICK_SECONDS)
    assert bye["bye"]["code"] == code
    await client.socket.wait_closed()


async def sign_out(address: str, guest: Guest) -> None:
    """Sign out as a program does, which has no form; the page's own button is tested with the pages."""
    async with httpx2.AsyncClient(base_url=address, headers={"authorization": f"Bearer {guest.token}"}) as client:
        assert (await client.post("/en/sign-out")).status_code == 303


# P12: the ghosts of the dead


@pytest.mark.big
async def test_the_ghosts_of_a_killed_server_leave(city: City, behind: Hall) -> None:
    guests, room = await guests_of(behind, 4), await behind.room()
    async with contextlib.AsyncExitStack() as stack:
        reader = await stack.enter_async_context(connected(city.addresses[0], guests[0].token))
        await reader.follow(f"room/{room}")
        for guest in guests[1:]:
            client = await stack.enter_async_context(connected(city.addresses[1], guest.token))
            await client.follow(f"room/{room}")
        await reader.event("presence.count", count=4)
        city.kill(1)
        await age(behind.database, guests[1].id)
        async with asyncio.timeout(13):
            await until_alone(reader)
    began = time.monotonic()
    while await leases(behind.database, room):
        assert time.monotonic() - began < 10
        await asyncio.sleep(0.05)


async def leases(database: Database, room: int) -> list[str]:
    async with database.reading() as db:
        return list((await db.exec(select(Lease.connection).where(Lease.room_id == room))).all())


async def age(database: Database, person_id: int) -> None:
    """Let the lease of the process that holds a person be over, as it is 30 seconds after its death."""
    async with database.writing() as db:
        [process] = (await db.exec(select(Lease.process_id).where(Lease.person_id == person_id))).all()
        row = await db.get(Process, process)
        assert row
        assert row.until_at > present()
        await db.exec(update(Process).where(col(Process.id) == process).values(until_at=present() - timedelta(1)))
