"""Calls through real servers: people join over the socket, and hear each other through the media process."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.client import Client, Frame, RefusedError, connected
from tests.server.databases import opened
from tests.server.media.peers import Peer, until
from tests.servers import Guest, Hall, Town, big
from tests.services import PostgresProcess, RedisProcess

HIGH, LOW, NEW = 1200, 440, 2000
STREAM = "seat/"


class Caller:
    """Somebody at a socket with a connection to the mixer."""

    def __init__(self, client: Client, peer: Peer) -> None:
        self.client = client
        self.peer = peer
        self.joined: Frame = {}

    @property
    def seat(self) -> str:
        return str(self.joined["seat"])

    async def join(self, room: int) -> "Caller":
        """Take a seat, and connect."""
        # A ref of its own: the same one on two of a person's devices would be one command, done once.
        ref = os.urandom(8).hex()
        self.joined = await self.client.do("call.join", ref, room=room, device="d1", mic=True)
        await self.client.follow(STREAM + self.seat)
        await self.peer.join(self.exchange)
        return self

    async def again(self) -> None:
        """Connect anew."""
        self.joined["gen"] = (await self.client.do("call.again", seat=self.seat))["gen"]
        await self.peer.close()
        self.peer = Peer(self.peer.tone.hz if self.peer.tone else 0.0)
        await self.peer.join(self.exchange)

    async def exchange(self, sdp: str) -> str:
        """Bring an offer to the mixer, and its answer back."""
        gen = self.joined["gen"]
        await self.client.do("call.signal", seat=self.seat, gen=gen, sdp=sdp, kind="offer")
        frame = await self.client.until(lambda frame: self._is_answer(frame, gen), seconds=40)
        return str(frame["event"]["sdp"])

    def _is_answer(self, frame: Frame, gen: int) -> bool:
        event = frame.get("event", {})
        return frame.get("on") == STREAM + self.seat and (event.get("kind"), event.get("gen")) == ("answer", gen)


@contextlib.asynccontextmanager
async def calling(address: str, guest: Guest, tone_hz: float) -> AsyncIterator[Caller]:
    """Give somebody who may join a call."""
    async with connected(address, guest.token) as client:
        caller = Caller(client, Peer(tone_hz))
        try:
            yield caller
        finally:
            await caller.peer.close()


def media_processes(town: Town) -> list[int]:
    """List the media processes of a town's servers."""
    children = [f"/proc/{each.pid}/task/{each.pid}/children" for each in town.processes]
    return [int(pid) for path in children for pid in Path(path).read_text().split()]


async def test_who_joins_hears_and_is_heard_whatever_server_they_are_at(hall: Hall, town: Town) -> None:
    room = await hall.room("chat", "call")
    amina, bao = await hall.person("Amina"), await hall.person("Bao")
    async with calling(town.first, amina, HIGH) as high, calling(town.last, bao, LOW) as low:
        await asyncio.gather(high.client.follow(f"room/{room}"), low.client.follow(f"room/{room}"))
        await asyncio.gather(high.join(room), low.join(room))
        await asyncio.gather(high.peer.hear(LOW), low.peer.hear(HIGH))
        for caller in (high, low):
            await caller.client.until(lambda frame: connected_seats(frame) == 2)
            await caller.client.event("call.speaking")


def connected_seats(frame: Frame) -> int:
    """Count the connected in a roster."""
    event = frame.get("event", {})
    return sum(seat["state"] == "connected" for seat in event.get("seats", [])) if "engine" in event else 0


async def test_a_muted_person_is_heard_no_more_and_turns_themselves_on_only_when_allowed(
    hall: Hall, town: Town
) -> None:
    room = await hall.room("chat", "call")
    amina = await hall.person("Amina", role="moderator", scope=f"room/{room}")
    bao = await hall.person("Bao")
    async with calling(town.first, amina, HIGH) as high, calling(town.last, bao, LOW) as low:
        await asyncio.gather(high.join(room), low.join(room))
        await high.peer.hear(LOW)
        await high.client.do("call.mute", room=room, seat=low.seat, hard=True, reason="Echo")
        await low.client.event("call.muted", hard=True, reason="Echo")
        await high.peer.hear()
        with pytest.raises(RefusedError, match=r"call\.muted"):
            await low.client.do("call.state", seat=low.seat, mic=True)
        await high.client.do("call.allow", room=room, seat=low.seat)
        await low.client.do("call.state", seat=low.seat, mic=True)
        await high.peer.hear(LOW)


