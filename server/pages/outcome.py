"""The outcome of a session: a calm page that grows while people work on it, and files to take away."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from rooms.cafe import store as cafes
from rooms.cafe.wire import RoundPlan, plan_of
from rooms.clusters.rules import TITLE_LIMIT
from rooms.commands import Result
from rooms.errors import Refused
from rooms.harvest import actions as harvest
from rooms.harvest import store as harvests
from rooms.harvest.rules import EDITABLE, TEXT_LIMIT
from rooms.harvest.wire import Harvest, PublicInsight
from rooms.members.actions import require
from rooms.members.rules import permissions_at
from rooms.programme import store
from rooms.programme.rules import ACTION_LINES, ROOM_UNKNOWN, SDGS
from rooms.programme.wire import PublicSession, public
from rooms.snapshot import PersonState
from rooms.tables import store as tables
from rooms.work import Work
from server.outcome import WRITERS, Gathered, grouped, outcome
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

FILTERS = ("cluster", "line", "goal", "table", "round")
NONE = "none"
"""Asks for the insights that are in no cluster."""
LIMITS = {"insight": TEXT_LIMIT, "title": TITLE_LIMIT, "edit_seconds": int(EDITABLE.total_seconds())}


class Stand(Result, frozen=True):
    """What there is to know of a session whose outcome somebody looks at."""

    session: PublicSession
    permissions: tuple[str, ...]
    captured: bool
    harvest: Harvest
    rounds: tuple[RoundPlan, ...]
    tables: dict[int, str]
    people: int
    countries: tuple[str, ...]


async def _stand(work: Work, sent: InRoom) -> Stand:
    room = await require(work, sent.room, "room.read")
    row = await store.session(work.db, room.session_id)
    if row is None or room.private:
        raise ROOM_UNKNOWN()
    cafe = await cafes.cafe(work.db, sent.room)
    people, countries = await harvests.attendance(work.db, sent.room)
    return Stand(
        session=public(row, sent.room),
        permissions=permissions_at(work.actor, store.place(room), work.now),
        captured=await cafes.captures(work.db, sent.room),
        harvest=await harvest.gathered(work, sent.room) or Harvest(),
        rounds=plan_of(cafe).rounds if cafe else (),
        tables={each.room_id: each.name for each in await tables.tables(work.db, sent.room)},
        people=people,
        countries=tuple(countries),
    )


async def page(request: Request) -> Response:
    """Show what a session has gathered to those who may be there."""
    frame = await frame_of(request)
    if frame.person is None:
        return _sign_in(request)
    stand = await _seen(request)
    return await render(
        request, "outcome.html", frame=frame, module="outcome.js", live=True, **await _shown(request, frame, stand)
    )


async def file(request: Request) -> Response:
    """Give the outcome as a file to those who may be there."""
    frame = await frame_of(request)
    if frame.person is None:
        return _sign_in(request)
    kind = str(request.path_params["kind"])
    if kind not in WRITERS:
        raise HTTPException(404)
    stand, reader = await _seen(request), reader_of(request, frame.forum)
    gathered = Gathered(stand.session, stand.harvest, stand.rounds, stand.tables, stand.people, stand.countries)
    document = outcome(gathered, reader.text(frame.forum.name) if frame.forum else "", reader)
    media, write = WRITERS[kind]
    name = f"outcome-{stand.session.number}-{reader.language.code}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-cache"}
    return Response(write(document, reader), media_type=f"{media}; charset=utf-8", headers=headers)


def _sign_in(request: Request) -> Response:
    return RedirectResponse(f"/{language_code(request)}/sign-in?next={quote(here(request), safe='/')}", 303)


async def _seen(request: Request) -> Stand:
    try:
        stand: Stand = await house_of(request).door.look(
            caller_of(request), _stand, InRoom(room=int(request.path_params["room"]))
        )
    except Refused as refused:
        raise HTTPException(404 if refused.reason.status == 403 else refused.reason.status) from refused
    return stand


async def _shown(request: Request, frame: Frame, stand: Stand) -> dict[str, Any]:
    number, caller = int(request.path_params["room"]), caller_of(request)
    opened = await house_of(request).door.open(caller, [f"room/{number}", f"person/{caller.person_id}"])
    mine = opened[f"person/{caller.person_id}"][1]
    gathered = getattr(opened[f"room/{number}"][1], "harvest", None) or Harvest()
    voted = mine.insight_votes if isinstance(mine, PersonState) else ()
    states = {
        f"room/{number}": {
            "harvest": gathered,
            "tables": [{"id": id_, "name": stand.tables[id_]} for id_ in stand.tables],
        },
        f"person/{caller.person_id}": {"insight_votes": voted},
    }
    wish = read_wish(request.query_params)
    return {
        "room": number,
        "me": caller.person_id,
        "stand": stand,
        "harvest": gathered,
        "groups": [
            (id_, title, [each for each in rows if fits(each, id_, wish)]) for id_, title, rows in grouped(gathered)
        ],
        "voted": frozenset(voted),
        "wish": wish,
        "options": options(reader_of(request, frame.forum), stand, gathered),
        "runs": "cafe.run" in stand.permissions,
        "limits": LIMITS,
        "boot": script_json(_boot(frame, number, stand, opened, states)),
    }


def _boot(frame: Frame, number: int, stand: Stand, opened: dict[str, Any], states: dict[str, Any]) -> dict[str, Any]:
    return {
        "room": number,
        "person": person_boot(frame),
        "permissions": stand.permissions,
        "since": {name: seq for name, (seq, _) in opened.items()},
        "states": states,
        "limits": LIMITS,
    }


def read_wish(query: Mapping[str, str]) -> dict[str, str]:
    """Read the filters of an address; what nothing has finds nothing."""
    return {name: query.get(name, "")[:64] for name in FILTERS}


def fits(insight: PublicInsight, cluster: str, wish: Mapping[str, str]) -> bool:
    """Tell whether an insight that stands in a cluster, or with "" in none, is among those asked for."""
    found = {
        "cluster": cluster or NONE,
        "line": insight.action_line,
        "goal": str(insight.goal),
        "table": str(insight.table or ""),
        "round": str(insight.round),
    }
    return all(not wish[name] or wish[name] == found[name] for name in FILTERS)


def options(reader: Reader, stand: Stand, gathered: Harvest) -> dict[str, list[tuple[str, str]]]:
    """List what can be chosen, as codes and names."""
    last = max([len(stand.rounds), *(each.round for each in gathered.insights)])
    return {
        "cluster": [(each.id, each.title) for each in gathered.clusters],
        "line": [(key, f"{key} {reader.named('line', key)}") for key in ACTION_LINES],
        "goal": [(str(key), f"{key} {reader.named('sdg', key)}") for key in SDGS],
        "table": [(str(id_), name) for id_, name in stand.tables.items()],
        "round": [(str(n), reader.language.number(n)) for n in range(1, last + 1)],
    }
