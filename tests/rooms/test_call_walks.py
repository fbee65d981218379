"""Random walks through calls: what was told last is what is shown."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest

from rooms.calls import seating
from rooms.calls.actions import move_people
from rooms.errors import Refused
from tests.rooms.call_play import OTHER_TABLE, TABLE, CallPlay, prepared
from tests.rooms.cast import CAFE, TRAINING, id_of
from tests.rooms.play import Json, Play


@pytest.fixture
async def calls(play: Play) -> CallPlay:
    """Give a play with calls."""
    return await prepared(play)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_the_last_roster_told_is_the_call_as_it_is_shown(calls: CallPlay, seed: int) -> None:
    walk = CallWalk(calls, Random(seed))
    for _ in range(60):
        await walk.step()
        for room in (TRAINING, CAFE, TABLE, OTHER_TABLE):
            told = calls.values[f"room/{room}"].get("call.roster")
            expected = {name: value for name, value in told.items() if name != "type"} if told else {}
            assert (await calls.call(room) or {}) == (expected if expected.get("seats") else {})
    assert walk.done > 12


class CallWalk:
    """A random walk through calls."""

    def __init__(self, calls: CallPlay, random: Random) -> None:
        self.calls = calls
        self.random = random
        self.seats: list[tuple[str, str]] = [("bao", "A" * 11)]
        self.done = 0

    async def step(self) -> None:
        """Do something, allowed or not."""
        self.calls.now += timedelta(seconds=self.random.choice((0, 1, 4)))
        await self.random.choice((self._join, self._act, self._act, self._moderate, self._serve))()

    async def _try(self, who: str, name: str, **body: Any) -> None:
        try:
            await self.calls.do(who, name, **body)
            self.done += 1
        except Refused:
            pass

    async def _join(self) -> None:
        who, room = (
            self.random.choice(("bao", "carlos", "fatima", "dmitri")),
            self.random.choice((TRAINING, CAFE, TABLE)),
        )
        try:
            self.seats.append((who, await self.calls.join(who, room, mic=self.random.random() < 0.5)))
            self.done += 1
        except Refused:
            pass

    async def _act(self) -> None:
        who, seat = self.random.choice(self.seats[-6:])
        name = self.random.choice(("call.state", "call.state", "call.again", "call.leave"))
        flags = {each: self.random.random() < 0.5 for each in ("mic", "camera", "hand", "saver")}
        await self._try(who, name, seat=seat, **(flags if name == "call.state" else {}))

    async def _moderate(self) -> None:
        _, seat = self.random.choice(self.seats[-6:])
        room = self.random.choice((TRAINING, CAFE, TABLE, OTHER_TABLE))
        name = self.random.choice(("call.mute", "call.allow", "call.engine"))
        more: Json = {"engine": self.random.choice(("mixer", "mesh"))} if name == "call.engine" else {"seat": seat}
        await self._try("ingrid", name, room=room, **more)

    async def _serve(self) -> None:
        _, seat = self.random.choice(self.seats[-6:])
        people = [id_of(who) for who in ("bao", "carlos", "fatima")]
        places = {person: self.random.choice((TABLE, OTHER_TABLE)) for person in people}
        state = self.random.choice(("connected", "recovering", "lost"))
        await self.random.choice((
            lambda: self.calls.act(move_people, places),
            lambda: self.calls.act(seating.sweep),
            lambda: self.calls.hear(seat, gen=1, state=state),
        ))()  # fmt: skip
