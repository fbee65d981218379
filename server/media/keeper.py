"""Keeps this server's media process at what the database desires, and brings what it says to those concerned."""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Any

import msgspec
import structlog
from sqlalchemy.exc import SQLAlchemyError

from rooms.calls import events, seating, store
from rooms.calls.seating import News
from rooms.errors import Refused
from rooms.streams import A, Fleeting, Stream, everyone_in, media_of, seat_of
from rooms.work import Work
from server import journal
from server.bus import Bus, Hint
from server.database import Database
from server.hub import Hub
from server.journal import Line
from server.media.child import Child
from server.media.engine import Mixer, arrange
from server.media.wire import Candidate, Load, Said, Seat, Signal, Watch
from server.relay import Relay
from server.transact import Transactor

LOOK_SECONDS = 1.0
GATHER_SECONDS = 0.02
COUNTS_KEPT = 10_000
_HEARD: dict[str, type[Fleeting[Any]]] = {
    "media.hint": events.MediaHint,
    "media.signal": events.MediaSignal,
    "media.watch": events.MediaWatch,
}
log = structlog.get_logger()


class _Typed(msgspec.Struct):
    type: str


class Tally:
    """Counts by key; the keys counted longest ago are forgotten."""

    def __init__(self, kept: int = COUNTS_KEPT) -> None:
        self._counts: OrderedDict[str, int] = OrderedDict()
        self._kept = kept

    def count(self, key: str) -> int:
        """Count once more, and say how often that was."""
        self._counts[key] = self._counts.get(key, 0) + 1
        self._counts.move_to_end(key)
        if len(self._counts) > self._kept:
            self._counts.popitem(last=False)
        return self._counts[key]


