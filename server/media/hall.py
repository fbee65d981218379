"""All seats and rooms of this process, made as the parent desires them."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from server.media import offer
from server.media.link import CONNECTED, LOST, Link
from server.media.place import Place
from server.media.screens import Screens
from server.media.table import Ear, Table
from server.media.wire import Answer, Quality, Refused, Seat, Signal, Speaking, State, Told

log = logging.getLogger(__name__)

Say = Callable[[Any], None]
BAD_SDP, GONE, STALE = "call.bad_sdp", "call.gone", "call.stale"
BETWEEN_QUALITIES_SECONDS = 2.0


class Hall:
    """Seats by their names, tables by their rooms."""

    def __init__(self, say: Say, addresses: Sequence[str] = ()) -> None:
        """Begin empty; addresses replace the own ones in answers, where others reach this machine under them."""
        self.places: dict[str, Place] = {}
        self.tables: dict[int, Table] = {}
        self._say = say
        self._addresses = list(addresses)
        self._screens = Screens(say)
        self._tasks: set[asyncio.Task[None]] = set()

    def hear(self, told: Told) -> None:
        """Do what the parent says."""
        if told.seats is not None:
            self._arrange(told.seats)
        if told.signal is not None:
            self._signal(told.signal)
        if told.watch is not None and (place := self.places.get(told.watch.seat)):
            place.want = told.watch.want
            self._screens.arrange(self.places)

    def tick(self, tick: int, now_ms: float) -> None:
        """Let every table hear its 20 ms."""
        for table in list(self.tables.values()):
            try:
                table.tick(tick, now_ms)
            except Exception:
                log.exception("a table lost a tick")

    def say_speaking(self, now_ms: float) -> None:
        """Tell who speaks where that changed."""
        for room, table in self.tables.items():
            if table.who_speaks(now_ms):
                self._say(Speaking(room, list(table.speaking)))

    def look(self) -> None:
        """See which connections live, and how well."""
        self._each(self._look)

    def report(self, at: int) -> None:
        """Exchange reports with all clients."""

        def exchange(place: Place) -> None:
            for link in place.links():
                link.report(at)

        self._each(exchange)

    def chase(self, seconds: float) -> None:
        """Ask again for what pictures miss."""
        self._each(lambda place: self._screens.chase(place, seconds))

    async def close(self) -> None:
        """Close every connection."""
        self._arrange([])
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _each(self, act: Callable[[Place], object]) -> None:
        """Do something for every place; what goes wrong at one is no other's trouble."""
        for place in list(self.places.values()):
            try:
                act(place)
            except Exception:
                log.exception("a place lost its turn")

    def _look(self, place: Place) -> None:
        for link in place.links():
            link.look()
        if place.link and place.link.quality.judge(time.monotonic()):
            quality = place.link.quality
            self._say(Quality(place.seat.seat, round(quality.loss, 3), round(quality.rtt_ms), quality.level))
            self._screens.arrange(self.places)
        place.pack()

    def _arrange(self, seats: Sequence[Seat]) -> None:
        desired = {seat.seat: seat for seat in seats}
        for name in [name for name in self.places if name not in desired]:
            self._leave(self.places.pop(name))
        for name, seat in desired.items():
            self._settle(self.places.setdefault(name, Place(seat)), seat)
        self.tables = {room: table for room, table in self.tables.items() if table.ears}
        self._screens.arrange(self.places)

    def _settle(self, place: Place, seat: Seat) -> None:
        moved = place.seat.room != seat.room
        if moved:
            self._stand_up(place)
        place.become(seat)
        if moved and place.link:
            place.link.voice.move(time.monotonic() * 1000)
            self._sit(place)

    def _leave(self, place: Place) -> None:
        self._stand_up(place)
        for link in place.links():
            self._later(link.close())

    def _stand_up(self, place: Place) -> None:
        if table := self.tables.get(place.seat.room):
            table.ears.pop(place.seat.seat, None)

    def _sit(self, place: Place) -> None:
        if place.link:
            place.ear = Ear(place.seat.seat, place.link)
            place.pack()
            self.tables.setdefault(place.seat.room, Table()).ears[place.seat.seat] = place.ear

    def _signal(self, signal: Signal) -> None:
        place = self.places.get(signal.seat)
        if place is None or signal.gen < place.newest_gen:
            code = GONE if place is None else STALE
            if signal.sdp is not None:
                self._say(Refused(signal.seat, signal.gen, code))
        elif signal.sdp is not None:
            self._offered(place, signal.gen, signal.sdp)
        elif signal.candidate and (candidate := offer.trickled(signal.candidate)):
            place.remember(signal.gen, candidate)
            self._later(place.trickle())

    def _offered(self, place: Place, gen: int, sdp: str) -> None:
        if any(link.gen == gen for link in place.links()):
            self._say(Refused(place.seat.seat, gen, STALE))
            return
        if place.coming:
            self._later(place.coming.close())
        link = place.coming = Link(gen, lambda link, state: self._hear_state(place, link, state))
        self._later(self._answer(place, link, sdp))

    async def _answer(self, place: Place, link: Link, sdp: str) -> None:
        name = place.seat.seat
        try:
            answer = await link.answer(sdp, link.quality.packing(place.seat.saver), self._addresses)
        except Exception as trouble:
            # Most are BadOffer; but whoever offered waits for an answer, whatever else there is.
            log.info("offer refused: %r", trouble)
            place.coming = None if place.coming is link else place.coming
            await link.close()
            self._say(Refused(name, link.gen, BAD_SDP))
            return
        link.answered = True
        self._say(Answer(name, link.gen, answer))
        await place.trickle()

    def _hear_state(self, place: Place, link: Link, state: str) -> None:
        if state == CONNECTED and place.coming is link:
            self._take_over(place, link)
        if link in place.links():
            self._say(State(place.seat.seat, link.gen, state))
        if state == LOST:
            self._lost(place, link)

    def _take_over(self, place: Place, link: Link) -> None:
        old, place.link, place.coming = place.link, link, None
        if old:
            self._later(old.close())
        self._stand_up(place)
        place.become(place.seat)
        self._sit(place)
        self._screens.arrange(self.places)

    def _lost(self, place: Place, link: Link) -> None:
        if place.link is link:
            self._stand_up(place)
            place.link = None
        if place.coming is link:
            place.coming = None
        self._later(link.close())
        self._screens.arrange(self.places)

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
