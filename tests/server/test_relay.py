"""The relay under a bus that lies: every stream reaches its readers dense, in order and once."""

import asyncio
import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.presence.wire import PresenceCount
from rooms.questions.wire import Scores
from server import relay as relay_module
from server.bus import Hint
from server.journal import Line, encode
from server.relay import Relay
from tests.server.stage import STREAMS, Liar, Stage, until


async def walk(seed: int, kind: type[Relay] = Relay, steps: int = 120) -> list[str]:
    """Let things happen at random, then a quiet second pass; give what is wrong at the readers."""
    stage, chance = Stage(kind), random.Random(seed)
    stage.follow(*STREAMS)
    liar = Liar(stage, chance)
    stage.truth.meanwhile = liar.meddle
    for _ in range(steps):
        step = chance.choice(("tell", "tell", "carry", "carry", "turn", "wait"))
        if step == "turn":
            await stage.relay.turn()
        elif step == "wait":
            stage.now += chance.random()
        else:
            {"tell": liar.tell, "carry": liar.carry}[step]()
    stage.truth.meanwhile = lambda: None
    await stage.tick()
    return wrong_at(stage)


def wrong_at(stage: Stage) -> list[str]:
    """Compare what readers got with the truth."""
    found = {name: (stage.readers.got[name], stage.truth.told[name]) for name in STREAMS}
    wrong = [f"{name}: {[line.seq for line in got]}" for name, (got, told) in found.items() if got != told]
    return wrong + [f"{name} was reset" for name in stage.readers.resets]


async def test_every_stream_is_handed_on_dense_in_order_and_once_whatever_the_bus_does() -> None:
    for seed in range(150):
        assert await walk(seed) == [], f"seed {seed}"


class TakesAnything(Relay):
    """Wrong: hands on whatever is newer, as if the bus lost nothing."""

    def hear(self, hint: Hint) -> None:
        if hint.event and hint.seq > self.at.get(hint.stream, hint.seq):
            self._hand_on(hint.stream, [Line(hint.seq, hint.event)])
        else:
            super().hear(hint)


class TakesTwice(Relay):
    """Wrong: hands on what it has handed on before."""

    def hear(self, hint: Hint) -> None:
        if hint.event and 0 < hint.seq <= self.at.get(hint.stream, 0):
            self.sink.deliver(hint.stream, [Line(hint.seq, hint.event)])
        super().hear(hint)


class TrustsTheBus(Relay):
    """Wrong: never looks by itself."""

    async def _look(self) -> None:
        return None


class ForgetsWhatCameMeanwhile(Relay):
    """Wrong: hands on all it has read, though some of it was handed on while it read."""

    async def _read(self, name: str) -> None:
        lines = await self.source.entries(name, self.at.get(name, 0), 500)
        if lines:
            self._hand_on(name, lines)


@pytest.mark.parametrize("kind", [TakesAnything, TakesTwice, TrustsTheBus, ForgetsWhatCameMeanwhile])
async def test_a_relay_that_trusts_the_bus_would_be_found_out(kind: type[Relay]) -> None:
    assert any([await walk(seed, kind) for seed in range(40)])


@given(st.permutations(range(12)), st.sets(st.integers(0, 11)), st.sets(st.integers(0, 11)))
@settings(max_examples=150, deadline=None)
def test_hints_in_any_order_with_losses_and_without_events_are_put_right(
    order: list[int], lost: set[int], emptied: set[int]
) -> None:
    async def act() -> None:
        stage = Stage()
        stage.follow("room/7")
        hints = [stage.truth.tell("room/7") for _ in range(12)]
        for place in order:
            if place not in lost:
                hint = hints[place]
                stage.relay.hear(Hint(hint.stream, hint.seq, b"") if place in emptied else hint)
        await stage.tick()
        assert stage.readers.got["room/7"] == stage.truth.told["room/7"]

    asyncio.run(act())


async def test_the_next_event_is_handed_on_without_reading_anything() -> None:
    stage = Stage()
    stage.follow("room/7")
    stage.relay.hear(stage.truth.tell("room/7"))
    assert (stage.numbers("room/7"), stage.truth.reads) == ([1], 0)


