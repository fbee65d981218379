"""The tables of cafés and of who said what when asked whether they are ready."""

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlmodel import Field, SQLModel, col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from rooms.columns import DATA, Moment
from rooms.programme.store import Room, Session


class Cafe(SQLModel, table=True):
    """A café in a room: its plan, where it stands, and when that ends by itself."""

    __tablename__ = "cafe"

    room_id: int = Field(primary_key=True, foreign_key="room.id")
    plan: dict[str, Any] = Field(sa_type=DATA)
    phase: str = "draft"
    round: int = 0
    ends_at: datetime | None = Field(default=None, sa_type=Moment, index=True)
    left_ms: int | None = None
    recalled: bool = False
    sitting: int = 0
    """Counts the seatings that came to be, over all runs of the café."""
    before: int = 0
    """How many of them this run found."""
    turn: int = 0
    """Counts the seatings proposed: the seed of the next, and the guard against one computed for the last."""
    proposal: dict[str, Any] | None = Field(default=None, sa_type=DATA)
    proof: dict[str, Any] | None = Field(default=None, sa_type=DATA)
    """What the rounds of this run did so far."""
    replanned: bool = False
    """Whether the seats of this round were proposed again, since many had come meanwhile."""
    planned_until: datetime | None = Field(default=None, sa_type=Moment)


class CafeAnswer(SQLModel, table=True):
    """What one person answered to the question whether they are ready."""

    __tablename__ = "cafe_answer"

    room_id: int = Field(primary_key=True, foreign_key="cafe.room_id")
    person_id: int = Field(primary_key=True, foreign_key="person.id")
    answer: str


async def cafe(db: AsyncSession, room_id: int, lock: bool = False) -> Cafe | None:
    """Find a room's café, and perhaps lock it until the transaction ends."""
    return await db.get(Cafe, room_id, with_for_update=lock or None)


async def captures(db: AsyncSession, room_id: int) -> bool:
    """Tell whether what is said in a room's café may be kept: the Gurteen way keeps nothing."""
    row = await cafe(db, room_id)
    return row is None or row.plan.get("preset") != "gurteen"


async def cafes(db: AsyncSession) -> list[tuple[Room, Session]]:
    """List the rooms with a café and their sessions, the latest first."""
    rooms = (
        select(Room, Session).join(Cafe, col(Cafe.room_id) == Room.id).join(Session, col(Session.id) == Room.session_id)
    )
    return list((await db.exec(rooms.order_by(col(Session.start_at).desc(), col(Room.id)))).all())


async def due(db: AsyncSession, now: datetime) -> list[int]:
    """List the cafés whose phase has ended."""
    query = select(Cafe.room_id).where(col(Cafe.ends_at) <= now).order_by(col(Cafe.ends_at))
    return list((await db.exec(query)).all())


async def unplanned(db: AsyncSession, now: datetime) -> list[int]:
    """List the cafés that wait for a proposal of seats on which nobody works."""
    free = or_(col(Cafe.planned_until).is_(None), col(Cafe.planned_until) < now)
    waits = select(Cafe.room_id).where(
        Cafe.phase == "seating", col(Cafe.ends_at).is_(None), col(Cafe.left_ms).is_(None), free
    )
    return list((await db.exec(waits)).all())


async def running(db: AsyncSession, phases: tuple[str, ...]) -> list[int]:
    """List the cafés in certain phases."""
    return list((await db.exec(select(Cafe.room_id).where(col(Cafe.phase).in_(phases)))).all())


async def answers(db: AsyncSession, room_id: int) -> dict[int, str]:
    """Map people to what they answered."""
    rows = (await db.exec(select(CafeAnswer).where(CafeAnswer.room_id == room_id))).all()
    return {row.person_id: row.answer for row in rows}


async def answers_of(db: AsyncSession, person_id: int) -> dict[int, str]:
    """Map rooms to what somebody answered there."""
    rows = (await db.exec(select(CafeAnswer).where(CafeAnswer.person_id == person_id))).all()
    return {row.room_id: row.answer for row in rows}


async def counts(db: AsyncSession, room_id: int) -> dict[str, int]:
    """Count the people who gave each answer."""
    return dict(sorted(Counter((await answers(db, room_id)).values()).items()))


async def set_answer(db: AsyncSession, room_id: int, person_id: int, answer: str) -> None:
    """Keep somebody's answer; the last one counts."""
    row = await db.get(CafeAnswer, (room_id, person_id)) or CafeAnswer(room_id=room_id, person_id=person_id, answer="")
    row.answer = answer
    db.add(row)
    await db.flush()


async def forget_answers(db: AsyncSession, room_id: int) -> None:
    """Forget what people answered the last time."""
    await db.exec(delete(CafeAnswer).where(col(CafeAnswer.room_id) == room_id))
