"""The table of seats: one row for each person in each sitting; a row that ended is history."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import combinations

from sqlalchemy import UniqueConstraint, func
from sqlalchemy.orm import aliased
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from rooms.columns import Moment
from rooms.presence.store import Lease
from rooms.tables.store import CafeTable

Group = tuple[int, int]
"""Those who sat at one table in one sitting: the names of both."""


class Seat(SQLModel, table=True):
    """Where one person sits, or sat, in one sitting of a café."""

    __tablename__ = "seat"
    __table_args__ = (UniqueConstraint("cafe_id", "sitting", "person_id"),)

    id: int | None = Field(default=None, primary_key=True)
    cafe_id: int = Field(foreign_key="cafe.room_id")
    sitting: int
    person_id: int = Field(foreign_key="person.id", index=True)
    table_id: int = Field(foreign_key="cafe_table.room_id", index=True)
    listening: bool = False
    taken_at: datetime = Field(sa_type=Moment)
    away_at: datetime | None = Field(default=None, sa_type=Moment)
    left_at: datetime | None = Field(default=None, sa_type=Moment)


async def taken(db: AsyncSession, cafe_id: int, sitting: int) -> list[Seat]:
    """List the seats taken in a sitting, oldest first."""
    query = select(Seat).where(Seat.cafe_id == cafe_id, Seat.sitting == sitting, col(Seat.left_at).is_(None))
    return list((await db.exec(query.order_by(col(Seat.taken_at), col(Seat.id)))).all())


async def seat(db: AsyncSession, cafe_id: int, sitting: int, person_id: int) -> Seat | None:
    """Find somebody's seat in a sitting, also one that they left; lock it until the transaction ends."""
    query = select(Seat).where(Seat.cafe_id == cafe_id, Seat.sitting == sitting, Seat.person_id == person_id)
    return (await db.exec(query.with_for_update())).first()


async def groups(db: AsyncSession, people: Collection[int]) -> list[tuple[Group, int]]:
    """List who of some people sat in which group, in all cafés."""
    query = select(Seat.table_id, Seat.sitting, Seat.person_id).where(col(Seat.person_id).in_(people))
    return [((table, sitting), person) for table, sitting, person in (await db.exec(query)).all()]


async def met(db: AsyncSession, people: Collection[int]) -> Counter[tuple[int, int]]:
    """Count how often pairs of people sat together, ever."""
    return pairs(await groups(db, people))


def pairs(members: Iterable[tuple[Group, int]]) -> Counter[tuple[int, int]]:
    """Count the pairs within groups."""
    found: dict[Group, list[int]] = defaultdict(list)
    for group, person in members:
        found[group].append(person)
    return Counter(pair for group in found.values() for pair in combinations(sorted(group), 2))


async def sittings(db: AsyncSession, cafe_id: int, after: int) -> list[dict[int, list[int]]]:
    """Map tables to who sat there, for each of a café's sittings after a number."""
    query = select(Seat.sitting, Seat.table_id, Seat.person_id).where(Seat.cafe_id == cafe_id, Seat.sitting > after)
    found: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for sitting, table, person in (await db.exec(query.order_by(col(Seat.sitting), col(Seat.person_id)))).all():
        found[sitting][table].append(person)
    return [dict(seating) for seating in found.values()]


async def met_by(db: AsyncSession, cafe_id: int, after: int, person_id: int) -> dict[int, set[int]]:
    """Map a café's sittings after a number to those whom somebody sat with."""
    own = aliased(Seat)
    query = (
        select(Seat.sitting, Seat.person_id)
        .join(own, (col(own.table_id) == Seat.table_id) & (col(own.sitting) == Seat.sitting))
        .where(own.person_id == person_id, Seat.cafe_id == cafe_id, Seat.sitting > after)
    )
    found: dict[int, set[int]] = defaultdict(set)
    for sitting, other in (await db.exec(query)).all():
        found[sitting] |= {other} - {person_id}
    return dict(found)


async def here(db: AsyncSession, cafe_id: int) -> set[int]:
    """List who is in a café now: in its room or at one of its tables."""
    at_tables = select(CafeTable.room_id).where(CafeTable.cafe_id == cafe_id)
    query = select(Lease.person_id).where((col(Lease.room_id) == cafe_id) | col(Lease.room_id).in_(at_tables))
    return set((await db.exec(query.distinct())).all())


async def count(db: AsyncSession, table_id: int, sitting: int) -> int:
    """Count the seats taken at a table."""
    query = select(func.count()).where(Seat.table_id == table_id, Seat.sitting == sitting, col(Seat.left_at).is_(None))
    return int((await db.exec(query)).one())


async def used(db: AsyncSession, table_id: int) -> bool:
    """Tell whether anybody ever sat at a table."""
    return (await db.exec(select(Seat.id).where(Seat.table_id == table_id).limit(1))).first() is not None
