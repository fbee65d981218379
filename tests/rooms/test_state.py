"""State + events = state: for every command and audience, in order, after a pause, and told again."""

from typing import Any

import pytest

from rooms.calls.events import CallHands
from rooms.chat.wire import Reactions
from rooms.harvest.wire import InsightVotes
from rooms.notes.wire import NotesGrown
from rooms.presence.wire import PresenceCount
from rooms.questions.wire import Scores
from rooms.streams import AUTHORITY, Latest, Servers, audience_of
from server.features import COMMANDS, EVENTS
from tests.rooms.cast import CAFE, id_of
from tests.rooms.play import Json, Play, wire
from tests.rooms.reducers import REDUCERS, applied, cursor, shown
from tests.rooms.test_presence import move, stay
from tests.rooms.walk import CHOICES, STREAMS, Step, Walk

STEPS = 200
MARK_EVERY = 50
WALKED_ELSEWHERE = {"cafe", "table", "seat", "call", "notes", "insight", "cluster"}
"""What test_cafe_walk, test_calls, test_notes and test_harvest go through by themselves."""
TO_SERVERS = {name for name, event in EVENTS.items() if audience_of(event) is Servers}


class Reader:
    """Holds every stream's state, changed by events alone."""

    def __init__(self, play: Play) -> None:
        self._play = play
        self.held: dict[str, Json] = {}
        self.marks: list[tuple[dict[str, Json], dict[str, int]]] = []
        self.paged = False

    async def open(self) -> None:
        self.held = await self._fresh()

    async def _fresh(self) -> dict[str, Json]:
        return {stream: await self._play.state(who, stream) for stream, who in STREAMS.items()}

    def hear(self, step: Step) -> set[str]:
        told = [told for told in step.answer.told if told.stream != AUTHORITY]
        for each in told:
            self.held[each.stream.name] = applied(self.held[each.stream.name], [wire(each.event)])
        return {each.stream.name for each in told}

    async def mark(self) -> None:
        self.marks.append((await self._fresh(), {stream: len(self._play.journal[stream]) for stream in STREAMS}))

    def resumed(self, mark: int, stream: str) -> Json:
        """Give the state of somebody who went away at a mark and is told now what they missed."""
        states, heads = self.marks[mark]
        return applied(states[stream], self.missed(stream, heads[stream]))

    def missed(self, stream: str, since: int) -> list[Json]:
        entries = [entry.event for entry in self._play.journal[stream][since:]]
        return [*entries, *self._play.values[stream].values()]

    async def check(self, stream: str, reached: Json) -> None:
        """Compare a state reached by events with the state as it is shown afresh."""
        fresh = await self._play.state(STREAMS[stream], stream)
        since = max(cursor(fresh), cursor(reached))
        self.paged |= since > 0
        assert shown(stream, reached, self._play.now, since) == shown(stream, fresh, self._play.now, since), stream


def test_the_walk_takes_every_command_and_the_reducers_every_event() -> None:
    assert set(CHOICES) == {name for name in COMMANDS if name.split(".")[0] not in WALKED_ELSEWHERE}
    assert {*REDUCERS, *TO_SERVERS} == set(EVENTS)
    assert all(audience_of(event) for event in EVENTS.values())


async def walked(play: Play, seed: int) -> tuple[Walk, Reader]:
    walk, reader = Walk(play, seed), Reader(play)
    await reader.open()
    taken = 0
    async for step in walk.steps(STEPS):
        for stream in reader.hear(step):
            await reader.check(stream, reader.held[stream])
        taken += 1
        if taken % MARK_EVERY == 0:
            await reader.mark()
    return walk, reader


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_state_before_with_the_events_told_is_the_state_after(
    sqlite_play: Play, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rooms.chat.rules.PAGE", 2)
    walk, reader = await walked(sqlite_play, seed)
    for stream, state in reader.held.items():
        await reader.check(stream, state)
    assert sum(walk.done.values()) > STEPS / 3
    assert reader.paged
    for mark in range(len(reader.marks)):
        for stream in STREAMS:
            await reader.check(stream, reader.resumed(mark, stream))
    for stream, who in STREAMS.items():
        fresh = await sqlite_play.state(who, stream)
        for since in (0, len(sqlite_play.journal[stream]) // 2):
            await reader.check(stream, applied(fresh, reader.missed(stream, since)))


async def test_the_walks_carry_out_every_command(sqlite_play: Play) -> None:
    walk = Walk(sqlite_play, 4)
    async for _ in walk.steps(500):
        pass
    assert set(walk.done) == set(CHOICES)
    assert len(walk.refused) > 15


async def test_the_check_fails_when_an_event_is_lost(sqlite_play: Play) -> None:
    reader = Reader(sqlite_play)
    await reader.open()
    await sqlite_play.do("bao", "chat.post", room=CAFE, text="Lost")
    with pytest.raises(AssertionError):
        await reader.check(f"room/{CAFE}", reader.held[f"room/{CAFE}"])


async def test_the_check_fails_when_words_come_back_that_were_taken_away(sqlite_play: Play) -> None:
    reader = Reader(sqlite_play)
    await reader.open()
    said = (await sqlite_play.do("bao", "chat.post", room=CAFE, text="Gone")).result.id
    await sqlite_play.do("bao", "chat.delete", message=said)
    stream = f"room/{CAFE}"
    await reader.check(stream, applied(reader.held[stream], reader.missed(stream, 0)))
    with pytest.raises(AssertionError):
        await reader.check(stream, applied(reader.held[stream], [{"type": "chat.posted", **MESSAGE, "id": said}]))


MESSAGE = {"number": 1, "by": id_of("bao"), "name": "Bao Li", "at": "2023-04-12T12:00:01Z", "text": "Gone"}


async def test_how_many_are_there_is_told_as_it_is(sqlite_play: Play) -> None:
    reader = Reader(sqlite_play)
    await reader.open()
    for who in ("bao", "carlos"):
        counts = await move(sqlite_play, [stay(who, "a")])
    told = {"type": "presence.count", "count": counts[CAFE]}
    await reader.check(f"room/{CAFE}", applied(reader.held[f"room/{CAFE}"], [told]))


@pytest.mark.parametrize(("many", "whole"), [
    ([PresenceCount(count=5), PresenceCount(count=3)], PresenceCount(count=3)),
    ([Scores(scores={"a": 1}), Scores(scores={"b": 2}), Scores(scores={"a": 3})], Scores(scores={"a": 3, "b": 2})),
    ([InsightVotes(votes={"a": 1, "b": 1}), InsightVotes(votes={"a": 2})], InsightVotes(votes={"a": 2, "b": 1})),
    ([NotesGrown(lengths={"1": 5}), NotesGrown(lengths={"2": 7})], NotesGrown(lengths={"1": 5, "2": 7})),
    ([CallHands(hands={"1": 1}), CallHands(hands={"1": 0})], CallHands(hands={"1": 0})),
    ([Reactions(reactions={"a": {"👍": 1}}), Reactions(reactions={"a": {}})], Reactions(reactions={"a": {}})),
])  # fmt: skip
def test_joined_values_are_worth_as_much_as_one_after_the_other(many: list[Any], whole: Any) -> None:
    assert type(whole).join(many) == whole


def test_every_latest_value_that_does_not_simply_replace_is_joined_by_the_test_above() -> None:
    latest = {event for event in EVENTS.values() if issubclass(event, Latest)}
    assert {event for event in latest if "join" in vars(event)} == {
        *(Scores, Reactions, InsightVotes, NotesGrown, CallHands),
    }
