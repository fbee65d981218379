"""The table of café tables and of votes for those that were proposed."""

from datetime import datetime

from sqlalchemy import delete, exists, func
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from rooms.columns import Moment
from rooms.people.store import Person
from rooms.presence.store import Lease


class CafeTable(SQLModel, table=True):
    """A table of a café; its id is that of its room."""

    __tablename__ = "cafe_table"

    room_id: int = Field(primary_key=True, foreign_key="room.id")
    cafe_id: int = Field(foreign_key="cafe.room_id", index=True)
    place: int
    name: str
    topic: str = ""
    language: str = ""
    host_id: int | None = Field(default=None, foreign_key="person.id")
    acting_id: int | None = Field(default=None, foreign_key="person.id")
    """Who leads while the host is away or there is none."""
    least: int = 2
    most: int = 8
    open: bool = True
    proposed_by: int | None = Field(default=None, foreign_key="person.id")
    extra_ms: int = 0
    """How much longer than the others this table talks in this round."""
    card: str = ""
    """What the group before left for the one that sits here now."""
    help: str = ""
    help_by: int | None = Field(default=None, foreign_key="person.id")
    help_at: datetime | None = Field(default=None, sa_type=Moment)
    claimed_by: int | None = Field(default=None, foreign_key="person.id")


class TableVote(SQLModel, table=True):
    """One person's vote for a proposed table."""

    __tablename__ = "table_vote"

    table_id: int = Field(primary_key=True, foreign_key="cafe_table.room_id")
    person_id: int = Field(primary_key=True, foreign_key="person.id")


class TableVisitor(SQLModel, table=True):
    """A host who is at a table without sitting there."""

    __tablename__ = "table_visitor"

    table_id: int = Field(primary_key=True, foreign_key="cafe_table.room_id")
    person_id: int = Field(primary_key=True, foreign_key="person.id")


async def table(db: AsyncSession, room_id: int, lock: bool = False) -> CafeTable | None:
    """Find a table by its room, and perhaps lock it until the transaction ends."""
    return await db.get(CafeTable, room_id, with_for_update=lock or None)


async def tables(db: AsyncSession, cafe_id: int) -> list[CafeTable]:
    """List a café's tables in their order, closed ones too."""
    query = select(CafeTable).where(CafeTable.cafe_id == cafe_id)
    return list((await db.exec(query.order_by(col(CafeTable.place), col(CafeTable.room_id)))).all())


async def votes(db: AsyncSession, cafe_id: int) -> dict[int, int]:
    """Count the votes for each proposed table."""
    query = (
        select(TableVote.table_id, func.count())
        .join(CafeTable, col(CafeTable.room_id) == TableVote.table_id)
        .where(CafeTable.cafe_id == cafe_id)
        .group_by(col(TableVote.table_id))
    )
    return dict((await db.exec(query)).all())


async def voted_by(db: AsyncSession, person_id: int) -> list[int]:
    """List the tables somebody voted for."""
    query = select(TableVote.table_id).where(TableVote.person_id == person_id).order_by(col(TableVote.table_id))
    return list((await db.exec(query)).all())


async def set_vote(db: AsyncSession, table_id: int, person_id: int, on: bool) -> bool:
    """Set somebody's vote; says whether that changed anything."""
    row = await db.get(TableVote, (table_id, person_id))
    if on == (row is not None):
        return False
    if row:
        await db.delete(row)
    else:
        db.add(TableVote(table_id=table_id, person_id=person_id))
    await db.flush()
    return True


async def come(db: AsyncSession, table_id: int, person_id: int) -> None:
    """Let a host be at one table, and at no other of them."""
    await db.exec(delete(TableVisitor).where(col(TableVisitor.person_id) == person_id))
    db.add(TableVisitor(table_id=table_id, person_id=person_id))
    await db.flush()


async def go(db: AsyncSession, table_id: int, person_id: int) -> None:
    """Let a host be at a table no more."""
    gone = delete(TableVisitor).where(col(TableVisitor.table_id) == table_id)
    await db.exec(gone.where(col(TableVisitor.person_id) == person_id))


async def visited(db: AsyncSession, person_id: int) -> list[int]:
    """List the tables where a host is."""
    query = select(TableVisitor.table_id).where(TableVisitor.person_id == person_id)
    return list((await db.exec(query)).all())


async def visitors(db: AsyncSession, table_id: int) -> list[str]:
    """List the names of the hosts who are at a table."""
    query = select(Person.name).join(TableVisitor, col(TableVisitor.person_id) == Person.id)
    return list((await db.exec(query.where(TableVisitor.table_id == table_id).order_by(col(Person.name)))).all())


async def drop(db: AsyncSession, row: CafeTable) -> None:
    """Delete a table that nobody ever used, with its votes; its empty room stays."""
    await db.exec(delete(TableVote).where(col(TableVote.table_id) == row.room_id))
    await db.exec(delete(TableVisitor).where(col(TableVisitor.table_id) == row.room_id))
    await db.delete(row)
    await db.flush()


async def gone_visitors(db: AsyncSession, cafe_id: int) -> list[tuple[int, int]]:
    """List the hosts at a café's tables who have no connection there: tables and people."""
    present = exists().where(
        col(Lease.room_id) == TableVisitor.table_id, col(Lease.person_id) == TableVisitor.person_id
    )
    query = select(TableVisitor.table_id, TableVisitor.person_id)
    query = query.join(CafeTable, col(CafeTable.room_id) == TableVisitor.table_id).where(~present)
    return list((await db.exec(query.where(CafeTable.cafe_id == cafe_id))).all())
