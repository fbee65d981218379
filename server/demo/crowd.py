"""The simulated people: they keep the café that is live now lively, at a pace that one can read."""

import asyncio
import heapq
import random
from collections.abc import Awaitable, Callable, Mapping

import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from rooms.members.store import Granted
from rooms.people.store import Person
from rooms.programme.store import Room, Session
from rooms.questions.store import Question
from server.demo import acts, data, tables
from server.demo.scene import Figure, Scene, Sleep, agenda
from server.house import House

ACTS: dict[str, Callable[[Scene], Awaitable[None]]] = {
    "talk": acts.talk,
    "react": acts.react,
    "ask": acts.ask,
    "vote": acts.vote,
    "moderate": acts.moderate,
    "host": acts.host,
    "move": acts.move,
    "run": tables.run_cafe,
    "table": tables.talk_at_table,
}
PACE_SECONDS: dict[str, tuple[float, float]] = {
    "talk": (3, 8),
    "react": (3, 9),
    "ask": (20, 40),
    "vote": (2, 6),
    "moderate": (4, 10),
    "host": (12, 25),
    "move": (8, 20),
    "run": (3, 6),
    "table": (1, 3),
}
"""How long after one act the next of its kind comes, from and to."""
AT_FIRST = 30
"""How many people are in a café when it begins."""
PLENTY = {"talk": 400, "react": 400, "vote": 400, "ask": 60}
"""From so many messages (for questions: so many questions) a café slows down."""
SLOWNESS = 12.0
WAIT_SECONDS = 20.0
log = structlog.get_logger()


async def _nothing() -> None:
    return None


class Crowd:
    """Plays simulated people in one café after the other."""

    def __init__(
        self,
        house: House,
        rng: random.Random | None = None,
        sleep: Sleep = asyncio.sleep,
        renew: Callable[[], Awaitable[None]] = _nothing,
        pace: Mapping[str, tuple[float, float]] = PACE_SECONDS,
    ) -> None:
        """Take a house; `renew` is called when no café is live, and should see to it that one is."""
        self._house = house
        self._rng = rng or random.Random()  # noqa: S311  # it only chooses what is said
        self._sleep = sleep
        self._renew = renew
        self._pace = pace
        self._began_at = house.clock()
        self._due: list[tuple[float, str]] = []
        self.scene: Scene | None = None

    async def run(self) -> None:
        """Work until cancelled; a refusal is only noted, an unexpected error ends the work and is logged."""
        try:
            while True:
                await self.step()
        except Exception:
            log.exception("crowd.ended")
            raise

    async def step(self) -> None:
        """Wait for the next act and let it happen, or find the café that is live now."""
        if self.scene is None or self._house.clock() >= self.scene.end_at:
            await self._change()
            return
        due, name = heapq.heappop(self._due)
        await self._sleep(max(0.0, due - self._now()))
        await ACTS[name](self.scene)
        heapq.heappush(self._due, (max(due, self._now()) + self._delay(self.scene, name), name))

    def _now(self) -> float:
        """Count the seconds since the crowd came."""
        return (self._house.clock() - self._began_at).total_seconds()

    def _delay(self, scene: Scene, name: str) -> float:
        done = scene.asked if name == "ask" else scene.said
        slowness = SLOWNESS if done >= PLENTY.get(name, done + 1) else 1.0
        return self._rng.uniform(*self._pace[name]) * slowness

    async def _change(self) -> None:
        """Leave the café that is over and enter the one that is live."""
        if self.scene is not None:
            self.scene.close()
        self.scene = await self._find()
        if self.scene is None:
            await self._renew()
            await self._sleep(WAIT_SECONDS)
            return
        self._enter(self.scene)
        if self.scene.said == 0 and self.scene.asked == 0:
            await acts.prologue(self.scene)

    def _enter(self, scene: Scene) -> None:
        others = [figure for figure in scene.cast if not figure.moderates]
        for figure in [*scene.moderators, *self._rng.sample(others, AT_FIRST - len(scene.moderators))]:
            scene.come(figure)
        self._due = [(self._now() + self._delay(scene, name), name) for name in ACTS]
        heapq.heapify(self._due)

    async def _find(self) -> Scene | None:
        now = self._house.clock()
        query = select(Session, Room).join(
            Room, (col(Room.session_id) == col(Session.id)) & col(Room.parent_id).is_(None)
        )
        query = query.where(Session.format == "knowledge-cafe", Session.start_at <= now, Session.end_at > now)
        async with self._house.database.reading() as db:
            found = (await db.exec(query.order_by(col(Session.number).desc()))).first()
            return await self._scene(db, *found) if found else None

    async def _scene(self, db: AsyncSession, session: Session, room: Room) -> Scene:
        asked = frozenset((await db.exec(select(Question.text).where(Question.room_id == room.id))).all())
        return Scene(
            house=self._house,
            rng=self._rng,
            sleep=self._sleep,
            room_id=room.id or 0,
            end_at=session.end_at,
            cast=await _cast(db),
            agenda=agenda(self._rng, data.topic_of(session.number), asked),
            said=room.message_count,
            asked=len(asked),
        )


async def _cast(db: AsyncSession) -> tuple[Figure, ...]:
    """List all simulated people."""
    desk = set((await db.exec(select(Granted.person_id).where(Granted.role == "moderator"))).all())
    rows = (await db.exec(select(Person).where(col(Person.simulated)).order_by(col(Person.id)))).all()
    return tuple(Figure(row.id or 0, row.language, row.id in desk) for row in rows)
