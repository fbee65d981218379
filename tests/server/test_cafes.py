"""Cafés on real servers: the clock runs by itself, seats carry streams, and a killed server changes nothing."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from sqlmodel import select

from rooms.cafe.clock import Task
from rooms.cafe.rotation import Guest as Seated
from rooms.cafe.rotation import Table
from rooms.cafe.store import Cafe
from server.planner import Planner
from tests.client import Client, connected
from tests.server.city import City
from tests.server.databases import hall_of, opened
from tests.servers import Guest, Hall, Town

FAST = {"ready_seconds": 1, "seating_seconds": 1, "opening_seconds": 1, "closing_seconds": 0, "break_seconds": 1}


def plan(**more: Any) -> dict[str, Any]:
    rounds = [{"question": {"en": "What do we share?"}, "minutes": 1}] * 2
    return {"rounds": rounds, "tables": [{"name": "Blue", "most": 2}, {"name": "Green", "most": 2}], **FAST, **more}


class Evening:
    """A café with its host and guests, each on a socket."""

    def __init__(self, room: int, host: Client, guests: dict[int, Client]) -> None:
        self.room, self.host, self.guests = room, host, guests

    async def phase(self, name: str, round_: int = 0) -> None:
        """Wait until the host is told of a phase."""
        await self.host.until(lambda frame: _is_phase(frame, name, round_), seconds=20)

    def seats(self) -> dict[int, int]:
        """Map people to tables as the host was told last."""
        dealt = [frame["event"] for frame in self.host.frames if frame.get("event", {}).get("type") == "seat.dealt"]
        return {person: int(table) for table, people in dealt[-1]["seats"].items() for person in people}


def _is_phase(frame: dict[str, Any], name: str, round_: int) -> bool:
    event = frame.get("event", {})
    return event.get("type") == "cafe.phase" and (event["phase"], event.get("round", 0)) == (name, round_)


@contextlib.asynccontextmanager
async def evening(town: Town, hall: Hall, **more: Any) -> AsyncIterator[Evening]:
    """Begin a café with four guests, on all the town's servers."""
    room = await hall.room()
    host = await hall.person("Host", "moderator", f"room/{room}")
    people: list[Guest] = [await hall.person(f"Guest {number}") for number in range(4)]
    async with contextlib.AsyncExitStack() as stack:
        first = await stack.enter_async_context(connected(town.first, host.token))
        clients = {
            guest.id: await stack.enter_async_context(connected(_address(town, at), guest.token))
            for at, guest in enumerate(people)
        }
        await first.do("cafe.plan", room=room, plan=plan(**more))
        await first.follow(f"room/{room}", f"room/{room}/hosts")
        for client in clients.values():
            await client.follow(f"room/{room}")
        yield Evening(room, first, clients)


def _address(town: Town, number: int) -> str:
    return town.addresses[number % len(town.addresses)]


async def answered(evening: Evening) -> None:
    for client in evening.guests.values():
        await client.do("cafe.answer", room=evening.room, answer="in")


async def test_the_clock_seats_people_and_opens_the_round_by_itself(town: Town, hall: Hall) -> None:
    async with evening(town, hall) as cafe:
        await cafe.host.do("cafe.start", room=cafe.room)
        await answered(cafe)
        await cafe.phase("seating")
        proposed = await cafe.host.until(lambda frame: "proof" in frame.get("event", {}), seconds=20)
        assert proposed["event"]["proof"]["people"] == 4
        await cafe.phase("opening")
        await cafe.phase("open")
        assert set(cafe.seats()) == set(cafe.guests)
        await cafe.host.do("cafe.next", room=cafe.room)
        await cafe.phase("open", 1)
        phases = [frame["event"]["phase"] for frame in cafe.host.frames if _any_phase(frame)]
        assert [phases.count(phase) for phase in ("opening", "open", "closed")] == [2, 2, 1]


def _any_phase(frame: dict[str, Any]) -> bool:
    return bool(frame.get("event", {}).get("type") == "cafe.phase")


async def test_who_moves_on_hears_nothing_more_of_the_table_they_left(town: Town, hall: Hall) -> None:
    async with evening(town, hall) as cafe:
        await cafe.host.do("cafe.start", room=cafe.room)
        await cafe.phase("open")
        seats = cafe.seats()
        mover, old = next(iter(seats.items()))
        new = next(table for table in seats.values() if table != old)
        client = cafe.guests[mover]
        await client.follow(f"room/{old}")
        await cafe.host.do("chat.post", room=old, text="Before")
        await client.event("chat.posted", text="Before")
        await cafe.host.do("seat.move", room=cafe.room, person=mover, table=new)
        await client.follow(f"room/{new}")
        await deaf(cafe.host, client, old, new)
        answer = await client.answer({"follow": [f"room/{old}"]})
        assert answer["error"]["code"] == "stream.unknown"


async def deaf(host: Client, guest: Client, old: int, new: int) -> None:
    """Wait until a guest hears what is said at one table and nothing of the other; each time both are told."""
    for turn in range(10):
        await host.do("chat.post", room=old, text=f"Old {turn}")
        await host.do("chat.post", room=new, text=f"New {turn}")
        await guest.event("chat.posted", text=f"New {turn}")
        if not any(frame.get("event", {}).get("text") == f"Old {turn}" for frame in guest.frames):
            return
        await asyncio.sleep(1)  # a host says no more than one thing a second
    raise AssertionError("the guest still hears the table that they left")


async def test_a_cafe_goes_on_where_it_was_after_its_only_server_was_killed(tmp_path: Path) -> None:
    city = City({"MAJLIS_DATA": str(tmp_path), "MAJLIS_LOG_LEVEL": "error"}, 1)
    city.revive()
    try:
        async with opened(f"sqlite+aiosqlite:///{tmp_path / 'majlis.sqlite3'}") as database:
            hall = hall_of(database)
            room = await hall.room()
            host = await hall.person("Host", "moderator", f"room/{room}")
            async with connected(city.addresses[0], host.token) as client:
                await client.do("cafe.plan", room=room, plan=plan(mode="choice", ready_seconds=2, seating_seconds=2))
                await client.do("cafe.start", room=room)
                city.kill(0)
            await asyncio.sleep(2)  # the deadline passes while nobody looks
            city.revive()
            async with connected(city.addresses[0], host.token) as client:
                await client.follow(f"room/{room}")
                await client.until(lambda frame: _is_phase(frame, "opening", 0), seconds=20)
                await client.until(lambda frame: _is_phase(frame, "open", 0), seconds=20)
            async with database.reading() as db:
                cafe = (await db.exec(select(Cafe).where(Cafe.room_id == room))).one()
                assert cafe.phase in {"open", "closing", "closed"}
    finally:
        city.close()


async def test_a_planner_whose_worker_was_killed_plans_again() -> None:
    task = Task(1, 1, tuple(Seated(number) for number in range(8)), (Table(1), Table(2)), 2, {}, {})
    planner = Planner()
    try:
        first = await planner.compute(task)
        for worker in list(planner.pool._processes.values()) if planner.pool else []:
            worker.kill()
        assert await planner.compute(task) == first
        assert sorted(map(len, first[0].values())) == [4, 4]
    finally:
        planner.close()
