"""How often somebody may: bursts, a steady pace, and a memory that strangers cannot fill."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.commands import Rate
from rooms.errors import Refused
from server.limits import Limits

RATE = Rate(burst=5, every_seconds=2.0)


@dataclass
class Clock:
    """A clock that the test moves."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def taken(limits: Limits, times: int, key: str = "a", rate: Rate = RATE) -> int:
    """Try several times at one moment; gives how often it was allowed."""
    allowed = 0
    for _ in range(times):
        try:
            limits.take(key, rate)
        except Refused:
            continue
        allowed += 1
    return allowed


def wait_ms(limits: Limits, key: str = "a") -> int:
    with pytest.raises(Refused) as refused:
        limits.take(key, RATE)
    assert refused.value.code == "rate.limited"
    return refused.value.retry_after_ms or 0


def test_a_burst_is_allowed_and_no_more() -> None:
    assert taken(Limits(Clock()), 50) == 5


def test_after_the_time_that_was_named_it_is_allowed_and_not_before() -> None:
    clock = Clock()
    limits = Limits(clock)
    taken(limits, 5)
    wait = wait_ms(limits)
    assert 2000 <= wait <= 2001
    clock.now += 1.9
    assert wait_ms(limits) <= 102
    clock.now += wait / 1000 - 1.9
    assert taken(limits, 5) == 1


def test_being_refused_costs_nothing() -> None:
    clock = Clock()
    limits = Limits(clock)
    taken(limits, 500)
    clock.now += 2.0
    assert taken(limits, 5) == 1


def test_a_rested_bucket_is_full_again_and_not_fuller() -> None:
    clock = Clock()
    limits = Limits(clock)
    taken(limits, 5)
    clock.now += 3600
    assert taken(limits, 50) == 5


def test_one_persons_haste_is_not_anothers() -> None:
    limits = Limits(Clock())
    assert (taken(limits, 50, "a"), taken(limits, 50, "b")) == (5, 5)


def test_a_clock_that_stands_still_or_goes_back_locks_nobody_out_for_long() -> None:
    clock = Clock()
    limits = Limits(clock)
    taken(limits, 5)
    clock.now -= 1.0
    assert wait_ms(limits) <= 3001


def test_the_buckets_used_longest_ago_are_forgotten_first() -> None:
    limits = Limits(Clock(), kept=10)
    for key in range(10):
        taken(limits, 5, str(key))
    taken(limits, 1, "new")
    assert len(limits._full_at) == 10
    assert taken(limits, 5, "9") == 0
    assert taken(limits, 5, "0") == 5


@given(st.lists(st.floats(0, 20), min_size=1, max_size=80))
def test_over_any_time_no_more_than_the_burst_and_the_pace_is_allowed(pauses: list[float]) -> None:
    clock = Clock()
    limits, allowed = Limits(clock), []
    for pause in pauses:
        clock.now += pause
        allowed += [clock.now] * taken(limits, 1)
    for first, began in enumerate(allowed):
        for last in range(first, len(allowed)):
            assert last - first + 1 <= RATE.burst + (allowed[last] - began) / RATE.every_seconds + 1e-6
