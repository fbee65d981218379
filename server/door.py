"""The one door: socket frames, HTTP routes, forms and the command line all end here."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from rooms.commands import Result, Sent
from rooms.errors import CONTROL, reason
from rooms.members.rules import SIGN_IN
from rooms.snapshot import check_name, open_stream
from rooms.work import Work
from server import features, journal
from server.bus import LATEST
from server.database import Database
from server.identity import Caller, actor_of
from server.journal import Line
from server.limits import Limits
from server.transact import Transactor

UNKNOWN = reason("command.unknown", 404, "There is no such command.")
FIELD = reason("frame.field", 422, "Something in this request is not as expected: {problem}")
REF = reason("frame.ref", 400, "Every command needs a reference of 1 to 64 letters, digits, - or _.")

BEHIND_LIMIT = 500
"""A reader further behind than this gets the state afresh instead of a replay (promise P3)."""

INTEGER_LIMIT = 2**31 - 1
"""The largest number that PostgreSQL's integer holds."""

_REF = re.compile(r"[A-Za-z0-9_-]{1,64}")
S = TypeVar("S", bound=Sent)
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Page:
    """What a reader of one stream is given first: a state or a replay, and where it stands then."""

    stream: str
    seq: int
    values_seq: int
    state: Result | None
    lines: tuple[Line, ...] = ()
    values: tuple[Line, ...] = ()


def check_ref(ref: object) -> str:
    """Let only a proper ref pass.

    Raises:
        Refused: frame.ref.
    """
    if not isinstance(ref, str) or not _REF.fullmatch(ref):
        raise REF()
    return ref


def bound(body: object, model: type[S], strict: bool = True) -> S:
    """Check what was sent against its model; unknown fields are refused.

    Raises:
        Refused: frame.field, text.control.
    """
    try:
        found = msgspec.convert(body, model, strict=strict)
    except msgspec.ValidationError as error:
        _, _, path = str(error).partition(" - at `$")
        where: dict[str, Any] = {"path": path.strip(".`")[:200]} if path else {}
        raise FIELD(problem=str(error)[:200], **where) from error
    if isinstance(found, Sent):
        _check_storable(msgspec.to_builtins(found))
    return found


def _check_storable(value: Any) -> None:
    """Let only pass what both databases can hold."""
    if isinstance(value, dict | list):
        for each in (*value, *value.values()) if isinstance(value, dict) else value:
            _check_storable(each)
    elif isinstance(value, str) and "\0" in value:
        raise CONTROL()
    elif isinstance(value, int) and abs(value) > INTEGER_LIMIT:
        raise FIELD(problem=f"at most {INTEGER_LIMIT}")


class Door:
    """Performs commands, looks, and opens streams, each for one caller."""

    def __init__(self, database: Database, transactor: Transactor, limits: Limits) -> None:
        self._database = database
        self._transactor = transactor
        self._limits = limits

    @property
    def clock(self) -> Callable[[], datetime]:
        return self._transactor.clock

    async def answer(self, caller: Caller, name: str, body: object, ref: object) -> bytes:
        """Perform a command at most once; gives the answer's JSON.

        Raises:
            Refused: command.unknown, frame.ref, frame.field, permission.*, rate.limited, and what the action refuses.
        """
        command = features.COMMANDS.get(name)
        if command is None:
            raise UNKNOWN()
        checked = check_ref(ref)
        if caller.person_id is None:
            raise SIGN_IN()
        self._limits.take((caller.person_id, name), command.rate)
        return await self._transactor.perform(caller, command, bound(body, command.sent), checked)

    async def perform(self, caller: Caller, name: str, body: object, ref: str) -> Any:
        """Perform a command and give its answer as plain values."""
        return msgspec.json.decode(await self.answer(caller, name, body, ref))

    async def look(self, caller: Caller, action: Callable[[Work, S], Awaitable[R]], sent: S) -> R:
        """Read something in one transaction that changes nothing."""
        async with self._database.reading() as db:
            work = Work(db, await actor_of(db, caller, self.clock()), self.clock())
            return await action(work, sent)

    async def open(self, caller: Caller, streams: Sequence[str]) -> dict[str, tuple[int, Result]]:
        """Give the states of streams and the numbers they stand at."""
        pages = await self.pages(caller, streams, {})
        return {page.stream: (page.seq, page.state) for page in pages if page.state is not None}

    async def pages(self, caller: Caller, streams: Sequence[str], since: dict[str, int]) -> list[Page]:
        """Open streams for reading, all or none: a replay after `since` where that is possible, else the state.

        Raises:
            Refused: stream.unknown, permission.*.
        """
        for name in streams:
            check_name(name)
        async with self._database.reading() as db:
            work = Work(db, await actor_of(db, caller, self.clock()), self.clock())
            heads = await journal.heads(db, [name + mark for name in streams for mark in ("", LATEST)])
            return [await _page(work, name, heads[name], heads[name + LATEST], since.get(name)) for name in streams]


async def _page(work: Work, name: str, head: int, values: int, since: int | None) -> Page:
    opened = await open_stream(work, name)
    if since is None or not head - BEHIND_LIMIT <= since <= head:
        return Page(name, head, values, opened.state)
    lines = await journal.entries(work.db, name, since, BEHIND_LIMIT)
    if len(lines) != head - since:
        return Page(name, head, values, opened.state)
    return Page(name, head, values, None, tuple(lines), tuple(await journal.values_since(work.db, name, since)))
