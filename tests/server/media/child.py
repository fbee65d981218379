"""A media process of its own for tests, and seats in it."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import IO, Any

import msgspec

from server.media.wire import Candidate, Said, Seat, Signal, Told, Watch, line, read_said
from tests.server.media.peers import Peer, until


class Child:
    """The process, what it said, and the seats that are desired of it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said: list[Said] = []
        self.seats: dict[str, Seat] = {}
        self._peers: list[Peer] = []
        self._reading = asyncio.ensure_future(self._read())

    def tell(self, told: Told) -> None:
        """Tell it something."""
        assert self.process.stdin
        self.process.stdin.write(line(told))

    def arrange(self, **changes: dict[str, Any] | None) -> None:
        """Change seats by name; None takes one away."""
        for name, change in changes.items():
            before = self.seats.pop(name, Seat(name, 1, 1, mic=True))
            if change is not None:
                self.seats[name] = msgspec.structs.replace(before, **change)
        self.tell(Told(seats=list(self.seats.values())))

    def watch(self, name: str, *want: str) -> None:
        """Say whose pictures somebody shows."""
        self.tell(Told(watch=Watch(name, list(want))))

    def signal(self, name: str, gen: int, *, sdp: str | None = None, candidate: str | None = None) -> None:
        """Signal something for somebody."""
        held = Candidate(candidate, "0", 0) if candidate else None
        self.tell(Told(signal=Signal(name, gen, sdp=sdp, candidate=held)))

    async def enter(self, name: str, peer: Peer, **seat: Any) -> Peer:
        """Seat somebody, and connect them."""
        self.arrange(**{name: seat})
        self._peers.append(peer)
        gen = self.seats[name].gen

        async def exchange(sdp: str) -> str:
            self.signal(name, gen, sdp=sdp)
            said = await self.hear(lambda said: said.answer and (said.answer.seat, said.answer.gen) == (name, gen))
            assert said.answer
            return said.answer.sdp

        return await peer.join(exchange)

    async def hear(self, match: Callable[[Said], object], since: int = 0) -> Said:
        """Wait until it says something."""
        await until(lambda: any(match(said) for said in self.said[since:]), lambda: f"said: {self.said[-5:]}")
        return next(said for said in self.said[since:] if match(said))

    async def state(self, name: str, gen: int, state: str) -> None:
        """Wait until it says that somebody's connection is in a state."""
        await self.hear(
            lambda said: said.state and (said.state.seat, said.state.gen, said.state.state) == (name, gen, state)
        )

    async def close(self) -> None:
        """End it and everybody in it."""
        await asyncio.gather(*(peer.close() for peer in self._peers))
        assert self.process.stdin
        self.process.stdin.close()
        await asyncio.wait_for(self.process.wait(), 10)
        await self._reading

    async def _read(self) -> None:
        assert self.process.stdout
        while said := await self.process.stdout.readline():
            self.said.append(read_said(said))


@asynccontextmanager
async def child(*flags: str, stderr: IO[bytes] | None = None) -> AsyncIterator[Child]:
    """Start a media process, and end it; flags are for Python, stderr takes what it complains of."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *flags, "-m", "server.media"), stdin=pipe, stdout=pipe, stderr=stderr, limit=1 << 20
    )
    media = Child(process)
    await media.hear(lambda said: said.ready)
    try:
        yield media
    finally:
        await media.close()