class Keeper:
    """An organ of the server: one media process, all seats of its calls, and what it says."""

    def __init__(
        self, name: str, database: Database, transactor: Transactor, bus: Bus, addresses: tuple[str, ...] = ()
    ) -> None:
        """Prepare; the name is the server process's own, whose presence vouches for it."""
        self.name = name
        self.child = Child(self._hear, self._began, addresses)
        self.mixer = Mixer(self.child.tell)
        self._database = database
        self._transactor = transactor
        self._bus = bus
        self._told: list[Fleeting[Any]] = []
        self._news: dict[str, News] = {}
        self._doubted: set[int] = set()
        self._restarted = False
        self._follow: Callable[[], None] = lambda: None
        self._look = asyncio.Event()
        self._write = asyncio.Event()
        self._stopped = False

    @property
    def load(self) -> Load | None:
        """How much the media process has to do and how late it is, as it last said."""
        return self.mixer.stats if self.child.pid else None

    def attach(self, hub: Hub, relay: Relay) -> None:
        """Hear what the rooms tell this media process."""
        stream = media_of(self.name).name
        hub.inner[stream] = self.take
        self._follow = lambda: relay.follow(stream)

    def take(self, line: Line) -> None:
        """Take one thing that was told to this media process."""
        kind = _HEARD.get(msgspec.json.decode(line.event, type=_Typed).type)
        if kind is not None:
            event = journal.decode(line.event, kind)
            if isinstance(event, Fleeting):
                self._told.append(event)
                self._look.set()

    def doubt(self, person_ids: Iterable[int]) -> None:
        """See soon whether people may still be in the calls that they are in."""
        self._doubted.update(person_ids)
        self._write.set()

    async def run(self) -> None:
        """Work until stopped."""
        self._follow()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.child.run())
            tasks.create_task(self._each(self._look, 0.0, self._arrange))
            tasks.create_task(self._each(self._write, GATHER_SECONDS, self._save))

    def stop(self) -> None:
        """End the work, and the media process."""
        self._stopped = True
        self.child.stop()
        self._look.set()
        self._write.set()

    async def _each(self, wake: asyncio.Event, gather_seconds: float, act: Callable[[], Awaitable[None]]) -> None:
        while not self._stopped:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await wake.wait()
            if self._stopped:
                return
            await asyncio.sleep(gather_seconds if wake.is_set() else 0)
            wake.clear()
            try:
                await act()
            except (Refused, SQLAlchemyError, OSError) as error:
                log.warning("media.database_failed", error=type(error).__name__)
                await asyncio.sleep(LOOK_SECONDS / 2)

    async def _arrange(self) -> None:
        """Look at the seats first, so that the process knows every seat whose signals it gets."""
        async with self._database.reading() as db:
            told, self._told = self._told, []
            try:
                rows = await store.of_media(db, self.name)
            except BaseException:
                self._told = told + self._told
                raise
        if rows:
            self.child.want()
        arrange(self.mixer, dict(self.mixer.seats), [_desired(row) for row in rows])
        for event in told:
            self._pass(event)

    def _pass(self, event: Fleeting[Any]) -> None:
        if isinstance(event, events.MediaSignal):
            found = event.candidate
            candidate = Candidate(found.candidate, found.sdpMid, found.sdpMLineIndex) if found else None
            self.mixer.signal(Signal(event.seat, event.gen, event.sdp or None, candidate, event.end))
        elif isinstance(event, events.MediaWatch):
            self.mixer.watch(Watch(event.seat, list(event.want)))

    def _began(self, first: bool) -> None:
        self.mixer.settle_anew()
        self._restarted = not first

    def _hear(self, said: Said) -> None:
        for name, hear in _SAID.items():
            if (found := getattr(said, name)) is not None:
                hear(self, found)

    def _say(self, stream: Stream[A], event: Fleeting[A]) -> None:
        self._bus.publish([Hint(stream.name, 0, journal.encode(event))])

    def _ready(self, said: Any) -> None:
        log.info("media.ready", pid=said.pid)
        self._write.set()

    def _answer(self, said: Any) -> None:
        self._say(seat_of(said.seat), events.CallSignal(gen=said.gen, sdp=said.sdp, kind="answer"))

    def _refused(self, said: Any) -> None:
        self._say(seat_of(said.seat), events.CallRefused(gen=said.gen, code=said.code))

    def _slots(self, said: Any) -> None:
        self._say(seat_of(said.seat), events.CallSlots(slots=tuple(said.slots)))

    def _watched(self, said: Any) -> None:
        self._say(seat_of(said.seat), events.CallWatched(on=said.on))

    def _speaking(self, said: Any) -> None:
        self._say(everyone_in(said.room), events.CallSpeaking(seats=tuple(said.seats)))

    def _state(self, said: Any) -> None:
        self._news[said.seat] = replace(self._news.get(said.seat, News()), gen=said.gen, state=said.state)
        self._write.set()

    def _quality(self, said: Any) -> None:
        self._news[said.seat] = replace(self._news.get(said.seat, News()), quality=said.level)
        self._write.set()

    def _load(self, said: Any) -> None:
        self.mixer.stats = said

    async def _save(self) -> None:
        """Write down what is new, and sweep; where there are no calls, this only looks whether there are."""
        restarted = self._restarted and self.child.pid is not None
        if not (self._news or self._doubted or restarted or await self._due()):
            return
        news, self._news = self._news, {}
        people, self._doubted = self._doubted, set()
        self._restarted = self._restarted and not restarted
        try:
            await self._transactor.work(None, lambda work: self._saved(work, news, people, restarted))
        except BaseException:
            self._news, self._doubted = news | self._news, people | self._doubted
            self._restarted = self._restarted or restarted
            raise

    async def _saved(self, work: Work, news: dict[str, News], people: set[int], restarted: bool) -> None:
        if restarted:
            await seating.reset(work, self.name)
        if news:
            await seating.hear(work, self.name, news)
        if people:
            await seating.drop_without_right(work, people)
        await seating.sweep(work)

    async def _due(self) -> bool:
        async with self._database.reading() as db:
            return await store.due(db, self._transactor.clock())


_SAID: dict[str, Callable[[Keeper, Any], None]] = {
    "ready": Keeper._ready,
    "answer": Keeper._answer,
    "refused": Keeper._refused,
    "slots": Keeper._slots,
    "watched": Keeper._watched,
    "speaking": Keeper._speaking,
    "state": Keeper._state,
    "quality": Keeper._quality,
    "load": Keeper._load,
}


def _desired(row: store.CallSeat) -> Seat:
    return Seat(row.id, row.room_id, row.gen, row.mic, row.muted, row.camera, row.screen, row.saver)
