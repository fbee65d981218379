"""Whose picture goes into which slot, and who is watched by nobody."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from server.media.pictures import Source
from server.media.place import Place
from server.media.quality import BAD
from server.media.wire import Slots, Watched


class Screens:
    """Fills slots as clients want them, and tells who sees whom."""

    def __init__(self, say: Callable[[Any], None]) -> None:
        self._say = say

    def arrange(self, places: Mapping[str, Place]) -> None:
        """Fill all slots anew."""
        watched = set[str]()
        for place in places.values():
            shown = self._fill(place, places)
            watched.update(name for name in shown if name)
            if shown != (place.shown or [None] * len(shown)):
                self._say(Slots(place.seat.seat, shown))
            place.shown = shown
        for name, place in places.items():
            self._tell(place, name in watched)

    def chase(self, place: Place, seconds: float) -> None:
        """Ask somebody again for what is missing of their picture."""
        if source := source_of(place):
            source.chase()
            source.look(time.monotonic())
        for slot in place.link.slots if place.link else []:
            slot.refill(seconds)

    def _fill(self, place: Place, places: Mapping[str, Place]) -> list[str | None]:
        slots = place.link.slots if place.link else []
        names = [name if self._visible(place, places.get(name)) else None for name in place.want[: len(slots)]]
        names += [None] * (len(slots) - len(names))
        if place.link and place.link.quality.level == BAD:
            names = [None] * len(slots)
        for slot, name in zip(slots, names, strict=True):
            slot.show(source_of(places.get(name or "")))
        return names

    @staticmethod
    def _visible(place: Place, other: Place | None) -> bool:
        return bool(
            other and other is not place and other.pictured and other.seat.room == place.seat.room and source_of(other)
        )

    def _tell(self, place: Place, on: bool) -> None:
        now = on if place.pictured and place.link else None
        if now is not None and now != place.watched:
            self._say(Watched(place.seat.seat, now))
        place.watched = now


def source_of(place: Place | None) -> Source | None:
    """Give a place's picture, as far as there is one."""
    return place.link.uplink.source if place and place.link else None
