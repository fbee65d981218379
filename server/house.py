"""Everything joined: the one object that pages, sockets and commands of one process share."""

import asyncio
import contextlib
import functools
import hmac
import os
import secrets
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import HTTPConnection

from rooms.errors import Refused
from rooms.members.wire import AuthorityChanged
from rooms.seats.wire import SeatsLeft
from rooms.streams import AUTHORITY
from rooms.work import Surroundings
from server import features, identity, journal, migrate, transact, turn
from server.assets import Assets
from server.bus import Bus, MemoryBus
from server.clockwork import Clockwork
from server.connection import Connection
from server.database import Database, embedded_url
from server.door import Door
from server.hub import Hub
from server.i18n import LANGUAGES, language, negotiate
from server.identity import Identity
from server.journal import Line
from server.limits import Limits
from server.media.keeper import Keeper, Tally
from server.pages.names import STATES
from server.presence import PresenceKeeper
from server.redis_bus import RedisBus
from server.relay import Journal, Relay
from server.settings import Settings
from server.transact import Transactor
from server.usher import Usher

log = structlog.get_logger()
STOP_SECONDS = 5.0
TIDY_SECONDS = 3600.0


def present() -> datetime:
    """Tell the time in UTC, to the millisecond as it is stored."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


@dataclass
class House:
    """One process of the server."""

    settings: Settings
    database: Database
    bus: Bus
    hub: Hub
    relay: Relay
    door: Door
    transactor: Transactor
    identity: Identity
    presence: PresenceKeeper
    assets: Assets
    clock: Callable[[], datetime]
    secret: bytes
    epoch: str = ""
    demo: Any = None
    connections: dict[Connection, None] = field(default_factory=dict)
    _doubted: set[int] = field(default_factory=set)
    _doubt: asyncio.Event = field(default_factory=asyncio.Event)
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _stopping: bool = False

    def __post_init__(self) -> None:
        self.clockwork = Clockwork(self.database, self.transactor)
        self.usher = Usher(self.database, self.clock, self.connections, self.leave)
        self.calls = self._keeper()
        self._working = (self.relay, self.presence, self.clockwork, self.usher, self.calls)

    def _keeper(self) -> Keeper:
        """Make the keeper of this process's calls, and let actions know of it."""
        addresses = tuple(part for each in self.settings.media_addresses.split(",") if (part := each.strip()))
        keeper = Keeper(self.presence.process, self.database, self.transactor, self.bus, addresses)
        keeper.attach(self.hub, self.relay)
        self.transactor.around = Surroundings(
            media=keeper.name if self.settings.calls else "",
            ice=functools.partial(turn.ice, self.settings),
            relay_only=self.settings.turn_relay_only,
            count=Tally().count,
        )
        return keeper

    def language_of(self, connection: HTTPConnection) -> str:
        """Find the language of a request: the path's, else the cookie's, else the browser's."""
        first = connection.url.path.strip("/").split("/")[0]
        if first in LANGUAGES:
            return first
        return negotiate(connection.headers.get("accept-language"), connection.cookies.get("language"))

    def told(self, refused: Refused, code: str) -> dict[str, Any]:
        """Say a refusal in somebody's language."""
        words = language(code)
        values = dict(refused.values)
        if "state" in values:
            values["state"] = words.gettext(STATES[values["state"]])
        message = words.gettext(refused.reason.text, **values)
        error: dict[str, Any] = {"code": refused.code, "message": message}
        error |= {"path": values["path"]} if "path" in values else {}
        return error | ({"retry_after_ms": refused.retry_after_ms} if refused.retry_after_ms is not None else {})

    def form_token(self, sign_in: str | None) -> str:
        """Make the token that a signed-in person's forms carry."""
        return hmac.new(self.secret, (sign_in or "").encode(), "sha256").hexdigest()

    @contextlib.contextmanager
    def connected(self, connection: Connection) -> Iterator[None]:
        """Know of a connection while it lasts; the oldest of somebody with too many has to go."""
        self.connections[connection] = None
        self._check_number(connection)
        try:
            yield
        finally:
            del self.connections[connection]

    def _check_number(self, newest: Connection) -> None:
        if newest.caller.person_id is None:
            return
        theirs = [each for each in self.connections if each.caller.person_id == newest.caller.person_id]
        for connection in theirs[: -self.settings.connections_per_person]:
            connection.hang("too_many")

    def authority_changed(self, line: Line) -> None:
        """Doubt a person's open connections, since their rights have changed, or show out those who left a table."""
        event = msgspec.json.decode(line.event, type=AuthorityChanged | SeatsLeft)
        if isinstance(event, SeatsLeft):
            self.usher.show_out(event.left)
            self.calls.doubt(person for all_ in event.left.values() for person in all_)
        else:
            self._doubted.add(event.person)
            self.calls.doubt([event.person])
            self._doubt.set()

    def leave(self, connection: Connection, streams: Iterable[str]) -> None:
        """Let a connection follow streams no more."""
        for stream in streams:
            if connection.cursors.pop(stream, None) is not None:
                self.hub.detach(connection, stream)
                self.count(connection, stream, self.presence.leave)

    def count(self, connection: Connection, stream: str, move: Callable[[str, int, int], None]) -> None:
        """Count a person in or out where a stream is a room's own."""
        kind, _, key = stream.partition("/")
        if kind == "room" and key.isdecimal() and connection.caller.person_id:
            move(connection.name, int(key), connection.caller.person_id)

    async def recheck(self) -> None:
        """Work until stopped: end the connections of doubted people that they may not hold any more."""
        while not self._stopping:
            await self._doubt.wait()
            self._doubt.clear()
            people, self._doubted = self._doubted, set()
            for connection in [each for each in self.connections if each.caller.person_id in people]:
                await self._recheck(connection)

    async def _recheck(self, connection: Connection) -> None:
        # A seat in a call may have gone with the right to it; nothing is told there any more, and nothing has leaked.
        streams = tuple(stream for stream in connection.cursors if not stream.startswith("seat/"))
        try:
            await self.door.pages(connection.caller, streams, {})
        except Refused as refused:
            connection.hang("signed_out" if refused.reason.status == 401 else "changed")
        except (SQLAlchemyError, OSError):
            connection.hang("changed")

    async def tidy(self) -> None:
        """Work until stopped: forget once an hour what has served its time."""
        while not self._stopping:
            with contextlib.suppress(SQLAlchemyError, OSError):
                async with self.database.writing() as db:
                    now = self.clock()
                    await identity.prune(db, now)
                    await transact.prune(db, now - timedelta(days=transact.REFS_KEPT_DAYS))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TIDY_SECONDS):
                    await self._over.wait()

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Run everything that lives beside the requests."""
        if self.settings.migrate:
            await migrate.upgrade(self.database)
        async with self.database.reading() as db:
            self.epoch = await journal.epoch_name(db)
            head = await journal.heads(db, [AUTHORITY.name])
        await self.bus.start(self.relay.hear, self.relay.resync)
        self.hub.inner[AUTHORITY.name] = self.authority_changed
        self.relay.follow(AUTHORITY.name)
        self.relay.settle(AUTHORITY.name, head[AUTHORITY.name], 0)
        async with self._running():
            yield

    @contextlib.asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(each) for each in self._organs()]
        for task in tasks:
            task.add_done_callback(self._must_not_end)
        try:
            yield
        finally:
            for connection in self.connections:
                connection.hang("restart")
            self._stopping = True
            for stop in (*(organ.stop for organ in self._working), self._doubt.set, self._over.set):
                stop()
            _, late = await asyncio.wait(tasks, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
            with contextlib.suppress(Refused, SQLAlchemyError, OSError):
                await self.presence.end()
            await self.bus.stop()
            await self.database.close()

    def _organs(self) -> tuple[Coroutine[None, None, None], ...]:
        return (*(organ.run() for organ in self._working), self.recheck(), self.tidy())

    def _must_not_end(self, task: asyncio.Task[None]) -> None:
        """End a process that has lost one of its organs, so that whoever watches it starts a whole one."""
        if not self._stopping:
            log.critical("house.task_ended", exc_info=None if task.cancelled() else task.exception())
            os.kill(os.getpid(), signal.SIGTERM)


def build(settings: Settings, clock: Callable[[], datetime] = present) -> House:
    """Choose and join the parts; the two settings that matter are the database's and the bus's addresses."""
    settings.data.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database_url or embedded_url(settings.data))
    bus: Bus = RedisBus(settings.redis_url, settings.redis_prefix) if settings.redis_url else MemoryBus()
    transactor = Transactor(database, bus, clock)
    hub = Hub()
    relay = Relay(Journal(database), bus, hub, features.EVENTS)
    hub.first, hub.last = relay.follow, relay.unfollow
    return House(
        settings=settings,
        database=database,
        bus=bus,
        hub=hub,
        relay=relay,
        door=Door(database, transactor, Limits(time.monotonic)),
        transactor=transactor,
        identity=Identity(settings, database, clock),
        presence=PresenceKeeper(transactor),
        assets=Assets(static_folder(), settings.dev),
        clock=clock,
        secret=_secret(settings),
    )


def static_folder() -> Path:
    """Find the static files: beside the packages in a checkout, inside the package when installed."""
    inside = Path(__file__).parent / "_static"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "static"


def _secret(settings: Settings) -> bytes:
    if given := settings.secret.get_secret_value():
        return given.encode()
    path = settings.data / "secret"
    with contextlib.suppress(FileExistsError):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(file, secrets.token_hex(32).encode())
        os.close(file)
    return path.read_bytes()
