"""The journal: every stream's numbered events and latest values, written in the command's own transaction."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Text, delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from rooms.columns import Moment
from rooms.streams import AnyEvent, AnyStream, Blanked, Fleeting, Latest, Told
from rooms.work import Work, latest_key
from server.bus import LATEST, Hint

LATEST_MARGIN = timedelta(seconds=10)
"""How long before a reader's last event a latest value may have been told without having arrived."""

encode = msgspec.json.Encoder(decimal_format="number").encode


class Head(SQLModel, table=True):
    """The last number of a stream; its row is locked from raising to commit, so number order is commit order."""

    __tablename__ = "head"

    stream: str = Field(primary_key=True)
    seq: int = 0


class Entry(SQLModel, table=True):
    """One numbered event as it was told."""

    __tablename__ = "entry"

    stream: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    about: str = Field(default="", index=True)
    event: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Moment)


class Value(SQLModel, table=True):
    """The latest of a value, and the number of its last change among its stream's values."""

    __tablename__ = "value"

    stream: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    seq: int = Field(index=True)
    event: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Moment)


class Epoch(SQLModel, table=True):
    """This database's history: the name changes when a backup is restored."""

    __tablename__ = "epoch"

    id: int = Field(primary_key=True, default=1)
    name: str


@dataclass(frozen=True, slots=True)
class Line:
    """One event of a stream as the relay hands it on."""

    seq: int
    event: bytes


INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


async def raise_head(db: AsyncSession, stream: str, by: int) -> int:
    """Raise a stream's last number, locking its row until the transaction ends; gives the new number."""
    insert = INSERTS[db.get_bind().dialect.name](Head).values(stream=stream, seq=by)
    raised = insert.on_conflict_do_update(index_elements=["stream"], set_={"seq": col(Head.seq) + by})
    return int((await db.exec(raised.returning(col(Head.seq)))).scalar_one())


async def hold_values(db: AsyncSession, stream: AnyStream) -> None:
    """Lock a stream's latest values until the transaction ends."""
    await raise_head(db, stream.name + LATEST, 0)


async def append(work: Work) -> list[Hint]:
    """Write all that a command told; gives the hints to publish once it has committed."""
    await work.db.flush()
    await _blank(work)
    hints: list[Hint] = []
    for name, told in itertools.groupby(sorted(work.told, key=_by_stream), key=_by_stream):
        hints.extend(await _append_to(work, name, list(told)))
    await _forget(work)
    return hints


def _by_stream(told: Told) -> str:
    # Heads are locked in order of name, whatever the command, so that two commands never wait for each other.
    return told.stream.name + (LATEST if isinstance(told.event, Latest) else "")


async def _append_to(work: Work, name: str, told: Sequence[Told]) -> list[Hint]:
    events = [each.event for each in told]
    if isinstance(events[0], Latest):
        return [await _append_values(work, name, events)]
    fleeting = [Hint(name, 0, encode(event)) for event in events if isinstance(event, Fleeting)]
    logged = [event for event in events if not isinstance(event, Fleeting)]
    return [*await _append_entries(work, name, logged), *fleeting]


async def _append_entries(work: Work, name: str, events: Sequence[AnyEvent]) -> list[Hint]:
    if not events:
        return []
    first = await raise_head(work.db, name, len(events)) - len(events) + 1
    hints = [Hint(name, first + place, encode(event)) for place, event in enumerate(events)]
    rows = [
        {"stream": name, "seq": hint.seq, "about": event.about(), "event": hint.event.decode(), "at": work.now}
        for hint, event in zip(hints, events, strict=True)
    ]
    await work.db.exec(INSERTS[work.db.get_bind().dialect.name](Entry), params=rows)
    return hints


async def _append_values(work: Work, name: str, events: Sequence[AnyEvent]) -> Hint:
    seq = await raise_head(work.db, name, 1)
    stream = name.removesuffix(LATEST)
    newest = {latest_key(type(event), event.key()): event for event in events if isinstance(event, Latest)}
    rows = [
        {"stream": stream, "key": key, "seq": seq, "event": encode(event).decode(), "at": work.now}
        for key, event in sorted(newest.items())
    ]
    insert = INSERTS[work.db.get_bind().dialect.name](Value)
    taken = {field: insert.excluded[field] for field in ("seq", "event", "at")}
    await work.db.exec(insert.on_conflict_do_update(index_elements=["stream", "key"], set_=taken), params=rows)
    return Hint(name, seq, b"")


async def _blank(work: Work) -> None:
    blank = encode(Blanked()).decode()
    for stream, about in sorted(work.blanked):
        rows = update(Entry).where(col(Entry.stream) == stream, col(Entry.about) == about)
        await work.db.exec(rows.values(event=blank, about=""))


async def _forget(work: Work) -> None:
    for stream, key in sorted(work.forgotten):
        await work.db.exec(delete(Value).where(col(Value.stream) == stream, col(Value.key) == key))


async def heads(db: AsyncSession, names: Iterable[str]) -> dict[str, int]:
    """Read the last numbers of streams; a stream that was never told anything is at 0."""
    found: dict[str, int] = dict.fromkeys(names, 0)
    for chunk in _chunks(list(found), 500):
        rows = await db.exec(select(Head.stream, Head.seq).where(col(Head.stream).in_(chunk)))
        found |= dict(rows.all())
    return found


def _chunks(names: list[str], size: int) -> Iterable[list[str]]:
    return (names[start : start + size] for start in range(0, len(names), size))


async def entries(db: AsyncSession, stream: str, after: int, limit: int) -> list[Line]:
    """Read a stream's events after a number, in order."""
    query = select(Entry.seq, Entry.event).where(Entry.stream == stream, col(Entry.seq) > after)
    rows = (await db.exec(query.order_by(col(Entry.seq)).limit(limit))).all()
    return [Line(seq, event.encode()) for seq, event in rows]


async def values(db: AsyncSession, stream: str, after: int) -> list[Line]:
    """Read a stream's latest values that changed after a number, oldest change first."""
    query = select(Value.seq, Value.event).where(Value.stream == stream, col(Value.seq) > after)
    rows = (await db.exec(query.order_by(col(Value.seq), col(Value.key)))).all()
    return [Line(seq, event.encode()) for seq, event in rows]


async def values_since(db: AsyncSession, stream: str, seq: int) -> list[Line]:
    """Read the latest values that a reader may have missed whose last event was `seq`."""
    last = select(Entry.at).where(Entry.stream == stream, col(Entry.seq) <= seq).order_by(col(Entry.seq).desc())
    at = (await db.exec(last.limit(1))).first()
    since = at - LATEST_MARGIN if at else datetime.min.replace(tzinfo=UTC)
    query = select(Value.seq, Value.event).where(Value.stream == stream, col(Value.at) >= since)
    rows = (await db.exec(query.order_by(col(Value.seq), col(Value.key)))).all()
    return [Line(seq, event.encode()) for seq, event in rows]


async def epoch_name(db: AsyncSession) -> str:
    """Read the name of this database's history."""
    return str((await db.exec(select(Epoch.name))).one())


def decode(event: bytes, kind: type[AnyEvent]) -> AnyEvent:
    """Read an event back from its JSON."""
    return msgspec.json.decode(event, type=kind)
