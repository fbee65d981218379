"""The start page: what is live, what comes next, what was announced, and how to come in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from rooms.members.actions import may
from rooms.presence import store as presence
from rooms.programme import actions as programme
from rooms.programme import store
from rooms.programme.wire import Find, Look, PublicSession
from rooms.snapshot import ForumState
from rooms.streams import FORUM
from rooms.work import Work
from server.pages.names import PHASES
from server.pages.reader import Reader
from server.pages.rendering import (
    Frame,
    caller_of,
    frame_of,
    house_of,
    language_code,
    person_boot,
    reader_of,
    render,
    script_json,
)

CAFE = "knowledge-cafe"
NEXT_SHOWN = 6
OVER_SHOWN = 3
LIVE_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Today:
    """What the start page shows of the forum at one moment."""

    sessions: tuple[PublicSession, ...]
    counts: dict[int, int]


async def _today(work: Work, sent: Look) -> Today:
    found = await programme.programme(work, Find())
    live = [each.room for each in found.sessions if each.room and each.start_at <= work.now < each.end_at]
    counts = {room: await presence.count(work.db, room) for room in live[:LIVE_SHOWN] if await _may_read(work, room)}
    return Today(found.sessions, counts)


async def _may_read(work: Work, room_id: int) -> bool:
    room = await store.room(work.db, room_id)
    return room is not None and may(work, room, "room.read")


async def root(request: Request) -> Response:
    """Lead to the start page in the reader's language."""
    headers = {"Vary": "Accept-Language, Cookie", "Cache-Control": "private, no-cache"}
    return RedirectResponse(f"/{language_code(request)}/", 303, headers)


async def start(request: Request) -> Response:
    """Show the forum."""
    frame = await frame_of(request)
    if frame.forum is None:
        return await render(request, "forum.html", frame=frame)
    reader = reader_of(request, frame.forum)
    seq, state = await _forum_stream(request)
    today = await house_of(request).door.look(caller_of(request), _today, Look())
    phases = {name: [each for each in today.sessions if reader.phase(each) == name] for name in PHASES}
    return await render(
        request,
        "forum.html",
        frame=frame,
        live=True,
        module="forum.js",
        boot=script_json(_boot(frame, seq, state)),
        sessions_live=sorted(phases["live"], key=_cafe_first)[:LIVE_SHOWN],
        sessions_next=by_day(reader, phases["next"][:NEXT_SHOWN]),
        sessions_over=phases["over"][-OVER_SHOWN:][::-1],
        announcements=state.announcements,
        counts=today.counts,
        total=len(today.sessions),
        **_facts(frame, reader, today),
    )


async def _forum_stream(request: Request) -> tuple[int, ForumState]:
    opened = await house_of(request).door.open(caller_of(request), [FORUM.name])
    seq, state = opened[FORUM.name]
    return seq, state if isinstance(state, ForumState) else ForumState()


def _boot(frame: Frame, seq: int, state: ForumState) -> dict[str, Any]:
    streams = {"since": {FORUM.name: seq}, "states": {FORUM.name: state}}
    return {"room": 0, "person": person_boot(frame), "permissions": (), **streams}


def by_day(reader: Reader, sessions: Sequence[PublicSession]) -> list[tuple[str, list[PublicSession]]]:
    """Group sessions by the day on which they begin in the forum's zone."""
    return [(day, list(group)) for day, group in groupby(sessions, lambda each: reader.day(each.start_at, reader.zone))]


def _facts(frame: Frame, reader: Reader, today: Today) -> dict[str, Any]:
    ends = (today.sessions[0].start_at, max(each.end_at for each in today.sessions)) if today.sessions else None
    return {"dates": _dates(reader, ends) if ends else "", "organisers": getattr(frame.forum, "organisers", ())}


def _dates(reader: Reader, ends: tuple[datetime, datetime]) -> str:
    first, last = (reader.language.date(at, reader.zone) for at in ends)
    return first if first == last else f"{first} – {last}"


def _cafe_first(session: PublicSession) -> tuple[bool, datetime]:
    return session.format != CAFE, session.start_at
