"""How often somebody may: a bucket per person and command that fills again at a steady pace."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from rooms.commands import Rate
from rooms.errors import reason

LIMITED = reason("rate.limited", 429, "That was too quick. Please wait a moment.")
BUCKETS_KEPT = 100_000
"""The buckets used longest ago are forgotten beyond this, so that strangers cannot fill the memory."""


@dataclass
class Limits:
    """Buckets kept as the time at which each would be full again (the generic cell rate algorithm, ITU-T I.371)."""

    clock: Callable[[], float]
    kept: int = BUCKETS_KEPT
    _full_at: OrderedDict[Hashable, float] = field(default_factory=OrderedDict)

    def take(self, key: Hashable, rate: Rate) -> None:
        """Take one from a bucket.

        Raises:
            Refused: rate.limited with retry_after_ms.
        """
        now = self.clock()
        full_at = max(self._full_at.get(key, now), now) + rate.every_seconds
        wait = full_at - now - rate.burst * rate.every_seconds
        if wait > 1e-9:
            raise LIMITED(retry_after_ms=round(wait * 1000) + 1)
        self._full_at[key] = full_at
        self._full_at.move_to_end(key)
        if len(self._full_at) > self.kept:
            self._full_at.popitem(last=False)
