"""Servers that can be killed, and what people do there."""

import asyncio
import contextlib
import os
import signal

import httpx2

from tests.client import Client, connected
from tests.servers import Guest, Hall, serving


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


async def until_alone(client: Client) -> None:
    """Wait until the newest count says that nobody else is left."""
    async with asyncio.timeout(40):
        while True:
            counts = [frame["event"]["count"] for frame in client.frames if "count" in frame.get("event", {})]
            if counts[-1] == 1:
                return
            await asyncio.sleep(0.05)
