"""How calls travel, behind one interface: the mixer of this server, the people themselves, later others."""

from collections.abc import Callable, Iterable
from typing import Protocol

from rooms.calls.rules import ENGINES, Engine
from server.media.wire import Load, Seat, Signal, Told, Watch


class MediaEngine(Protocol):
    """Whatever carries the sound and the pictures of calls. Nothing here ever waits."""

    @property
    def capabilities(self) -> Engine:
        """How many people and cameras a call can hold, and whether the server hears it."""

    @property
    def stats(self) -> Load | None:
        """How much there is to do, as far as that is known."""

    def join(self, seat: Seat) -> None:
        """Let somebody connect."""

    def signal(self, signal: Signal) -> None:
        """Take an offer or an address of somebody who has joined."""

    def move(self, seat: Seat) -> None:
        """Take somebody's connection over into another room, or to another number."""

    def mute(self, seat: Seat) -> None:
        """Turn on and off what comes from somebody."""

    def watch(self, watch: Watch) -> None:
        """Learn whose pictures somebody shows."""

    def leave(self, seat_id: str) -> None:
        """Let somebody go."""

    def settle(self) -> None:
        """Do what the calls before ask for, all at once."""


class Mixer:
    """The media process beside this server: it is told all seats whenever one is another."""

    def __init__(self, tell: Callable[[Told], None]) -> None:
        self.seats: dict[str, Seat] = {}
        self.stats: Load | None = None
        self._tell = tell
        self._told: dict[str, Seat] | None = None

    @property
    def capabilities(self) -> Engine:
        return ENGINES["mixer"]

    def join(self, seat: Seat) -> None:
        """Let somebody connect."""
        self.seats[seat.seat] = seat

    def move(self, seat: Seat) -> None:
        """Take somebody's connection over into another room."""
        self.seats[seat.seat] = seat

    def mute(self, seat: Seat) -> None:
        """Turn on and off what comes from somebody."""
        self.seats[seat.seat] = seat

    def leave(self, seat_id: str) -> None:
        """Let somebody go."""
        self.seats.pop(seat_id, None)

    def signal(self, signal: Signal) -> None:
        """Pass an offer or an address on."""
        self._tell(Told(signal=signal))

    def watch(self, watch: Watch) -> None:
        """Pass on whose pictures somebody shows."""
        self._tell(Told(watch=watch))

    def settle(self) -> None:
        """Tell the process all seats, unless it knows them."""
        if self.seats != self._told:
            self.settle_anew()

    def settle_anew(self) -> None:
        """Tell a process that knows nothing yet all seats."""
        self._told = dict(self.seats)
        self._tell(Told(seats=list(self._told.values())))


class Mesh:
    """People connect to each other: the rooms pass their signals on, and there is nothing to carry."""

    stats: Load | None = None

    @property
    def capabilities(self) -> Engine:
        return ENGINES["mesh"]

    def join(self, seat: Seat) -> None:
        """Do nothing: the newcomer offers to everybody."""

    def signal(self, signal: Signal) -> None:
        """Do nothing: signals go from seat to seat."""

    def move(self, seat: Seat) -> None:
        """Do nothing: people join anew."""

    def mute(self, seat: Seat) -> None:
        """Do nothing: the page obeys."""

    def watch(self, watch: Watch) -> None:
        """Do nothing: everybody sees everybody."""

    def leave(self, seat_id: str) -> None:
        """Do nothing: the others see it."""

    def settle(self) -> None:
        """Do nothing."""


def arrange(engine: MediaEngine, before: dict[str, Seat], seats: Iterable[Seat]) -> None:
    """Bring an engine from the seats that it has to those that it shall have."""
    after = {seat.seat: seat for seat in seats}
    for seat_id in [seat_id for seat_id in before if seat_id not in after]:
        engine.leave(seat_id)
    for seat in after.values():
        held = before.get(seat.seat)
        if held is None:
            engine.join(seat)
        elif (held.room, held.gen) != (seat.room, seat.gen):
            engine.move(seat)
        elif held != seat:
            engine.mute(seat)
    engine.settle()
