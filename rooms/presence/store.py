"""Leases: which connection holds which room for whom, and until when its process vouches for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from rooms.columns import Moment
from rooms.people.store import Person


class Process(SQLModel, table=True):
    """A server process that vouches for its leases until a time."""

    __tablename__ = "process"

    id: str = Field(primary_key=True)
    until_at: datetime = Field(sa_type=Moment)


class Lease(SQLModel, table=True):
    """One connection's stay in one room; one person may hold several."""

    __tablename__ = "lease"

    connection: str = Field(primary_key=True)
    room_id: int = Field(primary_key=True, foreign_key="room.id", index=True)
    person_id: int = Field(foreign_key="person.id")
    process_id: str = Field(foreign_key="process.id", index=True)


@dataclass(frozen=True, slots=True)
class Stay:
    """A connection's wish to be counted, or not any more, in a room."""

    connection: str
    room_id: int
    person_id: int


async def renew(db: AsyncSession, process_id: str, until_at: datetime) -> None:
    """Let a process vouch for its leases until a time."""
    row = await db.get(Process, process_id) or Process(id=process_id, until_at=until_at)
    row.until_at = until_at
    db.add(row)
    await db.flush()


async def add(db: AsyncSession, process_id: str, stays: Iterable[Stay]) -> None:
    """Add leases; one that is there already stays one."""
    for stay in stays:
        await db.merge(
            Lease(connection=stay.connection, room_id=stay.room_id, person_id=stay.person_id, process_id=process_id)
        )
    await db.flush()


async def drop(db: AsyncSession, stays: Iterable[Stay]) -> None:
    """Drop leases."""
    for stay in stays:
        await db.exec(delete(Lease).where(col(Lease.connection) == stay.connection, col(Lease.room_id) == stay.room_id))


async def expired(db: AsyncSession, now: datetime) -> list[str]:
    """List the processes that nobody has heard of for too long, and lock them so that none comes back meanwhile."""
    query = select(Process.id).where(col(Process.until_at) < now).with_for_update(skip_locked=True)
    return list((await db.exec(query)).all())


async def drop_processes(db: AsyncSession, process_ids: Sequence[str]) -> list[int]:
    """Drop processes with all their leases; gives the rooms concerned, in order."""
    rooms = (await db.exec(select(Lease.room_id).where(col(Lease.process_id).in_(process_ids)).distinct())).all()
    await db.exec(delete(Lease).where(col(Lease.process_id).in_(process_ids)))
    await db.exec(delete(Process).where(col(Process.id).in_(process_ids)))
    return sorted(rooms)


async def count(db: AsyncSession, room_id: int) -> int:
    """Count the people in a room; one person with three tabs is one."""
    query = select(func.count(func.distinct(col(Lease.person_id)))).where(Lease.room_id == room_id)
    return int((await db.exec(query)).one())


async def present(db: AsyncSession, room_id: int, after: int, limit: int) -> list[Person]:
    """List the people in a room by id, a page at a time."""
    here = select(Lease.person_id).where(Lease.room_id == room_id)
    query = select(Person).where(col(Person.id).in_(here), col(Person.id) > after)
    return list((await db.exec(query.order_by(col(Person.id)).limit(limit))).all())
