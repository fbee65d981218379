"""How well somebody is reached, and what is sent to them accordingly: worse at once, better only after a while."""

import math
from dataclasses import dataclass, field

from server.media.channel import PROFILES, Profile, profile

GOOD, WEAK, BAD = "good", "weak", "bad"
LEVELS = (GOOD, WEAK, BAD)
LOSSES = (0.05, 0.15)
"""From these on somebody is weakly, or badly, reached."""
ROUND_TRIPS_MS = (400.0, 1000.0)
EASE = 0.6
"""A level is left only below this part of where it begins."""
BETTER_SECONDS = 10.0
BETWEEN_SECONDS = 2.0
LOSSY, LOSSLESS = 0.02, 0.005
LOSS_WEIGHT, TRIP_WEIGHT = 0.3, 0.2


@dataclass
class Quality:
    """One connection's quality."""

    loss: float = 0.0
    rtt_ms: float = 0.0
    level: str = GOOD
    lossy: bool = False
    _changed_at: float = -math.inf
    _good_since: float = field(default=math.inf)

    def hear_loss(self, part: float) -> None:
        """Take in what part of the packets was lost."""
        self.loss += LOSS_WEIGHT * (part - self.loss)
        self.lossy = self.loss > (LOSSLESS if self.lossy else LOSSY)

    def hear_trip(self, trip_ms: float) -> None:
        """Take in a round trip."""
        self.rtt_ms += (trip_ms - self.rtt_ms) * (TRIP_WEIGHT if self.rtt_ms else 1.0)

    def judge(self, now: float) -> bool:
        """Decide the level anew; say whether it changed."""
        at, wanted = LEVELS.index(self.level), self._wanted()
        if wanted >= at:
            self._good_since = math.inf
        elif self._good_since == math.inf:
            self._good_since = now
        better = wanted < at and now - self._good_since >= BETTER_SECONDS
        if now - self._changed_at < BETWEEN_SECONDS or not (wanted > at or better):
            return False
        self.level, self._changed_at, self._good_since = LEVELS[at - 1 if better else wanted], now, math.inf
        return True

    def packing(self, saver: bool) -> Profile:
        """Give the profile that suits."""
        return profile(len(PROFILES) - 1 if saver else LEVELS.index(self.level), self.lossy)

    def _wanted(self) -> int:
        at = LEVELS.index(self.level)
        eases = [EASE if at > step else 1.0 for step in range(2)]
        by_loss = sum(self.loss > limit * ease for limit, ease in zip(LOSSES, eases, strict=True))
        by_trip = sum(self.rtt_ms > limit * ease for limit, ease in zip(ROUND_TRIPS_MS, eases, strict=True))
        return max(by_loss, by_trip)