async def test_a_silent_bus_is_found_by_the_tick_and_not_before() -> None:
    stage = Stage()
    stage.follow("room/7")
    await stage.tick()
    stage.truth.tell("room/7")
    stage.now += 0.9
    await stage.relay.turn()
    assert stage.numbers("room/7") == []
    stage.now += 0.1
    await stage.relay.turn()
    assert stage.numbers("room/7") == [1]


async def test_a_resync_looks_at_once() -> None:
    stage = Stage()
    stage.follow("room/7")
    await stage.tick()
    stage.truth.tell("room/7")
    stage.relay.resync()
    await stage.relay.turn()
    assert stage.numbers("room/7") == [1]


async def test_a_stream_far_behind_is_read_in_bounded_pieces() -> None:
    stage = Stage()
    stage.follow("room/7")
    for _ in range(220):
        stage.truth.tell("room/7")
    pieces = []
    await stage.tick()
    while len(stage.numbers("room/7")) < 220:
        pieces.append(len(stage.numbers("room/7")))
        await stage.relay.turn()
    assert pieces == [50, 100, 150, 200]
    assert stage.numbers("room/7") == list(range(1, 221))


@pytest.mark.parametrize("left", [4, 0])
async def test_a_gap_in_the_journal_starts_everybody_afresh_instead_of_skipping(left: int) -> None:
    stage = Stage()
    stage.follow("room/7")
    stage.relay.hear(stage.truth.tell("room/7"))
    for _ in range(10):
        stage.truth.tell("room/7")
    stage.truth.pruned["room/7"] = 11 - left
    await stage.tick()
    assert (stage.readers.resets, stage.numbers("room/7"), stage.relay.at["room/7"]) == (["room/7"], [1], 11)
    stage.relay.hear(stage.truth.tell("room/7"))
    await stage.tick()
    assert (stage.readers.resets, stage.numbers("room/7")) == (["room/7"], [1, 12])


async def test_a_hint_of_a_number_that_does_not_exist_resets_nothing() -> None:
    stage = Stage()
    stage.follow("room/7")
    stage.relay.hear(Hint("room/7", 99, b"{}"))
    await stage.tick()
    assert (stage.readers.resets, stage.readers.got, stage.relay.at["room/7"]) == ([], {}, 0)


async def test_what_was_told_before_the_stream_settled_is_handed_on_after() -> None:
    stage = Stage()
    stage.relay.follow("room/7")
    hints = [stage.truth.tell("room/7") for _ in range(3)]
    for hint in hints:
        stage.relay.hear(hint)
    assert stage.numbers("room/7") == []
    stage.relay.settle("room/7", 1, 0)
    await stage.relay.turn()
    assert stage.numbers("room/7") == [2, 3]


async def test_of_two_first_readers_the_one_who_read_earlier_misses_nothing() -> None:
    stage = Stage()
    stage.relay.follow("room/7")
    for _ in range(5):
        stage.truth.tell("room/7")
    stage.relay.settle("room/7", 5, 0)
    stage.relay.hear(stage.truth.tell("room/7"))
    stage.relay.settle("room/7", 3, 0)
    await stage.relay.turn()
    assert {4, 5, 6} <= set(stage.numbers("room/7"))


async def test_a_later_reader_lets_nothing_be_told_again() -> None:
    stage = Stage()
    stage.follow("room/7")
    for _ in range(3):
        stage.relay.hear(stage.truth.tell("room/7"))
    stage.relay.settle("room/7", 2, 0)
    await stage.tick()
    assert stage.numbers("room/7") == [1, 2, 3]


async def test_an_unfollowed_stream_is_handed_on_no_more_not_even_when_it_is_being_read() -> None:
    stage = Stage()
    stage.follow("room/7")
    stage.truth.tell("room/7")
    stage.truth.meanwhile = lambda: stage.relay.unfollow("room/7")
    await stage.tick()
    stage.relay.hear(Hint("room/7", 1, b"{}"))
    assert (stage.readers.got, stage.relay.at, stage.wire.topics) == ({}, {}, set())


