"""Who is behind a request: sign-ins kept in the database, so that signing out ends them everywhere."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import HTTPConnection
from starlette.responses import Response

from rooms.columns import Moment
from rooms.errors import reason
from rooms.members import store as members
from rooms.members.rules import VISITOR, Actor
from rooms.members.wire import AuthorityChanged
from rooms.people.store import Person
from rooms.streams import AUTHORITY
from rooms.work import Work
from server.database import Database
from server.settings import Settings

ENDED = reason("permission.sign_in_ended", 401, "Your sign-in has ended. Please sign in again; what you wrote is kept.")
TOKEN_BYTES = 32


class SignIn(SQLModel, table=True):
    """One signed-in browser or program; only a hash of its token is kept."""

    __tablename__ = "sign_in"

    token_hash: str = Field(primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    made_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a request says it comes from; sign_in names the row that has to be valid still."""

    person_id: int | None = None
    language: str = "en"
    sign_in: str | None = None


def hashed(token: str) -> str:
    """Hash a token of 256 random bits; such need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


async def actor_of(db: AsyncSession, caller: Caller, now: datetime) -> Actor:
    """Load the caller's rights afresh.

    Raises:
        Refused: permission.sign_in_ended.
    """
    if caller.person_id is None:
        return VISITOR
    if caller.sign_in is not None and await _person_of(db, caller.sign_in, now) != caller.person_id:
        raise ENDED()
    person = await db.get(Person, caller.person_id)
    if person is None:
        raise ENDED()
    return await members.actor_of(db, person)


async def _person_of(db: AsyncSession, token_hash: str, now: datetime) -> int | None:
    row = await db.get(SignIn, token_hash)
    return row.person_id if row and not row.ended and row.expires_at > now else None


class Identity:
    """Signs people in and out, and finds who a request comes from."""

    def __init__(self, settings: Settings, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._days = timedelta(days=settings.sign_in_days)
        self._secure = settings.secure
        self.cookie = "__Host-majlis" if settings.secure else "majlis"

    async def sign_in(self, person_id: int) -> str:
        """Begin a sign-in; gives its token, which is nowhere else."""
        token, now = secrets.token_urlsafe(TOKEN_BYTES), self._clock()
        row = SignIn(token_hash=hashed(token), person_id=person_id, made_at=now, expires_at=now + self._days)
        async with self._database.writing() as db:
            db.add(row)
        return token

    async def end(self, work: Work, token_hash: str) -> None:
        """End a sign-in in a transaction; every server is told."""
        row = await work.db.get(SignIn, token_hash)
        if row is not None:
            row.ended = True
            work.db.add(row)
            work.tell(AUTHORITY, AuthorityChanged(person=row.person_id))

    async def caller(self, connection: HTTPConnection, language: str) -> Caller:
        """Find who a request or socket comes from, by bearer token or cookie."""
        token = _bearer(connection) or connection.cookies.get(self.cookie)
        if not token:
            return Caller(language=language)
        async with self._database.reading() as db:
            person_id = await _person_of(db, hashed(token), self._clock())
        return Caller(person_id, language, hashed(token)) if person_id else Caller(language=language)

    def set_cookie(self, response: Response, token: str) -> None:
        """Give a browser its token."""
        seconds = int(self._days.total_seconds())
        response.set_cookie(
            self.cookie, token, max_age=seconds, httponly=True, secure=self._secure, samesite="lax", path="/"
        )

    def drop_cookie(self, response: Response) -> None:
        """Take a browser's token away."""
        response.delete_cookie(self.cookie, path="/", secure=self._secure, httponly=True, samesite="lax")


def _bearer(connection: HTTPConnection) -> str | None:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


async def prune(db: AsyncSession, now: datetime) -> None:
    """Forget sign-ins that ended long ago."""
    rows = await db.exec(select(SignIn).where(col(SignIn.expires_at) < now))
    for row in rows.all():
        await db.delete(row)
