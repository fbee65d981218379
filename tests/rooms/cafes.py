"""A café for tests: who is there, the clock that moves on, and the planner at hand."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import Any

from rooms.cafe import clock
from rooms.cafe.rotation import arrange, prove
from rooms.presence import actions as presence
from rooms.presence.store import Stay
from rooms.work import Work
from tests.rooms.cast import CAFE, VISITOR, id_of
from tests.rooms.play import Json, Play

GUESTS = ("bao", "carlos", "dmitri", "emilie", "fatima")
QUESTION = {"en": "What do we share?", "fr": "Que partageons-nous ?"}


def plan(**more: Any) -> Json:
    """Make a plan of two rounds at two tables."""
    rounds = [{"question": QUESTION, "minutes": 5}, {"question": {"en": "And then?"}, "minutes": 5}]
    tables = [{"name": "Blue", "most": 4}, {"name": "Green", "most": 4, "language": "en"}]
    return {"rounds": rounds, "tables": tables, **more}


async def come(play: Play, who: Iterable[str], room: int = CAFE) -> None:
    """Let people come into a room."""
    async with play.working(VISITOR) as work:
        await presence.move(work, "one", [Stay(f"{name}-{room}", room, id_of(name)) for name in who], [])
    play.keep(work)


async def go(play: Play, who: Iterable[str], room: int = CAFE) -> None:
    """Let people leave a room."""
    async with play.working(VISITOR) as work:
        await presence.move(work, "one", [], [Stay(f"{name}-{room}", room, id_of(name)) for name in who])
    play.keep(work)


async def run(play: Play, act: Callable[[Work], Awaitable[Any]]) -> Work:
    """Do something as the server itself."""
    async with play.working(VISITOR) as work:
        await act(work)
    play.keep(work)
    return work


async def fire(play: Play, seconds: float = 0) -> Work:
    """Let time pass and the clockwork look."""
    play.now += timedelta(seconds=seconds)
    return await run(play, lambda work: clock.fire(work, CAFE))


async def watch(play: Play, seconds: float = 0) -> Work:
    """Let time pass and the clockwork see who is away."""
    play.now += timedelta(seconds=seconds)
    return await run(play, lambda work: clock.watch(work, CAFE))


async def propose(play: Play) -> None:
    """Compute the proposal that the café waits for."""

    async def act(work: Work) -> None:
        task = await clock.claim(work, CAFE)
        assert task
        seating = arrange(task.guests, task.tables, task.rounds, task.met, locked=task.locked, seed=task.turn)[0]
        await clock.propose(work, task, seating, prove(task.guests, [seating], task.met))

    await run(play, act)


async def open_round(play: Play, guests: Iterable[str] = GUESTS, **more: Any) -> dict[str, list[int]]:
    """Plan, begin and seat a café; gives who sits where."""
    await play.do("amina", "cafe.plan", room=CAFE, plan=plan(**more))
    await come(play, guests)
    await play.do("amina", "cafe.start", room=CAFE)
    await fire(play, 61)
    if more.get("mode", "assigned") == "assigned":
        await propose(play)
    await play.do("amina", "cafe.next", room=CAFE)
    await fire(play, 21)
    return await seats(play)


async def seats(play: Play) -> dict[str, list[int]]:
    """Give who sits where."""
    found: dict[str, list[int]] = (await play.state("ingrid", f"room/{CAFE}")).get("seats", {})
    return found


async def tables(play: Play) -> list[int]:
    """Give the café's tables in their order."""
    return [table["id"] for table in (await play.state("ingrid", f"room/{CAFE}"))["tables"]]


async def cafe(play: Play) -> Json:
    """Give the café's clock."""
    found: Json = (await play.state("ingrid", f"room/{CAFE}"))["cafe"]
    return found
