"""The table of people."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from rooms.columns import DATA, Moment


class Person(SQLModel, table=True):
    """A human who takes part."""

    __tablename__ = "person"

    id: int | None = Field(default=None, primary_key=True)
    name: str
    organisation: str = ""
    country: str = ""
    stakeholder: str = ""
    language: str = "en"
    languages: list[str] = Field(default_factory=list, sa_type=DATA, sa_column_kwargs={"server_default": "[]"})
    gender: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    simulated: bool = False
    created_at: datetime = Field(sa_type=Moment)


async def person(db: AsyncSession, person_id: int) -> Person | None:
    """Find one person."""
    return await db.get(Person, person_id)


async def people(db: AsyncSession, ids: Iterable[int]) -> list[Person]:
    """Find several people, in order of name."""
    query = select(Person).where(col(Person.id).in_(list(ids))).order_by(col(Person.name), col(Person.id))
    return list((await db.exec(query)).all())
