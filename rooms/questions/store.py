"""The tables of questions and votes."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel, String, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from rooms.columns import Moment
from rooms.questions.rules import LISTED, State


class Question(SQLModel, table=True):
    """A question to a session; its public number is given at publication."""

    __tablename__ = "question"
    __table_args__ = (
        UniqueConstraint("room_id", "number"),
        Index("one_live_question", "room_id", unique=True, postgresql_where=text("state = 'live'"),
              sqlite_where=text("state = 'live'")),
        Index("questions_by_state", "room_id", "state"),
    )  # fmt: skip

    id: str = Field(primary_key=True)
    room_id: int = Field(foreign_key="room.id")
    person_id: int = Field(foreign_key="person.id", index=True)
    name: str
    anonymous: bool = False
    text: str
    state: State = Field(sa_type=String)
    why: str = ""
    number: int | None = None
    votes: int = 0
    rev: int = 1
    asked_at: datetime = Field(sa_type=Moment)
    shown_at: datetime | None = Field(default=None, sa_type=Moment)
    moved_at: datetime = Field(sa_type=Moment)
    moved_by: int | None = Field(default=None, foreign_key="person.id")


class Vote(SQLModel, table=True):
    """One person's vote for one question; there can be only one."""

    __tablename__ = "vote"

    question_id: str = Field(primary_key=True, foreign_key="question.id")
    person_id: int = Field(primary_key=True, foreign_key="person.id", index=True)
    at: datetime = Field(sa_type=Moment)


async def question(db: AsyncSession, question_id: str) -> Question | None:
    """Find a question and lock its row until the transaction ends."""
    return (await db.exec(select(Question).where(Question.id == question_id).with_for_update())).first()


async def live(db: AsyncSession, room_id: int) -> Question | None:
    """Find the question that is live in a room, and lock it."""
    query = select(Question).where(Question.room_id == room_id, Question.state == "live").with_for_update()
    return (await db.exec(query)).first()


async def listed(db: AsyncSession, room_id: int, states: Iterable[State], before: int | None = None) -> list[Question]:
    """List a room's newest questions in given states, oldest first; `before` is a public number."""
    query = select(Question).where(Question.room_id == room_id, col(Question.state).in_(list(states)))
    query = query.where(col(Question.number) < before) if before is not None else query
    order = (col(Question.number).desc().nulls_first(), col(Question.asked_at).desc(), col(Question.id).desc())
    return list(reversed((await db.exec(query.order_by(*order).limit(LISTED))).all()))


async def asked_by(db: AsyncSession, person_id: int, limit: int) -> list[Question]:
    """List somebody's newest questions in all rooms, oldest first."""
    query = select(Question).where(Question.person_id == person_id, Question.state != "withdrawn")
    rows = (await db.exec(query.order_by(col(Question.asked_at).desc(), col(Question.id)).limit(limit))).all()
    return list(reversed(rows))


async def voted_by(db: AsyncSession, person_id: int, limit: int) -> list[str]:
    """List the questions that somebody voted for, newest votes first."""
    query = select(Vote.question_id).where(Vote.person_id == person_id)
    return list((await db.exec(query.order_by(col(Vote.at).desc(), col(Vote.question_id)).limit(limit))).all())
