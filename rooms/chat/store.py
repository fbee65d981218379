"""The tables of messages, reactions and how far people have read."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import UniqueConstraint, func
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from rooms.columns import Moment

Counts = dict[str, int]
"""How often each reaction was given."""


class Message(SQLModel, table=True):
    """Something said in a room; its number is its place in the room's order."""

    __tablename__ = "message"
    __table_args__ = (UniqueConstraint("room_id", "number"),)

    id: str = Field(primary_key=True)
    room_id: int = Field(foreign_key="room.id")
    number: int
    person_id: int = Field(foreign_key="person.id", index=True)
    name: str
    text: str
    reply_to: str = ""
    posted_at: datetime = Field(sa_type=Moment)
    edited_at: datetime | None = Field(default=None, sa_type=Moment)
    gone: str = ""
    gone_by: int | None = Field(default=None, foreign_key="person.id")


class Reaction(SQLModel, table=True):
    """One person's reaction to a message."""

    __tablename__ = "reaction"

    message_id: str = Field(primary_key=True, foreign_key="message.id")
    person_id: int = Field(primary_key=True, foreign_key="person.id")
    reaction: str = Field(primary_key=True)


class ReadUpTo(SQLModel, table=True):
    """How far one person has read in one room: a pointer, never a row per message."""

    __tablename__ = "read_up_to"

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    room_id: int = Field(primary_key=True, foreign_key="room.id")
    number: int = 0


async def message(db: AsyncSession, message_id: str) -> Message | None:
    """Find a message and lock its row until the transaction ends."""
    return (await db.exec(select(Message).where(Message.id == message_id).with_for_update())).first()


async def page(db: AsyncSession, room_id: int, before: int | None, limit: int) -> list[Message]:
    """List the newest visible messages before a number, oldest first."""
    query = select(Message).where(Message.room_id == room_id, Message.gone == "")
    query = query.where(Message.number < before) if before is not None else query
    rows = (await db.exec(query.order_by(col(Message.number).desc()).limit(limit))).all()
    return list(reversed(rows))


async def reactions(db: AsyncSession, message_ids: Iterable[str]) -> dict[str, Counts]:
    """Count the reactions to messages."""
    query = (
        select(Reaction.message_id, Reaction.reaction, func.count())
        .where(col(Reaction.message_id).in_(list(message_ids)))
        .group_by(col(Reaction.message_id), col(Reaction.reaction))
        .order_by(col(Reaction.reaction))
    )
    counts: dict[str, Counts] = defaultdict(dict)
    for message_id, reaction, number in (await db.exec(query)).all():
        counts[message_id][reaction] = number
    return dict(counts)


async def reaction(db: AsyncSession, message_id: str, person_id: int, reaction: str) -> Reaction | None:
    """Find one person's reaction."""
    return await db.get(Reaction, (message_id, person_id, reaction))


async def pointer(db: AsyncSession, person_id: int, room_id: int, lock: bool = False) -> ReadUpTo | None:
    """Find how far somebody has read in a room, and perhaps lock that until the transaction ends."""
    return await db.get(ReadUpTo, (person_id, room_id), with_for_update=lock or None)


async def unread(db: AsyncSession, person_id: int, room_id: int) -> int:
    """Count the visible messages that others wrote after somebody's pointer."""
    row = await pointer(db, person_id, room_id)
    query = select(func.count()).where(
        Message.room_id == room_id,
        Message.gone == "",
        Message.person_id != person_id,
        Message.number > (row.number if row else 0),
    )
    return int((await db.exec(query)).one())


async def pointers(db: AsyncSession, person_id: int) -> list[ReadUpTo]:
    """List how far somebody has read everywhere."""
    query = select(ReadUpTo).where(ReadUpTo.person_id == person_id).order_by(col(ReadUpTo.room_id))
    return list((await db.exec(query)).all())
