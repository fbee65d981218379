"""Writing the sample forum into the database, and moving it when the weeks have gone on."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from rooms.announcements.store import Announcement
from rooms.chat.store import Message
from rooms.members.store import Granted
from rooms.people.store import Person
from rooms.programme import store
from rooms.questions.store import Question
from server.demo import data
from server.demo.shift import ZONE, shifted

CHAT_ONLY = frozenset({"prizes-ceremony", "closing-ceremony"})
NEWS = "sample-news"
"""The id of the sample's announcement."""
_SAME = (
    *("number", "title", "description", "organisation", "track", "format", "mode", "languages"),
    *("action_lines", "sdgs", "topics", "verified"),
)
"""What a session's row takes over from the data file as it is."""
_MAY = {"venue": "", "documents": (), "links": (), "recording": ""}


async def insert(db: AsyncSession, now: datetime, weeks: int) -> None:
    """Write the whole programme and the simulated people."""
    facts = data.sample()["forum"]
    texts = {key: facts[key] for key in ("name", "theme", "place")}
    db.add(store.Forum(**texts, zone=facts["zone"], shift_weeks=weeks, sample=True))
    db.add(Granted(role="participant", scope="forum", trait="everyone"))
    db.add_all(store.Track(key=track["key"], name=track["name"]) for track in data.sample()["tracks"])
    await _insert_sessions(db, weeks)
    await _insert_people(db, now)


async def _insert_sessions(db: AsyncSession, weeks: int) -> None:
    rows = [(item, _session(item, weeks)) for item in data.items()]
    db.add_all(row for _, row in rows)
    await db.flush()
    for item, row in rows:
        db.add(store.Room(session_id=row.id or 0, track=row.track, features=_features(row.format)))
        db.add_all(_panel(row.id or 0, item["panel"]))
    await db.flush()


def _session(item: data.Item, weeks: int) -> store.Session:
    start_at, end_at = times(item, weeks)
    known: dict[str, Any] = {key: item[key] for key in _SAME}
    known |= {key: item.get(key, default) for key, default in _MAY.items()}
    known |= {"documents": list(known["documents"]), "links": list(known["links"])}
    return store.Session(
        **known,
        guid=data.guid(item["number"]),
        start_at=start_at,
        end_at=end_at,
        original_start_at=times(item, 0)[0],
    )


def times(item: data.Item, weeks: int) -> tuple[datetime, datetime]:
    """Give a session's start and end in UTC after a shift."""
    start, end = datetime.fromisoformat(item["start"]), datetime.fromisoformat(item["end"])
    return shifted(start, weeks, ZONE), shifted(end, weeks, ZONE)


def _features(format_: str) -> list[str]:
    return ["chat"] if format_ in CHAT_ONLY else ["chat", "questions"]


def _panel(session_id: int, keys: Iterable[str]) -> list[store.Panellist]:
    pool = data.sample()["panellists"]
    shown = ("honorific", "name", "post", "organisation", "country")
    return [
        store.Panellist(session_id=session_id, position=place, moderates=place == 0, **{k: pool[key][k] for k in shown})
        for place, key in enumerate(keys)
    ]


async def _insert_people(db: AsyncSession, now: datetime) -> None:
    shown = ("name", "organisation", "country", "stakeholder", "language")
    rows = [
        (each, Person(simulated=True, created_at=now, **{k: each[k] for k in shown})) for each in data.people()
    ]  # fmt: skip
    db.add_all(row for _, row in rows)
    await db.flush()
    ids = [row.id for each, row in rows if each.get("moderates")]
    db.add_all(Granted(role="moderator", scope="forum", person_id=id_) for id_ in ids)
    await db.flush()


async def move(db: AsyncSession, forum: store.Forum, now: datetime, weeks: int) -> None:
    """Move all sessions of the sample to other weeks; what was said in those that are over moves along."""
    forum.shift_weeks = weeks
    db.add(forum)
    by_number = {item["number"]: item for item in data.items()}
    for row in await store.sessions(db):
        if row.number in by_number:
            await _move_one(db, row, times(by_number[row.number], weeks), now)
    await db.flush()


async def _move_one(db: AsyncSession, row: store.Session, to: tuple[datetime, datetime], now: datetime) -> None:
    was = row.start_at, row.end_at
    row.start_at, row.end_at = to
    db.add(row)
    if row.end_at <= now and (room_id := (await store.rooms_of(db, [row.id or 0])).get(row.id or 0)):
        await _move_words(db, room_id, was, to[0] - was[0])


async def _move_words(db: AsyncSession, room_id: int, was: tuple[datetime, datetime], by: timedelta) -> None:
    """Move what was written while a session lasted; what came later stays where it is."""
    said = select(Message).where(Message.room_id == room_id, col(Message.posted_at).between(*was))
    for message in (await db.exec(said)).all():
        message.posted_at += by
        db.add(message)
    asked = select(Question).where(Question.room_id == room_id, col(Question.asked_at).between(*was))
    for question in (await db.exec(asked)).all():
        question.asked_at, question.moved_at = question.asked_at + by, question.moved_at + by
        question.shown_at = question.shown_at + by if question.shown_at else None
        db.add(question)


async def announce(db: AsyncSession, now: datetime) -> None:
    """Put up the sample's announcement, or put it up again once it has expired; one that was ended stays ended."""
    news = data.sample()["announcement"]
    row = await db.get(Announcement, NEWS)
    if row is not None and (row.ended or row.expires_at > now):
        return
    row = row or Announcement(id=NEWS, texts=news["texts"], name=news["name"], made_at=now, expires_at=now)
    row.made_at, row.expires_at = now.astimezone(UTC), now.astimezone(UTC) + timedelta(days=news["days"])
    db.add(row)
    await db.flush()
