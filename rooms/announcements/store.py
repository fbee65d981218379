"""The table of announcements."""

from datetime import datetime

from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from rooms.columns import DATA, Moment


class Announcement(SQLModel, table=True):
    """Something that a room, or the whole forum when room_id is empty, should know."""

    __tablename__ = "announcement"

    id: str = Field(primary_key=True)
    room_id: int | None = Field(default=None, foreign_key="room.id", index=True)
    texts: dict[str, str] = Field(sa_type=DATA)
    by_id: int | None = Field(default=None, foreign_key="person.id")
    name: str = ""
    made_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
    ended: bool = False


async def announcement(db: AsyncSession, announcement_id: str) -> Announcement | None:
    """Find an announcement and lock it."""
    query = select(Announcement).where(Announcement.id == announcement_id).with_for_update()
    return (await db.exec(query)).first()


async def standing(db: AsyncSession, room_id: int | None, now: datetime) -> list[Announcement]:
    """List what stands now in a room, or in the forum as a whole."""
    query = select(Announcement).where(
        col(Announcement.room_id) == room_id if room_id else col(Announcement.room_id).is_(None),
        col(Announcement.ended).is_(False),
        col(Announcement.expires_at) > now,
    )
    return list((await db.exec(query.order_by(col(Announcement.made_at)))).all())
