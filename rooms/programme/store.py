"""The tables of the forum, its tracks, sessions, panellists and rooms."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, false, text, update
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from rooms.columns import DATA, Moment
from rooms.members.rules import PRIVATE, Place, place_of

Texts = dict[str, str]
"""One text in several languages, by language code."""


class Forum(SQLModel, table=True):
    """The whole event; there is one row."""

    __tablename__ = "forum"

    id: int | None = Field(default=None, primary_key=True)
    name: Texts = Field(sa_type=DATA)
    theme: Texts = Field(sa_type=DATA)
    place: Texts = Field(sa_type=DATA)
    zone: str
    shift_weeks: int = 0
    sample: bool = False


class Track(SQLModel, table=True):
    """A strand of the programme."""

    __tablename__ = "track"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    name: Texts = Field(sa_type=DATA)


class Session(SQLModel, table=True):
    """An item of the programme."""

    __tablename__ = "session"

    id: int | None = Field(default=None, primary_key=True)
    guid: str = Field(unique=True)
    number: int = Field(unique=True)
    title: Texts = Field(sa_type=DATA)
    description: Texts = Field(sa_type=DATA)
    organisation: str = ""
    track: str
    format: str
    mode: str
    venue: str = ""
    languages: list[str] = Field(sa_type=DATA)
    action_lines: list[str] = Field(sa_type=DATA)
    sdgs: list[int] = Field(sa_type=DATA)
    topics: list[str] = Field(sa_type=DATA)
    documents: list[dict[str, str]] = Field(sa_type=DATA)
    links: list[dict[str, str]] = Field(sa_type=DATA)
    recording: str = ""
    verified: bool = False
    start_at: datetime = Field(sa_type=Moment, index=True)
    end_at: datetime = Field(sa_type=Moment)
    original_start_at: datetime | None = Field(default=None, sa_type=Moment)


class Panellist(SQLModel, table=True):
    """Somebody who speaks in a session; a moderator of the panel is marked."""

    __tablename__ = "panellist"

    id: int | None = Field(default=None, primary_key=True)
    session_id: int = Field(foreign_key="session.id", index=True)
    position: int
    honorific: str = ""
    name: str
    post: str = ""
    organisation: str = ""
    country: str = ""
    moderates: bool = False


class Room(SQLModel, table=True):
    """Where people meet live: the room of a session, or a private one within it, such as a café table."""

    __tablename__ = "room"
    __table_args__ = (
        Index("one_room_of_a_session", "session_id", unique=True, postgresql_where=text("parent_id IS NULL"),
              sqlite_where=text("parent_id IS NULL")),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    session_id: int = Field(foreign_key="session.id")
    parent_id: int | None = Field(default=None, foreign_key="room.id", index=True)
    private: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    track: str
    features: list[str] = Field(sa_type=DATA)
    premoderated: bool = True
    message_count: int = 0
    question_count: int = 0


def place(room: Room) -> Place:
    """Name the scopes around a room."""
    outer = (f"room/{room.parent_id}",) if room.parent_id else ()
    mark = (PRIVATE,) if room.private else ()
    return place_of(f"track/{room.track}", f"session/{room.session_id}", *outer, *mark, f"room/{room.id}")


async def forum(db: AsyncSession) -> Forum | None:
    """Find the forum."""
    return (await db.exec(select(Forum))).first()


async def tracks(db: AsyncSession) -> list[Track]:
    """List the tracks."""
    return list((await db.exec(select(Track).order_by(col(Track.id)))).all())


async def room(db: AsyncSession, room_id: int) -> Room | None:
    """Find a room."""
    return await db.get(Room, room_id)


async def rooms_of(db: AsyncSession, session_ids: list[int]) -> dict[int, int]:
    """Map sessions to their rooms, ids to ids."""
    own = select(Room.session_id, Room.id).where(col(Room.session_id).in_(session_ids), col(Room.parent_id).is_(None))
    rows = await db.exec(own)
    return {session_id: room_id or 0 for session_id, room_id in rows.all()}


async def session(db: AsyncSession, session_id: int) -> Session | None:
    """Find a session by its id."""
    return await db.get(Session, session_id)


async def session_numbered(db: AsyncSession, number: int) -> Session | None:
    """Find a session by its public number."""
    return (await db.exec(select(Session).where(Session.number == number))).first()


async def sessions(db: AsyncSession) -> list[Session]:
    """List the whole programme in order of time."""
    query = select(Session).order_by(col(Session.start_at), col(Session.number))
    return list((await db.exec(query)).all())


async def panel(db: AsyncSession, session_id: int) -> list[Panellist]:
    """List a session's panellists in their order."""
    query = select(Panellist).where(Panellist.session_id == session_id).order_by(col(Panellist.position))
    return list((await db.exec(query)).all())


async def next_number(db: AsyncSession, room_id: int, counter: str) -> int:
    """Raise a room's counter, locking its row until the transaction ends, and return the new number."""
    column = getattr(Room, counter)
    raised = update(Room).where(col(Room.id) == room_id).values({counter: column + 1}).returning(column)
    return int((await db.exec(raised)).scalar_one())


async def scope_exists(db: AsyncSession, scope: str) -> bool:
    """Tell whether a scope such as forum, track/forum, session/3 or room/7 names something."""
    kind, _, key = scope.partition("/")
    looks: dict[str, Any] = {"track": Track.key, "session": Session.id, "room": Room.id}
    if scope == "forum" or kind not in looks:
        return scope == "forum"
    if kind != "track" and not (key.isascii() and key.isdecimal() and len(key) < 10):
        return False
    found = await db.exec(select(looks[kind]).where(looks[kind] == (key if kind == "track" else int(key))))
    return found.first() is not None


async def lock_room(db: AsyncSession, room_id: int) -> None:
    """Lock a room's row until the transaction ends."""
    await db.exec(select(Room.id).where(Room.id == room_id).with_for_update())
