"""The media process as the server keeps it: started when somebody joins, told of seats, replaced when it ends."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from rooms.calls import store
from rooms.calls.actions import move_people
from rooms.calls.events import CallReset
from server import journal
from server.house import STOP_SECONDS, House, build
from server.identity import Caller
from server.media import keeper
from server.media.engine import Mesh, Mixer, arrange
from server.media.keeper import Tally
from server.media.wire import Load, Quality, Said, Seat, State, Told
from server.settings import Settings
from tests.server.databases import hall_of
from tests.server.media.peers import until
from tests.servers import Guest, Hall

PATIENCE_SECONDS = 40.0


class Reader:
    """Follows one seat's stream in the server itself."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []

    def take(self, stream: str, seq: int, frame: bytes) -> None:
        self.frames.append(frame)

    def start_afresh(self, stream: str) -> None:
        """Nothing is ever lost of what is never kept."""

    def was_told(self, *words: str) -> bool:
        return any(all(word.encode() in frame for word in words) for frame in self.frames)


def environment(pid: int | None) -> bytes:
    """Read what a process was given."""
    return Path(f"/proc/{pid}/environ").read_bytes()


def is_there(pid: int) -> bool:
    """Tell whether a process is there, be it as a zombie."""
    return Path(f"/proc/{pid}").exists()


@dataclass
class Office:
    """A server in this process, with a room."""

    house: House
    hall: Hall
    room: int
    guests: list[Guest] = field(default_factory=list)

    @property
    def pid(self) -> int | None:
        return self.house.calls.child.pid

    async def join(self, name: str = "Amina") -> tuple[str, Reader]:
        guest = await self.hall.person(name)
        self.guests.append(guest)
        seat = str((await self.do(guest, "call.join", room=self.room, device="d"))["seat"])
        reader = Reader()
        self.house.hub.attach(reader, f"seat/{seat}")
        return seat, reader

    async def do(self, guest: Guest, name: str, **body: Any) -> Any:
        return await self.house.door.perform(Caller(guest.id, "en"), name, body, os.urandom(4).hex())

    async def seats(self, count: int) -> None:
        """Wait until the media process says that it has so many seats."""
        stats = self.house.calls.mixer
        await until(lambda: stats.stats and stats.stats.seats == count, f"{count} seats", PATIENCE_SECONDS)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    house = build(Settings(data=tmp_path, database_url="", redis_url="", migrate=True))
    async with house.open():
        hall = hall_of(house.database)
        yield Office(house, hall, await hall.room("chat", "call"))
        began = time.monotonic()
    assert time.monotonic() - began < STOP_SECONDS + 1
    assert house.calls.child.pid is None


async def test_nothing_is_started_until_somebody_joins(office: Office) -> None:
    await asyncio.sleep(1.2)
    assert office.pid is None
    await office.join()
    await office.seats(1)


async def test_the_process_has_the_seats_that_the_database_desires(office: Office) -> None:
    seat, _ = await office.join()
    await office.join("Bao")
    await office.seats(2)
    await office.do(office.guests[0], "call.leave", seat=seat)
    await office.seats(1)


