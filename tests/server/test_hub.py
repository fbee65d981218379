"""The hub and its connections: nothing lost or doubled where a state meets its events, and a bound on what waits."""

import asyncio
import json
from typing import Any

import pytest

from rooms.commands import Result
from server.bus import LATEST
from server.connection import ASKED_BYTES, BATCH_BYTES, Connection
from server.door import Page
from server.hub import Hub, frame_of
from server.identity import Caller
from server.journal import Line
from tests.server.stage import Stage


class State(Result, frozen=True):
    """A state that tells how long it is."""

    text: str = ""


def connection(frames: int = 8, size: int = 10_000) -> Connection:
    return Connection("c", Caller(1), frames, size)


def line(seq: int, size: int = 0) -> Line:
    return Line(seq, b'{"type":"chat.gone","id":"%s"}' % (b"x" * size))


def page(seq: int, lines: tuple[Line, ...] | None = None, values: tuple[Line, ...] = (), size: int = 0) -> Page:
    state = State(text="x" * size) if lines is None else None
    return Page("room/7", seq, 0, state, lines or (), values)


def opened(reader: Connection, hub: Hub, stream: str = "room/7") -> None:
    reader.expect([stream])
    hub.attach(reader, stream)


async def sent(reader: Connection) -> list[dict[str, Any]]:
    """Take all that waits."""
    frames: list[dict[str, Any]] = []
    while reader.waiting:
        found = json.loads(await reader.next_batch())
        frames += found if isinstance(found, list) else [found]
    return frames


def numbers(frames: list[dict[str, Any]]) -> list[int]:
    return [frame["seq"] for frame in frames if "event" in frame]


async def test_a_frame_is_encoded_once_for_all_readers() -> None:
    hub, readers = Hub(), [connection() for _ in range(3)]
    for reader in readers:
        opened(reader, hub)
        reader.begin(page(0, ()))
    hub.deliver("room/7", [line(1)])
    frames = [reader._outbox[0][0] for reader in readers]
    assert frames[0] == b'{"on":"room/7","seq":1,"event":{"type":"chat.gone","id":""}}'
    assert frames[0] is frames[1] is frames[2]


async def test_an_event_without_a_number_shows_none() -> None:
    assert frame_of("room/7", line(0)) == b'{"on":"room/7","event":{"type":"chat.gone","id":""}}'


async def test_the_first_reader_and_the_last_are_announced_and_nobody_between() -> None:
    told: list[str] = []
    hub = Hub(lambda stream: told.append("+" + stream), lambda stream: told.append("-" + stream))
    one, other = connection(), connection()
    for reader in (one, one, other):
        hub.attach(reader, "room/7")
    for reader in (one, one, other, other):
        hub.detach(reader, "room/7")
    assert told == ["+room/7", "-room/7"]
    assert hub.readers == {}


async def test_only_a_streams_own_readers_take_its_frames() -> None:
    hub, one, other = Hub(), connection(), connection()
    opened(one, hub)
    opened(other, hub, "room/8")
    for reader, stream in ((one, "room/7"), (other, "room/8")):
        reader.begin(Page(stream, 0, 0, None))
    hub.deliver("room/7", [line(1)])
    assert (one.waiting, other.waiting) == (True, False)


async def test_a_listener_inside_gets_its_streams_lines() -> None:
    hub, got = Hub(), list[Line]()
    hub.inner["authority"] = got.append
    hub.deliver("authority", [line(1), line(2)])
    assert [each.seq for each in got] == [1, 2]


# Where a state meets its events


async def test_frames_wait_until_the_state_has_been_read() -> None:
    hub, reader = Hub(), connection()
    opened(reader, hub)
    hub.deliver("room/7", [line(1), line(2)])
    assert not reader.waiting
    reader.begin(page(0))
    frames = await sent(reader)
    assert "reset" in frames[0]
    assert numbers(frames) == [1, 2]


