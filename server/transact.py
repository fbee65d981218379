"""One command, one transaction: look for an earlier answer, act, journal, remember the answer, commit, give hints."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

import structlog
from sqlalchemy import Text, delete
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Field, SQLModel, col
from sqlmodel.ext.asyncio.session import AsyncSession

from rooms.columns import Moment
from rooms.commands import Command, Sent
from rooms.errors import CLASHED, reason
from rooms.members.rules import SIGN_IN, Actor
from rooms.streams import Fleeting
from rooms.work import Surroundings, Work
from server import journal
from server.bus import Bus, Hint
from server.database import Database
from server.identity import Caller, actor_of

REUSED = reason("ref.reused", 409, "This reference was used for something else before.")
UNAVAILABLE = reason("server.unavailable", 503, "The server cannot save anything just now. Please try again.")
TRIES = 4
RETRY_MS = 1000
REFS_KEPT_DAYS = 30

T = TypeVar("T")
log = structlog.get_logger()


class Ref(SQLModel, table=True):
    """The answer that one person's ref was given; a retry gets it again (promise P4)."""

    __tablename__ = "ref"

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    ref: str = Field(primary_key=True)
    digest: str
    answer: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Moment, index=True)


class Transactor:
    """Runs commands and the server's own work in transactions, and publishes hints after each."""

    def __init__(self, database: Database, bus: Bus, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._bus = bus
        self.clock = clock
        self.around = Surroundings()

    async def perform(self, caller: Caller, command: Command, sent: Sent, ref: str) -> bytes:
        """Carry out a command at most once for this person and ref; gives the answer's JSON.

        Raises:
            Refused: whatever the action refuses; ref.reused; row.changed; server.unavailable.
        """
        if not command.stored:
            return await self._pass_on(caller, command, sent)
        digest = hashlib.sha256(command.name.encode() + b"\0" + journal.encode(sent)).hexdigest()

        async def once(work: Work) -> bytes:
            return await _answer(work, command, sent, ref, digest)

        return await self.work(caller, once)

    async def work(self, caller: Caller | None, act: Callable[[Work], Awaitable[T]]) -> T:
        """Run something in a transaction as a caller, or as the server itself, and publish what it told.

        Raises:
            Refused: row.changed after several lost races; server.unavailable when nothing can be saved.
        """
        for _ in range(TRIES):
            try:
                answer, hints = await self._once(caller, act)
            except (SQLAlchemyError, OSError) as error:
                if not _lost_race(error):
                    log.error("transaction.failed", error=type(getattr(error, "orig", error)).__name__)
                    raise UNAVAILABLE(retry_after_ms=RETRY_MS) from error
            else:
                self._bus.publish(hints)
                return answer
        raise CLASHED(retry_after_ms=RETRY_MS)

    async def _once(self, caller: Caller | None, act: Callable[[Work], Awaitable[T]]) -> tuple[T, list[Any]]:
        async with self._database.writing() as db:
            now = self.clock()
            actor = await actor_of(db, caller, now) if caller else Actor()
            work = Work(db, actor, now, journal.hold_values, around=self.around)
            answer = await act(work)
            return answer, await journal.append(work)

    async def _pass_on(self, caller: Caller, command: Command, sent: Sent) -> bytes:
        """Carry out a command that stores nothing, and publish what it told.

        Raises:
            RuntimeError: it told something that must be stored, or changed something.
        """
        try:
            async with self._database.reading() as db:
                now = self.clock()
                work = Work(db, await actor_of(db, caller, now), now, around=self.around)
                if work.actor.person_id is None:
                    raise SIGN_IN()
                answer = journal.encode(await command.action(work, sent))
                hints = _fleeting(work)
        except (SQLAlchemyError, OSError) as error:
            log.error("reading.failed", error=type(getattr(error, "orig", error)).__name__)
            raise UNAVAILABLE(retry_after_ms=RETRY_MS) from error
        self._bus.publish(hints)
        return answer


def _fleeting(work: Work) -> list[Hint]:
    db = work.db
    if work.blanked or work.forgotten or any((db.new, db.dirty, db.deleted)):
        raise RuntimeError("a command that is not stored cannot change anything")
    if lasting := [told for told in work.told if not isinstance(told.event, Fleeting)]:
        raise RuntimeError(f"{type(lasting[0].event).__name__} must be stored")
    return [Hint(told.stream.name, 0, journal.encode(told.event)) for told in work.told]


async def _answer(work: Work, command: Command, sent: Sent, ref: str, digest: str) -> bytes:
    if work.actor.person_id is None:
        raise SIGN_IN()
    earlier = await work.db.get(Ref, (work.actor.person_id, ref))
    if earlier is not None:
        if earlier.digest != digest:
            raise REUSED()
        return earlier.answer.encode()
    answer = journal.encode(await command.action(work, sent))
    work.db.add(Ref(person_id=work.actor.person_id, ref=ref, digest=digest, answer=answer.decode(), at=work.now))
    return answer


def _lost_race(error: Exception) -> bool:
    """Tell whether another transaction was faster: unique rows, a row gone, PostgreSQL's deadlock or serialization."""
    if isinstance(error, IntegrityError | StaleDataError):
        return True
    return getattr(getattr(error, "orig", None), "sqlstate", None) in {"40001", "40P01"}


async def prune(db: AsyncSession, before: datetime) -> None:
    """Forget the answers given before a time."""
    await db.exec(delete(Ref).where(col(Ref.at) < before))
