"""The bus's rules, which both twins keep."""

import asyncio
from collections.abc import AsyncIterator
from secrets import token_hex

import pytest

from server.bus import BACKLOG_BYTES, BACKLOG_HINTS, EVENT_MAX_BYTES, Backlog, Bus, Hint, MemoryBus
from server.redis_bus import RedisBus
from tests.wires import Ears, Wire, numbered, started, until


@pytest.fixture(params=["memory", "redis"])
def bus(request: pytest.FixtureRequest) -> Bus:
    return MemoryBus() if request.param == "memory" else RedisBus(request.getfixturevalue("redis").url, token_hex(4))


@pytest.fixture(params=["memory", "redis, one process", "redis, two processes"])
async def wire(request: pytest.FixtureRequest) -> AsyncIterator[Wire]:
    if request.param == "redis, two processes":
        prefix, url = token_hex(4), request.getfixturevalue("redis").url
        mouth: Bus = RedisBus(url, prefix)
        ear: Bus = RedisBus(url, prefix)
        async with started(mouth), started(ear) as ears:
            yield Wire(mouth, ear, ears)
    else:
        one: Bus = MemoryBus() if request.param == "memory" else RedisBus(request.getfixturevalue("redis").url)
        async with started(one) as ears:
            yield Wire(one, one, ears)


async def test_a_streams_hints_are_heard_in_the_order_they_were_said(wire: Wire) -> None:
    await wire.tune("room/7", "table/31")
    said = [hint for pair in zip(numbered("room/7", 50), numbered("table/31", 50), strict=True) for hint in pair]
    for start in range(0, 100, 7):
        wire.mouth.publish(said[start : start + 7])
        await asyncio.sleep(0)
    await until(lambda: len(wire.ears.hints) == 100)
    assert wire.ears.of("room/7") == numbered("room/7", 50)
    assert wire.ears.of("table/31") == numbered("table/31", 50)


async def test_many_hints_at_once_all_arrive(wire: Wire) -> None:
    await wire.tune("room/7")
    wire.mouth.publish(numbered("room/7", 5_000, b'{"type":"question.shown"}'))
    await until(lambda: len(wire.ears.hints) >= 5_000, 5)
    assert wire.ears.hints == numbered("room/7", 5_000, b'{"type":"question.shown"}')
    assert wire.mouth.dropped == 0


async def test_a_hint_is_heard_on_a_later_turn_of_the_loop_and_not_within_publish(wire: Wire) -> None:
    await wire.tune("room/7")
    wire.mouth.publish([Hint("room/7", 1, b"{}")])
    assert wire.ears.hints == []
    await until(lambda: wire.ears.hints == [Hint("room/7", 1, b"{}")])


async def test_a_hint_said_while_hearing_is_heard_after_the_present_one(bus: Bus) -> None:
    steps: list[str] = []

    def hear(hint: Hint) -> None:
        steps.append(f"begin {hint.seq}")
        if hint.seq == 1:
            bus.publish([Hint("room/7", 2, b"")])
        steps.append(f"end {hint.seq}")

    bus.subscribe("room/7")
    await bus.start(hear, lambda: None)
    bus.publish([Hint("room/7", 1, b"")])
    await until(lambda: len(steps) == 4)
    await bus.stop()
    assert steps == ["begin 1", "end 1", "begin 2", "end 2"]


async def test_nothing_is_heard_of_streams_not_subscribed(wire: Wire) -> None:
    await wire.tune("room/7")
    wire.mouth.publish([Hint("room/70", 1, b"{}"), Hint("room/7/moderators", 1, b"{}"), Hint("room", 1, b"{}")])
    wire.mouth.publish([Hint("room/7", 1, b"{}")])
    await until(lambda: Hint("room/7", 1, b"{}") in wire.ears.hints)
    assert wire.ears.hints == [Hint("room/7", 1, b"{}")]


async def test_an_unsubscribed_stream_is_silent_at_once_and_may_be_subscribed_again(wire: Wire) -> None:
    await wire.tune("room/7", "room/8")
    wire.mouth.publish([Hint("room/7", 1, b"{}"), Hint("room/8", 1, b"{}")])
    wire.ear.unsubscribe("room/7")
    await wire.comes_through("room/8")
    wire.mouth.publish([Hint("room/7", 2, b"{}")])
    await wire.comes_through("room/8")
    assert wire.ears.of("room/7") == []
    await wire.tune("room/7")
    wire.mouth.publish([Hint("room/7", 3, b"{}")])
    await until(lambda: wire.ears.of("room/7") == [Hint("room/7", 3, b"{}")])


async def test_subscribing_twice_hears_once_and_unsubscribing_twice_is_harmless(wire: Wire) -> None:
    wire.ear.subscribe("room/7")
    await wire.tune("room/7", "room/8")
    wire.mouth.publish([Hint("room/7", 1, b"{}")])
    await wire.comes_through("room/8")
    assert wire.ears.of("room/7") == [Hint("room/7", 1, b"{}")]
    wire.ear.unsubscribe("room/7")
    wire.ear.unsubscribe("room/7")
    wire.ear.unsubscribe("never/1")
    await wire.comes_through("room/8")


