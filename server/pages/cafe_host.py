"""A café as those who run it see it: its plan before, all its tables while it runs."""

from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from rooms.cafe import rules
from rooms.cafe import store as cafes
from rooms.cafe.planning import sources
from rooms.cafe.wire import InRoom as InCafe
from rooms.cafe.wire import Plan, Source, plan_of
from rooms.commands import Result
from rooms.errors import Refused
from rooms.members.actions import require
from rooms.programme import store
from rooms.programme.rules import ROOM_UNKNOWN
from rooms.programme.wire import PublicSession, public
from rooms.snapshot import my_permissions
from rooms.work import Work
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
from server.pages.rooms import InRoom

LIMITS = {
    "question": rules.QUESTION_LIMIT,
    "table": rules.NAME_LIMIT,
    "topic": rules.TOPIC_LIMIT,
    "seats": rules.SEATS_LIMIT,
    "rounds": rules.ROUNDS_LIMIT,
    "minutes": rules.MINUTES,
    "seconds": rules.SECONDS,
}


class Stand(Result, frozen=True):
    """What a host needs to begin with: the session, what they may do, and the plan, or a usual one."""

    session: PublicSession
    permissions: tuple[str, ...]
    plan: Plan
    planned: bool
    sources: tuple[Source, ...]


async def _stand(work: Work, sent: InRoom) -> Stand:
    room = await require(work, sent.room, "cafe.run")
    row = await store.session(work.db, room.session_id)
    if row is None or room.private:
        raise ROOM_UNKNOWN()
    cafe = await cafes.cafe(work.db, sent.room)
    return Stand(
        session=public(row, sent.room),
        permissions=await my_permissions(work, sent.room),
        plan=plan_of(cafe) if cafe else Plan(),
        planned=cafe is not None,
        sources=(await sources(work, InCafe(room=sent.room))).cafes,
    )


async def page(request: Request) -> Response:
    """Show a café to those who run it."""
    frame = await frame_of(request)
    if frame.person is None:
        return RedirectResponse(f"/{language_code(request)}/sign-in?next={quote(here(request), safe='/')}", 303)
    try:
        shown = await _shown(request, frame)
    except Refused as refused:
        raise HTTPException(refused.reason.status) from refused
    return await render(request, "cafe_host.html", frame=frame, module="cafe_host.js", live=True, **shown)


async def _shown(request: Request, frame: Frame) -> dict[str, Any]:
    door, caller, number = house_of(request).door, caller_of(request), int(request.path_params["room"])
    stand: Stand = await door.look(caller, _stand, InRoom(room=number))
    streams = [f"room/{number}", f"person/{caller.person_id}"]
    opened = await door.open(caller, [*streams, f"room/{number}/hosts"] if stand.planned else streams)
    boot = {
        "room": number,
        "person": person_boot(frame),
        "permissions": stand.permissions,
        "plan": stand.plan,
        "planned": stand.planned,
        "since": {name: seq for name, (seq, _) in opened.items()},
        "states": {name: state for name, (_, state) in opened.items()},
        "limits": LIMITS,
    }
    return {
        "room": number,
        "session": stand.session,
        "sources": stand.sources,
        "state": opened[f"room/{number}"][1],
        "permissions": stand.permissions,
        "limits": LIMITS,
        "boot": script_json(boot),
    }
