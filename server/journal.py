"""The journal: every stream's numbered events and latest values, written in the command's own transaction."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
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

KEPT = {"notes": 1000}
"""How many events of a kind of streams are kept: twice as many as any reader is replayed, for servers that lag."""
PRUNED_AT_ONCE = 100

STREAMS_AT_ONCE = 500
"""How many streams one statement names: SQLite takes 32,766 variables, PostgreSQL twice as many."""

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


async def raise_heads(db: AsyncSession, by: Mapping[str, int]) -> dict[str, int]:
    """Raise streams' last numbers, rows locked in order of name until the transaction ends; gives the new ones."""
    raised: dict[str, int] = {}
    for names in _chunks(sorted(by), STREAMS_AT_ONCE):
        insert = _insert(db, Head).values([{"stream": name, "seq": by[name]} for name in names])
        higher = {"seq": col(Head.seq) + insert.excluded.seq}
        rows = insert.on_conflict_do_update(index_elements=["stream"], set_=higher).returning(Head.stream, Head.seq)
        raised |= dict((await db.exec(rows)).all())
    return raised


async def hold_values(db: AsyncSession, stream: AnyStream) -> None:
    """Lock a stream's latest values until the transaction ends."""
    await raise_heads(db, {stream.name + LATEST: 0})


async def append(work: Work) -> list[Hint]:
    """Write all that a command told; gives the hints to publish once it has committed."""
    await work.db.flush()
    await _blank(work)
    told = {name: list(group) for name, group in itertools.groupby(sorted(work.told, key=_by_stream), key=_by_stream)}
    kept = {
        name: [each.event for each in group if not isinstance(each.event, Fleeting)] for name, group in told.items()
    }
    by = {name: 1 if name.endswith(LATEST) else len(events) for name, events in kept.items() if events}
    heads = await raise_heads(work.db, by)
    hints = [
        *await _append_entries(work, {name: kept[name] for name in by if not name.endswith(LATEST)}, heads),
        *await _append_values(work, {name: kept[name] for name in by if name.endswith(LATEST)}, heads),
    ]
    await _forget(work)
    await _prune(work.db, by, heads)
    fleeting = [Hint(each.stream.name, 0, encode(each.event)) for each in work.told if isinstance(each.event, Fleeting)]
    return [*hints, *fleeting]


def _by_stream(told: Told) -> str:
    # Heads are locked in order of name, whatever the command, so that two commands never wait for each other.
    return told.stream.name + (LATEST if isinstance(told.event, Latest) else "")


async def _append_entries(work: Work, told: Mapping[str, Sequence[AnyEvent]], heads: Mapping[str, int]) -> list[Hint]:
    hints, rows = [], []
    for name, events in told.items():
        first = heads[name] - len(events) + 1
        for hint, event in ((Hint(name, first + place, encode(event)), event) for place, event in enumerate(events)):
            hints.append(hint)
            entry = {"stream": name, "seq": hint.seq, "about": event.about(), "event": hint.event.decode()}
            rows.append({**entry, "at": work.now})
    if rows:
        await work.db.exec(_insert(work.db, Entry), params=rows)
    return hints


async def _append_values(work: Work, told: Mapping[str, Sequence[AnyEvent]], heads: Mapping[str, int]) -> list[Hint]:
    rows = []
    for name, events in told.items():
        newest = {latest_key(type(event), event.key()): event for event in events if isinstance(event, Latest)}
        value = {"stream": name.removesuffix(LATEST), "seq": heads[name], "at": work.now}
        rows += [{**value, "key": key, "event": encode(event).decode()} for key, event in sorted(newest.items())]
    if rows:
        insert = _insert(work.db, Value)
        taken = {field: insert.excluded[field] for field in ("seq", "event", "at")}
        await work.db.exec(insert.on_conflict_do_update(index_elements=["stream", "key"], set_=taken), params=rows)
    return [Hint(name, heads[name], b"") for name in told]


def _insert(db: AsyncSession, table: type[SQLModel]) -> Any:
    return INSERTS[db.get_bind().dialect.name](table)


async def _blank(work: Work) -> None:
    blank = encode(Blanked()).decode()
    for stream, about in sorted(work.blanked):
        rows = update(Entry).where(col(Entry.stream) == stream, col(Entry.about) == about)
        await work.db.exec(rows.values(event=blank, about=""))


async def _forget(work: Work) -> None:
    for stream, key in sorted(work.forgotten):
        await work.db.exec(delete(Value).where(col(Value.stream) == stream, col(Value.key) == key))


async def _prune(db: AsyncSession, by: Mapping[str, int], heads: Mapping[str, int]) -> None:
    """Forget the oldest events of streams whose state holds all that they said; who lacks them starts afresh."""
    for name, count in by.items():
        kept, last = KEPT.get(name.partition("/")[0]), heads[name]
        if kept is not None and (last - count) // PRUNED_AT_ONCE != last // PRUNED_AT_ONCE:
            await db.exec(delete(Entry).where(col(Entry.stream) == name, col(Entry.seq) <= last - kept))


async def heads(db: AsyncSession, names: Iterable[str]) -> dict[str, int]:
    """Read the last numbers of streams; a stream that was never told anything is at 0."""
    found: dict[str, int] = dict.fromkeys(names, 0)
    for chunk in _chunks(list(found), STREAMS_AT_ONCE):
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
