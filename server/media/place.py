"""One person's place: what is desired of it, the connection that runs, and the one that comes."""

from collections.abc import Iterator

from aiortc import RTCIceCandidate

from server.media.link import Link
from server.media.offer import MOST_CANDIDATES
from server.media.table import Ear
from server.media.wire import Seat

MOST_GENS = 4
"""Connections whose candidates are kept at once."""


class Place:
    """A seat and its connections."""

    def __init__(self, seat: Seat) -> None:
        self.seat = seat
        self.link: Link | None = None
        self.coming: Link | None = None
        self.ear: Ear | None = None
        self.want: list[str] = []
        self.shown: list[str | None] | None = None
        """Whose pictures the client was told it gets."""
        self.watched: bool | None = None
        """Whether the client was told that it is watched."""
        self._candidates: dict[int, list[RTCIceCandidate]] = {}
        self._counts: dict[int, int] = {}

    def links(self) -> Iterator[Link]:
        """Give the connection that runs and the one that comes, as far as there are any."""
        yield from [link for link in (self.link, self.coming) if link]

    @property
    def newest_gen(self) -> int:
        """The number of the newest connection; older ones get no signals any more."""
        return max(link.gen for link in self.links()) if self.link or self.coming else 0

    def become(self, seat: Seat) -> None:
        """Take what is desired over."""
        self.seat = seat
        self._candidates = {gen: held for gen, held in self._candidates.items() if gen >= seat.gen}
        self._counts = {gen: count for gen, count in self._counts.items() if gen >= seat.gen}
        if self.link:
            self.link.voice.set_open(opened=seat.mic and not seat.muted)
            self.link.uplink.pictures_allowed = self.pictured
        self.pack()

    @property
    def pictured(self) -> bool:
        """Whether the person may show something."""
        return self.seat.camera or self.seat.screen

    def pack(self) -> None:
        """Choose how the sound to them is packed."""
        if self.ear and self.link:
            self.ear.wanted = self.link.quality.packing(self.seat.saver)

    def remember(self, gen: int, candidate: RTCIceCandidate) -> None:
        """Keep a candidate until the offer has been answered; only so many."""
        if gen not in self._counts and len(self._counts) >= MOST_GENS:
            return
        self._counts[gen] = self._counts.get(gen, 0) + 1
        if self._counts[gen] <= MOST_CANDIDATES:
            self._candidates.setdefault(gen, []).append(candidate)

    async def trickle(self) -> None:
        """Give the connections their candidates."""
        for link in self.links():
            held = self._candidates.pop(link.gen, []) if link.answered else []
            for candidate in held:
                await link.add(candidate)
