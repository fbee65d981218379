"""Real servers in processes of their own, and people and rooms for the tests to use them with."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from rooms.members.store import Granted
from rooms.people.store import Person
from rooms.programme.store import Forum, Room, Session
from server.database import Database
from server.house import present
from server.identity import SignIn, hashed

READY = "Majlis is ready: "


@dataclass(frozen=True)
class Guest:
    """Somebody who can sign in."""

    id: int
    name: str
    token: str


@dataclass(frozen=True)
class Town:
    """The servers of one topology, and the database behind them."""

    kind: str
    addresses: tuple[str, ...]
    database_url: str
    processes: tuple["subprocess.Popen[str]", ...] = ()

    @property
    def first(self) -> str:
        return self.addresses[0]

    @property
    def last(self) -> str:
        return self.addresses[-1]


@contextlib.contextmanager
def serving(arguments: list[str], environment: dict[str, str]) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Start one server process and give its address; it is ended afterwards."""
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("MAJLIS_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "server", *arguments],
        env={**quiet, **environment, "PYTHONWARNINGS": "default"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield _address(process), process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdout
        process.stdout.close()


def _address(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    for line in process.stdout:
        if line.startswith(READY):
            return line.removeprefix(READY).strip().rstrip("/")
    raise AssertionError(f"the server ended with {process.wait()} before it was ready")


@contextlib.contextmanager
def embedded(folder: Path, **settings: str) -> Iterator[Town]:
    """Run one process on SQLite with the bus in memory."""
    environment = {"MAJLIS_DATA": str(folder), "MAJLIS_PORT": "0", **settings}
    with serving(["serve"], environment) as (address, process):
        url = f"sqlite+aiosqlite:///{folder / 'majlis.sqlite3'}"
        yield Town("embedded", (address,), url, (process,))


@contextlib.contextmanager
def big(folder: Path, database_url: str, redis_url: str, **settings: str) -> Iterator[Town]:
    """Run two processes on PostgreSQL and Redis."""
    environment = {
        "MAJLIS_DATA": str(folder),
        "MAJLIS_PORT": "0",
        "MAJLIS_DATABASE_URL": database_url,
        "MAJLIS_REDIS_URL": redis_url,
        **settings,
    }
    with contextlib.ExitStack() as stack:
        started = [stack.enter_context(serving(["serve"], environment)) for _ in range(2)]
        addresses, processes = zip(*started, strict=True)
        yield Town("big", addresses, database_url, processes)


class Hall:
    """Makes people and rooms behind a town's back, straight in its database."""

    def __init__(self, town: Town, database: Database) -> None:
        self.town = town
        self.database = database

    async def person(self, name: str = "Amina Okafor", role: str = "", scope: str = "forum") -> Guest:
        """Make a person who is signed in."""
        token, now = os.urandom(24).hex(), present()
        async with self.database.writing() as db:
            person = Person(name=name, created_at=now, country="NG", stakeholder="civil")
            db.add(person)
            await db.flush()
            db.add(SignIn(token_hash=hashed(token), person_id=person.id or 0, made_at=now, expires_at=_later()))
            if role:
                db.add(Granted(role=role, scope=scope, person_id=person.id))
        return Guest(person.id or 0, name, token)

    async def room(self, *features: str, premoderated: bool = True, open_to_all: bool = True) -> int:
        """Make a session with its room; everyone takes part in it unless it is closed."""
        async with self.database.writing() as db:
            await self._forum(db)
            number = int.from_bytes(os.urandom(3)) + 1000
            session = _session(number)
            db.add(session)
            await db.flush()
            room = Room(
                session_id=session.id or 0,
                track="forum",
                features=list(features or ("chat", "questions")),
                premoderated=premoderated,
            )
            db.add(room)
            await db.flush()
            if open_to_all:
                db.add(Granted(role="participant", scope=f"room/{room.id}", trait="everyone"))
            return room.id or 0

    async def _forum(self, db: AsyncSession) -> None:
        if (await db.exec(select(Forum))).first() is None:
            texts = {"en": "Forum"}
            db.add(Forum(name=texts, theme=texts, place=texts, zone="Europe/Zurich"))


def _later() -> datetime:
    return datetime.now(UTC) + timedelta(days=1)


def _session(number: int) -> Session:
    now = present()
    return Session(
        guid=f"guid-{number}",
        number=number,
        title={"en": f"Session {number}"},
        description={},
        track="forum",
        format="knowledge-cafe",
        mode="virtual",
        languages=["en"],
        action_lines=["C2"],
        sdgs=[9],
        topics=[],
        documents=[],
        links=[],
        start_at=now - timedelta(minutes=10),
        end_at=now + timedelta(hours=1),
    )