@pytest.mark.parametrize("read_at", range(7))
async def test_wherever_the_state_is_read_nothing_is_lost_or_doubled(read_at: int) -> None:
    hub, reader = Hub(), connection()
    opened(reader, hub)
    for seq in range(1, 7):
        hub.deliver("room/7", [line(seq)])
    reader.begin(page(read_at))
    hub.deliver("room/7", [line(6), line(7)])
    frames = await sent(reader)
    assert frames[0]["seq"] == read_at
    assert numbers(frames) == list(range(read_at + 1, 8))


async def test_a_replay_is_followed_by_what_came_while_it_was_read() -> None:
    hub, reader = Hub(), connection()
    opened(reader, hub)
    hub.deliver("room/7", [line(5), line(6)])
    reader.begin(page(5, (line(3), line(4), line(5))))
    assert numbers(await sent(reader)) == [3, 4, 5, 6]


async def test_values_and_events_without_a_number_keep_their_place_around_the_state() -> None:
    hub, reader = Hub(), connection()
    opened(reader, hub)
    hub.deliver_fleeting("room/7", b'{"type":"presence.count","count":2}')
    reader.begin(page(0, (), (Line(4, b'{"type":"presence.count","count":1}'),)))
    assert [frame["event"]["count"] for frame in await sent(reader)] == [1, 2]


async def test_a_gap_is_never_shown_but_read_afresh() -> None:
    hub, reader = Hub(), connection()
    opened(reader, hub)
    reader.begin(page(3))
    await sent(reader)
    hub.deliver("room/7", [line(6)])
    assert (reader.waiting, reader.afresh) == (False, {"room/7"})


async def test_a_state_that_is_read_for_a_stream_left_meanwhile_is_not_sent() -> None:
    reader = connection()
    reader.begin(page(3))
    assert not reader.waiting


async def test_a_reset_reaches_every_reader_and_wakes_their_writer() -> None:
    hub, reader = Hub(), connection()
    opened(reader, hub)
    reader.begin(page(0))
    await sent(reader)
    writer = asyncio.create_task(reader.next_batch())
    await asyncio.sleep(0)
    assert not writer.done()
    hub.reset("room/7")
    assert await writer == ""
    assert reader.afresh == {"room/7"}


async def test_a_stream_read_afresh_waits_again_for_its_state() -> None:
    hub, reader = Hub(), connection()
    opened(reader, hub)
    reader.begin(page(3))
    await sent(reader)
    opened(reader, hub)
    hub.deliver("room/7", [line(4), line(5)])
    assert not reader.waiting
    reader.begin(page(4))
    assert numbers(await sent(reader)) == [5]


@pytest.mark.parametrize("settles", ["earlier", "later"])
async def test_two_first_readers_at_once_both_get_everything(settles: str) -> None:
    stage, hub = Stage(), Hub()
    stage.relay.sink, hub.first = hub, stage.relay.follow
    earlier, later = connection(), connection()
    for reader in (earlier, later):
        opened(reader, hub)
    for _ in range(5):
        stage.relay.hear(stage.truth.tell("room/7"))
    opening = [(earlier, 2), (later, 5)] if settles == "earlier" else [(later, 5), (earlier, 2)]
    for reader, read_at in opening:
        stage.relay.settle("room/7", read_at, 0)
        reader.begin(page(read_at))
        stage.relay.hear(stage.truth.tell("room/7"))
    await stage.tick()
    assert (numbers(await sent(earlier)), numbers(await sent(later))) == ([3, 4, 5, 6, 7], [6, 7])
    assert "room/7" + LATEST in stage.relay.at


# What may wait


async def test_a_reader_who_lets_too_many_frames_wait_is_slow_and_only_its_bye_is_kept() -> None:
    hub, reader = Hub(), connection(frames=8)
    opened(reader, hub)
    reader.begin(page(0, ()))
    hub.deliver("room/7", [line(seq) for seq in range(1, 9)])
    assert reader.ending is None
    hub.deliver("room/7", [line(9)])
    assert str(reader.ending) == "slow"
    assert reader.ended.is_set()
    assert await sent(reader) == [{"bye": {"code": "slow", "retry_after_ms": 1800}}]
    assert reader.finished


