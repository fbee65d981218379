"""A café as its guests see it, lobby and table on one page, and the big screen with the rounds' clock."""

from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from rooms.cafe import store as cafes
from rooms.cafe.rules import NAME_LIMIT, TOPIC_LIMIT
from rooms.chat.rules import EDITABLE, REACTIONS
from rooms.chat.rules import TEXT_LIMIT as MESSAGE_LIMIT
from rooms.commands import Result
from rooms.errors import Refused
from rooms.harvest.rules import TEXT_LIMIT as INSIGHT_LIMIT
from rooms.members.actions import require
from rooms.members.rules import ROLES
from rooms.programme import store
from rooms.programme.rules import ACTION_LINES, ROOM_UNKNOWN, SDGS
from rooms.programme.wire import PublicSession, public
from rooms.seats import store as seats
from rooms.snapshot import RoomState, my_permissions
from rooms.work import Work
from server.pages.reader import Reader
from server.pages.rendering import (
    Frame,
    caller_of,
    frame_of,
    here,
    house_of,
    language_code,
    person_boot,
    reader_of,
    render,
    script_json,
)
from server.pages.rooms import InRoom

LIMITS = {
    "message": MESSAGE_LIMIT,
    "insight": INSIGHT_LIMIT,
    "table": NAME_LIMIT,
    "topic": TOPIC_LIMIT,
    "edit_seconds": int(EDITABLE.total_seconds()),
}
NOBODY = RoomState(room=0, features=("chat", "notes", "call"), premoderated=False, count=0)
"""A table at which nobody sits, drawn empty for those who are still in the lobby."""


class Stand(Result, frozen=True):
    """Where somebody stands who comes to a café."""

    session: PublicSession
    permissions: tuple[str, ...]
    captured: bool
    table: int | None = None


async def _stand(work: Work, sent: InRoom) -> Stand:
    room = await require(work, sent.room, "room.read")
    row = await store.session(work.db, room.session_id)
    if row is None or room.private:
        raise ROOM_UNKNOWN()
    return Stand(
        session=public(row, sent.room),
        permissions=await my_permissions(work, sent.room),
        captured=await cafes.captures(work.db, sent.room),
        table=await _table(work, sent.room),
    )


async def _table(work: Work, room_id: int) -> int | None:
    cafe = await cafes.cafe(work.db, room_id)
    seat = await seats.seat(work.db, room_id, cafe.sitting, work.actor.person_id or 0) if cafe else None
    return seat.table_id if seat and seat.left_at is None else None


async def cafe(request: Request) -> Response:
    """Show a café to those who may be in its room: the lobby, or their table."""
    return await _page(request, "cafe.html", "cafe.js")


async def screen(request: Request) -> Response:
    """Show the rounds' clock, large enough for a hall."""
    return await _page(request, "cafe_screen.html", "cafe_screen.js")


async def _page(request: Request, template: str, module: str) -> Response:
    frame = await frame_of(request)
    if frame.person is None:
        return RedirectResponse(f"/{language_code(request)}/sign-in?next={quote(here(request), safe='/')}", 303)
    try:
        shown = await _shown(request, frame)
    except Refused as refused:
        raise HTTPException(404 if refused.reason.status == 403 else refused.reason.status) from refused
    return await render(request, template, frame=frame, module=module, live=True, **shown)


async def _shown(request: Request, frame: Frame) -> dict[str, Any]:
    number, caller = int(request.path_params["room"]), caller_of(request)
    stand: Stand = await house_of(request).door.look(caller, _stand, InRoom(room=number))
    opened = await _opened(request, stand)
    states = {name: state for name, (_, state) in opened.items()}
    return {
        "room": number,
        "stand": stand,
        "session": stand.session,
        "state": states[f"room/{number}"],
        "table": states.get(f"room/{stand.table}"),
        "nobody": NOBODY,
        "permissions": stand.permissions,
        "reactions": REACTIONS,
        "limits": LIMITS,
        "options": _options(reader_of(request, frame.forum)),
        "boot": script_json(_boot(frame, number, stand, opened)),
    }


async def _opened(request: Request, stand: Stand) -> dict[str, Any]:
    """Open the café's room and, where somebody sits, the table's; who was moved in between hears of it on the page."""
    door, caller, number = house_of(request).door, caller_of(request), int(request.path_params["room"])
    streams = [f"room/{number}", f"person/{caller.person_id}"]
    try:
        return await door.open(caller, [*streams, f"room/{stand.table}"] if stand.table else streams)
    except Refused:
        return await door.open(caller, streams)


def _boot(frame: Frame, number: int, stand: Stand, opened: dict[str, Any]) -> dict[str, Any]:
    return {
        "room": number,
        "person": person_boot(frame),
        "permissions": stand.permissions,
        "seated": sorted(ROLES["seated"]),
        "leading": sorted(ROLES["table_host"]),
        "since": {name: seq for name, (seq, _) in opened.items()},
        "states": {name: state for name, (_, state) in opened.items()},
        "reactions": REACTIONS,
        "limits": LIMITS,
    }


def _options(reader: Reader) -> dict[str, list[tuple[str, str]]]:
    return {
        "line": [(key, f"{key} {reader.named('line', key)}") for key in ACTION_LINES],
        "goal": [(str(key), f"{key} {reader.named('sdg', key)}") for key in SDGS],
    }
