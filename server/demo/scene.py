"""One café with the simulated people in it: who is here, what they can still say, and how they act."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from rooms.errors import Refused
from rooms.work import new_id
from server.demo import data
from server.house import House
from server.identity import Caller

Sleep = Callable[[float], Awaitable[None]]
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Figure:
    """A simulated person."""

    person_id: int
    language: str
    moderates: bool = False


class Deck:
    """Phrases that are drawn in turn, so that none comes again before all have come."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._left: dict[tuple[str, str], list[str]] = {}

    def draw(self, language: str, kind: str) -> str:
        """Draw a phrase of a kind, such as hello, remark or reply."""
        left = self._left.setdefault((language, kind), [])
        if not left:
            left.extend(self._rng.sample(every := data.phrases()[language][kind], len(every)))
        return left.pop()


def agenda(rng: random.Random, topic: int | None, asked: frozenset[str]) -> list[tuple[str, str]]:
    """List the questions not asked yet, language and text, to be taken from the end; those on the topic come first."""
    every = [
        (number != topic, rng.random(), language, text)
        for language, kinds in data.phrases().items()
        for number, text in enumerate(kinds["question"])
        if text not in asked
    ]
    return [(language, text) for *_, language, text in sorted(every, reverse=True)]


@dataclass
class Scene:
    """A café's room, those of the cast who are in it, and what has happened there."""

    house: House
    rng: random.Random
    sleep: Sleep
    room_id: int
    end_at: datetime
    cast: tuple[Figure, ...]
    agenda: list[tuple[str, str]]
    said: int = 0
    asked: int = 0
    here: list[Figure] = field(default_factory=list)
    greeted: set[int] = field(default_factory=set)
    mark: str = field(default_factory=new_id)

    def __post_init__(self) -> None:
        self.deck = Deck(self.rng)
        self.known = {figure.person_id: figure for figure in self.cast}
        self.moderators = [figure for figure in self.cast if figure.moderates]

    async def perform(self, figure: Figure, command: str, **body: Any) -> Any:
        """Perform a command as somebody; gives its answer, or None when it was refused."""
        try:
            return await self.house.door.perform(Caller(figure.person_id, figure.language), command, body, new_id())
        except Refused as refused:
            log.debug("crowd.refused", command=command, code=refused.code)
            return None

    def come(self, figure: Figure) -> None:
        """Let somebody into the room."""
        self.here.append(figure)
        self.house.presence.come(self._connection(figure), self.room_id, figure.person_id)

    def leave(self, figure: Figure) -> None:
        """Let somebody out of the room."""
        self.here.remove(figure)
        self.house.presence.leave(self._connection(figure), self.room_id, figure.person_id)

    def close(self) -> None:
        """Let everybody out."""
        for figure in list(self.here):
            self.leave(figure)

    def _connection(self, figure: Figure) -> str:
        return f"simulated-{self.mark}-{figure.person_id}"
