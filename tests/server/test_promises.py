"""The promises of docs/protocol.md, kept by real processes that are killed, cut off and flooded."""

import asyncio
import contextlib
import os
import random
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from redis import Redis
from sqlalchemy import text
from sqlmodel import col, select, update

from rooms.chat.rules import PAGE
from rooms.presence.store import Lease, Process
from server.database import Database
from server.house import present
from tests.client import Client, connected
from tests.server.databases import hall_of, opened
from tests.servers import Guest, Hall, serving
from tests.services import PostgresProcess, RedisProcess, redis_server

ANSWER_SECONDS = 2.0
TICK_SECONDS = 2.5
"""Within this the relay's own tick brings what no hint brought (promise P5: 2 s)."""


class City:
    """Servers that can be killed one by one and come back; each time at another address."""

    def __init__(self, environment: dict[str, str], count: int) -> None:
        self.environment = {**environment, "MAJLIS_PORT": "0"}
        self._running: list[contextlib.ExitStack | None] = [None] * count
        self.addresses = [""] * count
        self.pids = [0] * count

    def revive(self) -> None:
        """Start every server that does not run."""
        for place, stack in enumerate(self._running):
            if stack is None:
                fresh = contextlib.ExitStack()
                self.addresses[place], process = fresh.enter_context(serving(["serve"], self.environment))
                self.pids[place], self._running[place] = process.pid, fresh

    def kill(self, place: int) -> None:
        """End a server without a word, as the kernel or a power cut does."""
        stack, self._running[place] = self._running[place], None
        assert stack
        os.kill(self.pids[place], signal.SIGKILL)
        stack.close()

    def close(self) -> None:
        for place, stack in enumerate(self._running):
            if stack:
                self.kill(place)


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


async def say(client: Client, room: int, count: int, name: str = "") -> list[str]:
    """Post messages one after the other; gives what was answered as done."""
    texts = [f"{name} {number}" for number in range(count)]
    for each in texts:
        await client.do("chat.post", room=room, text=each)
    return texts


async def texts_in(address: str, guest: Guest, room: int) -> list[str]:
    headers = {"authorization": f"Bearer {guest.token}"}
    async with httpx2.AsyncClient(base_url=address, headers=headers) as client:
        found = (await client.get(f"/api/v1/rooms/{room}/messages")).json()
    return [message["text"] for message in found["messages"]]


async def say_all(address: str, guests: list[Guest], room: int, each: int) -> list[str]:
    """Let several people post, each as much as one may at once."""

    async def act(guest: Guest) -> list[str]:
        async with connected(address, guest.token) as client:
            return await say(client, room, each, guest.name)

    return [text_ for said in await asyncio.gather(*map(act, guests)) for text_ in said]


async def guests_of(hall: Hall, count: int) -> list[Guest]:
    return [await hall.person(f"Guest {number}") for number in range(count)]


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


# P3: exactly once


async def numbers_by_visits(hall: Hall, guest: Guest, stream: str, last: int) -> tuple[list[int], int]:
    """Read a stream in short visits that end abruptly, each from where the last one ended."""
    seen: list[int] = []
    visits, dice = 0, random.Random(3)
    while not seen or seen[-1] < last:
        visits += 1
        async with connected(hall.town.addresses[visits % len(hall.town.addresses)], guest.token) as client:
            await client.follow(stream, since={stream: seen[-1] if seen else 0})
            goal = min(last, (seen[-1] if seen else 0) + dice.randint(2, 9))
            await client.until(lambda frame, goal=goal: frame.get("seq", 0) >= goal and "event" in frame)
            client.socket.transport.abort()
            assert not [frame for frame in client.frames if "reset" in frame]
            seen += [frame["seq"] for frame in client.events(stream) if "seq" in frame]
    return seen, visits


async def test_who_comes_and_goes_while_others_post_gets_everything_once(hall: Hall) -> None:
    guests, room = await guests_of(hall, 6), await hall.room()
    stream = f"room/{room}"
    reading = asyncio.create_task(numbers_by_visits(hall, guests[0], stream, 50))
    async with asyncio.timeout(30):
        await say_all(hall.town.first, guests[1:], room, 10)
        seen, visits = await reading
    assert seen == list(range(1, 51))
    assert visits > 4


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


# P8: one who does not read


def narrow_socket(address: str) -> socket.socket:
    """Connect with so little room that a reader who stops reading is felt at once."""
    host, _, port = address.removeprefix("http://").partition(":")
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    made.connect((host, int(port)))
    made.setblocking(False)
    return made


def memory_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


def state_seen(client: Client, messages: int) -> bool:
    return any(len(frame["state"]["chat"]["messages"]) == messages for frame in client.frames if "reset" in frame)


async def stop_reading(client: Client, stream: str) -> None:
    """Stop, and ask for so many states that even the kernel's buffers (4 MB on the loopback) are full."""
    client.socket.transport.pause_reading()
    for number in range(15):
        await client.say({"follow": [stream], "ref": f"again-{number}"})


async def test_one_who_stops_reading_is_let_go_and_delays_and_costs_nobody(hall: Hall) -> None:
    guests, room = await guests_of(hall, 13), await hall.room()
    stream, address = f"room/{room}", hall.town.first
    await asyncio.gather(*(flood(address, guest, room, 10) for guest in guests[2:7]))
    async with contextlib.AsyncExitStack() as stack:
        reader = await stack.enter_async_context(connected(address, guests[0].token))
        options: dict[str, Any] = {"sock": narrow_socket(address), "close_timeout": 0.1, "max_size": None}
        stopped = await stack.enter_async_context(connected(address, guests[1].token, **options))
        for client in (reader, stopped):
            await client.follow(stream)
            await client.until(lambda frame: "reset" in frame)
        assert state_seen(stopped, PAGE)
        await reader.event("presence.count", count=2)
        before = memory_kib(hall.town.processes[0].pid)
        await stop_reading(stopped, stream)
        await asyncio.gather(*(flood(address, guest, room, 10) for guest in guests[7:]))
        await reader.until(lambda frame: frame.get("seq") == 110 and "event" in frame)
        grown = memory_kib(hall.town.processes[0].pid) - before
        await until_alone(reader)
        assert [frame["seq"] for frame in reader.events(stream) if "seq" in frame] == list(range(51, 111))
        assert not [frame for frame in stopped.events(stream) if "seq" in frame]
        stopped.socket.transport.abort()
    assert grown < 40 * 1024


async def flood(address: str, guest: Guest, room: int, count: int) -> None:
    headers = {"authorization": f"Bearer {guest.token}"}
    async with httpx2.AsyncClient(base_url=address, headers=headers, timeout=20) as client:
        for number in range(count):
            body = {"room": room, "text": "语" * 2000}
            response = await client.post("/api/v1/chat.post", json=body, headers={"idempotency-key": str(number)})
            assert response.status_code == 200


async def until_alone(client: Client) -> None:
    """Wait until the newest count says that nobody else is left."""
    async with asyncio.timeout(40):
        while True:
            counts = [frame["event"]["count"] for frame in client.frames if "count" in frame.get("event", {})]
            if counts[-1] == 1:
                return
            await asyncio.sleep(0.05)


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
