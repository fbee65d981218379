"""Random walks through cafés: state + events = state for everyone, and rights follow the seats, whatever happens."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from rooms.cafe import clock
from rooms.cafe.rotation import arrange, prove
from rooms.errors import Refused
from rooms.members.store import Granted
from rooms.streams import Told
from rooms.work import Work
from server.features import COMMANDS
from tests.rooms.cafes import come, go, plan, run
from tests.rooms.cast import CAFE, CAST, MINISTERS, TRAINING, id_of
from tests.rooms.play import Json, Play, wire
from tests.rooms.reducers import applied, shown

GUESTS = ("bao", "carlos", "dmitri", "emilie", "fatima")
HOSTS = ("amina", "amina", "ingrid", "bao")
EVERYBODY = (*GUESTS, "amina", "boris")
STEPS = 300
MODES = ("assigned", "choice", "proposed")


class CafeWalk:
    """A walk through one café; the same seed goes the same way."""

    def __init__(self, play: Play, seed: int) -> None:
        self.play, self.random, self.mode = play, Random(seed), MODES[seed % 3]
        self.tables: list[int] = []
        self.done: Counter[str] = Counter()
        self.held: dict[str, Json] = {}
        self.made: dict[str, list[str]] = {"insight": [], "cluster": []}

    def pick(self, *things: Any) -> Any:
        return things[int(self.random.random() * len(things))]

    def table(self) -> int:
        return int(self.pick(*self.tables, 99))

    async def begin(self) -> None:
        await self.play.do("amina", "cafe.plan", room=CAFE, plan=plan(mode=self.mode))
        for who in GUESTS[:3]:
            await self.come(who)
        self.held = {stream: await self.play.state(who, stream) for stream, who in self.streams().items()}

    def streams(self) -> dict[str, str]:
        own = {f"person/{part.id}": who for who, part in CAST.items()}
        at_tables = {f"room/{table}": "ingrid" for table in self.tables}
        return {f"room/{CAFE}": "ingrid", f"room/{CAFE}/hosts": "ingrid", **own, **at_tables}

    async def come(self, who: str) -> None:
        await come(self.play, [who], self.pick(CAFE, *self.tables))

    async def step(self) -> set[str]:
        name = self.pick(*CHOICES)
        before = len(self.play.told)
        try:
            await CHOICES[name](self)
            self.done[name] += 1
        except Refused:
            pass
        return await self.hear(self.play.told[before:])

    async def hear(self, told: list[Told]) -> set[str]:
        for each in told:
            if (stream := each.stream.name) in self.held:
                self.held[stream] = applied(self.held[stream], [wire(each.event)])
        self.tables = [table["id"] for table in self.held[f"room/{CAFE}"].get("tables", [])]
        self.held = {stream: state for stream, state in self.held.items() if stream in self.streams()}
        for stream in set(self.streams()) - set(self.held):
            self.held[stream] = await self.play.state("ingrid", stream)
        return {each.stream.name for each in told} & set(self.held)

    async def check(self, stream: str) -> None:
        fresh = await self.play.state(self.streams().get(stream, "ingrid"), stream)
        assert shown(stream, self.held[stream], self.play.now) == shown(stream, fresh, self.play.now), stream

    async def check_rights(self) -> None:
        """See that exactly those who sit at a table hold its right, and nobody sits twice."""
        seats = self.held[f"room/{CAFE}"].get("seats", {})
        sitting = [(f"room/{table}", person) for table, people in seats.items() for person in people]
        assert len({person for _, person in sitting}) == len(sitting)
        assert await self.play.ask_database(_seated) == set(sitting)
        known = {person["id"] for person in self.held[f"room/{CAFE}/hosts"].get("people", [])}
        proposed = [each for all_ in self.held[f"room/{CAFE}/hosts"].get("seats", {}).values() for each in all_]
        assert {*proposed, *(person for _, person in sitting)} <= known


async def _seated(db: AsyncSession) -> set[tuple[str, int | None]]:
    rows = (await db.exec(select(Granted).where(Granted.role == "seated"))).all()
    return {(row.scope, row.person_id) for row in rows}


def _do(name: str, who: tuple[str, ...], /, **sent: Callable[[CafeWalk], Any]) -> Callable[[CafeWalk], Awaitable[Any]]:
    async def do(walk: CafeWalk) -> None:
        body = {key: make(walk) for key, make in sent.items()}
        await walk.play.do(walk.pick(*who), name, **body)

    return do


async def _fire(walk: CafeWalk) -> None:
    walk.play.now += timedelta(seconds=walk.pick(1, 30, 61, 241))
    await run(walk.play, lambda work: clock.fire(work, CAFE))


async def _watch(walk: CafeWalk) -> None:
    walk.play.now += timedelta(seconds=walk.pick(1, 31, 61))
    await run(walk.play, lambda work: clock.watch(work, CAFE))


async def _propose(walk: CafeWalk) -> None:
    async def act(work: Work) -> None:
        if task := await clock.claim(work, CAFE):
            seating = arrange(task.guests, task.tables, task.rounds, task.met, locked=task.locked, seed=task.turn)[0]
            await clock.propose(work, task, seating, prove(task.guests, [seating], task.met))

    await run(walk.play, act)


async def _go(walk: CafeWalk) -> None:
    who = walk.pick(*GUESTS)
    for room in (CAFE, *walk.tables):
        await go(walk.play, [who], room)


def _room(walk: CafeWalk) -> int:
    return CAFE


def _person(walk: CafeWalk) -> int:
    return id_of(walk.pick(*GUESTS))


def _word(walk: CafeWalk) -> str:
    return str(walk.pick("Fibre", "Spectrum", "Skills", " "))


def _plan(walk: CafeWalk) -> Json:
    rounds = [{"question": {"en": "What do we share?"}, "minutes": walk.pick(1, 5)}] * walk.pick(1, 2, 3)
    return {"mode": walk.mode, "rounds": rounds, "park_silent": walk.pick(True, False)}


def _on(walk: CafeWalk) -> bool:
    return bool(walk.pick(True, True, False))


def _other(walk: CafeWalk) -> int:
    return int(walk.pick(CAFE, TRAINING, MINISTERS))


async def _publish(walk: CafeWalk) -> None:
    body = {"room": CAFE, "text": _word(walk), "table": walk.pick(None, walk.table())}
    answer = await walk.play.do(walk.pick(*EVERYBODY), "insight.add", **body)
    walk.made["insight"].append(answer.result.id)


async def _gather(walk: CafeWalk) -> None:
    answer = await walk.play.do(walk.pick(*HOSTS), "cluster.add", room=CAFE, title=_word(walk))
    walk.made["cluster"].append(answer.result.id)


def _made(kind: str, *more: Any) -> Callable[[CafeWalk], Any]:
    return lambda walk: walk.pick(*walk.made[kind][-8:], *more)


_insight, _insight_or_none = _made("insight", "AAAAAAAAAAA"), _made("insight", None)
_cluster, _cluster_or_none = _made("cluster", "AAAAAAAAAAA"), _made("cluster", None)


CHOICES: dict[str, Callable[[CafeWalk], Awaitable[Any]]] = {
    "cafe.plan": _do("cafe.plan", HOSTS, room=_room, plan=_plan),
    "cafe.copy": _do("cafe.copy", HOSTS, room=lambda walk: walk.pick(CAFE, TRAINING), source=_other),
    **{f"insight.add {turn}": _publish for turn in range(3)},
    "insight.add": _publish,
    "insight.edit": _do("insight.edit", EVERYBODY, insight=_insight, text=_word),
    "insight.tag": _do("insight.tag", EVERYBODY, insight=_insight, action_line=lambda w: w.pick("", "C4", "C99")),
    "insight.place": _do("insight.place", HOSTS, insight=_insight, cluster=_cluster_or_none, before=_insight_or_none),
    "insight.vote": _do("insight.vote", EVERYBODY, insight=_insight, on=_on),
    "insight.remove": _do("insight.remove", EVERYBODY, insight=_insight),
    "insight.restore": _do("insight.restore", EVERYBODY, insight=_insight),
    "cluster.add": _gather,
    "cluster.rename": _do("cluster.rename", HOSTS, cluster=_cluster, title=_word),
    "cluster.place": _do("cluster.place", HOSTS, cluster=_cluster, before=_cluster_or_none),
    "cluster.remove": _do("cluster.remove", HOSTS, cluster=_cluster),
    "cluster.restore": _do("cluster.restore", HOSTS, cluster=_cluster),
    "cafe.start": _do("cafe.start", HOSTS, room=_room),
    "cafe.start again": _do("cafe.start", HOSTS, room=_room),
    "cafe.answer": _do(
        "cafe.answer", EVERYBODY, room=_room, answer=lambda walk: walk.pick("in", "listening", "leaving")
    ),
    "cafe.next": _do("cafe.next", HOSTS, room=_room),
    "cafe.shuffle": _do("cafe.shuffle", HOSTS, room=_room),
    "cafe.pause": _do("cafe.pause", HOSTS, room=_room),
    "cafe.resume": _do("cafe.resume", HOSTS, room=_room),
    "cafe.stretch": _do("cafe.stretch", HOSTS, room=_room, seconds=lambda walk: walk.pick(-60, 60)),
    "stretch a table": _do("cafe.stretch", HOSTS, room=_room, seconds=lambda _: 60, table=CafeWalk.table),
    "cafe.recall": _do("cafe.recall", ("ingrid", *GUESTS), room=_room, seconds=lambda _: 5),
    "cafe.reset": _do("cafe.reset", HOSTS, room=_room),
    "table.add": _do("table.add", HOSTS, room=_room, name=_word, most=lambda walk: walk.pick(2, 4)),
    "table.edit": _do("table.edit", EVERYBODY, table=CafeWalk.table, name=_word, host=lambda w: w.pick(0, _person(w))),
    "table.close": _do("table.close", HOSTS, table=CafeWalk.table),
    "table.reopen": _do("table.reopen", HOSTS, table=CafeWalk.table),
    "table.remove": _do("table.remove", HOSTS, table=CafeWalk.table),
    "table.merge": _do("table.merge", HOSTS, table=CafeWalk.table, into=CafeWalk.table),
    "table.split": _do("table.split", HOSTS, table=CafeWalk.table, name=_word),
    "table.propose": _do("table.propose", EVERYBODY, room=_room, name=_word),
    "table.vote": _do("table.vote", EVERYBODY, table=CafeWalk.table, on=_on),
    "table.help": _do("table.help", EVERYBODY, table=CafeWalk.table, reason=_word),
    "table.claim": _do("table.claim", HOSTS, table=CafeWalk.table),
    "table.helped": _do("table.helped", EVERYBODY, table=CafeWalk.table),
    "table.visit": _do("table.visit", HOSTS, table=CafeWalk.table, here=_on),
    "seat.take": _do("seat.take", EVERYBODY, table=CafeWalk.table),
    "seat.find": _do("seat.find", EVERYBODY, room=_room),
    "seat.leave": _do("seat.leave", GUESTS, room=_room),
    "seat.move": _do("seat.move", HOSTS, room=_room, person=_person, table=lambda walk: walk.pick(0, walk.table())),
    "seat.swap": _do("seat.swap", HOSTS, room=_room, person=_person, other=_person),
    **{f"fire {turn}": _fire for turn in range(8)},
    **{f"propose {turn}": _propose for turn in range(3)},
    **{f"watch {turn}": _watch for turn in range(2)},
    **{f"come {turn}": lambda walk: walk.come(walk.pick(*GUESTS)) for turn in range(4)},
    "go": _go,
}
"""What may happen next."""


def test_the_walk_takes_every_command_of_a_cafe() -> None:
    cafes = {name for name in COMMANDS if name.split(".")[0] in {"cafe", "table", "seat"}}
    assert cafes <= set(CHOICES)
    assert {name for name in COMMANDS if name.split(".")[0] in {"insight", "cluster"}} <= set(CHOICES)


@pytest.mark.parametrize("seed", range(6))
async def test_events_lead_from_state_to_state_and_rights_follow_the_seats(sqlite_play: Play, seed: int) -> None:
    walk = CafeWalk(sqlite_play, seed)
    await walk.begin()
    for _ in range(STEPS):
        for stream in await walk.step():
            await walk.check(stream)
        await walk.check_rights()
    for stream in walk.held:
        await walk.check(stream)
    assert sum(walk.done.values()) > STEPS / 3
    assert {"cafe.start", "cafe.start again"} & set(walk.done)
    assert len(walk.done) > len(CHOICES) / 2