async def test_a_change_is_desired_without_waiting_for_the_next_look(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    seat, _ = await office.join()
    await office.seats(1)
    monkeypatch.setattr(keeper, "LOOK_SECONDS", 3600)
    await asyncio.sleep(1.1)  # The look that was begun before ends.
    await office.do(office.guests[0], "call.state", seat=seat, mic=True)
    await until(lambda: office.house.calls.mixer.seats[seat].mic, "the microphone")


async def test_the_process_knows_no_secrets(office: Office) -> None:
    os.environ["MAJLIS_TURN_SECRET"] = "whisper"
    try:
        await office.join()
        await until(lambda: office.pid, "a process", PATIENCE_SECONDS)
        assert b"whisper" not in environment(office.pid)
    finally:
        del os.environ["MAJLIS_TURN_SECRET"]


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_process_that_ends_or_falls_silent_is_replaced_and_everybody_is_told(
    office: Office, blow: signal.Signals
) -> None:
    _, reader = await office.join()
    await office.seats(1)
    first = office.pid
    assert first
    os.kill(first, blow)
    await until(lambda: office.pid not in {None, first}, "another process", PATIENCE_SECONDS)
    await until(lambda: reader.was_told("call.reset", '"media"'), "a reset", PATIENCE_SECONDS)
    assert not is_there(first)
    office.house.calls.mixer.stats = None
    await office.seats(1)


async def test_what_could_not_be_written_is_written_when_the_database_is_back(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.join()
    await office.seats(1)
    keeper, tries = office.house.calls, []

    async def fail(*_: Any) -> None:
        tries.append(1)
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(office.house.transactor, "work", fail)
        seat = next(iter(keeper.mixer.seats))
        keeper._hear(Said(state=State(seat, 1, "connected"), quality=Quality(seat, 0.2, 300, "weak")))
        keeper.doubt([office.guests[0].id])
        await until(lambda: len(tries) > 1, "two tries")
    async with office.house.database.reading() as db:
        assert await store.seat(db, seat)
    await until(lambda: not keeper._news, "it is written", PATIENCE_SECONDS)
    await asyncio.sleep(0.2)
    async with office.house.database.reading() as db:
        row = await store.seat(db, seat)
    assert row
    assert (row.state, row.quality) == ("connected", "weak")


async def test_a_move_reaches_the_process_without_a_new_connection(office: Office) -> None:
    seat, reader = await office.join()
    await office.seats(1)
    there = await office.hall.room("chat", "call")
    await office.house.transactor.work(None, lambda work: move_people(work, {office.guests[0].id: there}))
    mixer = office.house.calls.mixer
    await until(lambda: (mixer.seats[seat].room, mixer.seats[seat].gen) == (there, 1), "the move")
    assert reader.was_told("call.moved", f'"room":{there}')
    assert not reader.was_told("call.reset")


async def test_an_offer_that_is_none_is_refused_to_its_seat_alone(office: Office) -> None:
    seat, reader = await office.join()
    _, other = await office.join("Bao")
    await office.do(office.guests[0], "call.signal", seat=seat, gen=1, sdp="v=0\r\nnonsense", kind="offer")
    await until(lambda: reader.was_told("call.refused", "call.bad_sdp"), "a refusal", PATIENCE_SECONDS)
    assert other.frames == []


async def test_a_server_without_calls_starts_nothing(tmp_path: Path) -> None:
    house = build(Settings(data=tmp_path, database_url="", redis_url="", migrate=True, calls=False))
    async with house.open():
        hall = hall_of(house.database)
        office = Office(house, hall, await hall.room("chat", "call"))
        await office.join()
        await asyncio.sleep(1.2)
        assert office.pid is None


def test_an_engine_is_brought_from_the_seats_it_has_to_those_it_shall_have() -> None:
    told: list[Told] = []
    mixer = Mixer(told.append)
    a, b = Seat("a", 1, 1), Seat("b", 1, 1)
    arrange(mixer, mixer.seats, [a, b])
    arrange(mixer, dict(mixer.seats), [a, b])
    assert [each.seats for each in told] == [[a, b]]
    moved, muted = Seat("a", 2, 1), Seat("b", 1, 1, muted=True)
    arrange(mixer, dict(mixer.seats), [moved, muted])
    arrange(mixer, dict(mixer.seats), [muted])
    assert [each.seats for each in told[1:]] == [[moved, muted], [muted]]
    assert (mixer.capabilities.mixed, Mesh().capabilities.mixed) == (True, False)
    mixer.stats = Load(1, 1, 0.1, 0.1)
    assert mixer.stats.seats == 1


def test_an_engine_is_told_what_became_of_each_seat() -> None:
    calls: list[str] = []

    class Spy(Mesh):
        def join(self, seat: Seat) -> None:
            calls.append(f"join {seat.seat}")

        def move(self, seat: Seat) -> None:
            calls.append(f"move {seat.seat}")

        def mute(self, seat: Seat) -> None:
            calls.append(f"mute {seat.seat}")

        def leave(self, seat_id: str) -> None:
            calls.append(f"leave {seat_id}")

    before = {name: Seat(name, 1, 1) for name in "abcd"}
    arrange(Spy(), before, [Seat("a", 2, 1), Seat("b", 1, 2), Seat("c", 1, 1, muted=True), Seat("e", 1, 1)])
    assert calls == ["leave d", "move a", "move b", "mute c", "join e"]


def test_a_tally_counts_by_key_and_forgets_the_oldest() -> None:
    tally = Tally(kept=2)
    assert [tally.count(key) for key in "aabcab"] == [1, 2, 1, 1, 1, 1]


def test_a_reset_reads_as_it_is_written() -> None:
    assert journal.encode(CallReset(gen=2, why="media")) == b'{"type":"call.reset","gen":2,"why":"media"}'
