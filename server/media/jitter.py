"""The jitter buffer: how long sound waits for its laggards, and what was lost for good."""

from collections import deque
from enum import Enum
from typing import NamedTuple

from server.media import opus, rtp

PER_MS = opus.RATE // 1000
TRANSITS = 250
"""Packets over which the network's unsteadiness is judged: five seconds of speech."""
LEAST_MS, MOST_MS = 20.0, 320.0
FIRST_MS = 40.0
SLACK_MS = 8.0
MOST_PACKETS = 100
STALLED_TICKS = 6
"""So long a hole is filled; then the spurt is over."""
JUMP = 2 * opus.RATE
"""A timestamp that jumps so far begins anew."""


class Kind(Enum):
    """What to play next."""

    PACKET = 1
    LOST = 2
    PAUSE = 3
    """The sender was silent."""
    NOTHING = 4
    """Nothing has come, or not long enough ago."""


class Due(NamedTuple):
    """One thing to play, and for a lost packet what came after it."""

    kind: Kind
    payload: bytes | None = None
    samples: int = opus.TICK_SAMPLES


NOTHING, PAUSE = Due(Kind.NOTHING), Due(Kind.PAUSE)


class Jitter:
    """Holds one stream's packets until they are due."""

    def __init__(self) -> None:
        self.target_ms = FIRST_MS
        self._transits: deque[float] = deque(maxlen=TRANSITS)
        self._seen = 0
        self._newest: tuple[int, int] | None = None
        self.forget()

    def forget(self) -> None:
        """Drop all sound that waits; what is known of the network stays."""
        self._waiting: dict[int, tuple[int, bytes]] = {}
        self._next = -1
        self._clock: int | None = None
        self._frame = opus.TICK_SAMPLES
        self._hole = 0

    def push(self, seq: int, timestamp: int, payload: bytes, now_ms: float) -> None:
        """Take a packet in."""
        seq, at = self._place(seq, timestamp)
        late = self._clock is not None and seq < self._next
        if late or len(self._waiting) >= MOST_PACKETS or not (frame := opus.duration(payload)):
            return
        self._frame = frame
        self._waiting[seq] = (at, payload)
        self._judge(now_ms - at / PER_MS)

    def pop(self, now_ms: float) -> Due:
        """Give what is due; to be called until a tick is filled."""
        if self._clock is None and not self._start(now_ms):
            return NOTHING
        if self._next in self._waiting:
            return self._play()
        return self._lost() if self._waiting else self._run_dry()

    def skip(self, now_ms: float) -> None:
        """Let what would be due pass unheard."""
        self._clock = None
        for seq in [seq for seq, (at, _) in self._waiting.items() if self._wait_ms(at, now_ms) < 0]:
            del self._waiting[seq]

    @property
    def surplus(self) -> bool:
        """More waits than the network needs: a tick may be left out."""
        if self._clock is None or not self._waiting:
            return False
        end = max(at for at, _ in self._waiting.values()) + self._frame
        return (end - self._clock) / PER_MS > self.target_ms + self._frame / PER_MS + 40

    def _place(self, seq: int, timestamp: int) -> tuple[int, int]:
        if self._newest is None:
            self._newest = (seq + (1 << 16), timestamp + (1 << 32))
        last_seq, last_at = self._newest
        seq, at = rtp.unwrap(seq, last_seq, 16), rtp.unwrap(timestamp, last_at, 32)
        if abs(at - last_at) > JUMP and abs(seq - last_seq) > 1:
            self.forget()
            self._transits.clear()
        if seq > last_seq:
            self._newest = (seq, at)
        return seq, at

    def _judge(self, transit: float) -> None:
        self._transits.append(transit)
        self._seen += 1
        if self._seen % 10 == 0:
            ordered = sorted(self._transits)
            spread = ordered[int(len(ordered) * 0.97)] - ordered[0]
            self.target_ms = min(max(spread + SLACK_MS, LEAST_MS), MOST_MS)

    def _wait_ms(self, at: int, now_ms: float) -> float:
        return at / PER_MS + min(self._transits) + self.target_ms - now_ms

    def _start(self, now_ms: float) -> bool:
        if not self._waiting:
            return False
        first = min(self._waiting)
        if self._wait_ms(self._waiting[first][0], now_ms) > 0:
            return False
        self._next, self._clock, self._hole = first, self._waiting[first][0], 0
        return True

    def _play(self) -> Due:
        at, payload = self._waiting[self._next]
        if at - self._clock_now > JUMP:
            self._clock = at
        if at > self._clock_now:
            self._clock = self._clock_now + opus.TICK_SAMPLES
            return PAUSE
        del self._waiting[self._next]
        self._next += 1
        samples = opus.duration(payload)
        self._clock, self._hole = at + samples, 0
        return Due(Kind.PACKET, payload, samples)

    def _lost(self) -> Due:
        following = min(self._waiting)
        at, payload = self._waiting[following]
        gap = at - self._clock_now
        missing = following - self._next
        self._next += 1
        if (self._hole and not (missing == 1 and opus.restores(payload))) or gap <= 0:
            self._hole = max(0, self._hole - 1)
            self._clock = min(self._clock_now + self._frame, at)
            return Due(Kind.LOST, None, 0)
        if gap > missing * self._frame * 2:
            self._next -= 1
            self._clock = self._clock_now + opus.TICK_SAMPLES
            return PAUSE
        samples = min(gap, self._frame)
        self._clock = self._clock_now + samples
        return Due(Kind.LOST, payload if missing == 1 else None, samples)

    def _run_dry(self) -> Due:
        self._hole += 1
        if self._hole > STALLED_TICKS:
            self._clock = None
            return NOTHING
        return Due(Kind.LOST)

    @property
    def _clock_now(self) -> int:
        return self._clock or 0
