"""A live room and its moderators' desk, as the browser first shows them."""

from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from rooms.chat.rules import EDITABLE, REACTIONS
from rooms.chat.rules import TEXT_LIMIT as MESSAGE_LIMIT
from rooms.commands import Result, Sent
from rooms.errors import Refused
from rooms.members.actions import require
from rooms.people.rules import NAME_LIMIT
from rooms.programme import store
from rooms.programme.rules import SESSION_UNKNOWN
from rooms.programme.wire import PublicSession, public, public_panellist
from rooms.questions.rules import DISMISSALS
from rooms.questions.rules import TEXT_LIMIT as QUESTION_LIMIT
from rooms.snapshot import PersonState, RoomState, my_permissions
from rooms.work import Work
from server.pages.names import english
from server.pages.rendering import (
    Frame,
    caller_of,
    frame_of,
    here,
    house_of,
    language_code,
    person_boot,
    render,
    script_json,
)

LIMITS = {
    "message": MESSAGE_LIMIT,
    "question": QUESTION_LIMIT,
    "name": NAME_LIMIT,
    "edit_seconds": int(EDITABLE.total_seconds()),
}


class InRoom(Sent, frozen=True):
    """Name a room."""

    room: int


class Stand(Result, frozen=True):
    """Where somebody stands who looks at a room: its session, and what they may do there."""

    session: PublicSession
    permissions: tuple[str, ...]


async def _stand(work: Work, sent: InRoom) -> Stand:
    room = await require(work, sent.room, "room.read")
    row = await store.session(work.db, room.session_id)
    if row is None:
        raise SESSION_UNKNOWN()
    panel = tuple(public_panellist(each) for each in await store.panel(work.db, room.session_id))
    return Stand(session=public(row, sent.room, panel), permissions=await my_permissions(work, sent.room))


async def room(request: Request) -> Response:
    """Show a live room to one who may be there."""
    return await _page(request, "room.html", "room.js", [])


async def desk(request: Request) -> Response:
    """Show a room's questions to its moderators."""
    number = int(request.path_params["room"])
    dismissals = [(code, english("dismissal", code)) for code in DISMISSALS]
    return await _page(request, "desk.html", "desk.js", [f"room/{number}/moderators"], dismissals=dismissals)


async def _page(request: Request, template: str, module: str, more: list[str], **context: Any) -> Response:
    frame = await frame_of(request)
    if frame.person is None:
        return RedirectResponse(f"/{language_code(request)}/sign-in?next={quote(here(request), safe='/')}", 303)
    number = int(request.path_params["room"])
    try:
        shown = await _opened(request, frame, number, more)
    except Refused as refused:
        raise HTTPException(404 if refused.reason.status == 403 else refused.reason.status) from refused
    return await render(request, template, frame=frame, module=module, live=True, **shown, **context)


async def _opened(request: Request, frame: Frame, number: int, more: list[str]) -> dict[str, Any]:
    door, caller = house_of(request).door, caller_of(request)
    stand = await door.look(caller, _stand, InRoom(room=number))
    streams = [f"room/{number}", f"person/{caller.person_id}", *more]
    opened = await door.open(caller, streams)
    since = {name: seq for name, (seq, _) in opened.items()}
    states = {name: state for name, (_, state) in opened.items()}
    state, mine = states[f"room/{number}"], states[f"person/{caller.person_id}"]
    boot = {
        "room": number,
        "person": person_boot(frame),
        "permissions": stand.permissions,
        "since": since,
        "states": states,
        "reactions": REACTIONS,
        "limits": LIMITS,
    }
    return {
        "room": number,
        "session": stand.session,
        "state": state,
        "mine": mine,
        "desk": states[more[0]] if more else None,
        "permissions": stand.permissions,
        "unread": _unread(state, mine, number),
        "since": since,
        "reactions": REACTIONS,
        "limits": LIMITS,
        "boot": script_json(boot),
    }


def _unread(state: Result, mine: Result, number: int) -> int:
    """Count the listed messages of others that came after the last one read."""
    if not isinstance(state, RoomState) or not isinstance(mine, PersonState):
        return 0
    read_to = mine.read_to.get(str(number), 0)
    return sum(each.number > read_to for each in state.chat.messages)
