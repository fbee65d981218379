"""The demonstration: the sample forum in the present, its simulated people, and the one-click way in."""

import asyncio
import random
from datetime import datetime
from typing import Literal

from sqlmodel.ext.asyncio.session import AsyncSession

from rooms.members.store import Granted
from rooms.people.store import Person
from rooms.programme import store
from server.demo import archive, data, rows
from server.demo.crowd import Crowd
from server.demo.shift import weeks_to
from server.house import House

Role = Literal["participant", "moderator", "organiser"]


async def load(db: AsyncSession, now: datetime) -> None:
    """Write the sample forum, or move it when the weeks have gone on; a forum of real people is left alone."""
    forum, weeks = await store.forum(db), weeks_to(now)
    if forum is None:
        await rows.insert(db, now, weeks)
        await archive.fill(db)
    elif not forum.sample:
        return
    elif forum.shift_weeks != weeks:
        await rows.move(db, forum, now, weeks)
    await rows.announce(db, now)


class Demo:
    """What the demonstration adds to a server."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._crowd: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Load the sample and, unless all is to be quiet, let the simulated people in."""
        await self._load()
        if not self._house.settings.quiet:
            self._crowd = asyncio.create_task(Crowd(self._house, renew=self._load).run())

    async def stop(self) -> None:
        """Let the simulated people go."""
        if self._crowd is not None:
            self._crowd.cancel()
            await asyncio.gather(self._crowd, return_exceptions=True)

    async def enter(self, role: Role, language: str = "en") -> int:
        """Make a new person with a role in the whole forum; gives their id."""
        async with self._house.database.writing() as db:
            person = Person(name="", language=language, created_at=self._house.clock())
            db.add(person)
            await db.flush()
            person.name = f"{random.choice(data.guest_names())} {person.id}"  # noqa: S311  # only a friendly name
            if role != "participant":
                db.add(Granted(role=role, scope="forum", person_id=person.id))
            await db.flush()
            return person.id or 0

    async def _load(self) -> None:
        async with self._house.database.writing() as db:
            await load(db, self._house.clock())
