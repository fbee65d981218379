"""The promises to those who read: everything once, however often they come and go, and nobody waits for the slow."""

import asyncio
import contextlib
import random
import socket
from pathlib import Path
from typing import Any

import httpx2

from rooms.chat.rules import PAGE
from tests.client import Client, connected
from tests.server.city import guests_of, say_all, until_alone
from tests.servers import Guest, Hall

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
