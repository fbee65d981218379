"""The tables of roles granted and rights taken away."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel, col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from rooms.columns import Moment
from rooms.members.rules import Actor, Grant, Restriction, Span
from rooms.people.store import Person


class Granted(SQLModel, table=True):
    """A role granted in a scope to one person, or to all who share a trait such as stakeholder=civil."""

    __tablename__ = "granted"
    __table_args__ = (UniqueConstraint("role", "scope", "person_id", "trait"),)

    id: int | None = Field(default=None, primary_key=True)
    role: str
    scope: str
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    trait: str = Field(default="", index=True)
    from_at: datetime | None = Field(default=None, sa_type=Moment)
    to_at: datetime | None = Field(default=None, sa_type=Moment)


class Restricted(SQLModel, table=True):
    """A right taken from one person in a scope, by whom and why."""

    __tablename__ = "restricted"
    __table_args__ = (UniqueConstraint("kind", "scope", "person_id"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    scope: str
    person_id: int = Field(foreign_key="person.id", index=True)
    why: str = ""
    by_id: int | None = Field(default=None, foreign_key="person.id")
    at: datetime = Field(sa_type=Moment)
    to_at: datetime | None = Field(default=None, sa_type=Moment)


def traits_of(person: Person) -> tuple[str, ...]:
    """List what roles can be granted by."""
    return (f"stakeholder={person.stakeholder}", f"country={person.country}", "everyone")


async def actor_of(db: AsyncSession, person: Person) -> Actor:
    """Load a person's roles and restrictions."""
    return Actor(person.id, person.name, person.language, await _grants(db, person), await _restrictions(db, person))


async def _grants(db: AsyncSession, person: Person) -> tuple[Grant, ...]:
    whom = or_(col(Granted.person_id) == person.id, col(Granted.trait).in_(traits_of(person)))
    rows = (await db.exec(select(Granted).where(whom))).all()
    return tuple(Grant(row.role, row.scope, Span(row.from_at, row.to_at)) for row in rows)


async def _restrictions(db: AsyncSession, person: Person) -> tuple[Restriction, ...]:
    rows = (await db.exec(select(Restricted).where(Restricted.person_id == person.id))).all()
    return tuple(Restriction(row.kind, row.scope, Span(None, row.to_at)) for row in rows)


async def granted(db: AsyncSession, role: str, scope: str, person_id: int) -> Granted | None:
    """Find one grant."""
    query = select(Granted).where(Granted.role == role, Granted.scope == scope, Granted.person_id == person_id)
    return (await db.exec(query)).first()


async def restricted(db: AsyncSession, kind: str, scope: str, person_id: int) -> Restricted | None:
    """Find one restriction."""
    query = select(Restricted).where(
        Restricted.kind == kind, Restricted.scope == scope, Restricted.person_id == person_id
    )
    return (await db.exec(query)).first()
