"""A play for tests: the cast in a real database, commands as the server performs them, and what was told kept."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec
import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from rooms.commands import Result, Sent
from rooms.errors import Refused
from rooms.members.rules import Actor
from rooms.members.store import actor_of
from rooms.people.store import person
from rooms.snapshot import open_stream
from rooms.streams import AnyEvent, AnyStream, Blanked, Latest, Logged, Told, type_of
from rooms.work import Work, latest_key
from server.features import COMMANDS
from tests.rooms.cast import CAST, NOON, VISITOR

Json = dict[str, Any]
R = TypeVar("R")
TRIES = 8


def wire(thing: object) -> Any:
    """Give something as the wire carries it, read back as plain JSON."""
    return msgspec.json.decode(msgspec.json.encode(thing))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command answered, and what it told whom."""

    result: Any
    told: tuple[Told, ...]

    def on(self, stream: AnyStream) -> list[AnyEvent]:
        """List what one stream was told."""
        return [told.event for told in self.told if told.stream == stream]

    def types(self, stream: AnyStream) -> list[str]:
        """List the types of what one stream was told."""
        return [type_of(type(event)) for event in self.on(stream)]


@dataclass
class Entry:
    """One numbered event in a stream's journal."""

    about: str
    event: Json


@dataclass
class Play:
    """The cast at work; the clock stands still but for one second before each command."""

    engine: AsyncEngine
    now: datetime = NOON
    told: list[Told] = field(default_factory=list)
    journal: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    values: dict[str, dict[str, Json]] = field(default_factory=lambda: defaultdict(dict))

    @asynccontextmanager
    async def working(self, who: str) -> AsyncIterator[Work]:
        """Open one command's work in a transaction of its own."""
        async with AsyncSession(self.engine, expire_on_commit=False) as db, db.begin():
            yield Work(db, await self._actor(db, who), self.now)

    async def _actor(self, db: AsyncSession, who: str) -> Actor:
        row = None if who == VISITOR else await person(db, CAST[who].id)
        return await actor_of(db, row) if row else Actor()

    async def do(self, who: str, name: str, /, **sent: Any) -> Answer:
        """Perform a command as the server does, and journal what it told.

        Raises:
            Refused: whatever the action refuses.
        """
        self.now += timedelta(seconds=1)
        return await self._perform(who, name, sent)

    async def _perform(self, who: str, name: str, sent: Json) -> Answer:
        command = COMMANDS[name]
        body = msgspec.convert(sent, command.sent)
        async with self.working(who) as work:
            result = await command.action(work, body)
        self.keep(work)
        return Answer(result, tuple(work.told))

    async def race(self, *calls: tuple[str, str, Json]) -> list[Answer | Refused]:
        """Perform commands at the same moment, each again when it lost a race, as the server does."""
        return await asyncio.gather(*(self._insist(*call) for call in calls))

    async def _insist(self, who: str, name: str, sent: Json) -> Answer | Refused:
        for _ in range(TRIES):
            try:
                return await self._perform(who, name, sent)
            except Refused as refused:
                return refused
            except DBAPIError as error:
                lost = error
        raise lost

    async def refusal(self, who: str, name: str, /, **sent: Any) -> tuple[str, Json]:
        """Perform a command that must be refused; gives the code and its values."""
        with pytest.raises(Refused) as caught:
            await self.do(who, name, **sent)
        return caught.value.code, caught.value.values

    async def outcomes(self, who: str, calls: Iterable[tuple[str, Json]]) -> list[tuple[Any, ...]]:
        """Try commands one after the other and undo them all; gives each answer, or refusal with all it says."""
        found: list[tuple[Any, ...]] = []
        async with self.working(who) as work:
            for name, sent in calls:
                try:
                    command = COMMANDS[name]
                    found.append(("done", await command.action(work, msgspec.convert(sent, command.sent))))
                except Refused as refused:
                    found.append((refused.code, refused.values, refused.reason.status, refused.retry_after_ms))
            await work.db.rollback()
        return found

    async def states(self, who: str, streams: Iterable[str]) -> dict[str, Json | Refused]:
        """Give several streams' states at one moment, or why they are not shown."""
        found: dict[str, Json | Refused] = {}
        async with self.working(who) as work:
            for stream in streams:
                try:
                    found[stream] = wire((await open_stream(work, stream)).state)
                except Refused as refused:
                    found[stream] = refused
        return found

    async def look(self, who: str, read: Callable[[Work, Any], Any], sent: Sent) -> Any:
        """Read something."""
        async with self.working(who) as work:
            return await read(work, sent)

    async def open(self, who: str, stream: str) -> Result:
        """Give a stream's state as one of the cast is shown it."""
        async with self.working(who) as work:
            return (await open_stream(work, stream)).state

    async def state(self, who: str, stream: str) -> Json:
        """Give a stream's state as JSON."""
        found: Json = wire(await self.open(who, stream))
        return found

    async def ask_database(self, query: Callable[[AsyncSession], Any]) -> Any:
        """Look into the store itself."""
        async with AsyncSession(self.engine, expire_on_commit=False) as db:
            return await query(db)

    def keep(self, work: Work) -> None:
        """Keep the journal as the server does: blank, then add, then forget."""
        for stream, about in work.blanked:
            for entry in self.journal[stream]:
                if entry.about == about:
                    entry.about, entry.event = "", wire(Blanked())
        self.told += work.told
        for told in work.told:
            self._keep_one(told.stream.name, told.event)
        for stream, key in work.forgotten:
            self.values[stream].pop(key, None)

    def _keep_one(self, stream: str, event: AnyEvent) -> None:
        if isinstance(event, Latest):
            key = latest_key(type(event), event.key())
            self.values[stream].pop(key, None)
            self.values[stream][key] = wire(event)
        if isinstance(event, Logged):
            self.journal[stream].append(Entry(event.about(), wire(event)))
