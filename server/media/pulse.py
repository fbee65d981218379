"""The beat: every 20 ms a tick of sound, and everything that is done every so many ticks."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from server.media.hall import Hall
from server.media.opus import TICK_SAMPLES
from server.media.wire import Load

TICK_SECONDS = 0.02
SPEAKING_TICKS, LOOK_TICKS, CHASE_TICKS, SECOND_TICKS = 13, 12, 5, 50
LAGS = 500
"""Ticks over which the lag is judged: ten seconds."""
MOST_BEHIND = 10
"""So many missed ticks are made up for; more are left out."""


class Pulse:
    """Beats until it is cancelled."""

    def __init__(self, hall: Hall, say: Callable[[Any], None]) -> None:
        self._hall = hall
        self._say = say
        self._lags: deque[float] = deque(maxlen=LAGS)
        self._cpu, self._wall = time.process_time(), time.monotonic()

    async def run(self) -> None:
        """Beat."""
        loop = asyncio.get_running_loop()
        start, tick = loop.time(), 0
        while True:
            due = start + tick * TICK_SECONDS
            if (wait := due - loop.time()) > 0:
                await asyncio.sleep(wait)
            else:
                await asyncio.sleep(0)
            lag = loop.time() - due
            self._lags.append(lag)
            self._beat(tick)
            behind = int(lag / TICK_SECONDS)
            tick += 1 + (behind if behind > MOST_BEHIND else 0)

    def _beat(self, tick: int) -> None:
        now_ms = time.monotonic() * 1000
        self._hall.tick(tick, now_ms)
        if tick % SPEAKING_TICKS == 0:
            self._hall.say_speaking(now_ms)
        if tick % LOOK_TICKS == 1:
            self._hall.look()
        if tick % CHASE_TICKS == 2:
            self._hall.chase(CHASE_TICKS * TICK_SECONDS)
        if tick % SECOND_TICKS == 3:
            self._hall.report((tick + 1) * TICK_SAMPLES)
            self._say(self._load())

    def _load(self) -> Load:
        cpu, wall = time.process_time(), time.monotonic()
        part = (cpu - self._cpu) / max(wall - self._wall, 0.001)
        self._cpu, self._wall = cpu, wall
        ordered = sorted(self._lags)
        lag = ordered[int(len(ordered) * 0.99)] if ordered else 0.0
        return Load(len(self._hall.places), len(self._hall.tables), round(lag * 1000, 1), round(part, 3))