async def test_a_reader_who_lets_too_many_bytes_wait_is_slow() -> None:
    reader = connection(frames=100, size=1000)
    for _ in range(5):
        reader.say(b"x" * 200)
    assert reader.ending is None
    reader.say(b"x")
    assert reader.ending == "slow"


async def test_what_was_sent_counts_no_more() -> None:
    reader = connection(frames=8, size=1000)
    for _ in range(50):
        reader.say(b'{"pong":%s}' % (b"1" * 200))
        await sent(reader)
    assert reader.ending is None


async def test_nothing_is_kept_for_a_connection_that_is_ending() -> None:
    hub, reader = Hub(), connection(frames=4)
    opened(reader, hub)
    for seq in range(1, 1000):
        hub.deliver("room/7", [line(seq)])
    assert reader.ending == "slow"
    assert len(reader.cursors["room/7"].waiting) == 5
    reader.say(b"more")
    assert len(await sent(reader)) == 1


async def test_large_frames_that_wait_for_a_state_are_bounded_as_well() -> None:
    hub, reader = Hub(), connection(frames=1000, size=5000)
    opened(reader, hub)
    for seq in range(1, 20):
        hub.deliver("room/7", [line(seq, 1000)])
    assert reader.ending == "slow"
    assert len(reader.cursors["room/7"].waiting) <= 5


async def test_a_long_replay_that_a_reader_asked_for_does_not_make_it_slow() -> None:
    hub, reader = Hub(), connection(frames=256)
    opened(reader, hub)
    reader.begin(page(500, tuple(line(seq, 100) for seq in range(1, 501))))
    hub.deliver("room/7", [line(501)])
    assert numbers(await sent(reader)) == list(range(1, 502))
    assert reader.ending is None


async def test_a_state_larger_than_the_outbox_is_sent() -> None:
    hub, reader = Hub(), connection(size=256 * 1024)
    opened(reader, hub)
    reader.begin(page(1, size=600 * 1024))
    hub.deliver("room/7", [line(2)])
    assert [frame["seq"] for frame in await sent(reader)] == [1, 2]
    assert reader.ending is None


async def test_a_reader_who_asks_again_and_again_and_takes_nothing_is_slow() -> None:
    hub, reader = Hub(), connection()
    for _ in range(20):
        opened(reader, hub)
        reader.begin(page(1, size=ASKED_BYTES // 2))
    assert reader.ending == "slow"
    assert sum(len(frame) for frame, _ in reader._outbox) < 100


# Batches and the end


async def test_frames_that_wait_together_travel_together_in_order() -> None:
    reader = connection(frames=100)
    for number in range(5):
        reader.say(b'{"pong":%d}' % number)
    assert await reader.next_batch() == '[{"pong":0},{"pong":1},{"pong":2},{"pong":3},{"pong":4}]'


async def test_one_frame_travels_as_itself() -> None:
    reader = connection()
    reader.say(b'{"pong":1}')
    assert await reader.next_batch() == '{"pong":1}'


async def test_a_batch_stays_small() -> None:
    reader = connection(frames=1000, size=1_000_000)
    for _ in range(100):
        reader.say(b'{"x":"%s"}' % (b"y" * 2000))
    sizes = []
    while reader.waiting:
        sizes.append(len(await reader.next_batch()))
    assert len(sizes) == 6
    assert max(sizes) < BATCH_BYTES + 2100


async def test_a_writer_waits_until_there_is_something() -> None:
    reader = connection()
    writer = asyncio.create_task(reader.next_batch())
    await asyncio.sleep(0)
    assert not writer.done()
    reader.say(b'{"pong":1}')
    assert await writer == '{"pong":1}'


async def test_a_polite_end_lets_out_what_waits_and_only_the_first_reason_counts() -> None:
    reader = connection()
    reader.say(b'{"pong":1}')
    reader.hang("signed_out")
    reader.hang("slow")
    reader.say(b'{"pong":2}')
    assert not reader.finished
    assert await sent(reader) == [{"pong": 1}, {"bye": {"code": "signed_out", "retry_after_ms": 0}}]
    assert reader.finished
