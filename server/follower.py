"""Opens and leaves streams for one connection, so that nothing told in between is lost or doubled."""

import asyncio
from collections.abc import Iterable

from rooms.errors import Refused
from rooms.snapshot import check_name
from server import journal
from server.connection import Connection
from server.door import Page
from server.house import House


class Follower:
    """One connection's streams."""

    def __init__(self, house: House, connection: Connection) -> None:
        self.house = house
        self.connection = connection
        self._opening = asyncio.Lock()

    async def open(self, streams: tuple[str, ...], since: dict[str, int], ref: str | None = None) -> None:
        """Follow streams, all or none. Attach first, read then: what is told in between waits in the connection.

        Raises:
            Refused: stream.unknown, permission.*.
        """
        async with self._opening:
            held = {stream for stream in streams if stream in self.connection.cursors}
            try:
                self._attach(streams)
                pages = await self.house.door.pages(self.connection.caller, streams, since)
            except BaseException:
                self._let_be(streams, held)
                raise
            if ref is not None:
                heads = {page.stream: {"seq": page.seq} for page in pages}
                self.connection.say(journal.encode({"ok": ref, "result": heads}))
            for page in pages:
                self._begin(page)

    def leave(self, streams: Iterable[str]) -> None:
        """Follow streams no more."""
        self.house.leave(self.connection, streams)

    async def start_afresh(self) -> None:
        """Read the state of streams again that lost events for good."""
        streams, self.connection.afresh = self.connection.afresh, set()
        try:
            if streams:
                await self.open(tuple(streams), {})
        except Refused:
            self.connection.hang("changed")

    def _attach(self, streams: tuple[str, ...]) -> None:
        for stream in streams:
            check_name(stream)
        self.connection.expect(streams)
        for stream in streams:
            self.house.hub.attach(self.connection, stream)

    def _let_be(self, streams: tuple[str, ...], held: set[str]) -> None:
        """After a refusal follow nothing new; what was followed before goes on from its state."""
        self.leave(stream for stream in streams if stream not in held)
        for stream in held:
            self.connection.start_afresh(stream)

    def _begin(self, page: Page) -> None:
        self.house.relay.settle(page.stream, page.seq, page.values_seq)
        self.connection.begin(page)
        self.house.count(self.connection, page.stream, self.house.presence.come)
