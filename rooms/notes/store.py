"""The table of shared notes."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from rooms.columns import Moment
from rooms.programme.store import Room


class Notes(SQLModel, table=True):
    """The notes of one room: the document as its editors exchange it, and its plain text to be read and printed."""

    __tablename__ = "notes"

    room_id: int = Field(primary_key=True, foreign_key="room.id", sa_column_kwargs={"autoincrement": False})
    state: bytes = Field(default=b"", sa_type=LargeBinary)
    text: str = ""
    seq: int = 0
    """Counts the changes."""
    length: int = 0
    template: str = ""
    """The question that was put into the text last."""
    changed_at: datetime = Field(sa_type=Moment)
    changed_by: int | None = Field(default=None, foreign_key="person.id")


async def notes(db: AsyncSession, room_id: int, lock: bool = False) -> Notes | None:
    """Find the notes of a room, and perhaps lock them until the transaction ends."""
    query = select(Notes).where(Notes.room_id == room_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return (await db.exec(query)).first()


async def lengths(db: AsyncSession, parent_id: int) -> dict[int, int]:
    """Map the rooms within a room to the lengths of their notes."""
    within = select(Notes.room_id, Notes.length).join(Room, col(Room.id) == col(Notes.room_id))
    rows = await db.exec(within.where(Room.parent_id == parent_id).order_by(col(Notes.room_id)))
    return dict(rows.all())