async def test_who_follows_a_stream_hears_of_its_latest_values_and_the_newest_last(wire: Wire) -> None:
    await wire.tune("room/7")
    wire.mouth.publish([*numbered("room/7#", 20), Hint("room/7", 21, b"{}"), *numbered("room/8#", 2)])
    await until(lambda: wire.ears.of("room/7") and wire.ears.of("room/7#"))
    await wire.comes_through("room/7")
    assert wire.ears.of("room/7#")[-1] == Hint("room/7#", 20, b"{}")
    assert wire.ears.of("room/8#") == []


async def test_a_large_event_travels_as_a_mere_look(wire: Wire) -> None:
    await wire.tune("room/7")
    fits, large = b"x" * EVENT_MAX_BYTES, b"x" * (EVENT_MAX_BYTES + 1)
    wire.mouth.publish([Hint("room/7", 1, fits), Hint("room/7", 2, large)])
    await until(lambda: len(wire.ears.hints) == 2)
    assert wire.ears.hints == [Hint("room/7", 1, fits), Hint("room/7", 2, b"")]


async def test_every_byte_of_an_event_arrives(wire: Wire) -> None:
    await wire.tune("person/2")
    events = ['{"text":"لماذا؟ 为什么 Почему"}'.encode(), bytes(range(256)), b"", b"\r\n*1\r\n"]
    wire.mouth.publish([Hint("person/2", 2**53, event) for event in events])
    await until(lambda: len(wire.ears.hints) == len(events))
    assert wire.ears.hints == [Hint("person/2", 2**53, event) for event in events]


async def test_a_listener_that_fails_hears_the_next_hint_all_the_same(bus: Bus) -> None:
    ears, problems = Ears(), []

    def hear(hint: Hint) -> None:
        ears.hear(hint)
        raise RuntimeError("the listener fell asleep")

    asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context["exception"]))
    bus.subscribe("room/7")
    await bus.start(hear, ears.resync)
    bus.publish(numbered("room/7", 3))
    await until(lambda: len(ears.hints) == 3)
    assert [str(problem) for problem in problems] == ["the listener fell asleep"] * 3
    assert bus.healthy
    await bus.stop()


async def test_a_bus_that_begins_is_healthy_and_says_once_that_hints_may_have_been_lost(bus: Bus) -> None:
    assert not bus.healthy
    async with started(bus) as ears:
        assert bus.healthy
        await until(lambda: ears.resyncs == 1)
        bus.publish(numbered("room/7", 3))
        await asyncio.sleep(0)
        assert ears.resyncs == 1
    assert not bus.healthy


async def test_saying_something_before_the_start_or_after_the_end_does_nothing(bus: Bus) -> None:
    bus.subscribe("room/7")
    bus.publish(numbered("room/7", 3))
    assert bus.dropped == 3
    async with started(bus) as ears:
        bus.publish([Hint("room/7", 9, b"{}")])
        await until(lambda: ears.hints)
    bus.publish(numbered("room/7", 2))
    await asyncio.sleep(0)
    assert ears.hints == [Hint("room/7", 9, b"{}")]
    assert bus.dropped >= 5


async def test_nothing_said_before_the_end_is_heard_after_it(bus: Bus) -> None:
    bus.subscribe("room/7")
    async with started(bus) as ears:
        bus.publish([Hint("room/7", 1, b"{}")])
    await asyncio.sleep(0)
    assert ears.hints == []


async def test_a_bus_stops_twice_or_unstarted_and_leaves_no_task(bus: Bus) -> None:
    before = asyncio.all_tasks()
    await bus.stop()
    async with started(bus):
        pass
    await bus.stop()
    assert asyncio.all_tasks() == before


async def test_a_bus_may_be_stopped_at_any_moment_of_its_work(bus: Bus) -> None:
    for turns in range(30):
        async with started(bus):
            bus.subscribe(f"room/{turns}")
            bus.publish(numbered("room/1", 3))
            for _ in range(turns):
                await asyncio.sleep(0)
            async with asyncio.timeout(1):
                await bus.stop()


# The queue before Redis


def test_of_a_streams_latest_values_only_the_newest_waits() -> None:
    backlog = Backlog()
    for seq in (1, 3, 2):
        assert backlog.put(Hint("room/7#", seq, b"%d" % seq))
    assert backlog.put(Hint("room/7", 1, b"{}"))
    assert backlog.put(Hint("room/8#", 1, b"{}"))
    assert backlog.take() == [Hint("room/7#", 3, b"3"), Hint("room/7", 1, b"{}"), Hint("room/8#", 1, b"{}")]
    assert backlog.take() == []


def test_the_queue_holds_so_many_hints_and_no_more() -> None:
    backlog = Backlog()
    taken = sum(backlog.put(hint) for hint in numbered("room/7", BACKLOG_HINTS + 500))
    assert taken == len(backlog) == BACKLOG_HINTS
    assert not backlog.put(Hint("room/7#", 1, b"{}"))
    assert backlog.take()[0].seq == 1
    assert backlog.put(Hint("room/7#", 1, b"{}"))


def test_the_queue_holds_so_many_bytes_and_no_more() -> None:
    backlog, event = Backlog(), b"x" * EVENT_MAX_BYTES
    taken = sum(backlog.put(hint) for hint in numbered("room/7", 2_000, event))
    assert taken == BACKLOG_BYTES // EVENT_MAX_BYTES
    while backlog.take():
        pass
    assert sum(backlog.put(hint) for hint in numbered("room/7", 2_000, event)) == taken
    backlog.clear()
    assert len(backlog) == 0
    assert not backlog.filled.is_set()
