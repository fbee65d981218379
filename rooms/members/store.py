"""The tables of roles granted and rights taken away."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import UniqueConstraint, delete
from sqlmodel import Field, SQLModel, col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from rooms.columns import Moment
from rooms.members.rules import Actor, Grant, Place, Restriction, Span
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


async def holders(db: AsyncSession, roles: Collection[str], place: Place) -> list[int]:
    """List the people who hold one of some roles at a place, by name and not by trait."""
    query = select(Granted.person_id).where(col(Granted.role).in_(roles), col(Granted.scope).in_(place))
    return [person_id for person_id in (await db.exec(query)).all() if person_id is not None]


async def banned(db: AsyncSession, place: Place, now: datetime) -> list[int]:
    """List the people who are banned at a place now."""
    holds = or_(col(Restricted.to_at).is_(None), col(Restricted.to_at) > now)
    query = select(Restricted.person_id).where(Restricted.kind == "banned", col(Restricted.scope).in_(place), holds)
    return list((await db.exec(query)).all())


async def give(db: AsyncSession, role: str, scope: str, person_id: int) -> None:
    """Give somebody a role in a scope; giving it twice is giving it once."""
    if await granted(db, role, scope, person_id) is None:
        db.add(Granted(role=role, scope=scope, person_id=person_id))
        await db.flush()


async def give_all(db: AsyncSession, role: str, holders: Iterable[tuple[str, int]]) -> None:
    """Give a role to many at once who do not hold it: pairs of a scope and a person."""
    db.add_all(Granted(role=role, scope=scope, person_id=person_id) for scope, person_id in holders)
    await db.flush()


async def take(db: AsyncSession, role: str, scopes: Iterable[str], person_id: int | None = None) -> None:
    """Take a role in some scopes from one person, or from everybody."""
    query = delete(Granted).where(col(Granted.role) == role, col(Granted.scope).in_(list(scopes)))
    await db.exec(query.where(col(Granted.person_id) == person_id) if person_id is not None else query)
