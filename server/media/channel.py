"""Sound on its way out: how it is packed, and one encoder that any number of people may share."""

from typing import NamedTuple

import numpy as np

from server.media.opus import TICK_SAMPLES, Encoder, Sound

ALIGNED_TICKS = 6
"""Frames of one, two and three ticks all begin at its multiples: there people change channels."""
TAIL_TICKS = 12
"""So long silence is still sent, so that the last sound fades; then only now and then."""
KEEP_TICKS = 24
QUIET: Sound = np.zeros(TICK_SAMPLES, dtype=np.float32)


class Profile(NamedTuple):
    """How sound is packed: bit/s, ticks of 20 ms in a packet, the loss in percent that copies make up for, and more."""

    bitrate: int
    ticks: int
    loss_percent: int = 0
    twice: bool = False
    """Every packet is sent twice."""


PROFILES = (Profile(24_000, 1), Profile(16_000, 2), Profile(12_000, 3))
"""From the best to the one that needs least: headers cost more than sound, so the frames grow."""
LOSSY_PERCENT = 20
LOSSY = Profile(24_000, 1, LOSSY_PERCENT)
VERY_LOSSY = Profile(24_000, 2, LOSSY_PERCENT, twice=True)
LOSSY_SAVER = Profile(20_000, 3, LOSSY_PERCENT)
"""Opus makes no copies below about 18 kbit/s, however much gets lost."""


class Channel:
    """Makes packets of one mix."""

    def __init__(self, packing: Profile) -> None:
        self.profile = packing
        self._encoder = Encoder(packing.bitrate, packing.loss_percent)
        self._parts: list[Sound | None] = []
        self._quiet_ticks = TAIL_TICKS

    def branch(self, packing: Profile) -> "Channel":
        """Begin a channel that goes on exactly where this one stands, so that nobody hears the change."""
        branch = Channel(packing)
        branch._encoder.continue_from(self._encoder)
        branch._parts, branch._quiet_ticks = self._parts.copy(), self._quiet_ticks
        return branch

    def add(self, sound: Sound | None, tick: int) -> bytes | None:
        """Take a tick's sound, None for silence; give a packet where one is full and worth sending."""
        self._parts.append(sound)
        if (tick + 1) % self.profile.ticks:
            return None
        parts, self._parts = self._parts[-self.profile.ticks :], []
        if not self._worth_sending(parts):
            return None
        filled = [*[None] * (self.profile.ticks - len(parts)), *parts]
        return self._encoder.encode(np.concatenate([QUIET if part is None else part for part in filled]))

    def _worth_sending(self, parts: list[Sound | None]) -> bool:
        if any(part is not None for part in parts):
            self._quiet_ticks = 0
            return True
        self._quiet_ticks += len(parts)
        return self._quiet_ticks <= TAIL_TICKS or self._quiet_ticks % KEEP_TICKS < len(parts)
