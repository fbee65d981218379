"""What the bus over Redis does with Redis, and without it."""

import asyncio
import time
from collections.abc import Callable, Iterator
from secrets import token_hex

import pytest
import uvloop

from server.bus import BACKLOG_HINTS, EVENT_MAX_BYTES, Hint
from server.redis_bus import RedisBus
from tests import services
from tests.wires import Wire, numbered, open_sockets, proxy_to, started, tapped, tell, two, until

NOTICED_SECONDS = 3.5
BACK_SECONDS = 4.0


@pytest.fixture
def frail() -> Iterator[services.RedisProcess]:
    """A Redis that a test may freeze and kill."""
    with services.redis_server("--loglevel", "warning") as running:
        yield running


# Redis itself


async def test_latest_values_said_together_travel_as_one(redis: services.RedisProcess) -> None:
    async with two(redis.url) as (wire, _):
        wire.mouth.publish(numbered("room/7#", 1_000))
        wire.mouth.publish([Hint("room/7", 1, b"{}")])
        await until(lambda: wire.ears.of("room/7"))
        assert wire.ears.of("room/7#") == [Hint("room/7#", 1_000, b"{}")]


async def test_one_redis_carries_several_forums_apart(redis: services.RedisProcess) -> None:
    async with two(redis.url) as (wire, _), two(redis.url) as (other, _):
        other.mouth.publish([Hint("room/7", 1, b'"not yours"')])
        await until(lambda: other.ears.hints)
        await wire.comes_through("room/7")
        assert Hint("room/7", 1, b'"not yours"') not in wire.ears.hints


async def test_what_is_not_a_hint_is_passed_over(redis: services.RedisProcess) -> None:
    prefix = token_hex(4)
    mouth, ear = RedisBus(redis.url, prefix), RedisBus(redis.url, prefix)
    async with started(mouth), started(ear) as ears:
        wire = Wire(mouth, ear, ears)
        await wire.tune("room/7")
        for junk in ("x", "12345678", "12345678garbage", '"12345678\\x93\\x01\\x02\\x03"'):
            assert tell(redis, "PUBLISH", f"{prefix}:room/7", junk) == b":1\r\n"
        wire.mouth.publish([Hint("room/7", 1, b"{}")])
        await until(lambda: ears.hints)
        assert ears.hints == [Hint("room/7", 1, b"{}")]
        assert ears.resyncs == 1


async def test_redis_never_carries_a_large_event(redis: services.RedisProcess) -> None:
    prefix = token_hex(4)
    bus = RedisBus(redis.url, prefix)
    async with started(bus), tapped(redis, f"{prefix}:room/7") as tap:
        bus.publish([Hint("room/7", 1, b"x" * (EVENT_MAX_BYTES + 1)), Hint("room/7", 2, b'"small"')])
        carried = await tap.readuntil(b'"small"')
        assert 0 < len(carried) < 500


async def test_redis_hears_of_three_thousand_streams_and_of_every_change_of_mind(redis: services.RedisProcess) -> None:
    prefix = token_hex(4)
    mouth, ear = RedisBus(redis.url, prefix), RedisBus(redis.url, prefix)
    async with started(mouth), started(ear) as ears:
        for number in range(3_000):
            ear.subscribe(f"room/{number}")
        await Wire(mouth, ear, ears).comes_through("room/2999")
        for number in range(3_000):
            ear.unsubscribe(f"room/{number}")
            if number % 3 == 0:
                ear.subscribe(f"room/{number}")
        await until(lambda: tell(redis, "PUBSUB", "NUMSUB", f"{prefix}:room/2998").endswith(b":0\r\n"))
        mouth.publish([Hint(f"room/{number}", 1, b"{}") for number in range(3_000)])
        await Wire(mouth, ear, ears).comes_through("room/0")
        assert [hint.stream for hint in ears.hints if hint.seq] == [f"room/{number}" for number in range(0, 3_000, 3)]


async def test_flushing_redis_is_harmless(redis: services.RedisProcess) -> None:
    if redis.server is None:
        pytest.skip("not our Redis")
    async with two(redis.url) as (wire, _):
        assert tell(redis, "FLUSHALL") == b"+OK\r\n"
        wire.mouth.publish([Hint("room/7", 1, b"{}")])
        await until(lambda: Hint("room/7", 1, b"{}") in wire.ears.hints)
        assert wire.ear.healthy
        assert wire.ears.resyncs == 1


async def test_a_cut_connection_is_made_again_and_told_as_a_resync(frail: services.RedisProcess) -> None:
    async with two(frail.url) as (wire, _):
        assert tell(frail, "CLIENT", "KILL", "TYPE", "pubsub") == b":2\r\n"
        await until(lambda: wire.ears.resyncs == 2, BACK_SECONDS)
        assert wire.ear.healthy
        await wire.comes_through("room/7")


# Redis in trouble


async def test_redis_killed_and_started_again_is_found_with_all_that_changed_meanwhile(
    frail: services.RedisProcess,
) -> None:
    async with two(frail.url) as (wire, near):
        frail.kill()
        await until(lambda: not wire.ear.healthy and not wire.mouth.healthy, NOTICED_SECONDS)
        wire.mouth.publish([Hint("room/7", 1, b"{}")])
        await until(lambda: near.of("room/7"))
        wire.ear.unsubscribe("room/7")
        wire.ear.subscribe("room/8")
        frail.restart()
        await until(lambda: wire.ears.resyncs == near.resyncs == 2, BACK_SECONDS)
        assert wire.ear.healthy
        assert wire.mouth.healthy
        wire.mouth.publish([Hint("room/7", 2, b"{}"), Hint("room/8", 1, b"{}")])
        await until(lambda: wire.ears.of("room/8"))
        assert wire.ears.hints == [Hint("room/8", 1, b"{}")]


