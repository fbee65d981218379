"""What is sent to whom: less where the line is too slow, more than once where packets get lost by chance."""

from collections.abc import Iterable

import numpy as np
import pytest

from server.media.channel import LOSSY, LOSSY_SAVER, PROFILES, VERY_LOSSY, Profile
from server.media.downlink import Downlink
from server.media.jitter import Jitter, Kind
from server.media.opus import OPUS, RATE, TICK_SAMPLES, Encoder, restores
from server.media.quality import BAD, BETTER_SECONDS, GOOD, WEAK, Quality
from tests.server.media.far import vowels

QUICK_MS, QUEUED_MS = 20.0, 700.0


def live(quality: Quality, seconds: Iterable[int], loss: float, trip_ms: float) -> list[str]:
    """Let seconds pass, each with a report and a round trip; give the level after each."""
    levels = []
    for second in seconds:
        quality.hear_loss(loss, second)
        quality.hear_trip(trip_ms)
        quality.judge(second)
        levels.append(quality.level)
    return levels


def fresh() -> Quality:
    """Give the quality of a line whose round trip is known."""
    quality = Quality()
    quality.hear_trip(QUICK_MS)
    return quality


def test_a_good_line_gets_the_best() -> None:
    quality = fresh()
    assert set(live(quality, range(20), 0.0, QUICK_MS)) == {GOOD}
    assert (quality.packing(saver=False), quality.packing(saver=True)) == (PROFILES[0], PROFILES[-1])


@pytest.mark.parametrize(("loss", "normal", "saver"), [(0.03, LOSSY, PROFILES[-1]), (0.2, VERY_LOSSY, LOSSY_SAVER)])
def test_what_gets_lost_by_chance_is_sent_with_copies(loss: float, normal: object, saver: object) -> None:
    quality = fresh()
    live(quality, range(60), loss, QUICK_MS)
    assert (quality.packing(saver=False), quality.packing(saver=True)) == (normal, saver)


def test_loss_on_the_way_here_is_reason_enough_for_copies_that_cost_nothing() -> None:
    quality = fresh()
    quality.hear_own_loss(0.2)
    assert quality.packing(saver=False) == LOSSY


@pytest.mark.parametrize(("loss", "trip_ms"), [(0.13, QUEUED_MS), (0.5, QUICK_MS)])
def test_a_line_that_is_too_slow_gets_less_and_no_copies(loss: float, trip_ms: float) -> None:
    quality = fresh()
    assert live(quality, range(8), loss, trip_ms)[-1] == BAD
    assert quality.packing(saver=False) == quality.packing(saver=True) == PROFILES[-1]


def test_a_client_of_which_half_is_lost_gets_less_before_it_reports_anything() -> None:
    quality = fresh()
    for second in range(4):
        quality.hear_own_loss(0.5)
        quality.judge(second)
    assert quality.packing(saver=False) == PROFILES[-1]


def test_a_slow_line_is_tried_with_more_ever_more_seldom() -> None:
    quality, second, waits = fresh(), 0, []
    live(quality, range(4), 0.5, QUEUED_MS)
    for _ in range(3):
        began = second = second + 4
        while live(quality, [second], 0.0, QUICK_MS)[-1] == BAD:
            second += 1
        waits.append(second - began)
        live(quality, range(second + 1, second + 5), 0.5, QUEUED_MS)
        assert quality.level == BAD
        second += 5
    assert waits[0] >= BETTER_SECONDS
    assert waits[2] > 1.4 * waits[1] > 1.4 * 1.4 * waits[0]


def test_where_nothing_queues_up_any_more_loss_is_taken_for_chance_again() -> None:
    quality = fresh()
    live(quality, range(4), 0.2, QUEUED_MS)
    assert quality.packing(saver=False) == PROFILES[-1]
    live(quality, range(4, 40), 0.2, QUICK_MS)
    assert quality.packing(saver=False) == VERY_LOSSY


def test_a_line_that_recovers_gets_the_best_step_by_step() -> None:
    quality = fresh()
    live(quality, range(8), 0.5, QUEUED_MS)
    levels = live(quality, range(8, 60), 0.0, QUICK_MS)
    assert [level for level, before in zip(levels, [BAD, *levels], strict=False) if level != before] == [WEAK, GOOD]
    assert quality.packing(saver=False) == PROFILES[0]


def test_rare_reports_weigh_more_than_frequent_ones() -> None:
    often, seldom = Quality(), Quality()
    often.hear_loss(0.0, 0.0)
    seldom.hear_loss(0.0, 0.0)
    often.hear_loss(0.3, 1.0)
    seldom.hear_loss(0.3, 5.0)
    assert often.loss < 0.1
    assert seldom.loss > 0.2


def test_the_first_few_packets_do_not_make_a_line_too_slow() -> None:
    quality = fresh()
    quality.judge(0.0)
    quality.hear_loss(0.5, 0.6)
    quality.judge(0.7)
    assert quality.packing(saver=False) == VERY_LOSSY


# Copies


def packets(bitrate: int, ticks: int, loss_percent: int) -> list[bytes]:
    """Encode two seconds of speech."""
    encoder, size = Encoder(bitrate, loss_percent), ticks * TICK_SAMPLES
    return [encoder.encode(vowels(400, 1000, at, size)) for at in range(0, 2 * RATE, size)]


@pytest.mark.parametrize("profile", [LOSSY, VERY_LOSSY, LOSSY_SAVER])
def test_what_is_packed_against_loss_carries_copies(profile: Profile) -> None:
    made = packets(profile.bitrate, profile.ticks, profile.loss_percent)[5:]
    assert np.mean([restores(packet) for packet in made]) > 0.8


@pytest.mark.parametrize(("ticks", "loss_percent"), [(1, 0), (1, 20), (2, 20), (3, 20), (3, 0)])
def test_copies_are_found_where_libopus_finds_them(ticks: int, loss_percent: int) -> None:
    made = packets(24_000, ticks, loss_percent)
    assert [restores(each) for each in made] == [OPUS.opus_packet_has_lbrr(each, len(each)) == 1 for each in made]


def test_what_was_lost_is_restored_even_if_the_next_packet_comes_only_after_it_was_due() -> None:
    made, jitter, kinds = packets(24_000, 1, 20)[:60], Jitter(), []
    for tick, packet in enumerate(made):
        now = tick * 20.0
        if tick % 10 != 7:
            jitter.push(tick, tick * TICK_SAMPLES, packet, now)
        due = jitter.pop(now + 45)
        kinds.append((due.kind, due.payload is not None))
    restored, made_up = kinds.count((Kind.LOST, True)), kinds.count((Kind.LOST, False))
    assert restored >= 4
    assert made_up <= 1


def test_what_goes_out_twice_is_the_same_packet_a_tick_later() -> None:
    sent: list[bytes] = []

    def send(data: bytes) -> int:
        sent.append(data)
        return len(data)

    downlink = Downlink(lambda data: data + b"sealed", send, 7, 111)
    downlink.send(b"one", 0, TICK_SAMPLES, twice=True)
    assert len(sent) == 1
    downlink.again()
    downlink.again()
    assert sent == [sent[0]] * 2
    downlink.send(b"two", TICK_SAMPLES, TICK_SAMPLES)
    downlink.again()
    assert len(sent) == 3
    assert (downlink.doubled(), downlink.doubled()) == (0.5, 0.0)