async def test_a_stream_followed_again_starts_where_its_new_reader_is() -> None:
    stage = Stage()
    stage.follow("room/7")
    stage.relay.unfollow("room/7")
    stage.truth.tell("room/7")
    stage.follow("room/7")
    stage.relay.hear(stage.truth.tell("room/7"))
    await stage.tick()
    assert stage.numbers("room/7") == [2]


async def test_a_fleeting_event_is_handed_on_as_it_is() -> None:
    stage = Stage()
    stage.follow("room/7")
    stage.relay.hear(Hint("room/7", 0, b'{"type":"x"}'))
    assert stage.readers.fleeting == [("room/7", b'{"type":"x"}')]


# Latest values


def count(number: int) -> bytes:
    return encode(PresenceCount(count=number))


async def test_values_go_out_once_a_second_at_most_and_the_newest_wins() -> None:
    stage = Stage()
    stage.follow("room/7")
    sent_at: list[float] = []
    for number in range(1, 101):
        stage.now += 0.05
        stage.relay.hear(stage.truth.tell_value("room/7", "presence.count", count(number)))
        before = len(stage.readers.fleeting)
        await stage.relay.turn()
        sent_at += [stage.now] * (len(stage.readers.fleeting) - before)
    await stage.tick()
    assert 4 <= len(sent_at) <= 6
    assert all(later - earlier >= 0.999 for earlier, later in itertools.pairwise(sent_at))
    assert stage.readers.fleeting[-1] == ("room/7", count(100))


async def test_values_of_one_type_travel_in_one_event() -> None:
    stage = Stage()
    stage.follow("room/7")
    for id_, votes in (("a", 1), ("b", 2), ("a", 3)):
        hint = stage.truth.tell_value("room/7", f"question.scores/{id_}", encode(Scores(scores={id_: votes})))
        stage.relay.hear(hint)
    stage.relay.hear(stage.truth.tell_value("room/7", "presence.count", count(5)))
    await stage.tick()
    assert stage.readers.fleeting == [
        ("room/7", count(5)),
        ("room/7", encode(Scores(scores={"b": 2, "a": 3}))),
    ]


async def test_values_are_found_by_the_tick_when_the_bus_is_silent() -> None:
    stage = Stage()
    stage.follow("room/7")
    await stage.tick()
    stage.truth.tell_value("room/7", "presence.count", count(3))
    await stage.tick()
    assert stage.readers.fleeting == [("room/7", count(3))]


async def test_under_a_lying_bus_the_last_value_told_is_the_last_value_read() -> None:
    for seed in range(40):
        stage, chance = Stage(), random.Random(seed)
        stage.follow("room/7")
        for number in range(1, 60):
            hint = stage.truth.tell_value("room/7", "presence.count", count(number))
            for _ in range(chance.choice((0, 1, 1, 2))):
                stage.relay.hear(Hint(hint.stream, max(1, hint.seq - chance.choice((0, 0, 3))), b""))
            stage.now += chance.random() / 4
            await stage.relay.turn()
        await stage.tick()
        told = [event for _, event in stage.readers.fleeting]
        assert told[-1] == count(59), f"seed {seed}"
        assert told == sorted(set(told), key=lambda event: int(event.split(b":")[-1][:-1])), f"seed {seed}"


# The work itself


async def test_a_database_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "TICK_SECONDS", 0.02)
    stage = Stage()
    stage.relay.clock = asyncio.get_running_loop().time
    stage.follow("room/7")
    failures = iter([OSError("gone"), OSError("gone")])

    def fail() -> None:
        for failure in failures:
            raise failure

    stage.truth.meanwhile = fail
    stage.truth.tell("room/7")
    running = asyncio.create_task(stage.relay.run())
    await until(lambda: stage.numbers("room/7") == [1])
    stage.relay.stop()
    await running
    assert list(failures) == []


async def test_a_hint_wakes_the_relay_long_before_its_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "TICK_SECONDS", 60.0)
    stage = Stage()
    stage.relay.clock = asyncio.get_running_loop().time
    stage.follow("room/7")
    running = asyncio.create_task(stage.relay.run())
    await until(lambda: stage.truth.reads > 0)
    stage.truth.tell("room/7")
    stage.relay.hear(stage.truth.tell("room/7"))
    await until(lambda: stage.numbers("room/7") == [1, 2])
    stage.relay.stop()
    await running
