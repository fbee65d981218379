"""A play with calls: a server with a media process, and two tables in the café."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlmodel import select

from rooms.calls import seating
from rooms.calls.seating import News
from rooms.calls.store import Call
from rooms.members.store import Granted
from rooms.presence.store import Process
from rooms.programme.store import Room
from rooms.streams import AnyStream
from rooms.work import Surroundings, Work
from tests.rooms.cast import CAFE, CEREMONY, NOON, TRAINING, VISITOR, id_of
from tests.rooms.play import Answer, Json, Play, wire

TABLE, OTHER_TABLE = 31, 32
"""Private rooms within the café: Bao and Carlos sit at the first, Fatima at the second."""
SEATED = {"bao": TABLE, "carlos": TABLE, "fatima": OTHER_TABLE}
HERE, THERE = "media-here", "media-there"
OFFER = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n"


AROUND = Surroundings(media=HERE)


@dataclass
class CallPlay(Play):
    """A play on a server with a media process."""

    around: Surroundings = AROUND

    @asynccontextmanager
    async def working(self, who: str) -> AsyncIterator[Work]:
        async with super().working(who) as work:
            work.around = self.around
            yield work

    async def join(self, who: str, room: int = TRAINING, **more: Any) -> str:
        """Let somebody take a seat."""
        return str((await self.do(who, "call.join", room=room, device="d1", **more)).result.seat)

    async def act(self, action: Any, *given: Any) -> Answer:
        """Let the server do something."""
        async with self.working(VISITOR) as work:
            await action(work, *given)
        self.keep(work)
        return Answer(None, tuple(work.told))

    async def hear(self, seat: str, media: str = HERE, **news: Any) -> Answer:
        """Let a media process say something of a seat."""
        return await self.act(seating.hear, media, {seat: News(**news)})

    async def call(self, room: int = TRAINING) -> Json | None:
        """Give a room's call as everyone sees it."""
        found: Json | None = (await self.state("ingrid", f"room/{room}")).get("call")
        return found

    async def shown(self, seat: str, room: int = TRAINING) -> Json:
        """Give a seat as everyone in its room sees it."""
        call = await self.call(room) or {"seats": []}
        return next((each for each in call.get("seats", []) if each["seat"] == seat), {})

    async def media(self, room: int = TRAINING) -> str:
        """Give the media process of a room's call."""
        row = await self.ask_database(lambda db: db.get(Call, room))
        return row.media if row else ""


def sent(answer: Answer, stream: AnyStream) -> list[Json]:
    """Give what a stream was told, as JSON."""
    return [wire(event) for event in answer.on(stream)]


async def prepared(play: Play) -> CallPlay:
    """Give a play where the rooms have calls, the café has two tables, and two servers live."""
    found = CallPlay(play.engine)
    async with found.working(VISITOR) as work:
        for room in (await work.db.exec(select(Room))).all():
            room.features = room.features if room.id == CEREMONY else [*room.features, "call"]
            work.db.add(room)
        for table in (TABLE, OTHER_TABLE):
            room = Room(id=table, session_id=CAFE + 100, parent_id=CAFE, private=True, track="forum", features=["call"])
            work.db.add(room)
        await work.db.flush()
        for who, table in SEATED.items():
            work.db.add(Granted(role="seated", scope=f"room/{table}", person_id=id_of(who)))
        for name in (HERE, THERE):
            work.db.add(Process(id=name, until_at=NOON + timedelta(days=1)))
    return found
