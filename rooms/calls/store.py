"""The tables of calls, of the seats in them, and of whom a moderator has muted."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, SQLModel, col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from rooms.calls.rules import ENGINES, USUAL_ENGINE
from rooms.columns import Moment
from rooms.presence.store import Lease, Process
from rooms.programme.store import Room

MIXED = tuple(name for name, engine in ENGINES.items() if engine.mixed)
_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class Call(SQLModel, table=True):
    """A room's call: which engine it has, and which media process."""

    __tablename__ = "call"

    room_id: int = Field(primary_key=True, foreign_key="room.id")
    engine: str = USUAL_ENGINE
    media: str = Field(default="", index=True)
    changed_at: datetime = Field(sa_type=Moment)


class CallSeat(SQLModel, table=True):
    """One person's seat in a call, on the device that they joined with last."""

    __tablename__ = "call_seat"

    id: str = Field(primary_key=True)
    room_id: int = Field(foreign_key="call.room_id", index=True)
    person_id: int = Field(foreign_key="person.id", unique=True)
    name: str
    device: str
    gen: int = 1
    state: str = "joining"
    mic: bool = False
    camera: bool = False
    screen: bool = False
    hand_at: datetime | None = Field(default=None, sa_type=Moment)
    saver: bool = False
    listen: bool = False
    muted: bool = False
    quality: str = ""
    until_at: datetime | None = Field(default=None, sa_type=Moment, index=True)
    joined_at: datetime = Field(sa_type=Moment)


class CallMute(SQLModel, table=True):
    """Somebody may not speak in a room's call until a moderator allows it, even if they leave and join again."""

    __tablename__ = "call_mute"

    room_id: int = Field(primary_key=True, foreign_key="room.id")
    person_id: int = Field(primary_key=True, foreign_key="person.id")


async def call(db: AsyncSession, room_id: int) -> Call | None:
    """Find a room's call."""
    return await db.get(Call, room_id)


async def lock(db: AsyncSession, room_ids: Collection[int], now: datetime) -> dict[int, Call]:
    """Lock rooms' calls in order, making those that there are not yet: their seats change one after the other."""
    wanted = sorted(set(room_ids))
    if not wanted:
        return {}
    insert = _INSERTS[db.get_bind().dialect.name](Call)
    rows = [{"room_id": room_id, "engine": USUAL_ENGINE, "media": "", "changed_at": now} for room_id in wanted]
    await db.exec(insert.on_conflict_do_nothing(index_elements=["room_id"]), params=rows)
    query = select(Call).where(col(Call.room_id).in_(wanted)).order_by(col(Call.room_id)).with_for_update()
    found = (await db.exec(query.execution_options(populate_existing=True))).all()
    return {row.room_id: row for row in found}


def _seats() -> SelectOfScalar[CallSeat]:
    """Select seats as they are now, whatever was read before their call was locked."""
    return select(CallSeat).execution_options(populate_existing=True)


async def seat(db: AsyncSession, seat_id: str) -> CallSeat | None:
    """Find a seat."""
    return (await db.exec(_seats().where(CallSeat.id == seat_id))).first()


async def seat_of_person(db: AsyncSession, person_id: int) -> CallSeat | None:
    """Find somebody's seat, wherever it is."""
    return (await db.exec(_seats().where(CallSeat.person_id == person_id))).first()


async def seats_of_people(db: AsyncSession, people: Collection[int]) -> list[CallSeat]:
    """List the seats of some people."""
    query = _seats().where(col(CallSeat.person_id).in_(people)).order_by(col(CallSeat.id))
    return list((await db.exec(query)).all())


async def seats(db: AsyncSession, room_id: int) -> list[CallSeat]:
    """List a room's seats in the order of joining."""
    query = _seats().where(CallSeat.room_id == room_id).order_by(col(CallSeat.joined_at), col(CallSeat.id))
    return list((await db.exec(query)).all())


async def drop(db: AsyncSession, seat_ids: Collection[str]) -> None:
    """Free seats."""
    await db.exec(delete(CallSeat).where(col(CallSeat.id).in_(seat_ids)))


async def is_muted(db: AsyncSession, room_id: int, person_id: int) -> bool:
    """Tell whether somebody may not speak in a room's call."""
    return await db.get(CallMute, (room_id, person_id)) is not None


