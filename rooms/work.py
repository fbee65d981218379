"""One command's work: the transaction, who asks, the time, and what is to be told when it is done."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sqlmodel.ext.asyncio.session import AsyncSession

from rooms.members.rules import Actor
from rooms.streams import A, AnyStream, Event, Latest, Stream, Told, audience_of, type_of

ID_BYTES = 8
"""64 random bits: ids of what is moderated or private tell nothing of order or number."""


class Holds(Protocol):
    """Whatever can lock a stream's head until the transaction ends."""

    async def __call__(self, db: AsyncSession, stream: AnyStream) -> None: ...


async def _hold_nothing(db: AsyncSession, stream: AnyStream) -> None:
    return None


Ice = tuple[tuple[str, ...], str, str]
"""Addresses of a server that helps connections through walls, a name for it and a password."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an action may know of the server process that it runs in."""

    media: str = ""
    """The media process beside it; empty where there is none."""
    ice: Callable[[int, datetime], tuple[Ice, ...]] = lambda person_id, now: ()
    relay_only: bool = False
    count: Callable[[str], int] = lambda key: 1
    """Counts something once more that is not stored, and says how often it was counted here."""


@dataclass
class Work:
    """What an action gets: read and save through db, ask who acts, tell audiences.

    Nothing told reaches anybody unless the transaction commits.
    """

    db: AsyncSession
    actor: Actor
    now: datetime
    holds: Holds = _hold_nothing
    told: list[Told] = field(default_factory=list)
    blanked: set[tuple[str, str]] = field(default_factory=set)
    forgotten: set[tuple[str, str]] = field(default_factory=set)
    around: Surroundings = Surroundings()

    def tell(self, stream: Stream[A], event: Event[A]) -> None:
        """Tell one event to one stream once the work is saved.

        Raises:
            TypeError: the event is for another audience than the stream's.
        """
        if audience_of(type(event)) is not stream.audience:
            raise TypeError(f"{type(event).__name__} is not for {stream.name}")
        self.told.append(Told(stream, event))

    def blank(self, stream: AnyStream, about: str) -> None:
        """Take the words about a thing out of everything that a stream was told earlier."""
        self.blanked.add((stream.name, about))

    def forget(self, stream: Stream[A], event: type[Latest[A]], key: str = "") -> None:
        """Drop a latest value that stands for nothing any more."""
        self.forgotten.add((stream.name, latest_key(event, key)))

    async def hold(self, stream: AnyStream) -> None:
        """Lock a stream's latest values until the transaction ends, so that a count made now stays true."""
        await self.holds(self.db, stream)


def latest_key(event: type[Latest[A]], key: str) -> str:
    """Name a latest value within its stream, such as question.scores/k3JfA9x2LqE."""
    return f"{type_of(event)}/{key}" if key else type_of(event)


def new_id() -> str:
    """Make a random id of 11 letters, digits, - and _."""
    return secrets.token_urlsafe(ID_BYTES)
