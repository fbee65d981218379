"""The tables of insights and of votes."""

from datetime import datetime

from sqlalchemy import Index, func
from sqlmodel import Field, SQLModel, String, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from rooms.columns import Moment
from rooms.harvest.rules import Gone
from rooms.people.store import Person
from rooms.seats.store import Seat


class Insight(SQLModel, table=True):
    """What a table, or somebody in the café, publishes to the whole café."""

    __tablename__ = "insight"
    __table_args__ = (Index("insights_that_stand", "room_id", "gone"),)

    id: str = Field(primary_key=True)
    room_id: int = Field(foreign_key="room.id")
    table_id: int | None = Field(default=None, foreign_key="room.id", index=True)
    round: int = 0
    """Counted from 1; 0 is none."""
    text: str
    action_line: str = ""
    goal: int = 0
    person_id: int = Field(foreign_key="person.id", index=True)
    name: str
    made_at: datetime = Field(sa_type=Moment)
    gone: Gone = Field(default="", sa_type=String)
    cluster_id: str | None = Field(default=None, foreign_key="cluster.id", index=True)
    place: int
    votes: int = 0


class InsightVote(SQLModel, table=True):
    """One person's vote for one insight; there can be only one."""

    __tablename__ = "insight_vote"

    insight_id: str = Field(primary_key=True, foreign_key="insight.id")
    person_id: int = Field(primary_key=True, foreign_key="person.id", index=True)
    at: datetime = Field(sa_type=Moment)


async def insight(db: AsyncSession, insight_id: str) -> Insight | None:
    """Find an insight and lock its row until the transaction ends."""
    return (await db.exec(select(Insight).where(Insight.id == insight_id).with_for_update())).first()


async def insights(db: AsyncSession, room_id: int) -> list[Insight]:
    """List the insights that stand in a room, by place."""
    query = select(Insight).where(Insight.room_id == room_id, Insight.gone == "")
    return list((await db.exec(query.order_by(col(Insight.place), col(Insight.id)))).all())


async def voted_by(db: AsyncSession, person_id: int, limit: int) -> list[str]:
    """List the insights that somebody voted for, newest votes first."""
    query = select(InsightVote.insight_id).where(InsightVote.person_id == person_id)
    order = (col(InsightVote.at).desc(), col(InsightVote.insight_id))
    return list((await db.exec(query.order_by(*order).limit(limit))).all())


async def attendance(db: AsyncSession, room_id: int) -> tuple[int, list[str]]:
    """Count the people who sat at a café's tables, and list the countries they come from."""
    sat = select(Seat.person_id).where(Seat.cafe_id == room_id)
    people = int(
        (await db.exec(select(func.count(func.distinct(Seat.person_id))).where(Seat.cafe_id == room_id))).one()
    )
    countries = select(Person.country).where(col(Person.id).in_(sat), Person.country != "").distinct()
    return people, sorted((await db.exec(countries)).all())