async def test_a_killed_media_process_is_replaced_and_everybody_hears_each_other_again(hall: Hall, town: Town) -> None:
    room = await hall.room("chat", "call")
    amina, bao = await hall.person("Amina"), await hall.person("Bao")
    async with calling(town.first, amina, HIGH) as high, calling(town.last, bao, LOW) as low:
        await asyncio.gather(high.join(room), low.join(room))
        await high.peer.hear(LOW)
        for pid in media_processes(town):
            os.kill(pid, signal.SIGKILL)
        for caller in (high, low):
            await caller.client.event("call.reset", why="media")
        await asyncio.gather(high.again(), low.again())
        await asyncio.gather(high.peer.hear(LOW), low.peer.hear(HIGH))


async def test_the_newest_device_is_heard_and_the_older_is_told(hall: Hall, town: Town) -> None:
    room = await hall.room("chat", "call")
    amina, bao = await hall.person("Amina"), await hall.person("Bao")
    async with calling(town.first, amina, HIGH) as old, calling(town.last, bao, LOW) as low:
        await asyncio.gather(old.join(room), low.join(room))
        async with calling(town.last, amina, NEW) as new:
            await new.join(room)
            await old.client.event("call.reset", why="elsewhere")
            await low.peer.hear(NEW)
            with pytest.raises(RefusedError, match=r"call\.gone"):
                await old.client.do("call.again", seat=old.seat)


async def test_who_is_shut_out_is_heard_no_more(hall: Hall, town: Town) -> None:
    room = await hall.room("chat", "call")
    amina = await hall.person("Amina", role="moderator", scope=f"room/{room}")
    bao = await hall.person("Bao")
    async with calling(town.first, amina, HIGH) as high, calling(town.last, bao, LOW) as low:
        await asyncio.gather(high.join(room), low.join(room))
        await high.peer.hear(LOW)
        await high.client.do("member.restrict", person=bao.id, room=room, kind="silenced", why="Noise")
        await low.client.event("call.reset", why="gone")
        await high.peer.hear()
        await until(lambda: low.peer.connection.connectionState == "closed", "the end of the connection")


async def test_nobody_follows_or_signals_for_somebody_elses_seat(hall: Hall, town: Town) -> None:
    room = await hall.room("chat", "call")
    amina, bao = await hall.person("Amina"), await hall.person("Bao")
    async with calling(town.first, amina, HIGH) as high, calling(town.last, bao, LOW) as low:
        await high.join(room)
        with pytest.raises(RefusedError, match=r"stream\.unknown"):
            await low.client.follow(STREAM + high.seat)
        with pytest.raises(RefusedError, match=r"call\.gone"):
            await low.client.do("call.signal", seat=high.seat, gen=1, sdp=await low.peer.offer())


@pytest.mark.big
async def test_when_a_server_stops_another_one_takes_its_calls_over(
    postgres: PostgresProcess, redis: RedisProcess, tmp_path: Path
) -> None:
    prefix = f"calls-{os.getpid()}"
    with big(tmp_path, postgres.create_database(), redis.url, MAJLIS_REDIS_PREFIX=prefix) as town:
        async with opened(town.database_url) as database, contextlib.AsyncExitStack() as stack:
            hall = Hall(town, database)
            room = await hall.room("chat", "call")
            people = [await hall.person(name) for name in ("Amina", "Bao", "Carlos")]
            callers = [
                await stack.enter_async_context(calling(address, guest, tone))
                for address, guest, tone in zip(
                    (town.first, town.last, town.last), people, (HIGH, LOW, NEW), strict=True
                )
            ]
            for caller in callers:
                await caller.join(room)
            assert len(media_processes(town)) == 1
            town.processes[0].terminate()
            for caller in callers[1:]:
                await caller.client.event("call.reset", why="media")
                await caller.again()
            await asyncio.gather(callers[1].peer.hear(NEW), callers[2].peer.hear(LOW))