async def mute(db: AsyncSession, room_id: int, person_id: int, muted: bool) -> None:
    """Let somebody speak in a room's call, or not."""
    row = await db.get(CallMute, (room_id, person_id))
    if muted and row is None:
        db.add(CallMute(room_id=room_id, person_id=person_id))
    if row is not None and not muted:
        await db.delete(row)
    await db.flush()


async def lives(db: AsyncSession, media: str, now: datetime) -> bool:
    """Tell whether the server process of a media process lives."""
    row = await db.get(Process, media) if media else None
    return row is not None and row.until_at > now


async def media_around(db: AsyncSession, room_id: int, now: datetime) -> str:
    """Find the media process that has the calls of a room's sisters, so that people move between them unheard."""
    own = await db.get(Room, room_id)
    if own is None or own.parent_id is None:
        return ""
    family = select(Room.id).where(or_(Room.parent_id == own.parent_id, Room.id == own.parent_id))
    living = select(Process.id).where(col(Process.until_at) > now)
    query = select(Call.media).where(col(Call.room_id).in_(family), col(Call.media).in_(living))
    return (await db.exec(query.order_by(col(Call.room_id)).limit(1))).first() or ""


async def of_media(db: AsyncSession, media: str) -> list[CallSeat]:
    """List the seats that a media process has, in a steady order."""
    query = select(CallSeat).join(Call, col(Call.room_id) == CallSeat.room_id)
    query = query.where(Call.media == media, col(Call.engine).in_(MIXED)).order_by(col(CallSeat.id))
    return list((await db.exec(query)).all())


async def overdue(db: AsyncSession, now: datetime) -> list[tuple[int, str]]:
    """List the seats whose time has passed: rooms and seats."""
    query = select(CallSeat.room_id, CallSeat.id).where(col(CallSeat.until_at) <= now)
    return [(room, seat_id) for room, seat_id in (await db.exec(query)).all()]


async def orphans(db: AsyncSession, now: datetime) -> list[int]:
    """List the rooms with people in a call whose media process has ended with its server, or that have none."""
    living = select(Process.id).where(col(Process.until_at) > now)
    query = select(Call.room_id).join(CallSeat, col(CallSeat.room_id) == Call.room_id)
    query = query.where(col(Call.engine).in_(MIXED), col(Call.media).not_in(living))
    return sorted(set((await db.exec(query)).all()))


async def away(db: AsyncSession) -> list[tuple[str, bool]]:
    """List the seats of calls without a media process whose people have come or gone: seats, and whether they went."""
    here = select(Lease.person_id).where(Lease.room_id == CallSeat.room_id, Lease.person_id == CallSeat.person_id)
    there = here.exists()
    query = select(CallSeat.id, col(CallSeat.until_at).is_(None)).join(Call, col(Call.room_id) == CallSeat.room_id)
    query = query.where(col(Call.engine).not_in(MIXED))
    gone = ~there & col(CallSeat.until_at).is_(None)
    back = there & col(CallSeat.until_at).is_not(None)
    return [(seat_id, bool(went)) for seat_id, went in (await db.exec(query.where(or_(gone, back)))).all()]


async def due(db: AsyncSession, now: datetime) -> bool:
    """Tell whether a sweep would find anything to do."""
    if (await db.exec(select(CallSeat.id).limit(1))).first() is None:
        return False
    return bool(await overdue(db, now) or await orphans(db, now) or await away(db))


async def rooms_of(db: AsyncSession, seat_ids: Sequence[str]) -> list[int]:
    """List the rooms of seats."""
    query = select(CallSeat.room_id).where(col(CallSeat.id).in_(seat_ids)).distinct()
    return sorted((await db.exec(query)).all())


async def is_here(db: AsyncSession, room_id: int, person_id: int) -> bool:
    """Tell whether somebody has a connection to a room."""
    query = select(Lease.connection).where(Lease.room_id == room_id, Lease.person_id == person_id)
    return (await db.exec(query.limit(1))).first() is not None


async def hands(db: AsyncSession, parent_id: int) -> dict[int, int]:
    """Count the raised hands in the calls of the rooms within a room; where there are none, nothing is said."""
    within = select(CallSeat.room_id, func.count()).join(Room, col(Room.id) == col(CallSeat.room_id))
    rows = within.where(Room.parent_id == parent_id, col(CallSeat.hand_at).is_not(None))
    return dict((await db.exec(rows.group_by(col(CallSeat.room_id)).order_by(col(CallSeat.room_id)))).all())
