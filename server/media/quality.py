"""How well somebody is reached, and what is sent to them accordingly: worse at once, better only after a while."""

import math
from dataclasses import dataclass, field

from server.media.channel import LOSSY, LOSSY_SAVER, PROFILES, VERY_LOSSY, Profile

GOOD, WEAK, BAD = "good", "weak", "bad"
LEVELS = (GOOD, WEAK, BAD)
LOSSES = (0.05, 0.15)
"""From these on somebody is weakly, or badly, reached."""
CROWDED_LOSSES = (0.03, 0.06)
"""The same where the line is too slow for what is sent: there less helps at once."""
ROUND_TRIPS_MS = (400.0, 1000.0)
QUEUE_MS = 150.0
"""A round trip that is so much longer than the shortest one: packets queue up before a slow line."""
HOPELESS = 0.4
"""So much is not lost by chance: the line is too slow, and does not let packets queue up."""
EASE = 0.6
"""A level is left only below this part of where it begins."""
BETTER_SECONDS, MOST_BETTER_SECONDS = 10.0, 160.0
"""So long all must be well before more is tried; twice as long each time when that was too much."""
BETWEEN_SECONDS = 2.0
SOME_LOSS, NO_LOSS = 0.02, 0.005
TWICE_LOSS = 0.08
"""Up to here copies in the next packet make up for nearly all; from here on packets go out twice besides."""
LOSS_WEIGHT, OWN_WEIGHT, TRIP_WEIGHT = 0.3, 0.5, 0.4
"""Of what is heard each second, and of each round trip."""
MOST_WEIGHED_SECONDS = 5.0


@dataclass
class Quality:
    """One connection's quality."""

    loss: float = 0.0
    own_loss: float = 0.0
    """The same of what comes from them."""
    rtt_ms: float = 0.0
    level: str = GOOD
    lossy: bool = False
    crowded: bool = False
    """Whether the line is too slow: then less is sent; otherwise what gets lost is sent more than once."""
    _least_ms: float = math.inf
    _heard_at: float = math.inf
    _changed_at: float = -math.inf
    _tried_at: float = -math.inf
    _patience: float = BETTER_SECONDS
    _good_since: float = field(default=math.inf)

    def hear_loss(self, part: float, now: float) -> None:
        """Take in what part of the packets was lost since the last time; longer times weigh more."""
        seconds = min(now - self._heard_at, MOST_WEIGHED_SECONDS) if self._heard_at < now else 0.0
        self._heard_at = now
        self.loss += (1 - (1 - LOSS_WEIGHT) ** seconds) * (part - self.loss)
        self.lossy = self.loss > (NO_LOSS if self.lossy else SOME_LOSS)

    def hear_own_loss(self, part: float) -> None:
        """Take in what part of the packets from them was lost in a second."""
        self.own_loss += OWN_WEIGHT * (part - self.own_loss)

    def hear_trip(self, trip_ms: float) -> None:
        """Take in a round trip."""
        self._least_ms = min(self._least_ms, trip_ms)
        self.rtt_ms += (trip_ms - self.rtt_ms) * (TRIP_WEIGHT if self.rtt_ms else 1.0)

    def judge(self, now: float) -> bool:
        """Decide anew what is sent and the level; say whether the level changed."""
        self._heard_at = min(self._heard_at, now)
        if self._queues(1.0) and not self.crowded:
            self._fail(now)
            self.crowded = True
        at, wanted = LEVELS.index(self.level), self._wanted()
        better = self._is_better(wanted < at or (self.crowded and not self._queues(EASE)), now)
        if now - self._changed_at < BETWEEN_SECONDS or not (wanted > at or better):
            return False
        if better:
            return self._try(at, wanted, now)
        self._fail(now)
        self.level, self._changed_at, self._good_since = LEVELS[wanted], now, math.inf
        return True

    def packing(self, saver: bool) -> Profile:
        """Give the profile that suits."""
        if saver:
            return LOSSY_SAVER if self.loss > LOSSES[0] and not self.crowded else PROFILES[-1]
        if self.crowded and self.level != GOOD:
            return PROFILES[LEVELS.index(self.level)]
        if self.loss > TWICE_LOSS and not self.crowded:
            return VERY_LOSSY
        # What they send is heard of sooner than what they get, and copies in the next packet cost nothing.
        return LOSSY if self.lossy or self.own_loss > SOME_LOSS else PROFILES[0]

    def _is_better(self, well: bool, now: float) -> bool:
        self._good_since = min(self._good_since, now) if well else math.inf
        return now - self._good_since >= self._patience

    def _try(self, at: int, wanted: int, now: float) -> bool:
        """Go one level up; where what is lost forbids it although nothing queues up, take the line for fast enough."""
        self._tried_at = self._changed_at = now
        self._good_since = math.inf
        if wanted >= at or at == 1:
            self.crowded = False
        self.level = LEVELS[at - 1] if wanted < at else self.level
        return wanted < at

    def _fail(self, now: float) -> None:
        """Wait longer the next time, where more was tried just before."""
        if now - self._tried_at < BETTER_SECONDS:
            self._patience = min(2 * self._patience, MOST_BETTER_SECONDS)

    def _queues(self, part: float) -> bool:
        return self.rtt_ms - self._least_ms > QUEUE_MS * part or self._hopeless(part)

    def _hopeless(self, part: float) -> bool:
        return max(self.loss, self.own_loss) > HOPELESS * part

    def _wanted(self) -> int:
        at = LEVELS.index(self.level)
        eases = [EASE if at > step else 1.0 for step in range(2)]
        losses = CROWDED_LOSSES if self.crowded else LOSSES
        by_loss = sum(self.loss > limit * ease for limit, ease in zip(losses, eases, strict=True))
        by_trip = sum(self.rtt_ms > limit * ease for limit, ease in zip(ROUND_TRIPS_MS, eases, strict=True))
        return max(by_loss, by_trip, 2 * self._hopeless(eases[1]))
