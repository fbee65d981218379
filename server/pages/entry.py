"""Coming in, going out, and choosing a time zone."""

import re
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from rooms.members.rules import ROLES
from rooms.programme import actions as programme
from rooms.programme.wire import Find
from server.i18n import LANGUAGES
from server.pages.forum import CAFE
from server.pages.rendering import caller_of, house_of, language_code, render
from server.pages.zones import COOKIE, read_zone

ZONE_SECONDS = 31_536_000
_OWN_PATH = re.compile(rf"/(?:{'|'.join(LANGUAGES)})/[!-\[\]-~]{{0,500}}")


def safe_path(asked: str | None, otherwise: str) -> str:
    """Let only a path of our own pages pass: no other site, no backslash, no control character."""
    return asked if asked and _OWN_PATH.fullmatch(asked) else otherwise


async def sign_in(request: Request) -> Response:
    """Say how to come in."""
    return await render(request, "sign-in.html", next=safe_path(request.query_params.get("next"), ""))


async def enter(request: Request) -> Response:
    """Enter the demo in a role; a real server has no such page."""
    house, form = house_of(request), await request.form()
    role = str(form.get("role", ""))
    if not house.settings.demo or house.demo is None:
        raise HTTPException(404)
    if role not in ROLES:
        raise HTTPException(400)
    person_id: int = await house.demo.enter(role, language_code(request))
    target = safe_path(_text(form.get("next")), "") or await _live_room(request)
    response = RedirectResponse(target, 303)
    house.identity.set_cookie(response, await house.identity.sign_in(person_id))
    return response


async def sign_out(request: Request) -> Response:
    """End this sign-in, on the server too."""
    house, caller = house_of(request), caller_of(request)
    if (token := caller.sign_in) is not None:
        await house.transactor.work(caller, lambda work: house.identity.end(work, token))
    response = RedirectResponse(f"/{language_code(request)}/", 303)
    house.identity.drop_cookie(response)
    return response


async def zone(request: Request) -> Response:
    """Keep the reader's time zone in a cookie; an unknown or empty one is forgotten."""
    form = await request.form()
    response = RedirectResponse(safe_path(_text(form.get("next")), f"/{language_code(request)}/"), 303)
    if name := read_zone(_text(form.get("zone"))):
        secure = house_of(request).settings.secure
        response.set_cookie(COOKIE, name, ZONE_SECONDS, samesite="lax", secure=secure)
    else:
        response.delete_cookie(COOKIE)
    return response


async def _live_room(request: Request) -> str:
    """Lead to the café that is live now, else to the start page."""
    house, code = house_of(request), language_code(request)
    found = await house.door.look(caller_of(request), programme.programme, Find(format=CAFE))
    now = house.clock()
    rooms = [each.room for each in found.sessions if each.room and each.start_at <= now < each.end_at]
    return f"/{code}/rooms/{rooms[0]}" if rooms else f"/{code}/"


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
