"""The harvest in order: things put between others, and state + events = state along random walks."""

from random import Random
from typing import Any

import msgspec
import pytest

from rooms.clusters.rules import GAP, put
from rooms.errors import Refused
from rooms.harvest.wire import Harvest
from rooms.streams import everyone_in
from tests.rooms.cast import CAFE, id_of
from tests.rooms.play import Json, Play, wire
from tests.rooms.reducers import applied

TEXT = "Villages pay for their own networks"


def test_a_thing_is_put_before_another_without_moving_the_rest() -> None:
    assert put([], "x", None) == {"x": GAP}
    assert put([("a", 5)], "x", None) == {"x": 5 + GAP}
    assert put([("a", 5)], "x", "a") == {"x": 5 - GAP}
    assert put([("a", 4), ("b", 8)], "x", "b") == {"x": 6}
    assert put([("a", 4), ("b", 5)], "x", "gone") == {"x": 5 + GAP}
    assert put([("a", 4), ("b", 5)], "x", "b") == {"a": GAP, "x": 2 * GAP, "b": 3 * GAP}


@pytest.mark.parametrize("seed", range(5))
def test_however_often_things_are_moved_they_stand_as_they_were_put(seed: int) -> None:
    chance, places, wanted = Random(seed), {f"{n}": n for n in range(6)}, [f"{n}" for n in range(6)]
    for _ in range(3000):
        moved = chance.choice(wanted)
        wanted.remove(moved)
        at = chance.choice((0, chance.randrange(len(wanted) + 1)))
        places |= put([(id_, places[id_]) for id_ in wanted], moved, wanted[at] if at < len(wanted) else None)
        wanted.insert(at, moved)
        assert sorted(places, key=lambda id_: (places[id_], id_)) == wanted
        assert max(map(abs, places.values())) < 2**31


MOVES = ("add", "add", "vote", "vote", "edit", "tag", "remove", "restore", "place", "place", "cluster", "rename")


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_the_state_before_with_the_events_told_is_the_state_after(sqlite_play: Play, seed: int) -> None:
    walk = Walk(sqlite_play, Random(seed))
    streams = {f"room/{CAFE}": "ingrid", f"person/{id_of('carlos')}": "carlos"}
    held = {stream: await sqlite_play.state(who, stream) for stream, who in streams.items()}
    start = dict(held)
    for _ in range(120):
        for told in await walk.step():
            if told.stream.name in held:
                held[told.stream.name] = applied(held[told.stream.name], [wire(told.event)])
        for stream, who in streams.items():
            assert seen(held[stream]) == seen(await sqlite_play.state(who, stream))
    for stream, state in held.items():
        journal = [entry.event for entry in sqlite_play.journal[stream]]
        missed = [*journal, *sqlite_play.values[stream].values()]
        assert seen(applied(start[stream], missed)) == seen(state)
        assert seen(applied(state, missed)) == seen(state)
    assert walk.done > 70


def seen(state: Json) -> Any:
    """Give what is shown of a harvest, with what holds its default left out."""
    harvest = state.get("harvest")
    return msgspec.convert(harvest, Harvest) if harvest else None, state.get("insight_votes", [])


class Walk:
    """Does one thing after the other, as chance will have it."""

    def __init__(self, play: Play, chance: Random) -> None:
        self.play, self.chance, self.done = play, chance, 0
        self.insights: list[str] = ["none"]
        self.clusters: list[str] = ["none"]

    async def step(self) -> Any:
        kind = self.chance.choice((*MOVES, "close", "reopen", "order"))
        name, who, sent = self.call(kind)
        try:
            answer = await self.play.do(who, name, **sent)
        except Refused:
            return ()
        self.done += 1
        if kind in ("add", "cluster"):
            (self.insights if kind == "add" else self.clusters).append(answer.result.id)
        return answer.told

    def call(self, kind: str) -> tuple[str, str, Json]:
        insight, cluster = self.chance.choice(self.insights), self.chance.choice(self.clusters)
        into = self.chance.choice((None, *self.clusters[1:]))
        calls: dict[str, tuple[str, str, Json]] = {
            "add": ("insight.add", "bao", {"room": CAFE, "text": TEXT}),
            "vote": ("insight.vote", "carlos", {"insight": insight, "on": self.chance.random() < 0.6}),
            "edit": ("insight.edit", "amina", {"insight": insight, "text": f"{TEXT} {self.done}"}),
            "tag": ("insight.tag", "amina", {"insight": insight, "goal": self.chance.randrange(3)}),
            "remove": ("insight.remove", "amina", {"insight": insight}),
            "restore": ("insight.restore", "amina", {"insight": insight}),
            "place": (
                "insight.place",
                "amina",
                {"insight": insight, "cluster": into, "before": self.chance.choice((None, *self.insights))},
            ),
            "cluster": ("cluster.add", "amina", {"room": CAFE, "title": "Heading"}),
            "rename": ("cluster.rename", "amina", {"cluster": cluster, "title": f"Heading {self.done}"}),
            "close": ("cluster.remove", "amina", {"cluster": cluster}),
            "reopen": ("cluster.restore", "amina", {"cluster": cluster}),
            "order": ("cluster.place", "amina", {"cluster": cluster, "before": self.chance.choice(self.clusters)}),
        }
        return calls[kind]


async def test_the_check_fails_when_an_event_is_lost(sqlite_play: Play) -> None:
    answer = await sqlite_play.do("bao", "insight.add", room=CAFE, text=TEXT)
    before = await sqlite_play.state("ingrid", f"room/{CAFE}")
    moved = await sqlite_play.do("carlos", "insight.vote", insight=answer.result.id, on=True)
    after = seen(await sqlite_play.state("ingrid", f"room/{CAFE}"))
    assert seen(before) != after
    assert seen(applied(before, [wire(event) for event in moved.on(everyone_in(CAFE))])) == after