async def test_a_frozen_redis_delays_nobody_and_is_found_again(frail: services.RedisProcess) -> None:
    async with two(frail.url) as (wire, near):
        frail.freeze()
        before = time.perf_counter()
        wire.mouth.publish(numbered("room/7", 1_000))
        assert time.perf_counter() - before < 0.5
        await until(lambda: len(near.of("room/7")) == 1_000, 0.5)
        await until(lambda: not wire.ear.healthy and not wire.mouth.healthy, NOTICED_SECONDS)
        await until(lambda: wire.mouth.dropped == 1_000)
        assert wire.ears.hints == []
        frail.thaw()
        await until(lambda: wire.ears.resyncs == near.resyncs == 2, BACK_SECONDS)
        assert wire.ear.healthy
        await wire.comes_through("room/7")


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_bus_stops_promptly_while_redis_is_frozen_with_bytes_unsent(
    frail: services.RedisProcess, loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    async def freeze_and_stop() -> None:
        bus = RedisBus(frail.url)
        sockets_before, tasks_before = open_sockets(), asyncio.all_tasks()
        await bus.start(lambda hint: None, lambda: None)
        assert bus.healthy
        frail.freeze()
        for _ in range(20):
            bus.publish(numbered("room/7", 500, b"x" * EVENT_MAX_BYTES))
            await asyncio.sleep(0.005)
        at = time.perf_counter()
        await bus.stop()
        assert time.perf_counter() - at < 3
        assert not bus.healthy
        assert asyncio.all_tasks() == tasks_before
        await until(lambda: open_sockets() == sockets_before)

    with asyncio.Runner(loop_factory=loop) as runner:
        try:
            runner.run(freeze_and_stop())
        finally:
            frail.thaw()


async def test_a_redis_that_is_dead_at_the_start_is_found_when_it_appears(frail: services.RedisProcess) -> None:
    frail.kill()
    bus = RedisBus(frail.url)
    bus.subscribe("room/7")
    at = time.perf_counter()
    async with started(bus) as ears:
        assert time.perf_counter() - at < 10
        assert not bus.healthy
        bus.publish(numbered("room/7", 3))
        await until(lambda: len(ears.hints) == 3)
        assert bus.dropped == 3
        assert ears.resyncs == 0
        frail.restart()
        await until(lambda: ears.resyncs == 1, BACK_SECONDS)
        assert bus.healthy


async def test_a_redis_that_is_frozen_at_the_start_delays_it_by_a_second_and_is_found_when_it_thaws(
    frail: services.RedisProcess,
) -> None:
    frail.freeze()
    bus, at = RedisBus(frail.url), time.perf_counter()
    async with started(bus) as ears:
        assert time.perf_counter() - at < 5
        assert not bus.healthy
        frail.thaw()
        await until(lambda: ears.resyncs == 1, BACK_SECONDS)
        assert bus.healthy


async def test_hints_that_cannot_be_sent_are_counted_and_not_kept(frail: services.RedisProcess) -> None:
    bus = RedisBus(frail.url)
    async with started(bus):
        frail.freeze()
        for hint in numbered("room/7", 3 * BACKLOG_HINTS, b"{}"):
            bus.publish([hint])
        assert len(bus._backlog) == BACKLOG_HINTS
        assert bus.dropped == 2 * BACKLOG_HINTS
        await until(lambda: not bus.healthy, NOTICED_SECONDS)
        assert len(bus._backlog) == 0
        assert bus.dropped == 3 * BACKLOG_HINTS


async def test_a_wrong_password_leaves_a_bus_that_works_alone() -> None:
    with services.redis_server("--requirepass", "sesame") as locked:
        right, wrong = (RedisBus(locked.url.replace("//", f"//:{word}@")) for word in ("sesame", "barley"))
        async with started(right):
            assert right.healthy
        wrong.subscribe("room/7")
        async with started(wrong) as ears:
            assert not wrong.healthy
            wrong.publish([Hint("room/7", 1, b"{}")])
            await until(lambda: ears.hints == [Hint("room/7", 1, b"{}")])
            assert wrong.dropped == 1
            assert ears.resyncs == 0


def test_a_url_that_is_not_redis_is_refused() -> None:
    with pytest.raises(ValueError, match="scheme"):
        RedisBus("http://127.0.0.1:6379")


@pytest.mark.parametrize("half", [b"SUBSCRIBE", b"PUBLISH"])
async def test_a_silent_half_open_connection_is_found_by_the_probe(frail: services.RedisProcess, half: bytes) -> None:
    async with proxy_to(frail) as proxy, two(frail.url, f"redis://127.0.0.1:{proxy.port}") as (wire, _):
        proxy.swallows = half
        wire.mouth.publish([Hint("room/7", 1, b"{}")])
        await until(lambda: not wire.ear.healthy, NOTICED_SECONDS)
        assert proxy.swallowed > 0
        assert (Hint("room/7", 1, b"{}") in wire.ears.hints) == (half == b"PUBLISH")
        proxy.swallows = None
        await until(lambda: wire.ears.resyncs == 2, BACK_SECONDS)
        assert wire.mouth.healthy
        await wire.comes_through("room/7")
