"""One way to make a page: the templates, what every page is given, and how it is sent."""

from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from rooms.errors import Refused
from rooms.people import store as people
from rooms.people.wire import PublicPerson, public
from rooms.programme import actions as programme
from rooms.programme.wire import Look, PublicForum
from rooms.work import Work
from server.house import House
from server.i18n import LANGUAGES, browser_strings, language, languages
from server.identity import Caller
from server.origin import origin_of
from server.pages.reader import Reader, initials, is_web, iso
from server.pages.zones import COOKIE, read_zone
from server.security import TOKEN_FIELD

TEMPLATES = Path(__file__).parent.parent / "templates"
LANGUAGE_COOKIE = "language"
YEAR_SECONDS = 31_536_000
MODULE = "page.js"
EARLY = "early.js"
YJS = "yjs.js"
"""The editor of shared notes, there where hatch_build.py could fetch it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around every page: the forum, and the person who looks at it."""

    forum: PublicForum | None = None
    person: PublicPerson | None = None


async def _frame(work: Work, sent: Look) -> Frame:
    row = await people.person(work.db, work.actor.person_id) if work.actor.person_id else None
    try:
        forum = await programme.forum(work, sent)
    except Refused:
        return Frame(person=public(row) if row else None)
    return Frame(forum, public(row) if row else None)


def house_of(request: Request) -> House:
    """Find the house that a request came to."""
    house: House = request.app.state.house
    return house


def caller_of(request: Request) -> Caller:
    """Find who asks; a visitor, where no middleware has looked yet."""
    caller: Caller | None = getattr(request.state, "caller", None)
    return caller or Caller(language=house_of(request).language_of(request))


def language_code(request: Request) -> str:
    """Find the language of a page: its address says it, else the browser."""
    return house_of(request).language_of(request)


async def frame_of(request: Request) -> Frame:
    """Look up what stands around every page."""
    frame: Frame = await house_of(request).door.look(caller_of(request), _frame, Look())
    return frame


def reader_of(request: Request, forum: PublicForum | None) -> Reader:
    """Find out how times and texts are written for whoever asks."""
    zone = forum.zone if forum else "UTC"
    viewer_zone = read_zone(request.cookies.get(COOKIE))
    return Reader(language(language_code(request)), house_of(request).clock(), zone, viewer_zone)


async def render(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """Make a page of a template.

    `module` names its script (page.js unless said otherwise), `live` gives it a socket from its first line on.
    """
    frame = context.pop("frame", None) or await frame_of(request)
    shared = _shared(request, frame)
    text = environment(house_of(request).settings.dev).get_template(template).render({**shared, **context})
    response = HTMLResponse(text, status, {"Cache-Control": "private, no-cache", "Vary": "Cookie"})
    if request.cookies.get(LANGUAGE_COOKIE) != language_code(request):
        response.set_cookie(
            LANGUAGE_COOKIE, language_code(request), YEAR_SECONDS, samesite="lax", secure=request.url.scheme == "https"
        )
    return response


@cache
def environment(dev: bool = False) -> Environment:
    """Open the templates: everything is escaped, and a name that nobody gave is an error."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=dev,
    )
    made.globals |= {"iso": iso, "initials": initials, "is_web": is_web}
    return made


def script_json(value: object) -> Markup:
    """Write a value as JSON that may stand in a script element of type application/json."""
    text = msgspec.json.encode(value).decode().replace("<", "\\u003c")
    return Markup(text)  # noqa: S704  # nothing can close the element any more


def person_boot(frame: Frame) -> dict[str, Any] | None:
    """Tell the page's script who looks at it; nothing for a visitor."""
    return {"id": frame.person.id, "name": frame.person.name} if frame.person else None


def _shared(request: Request, frame: Frame) -> dict[str, Any]:
    house, reader = house_of(request), reader_of(request, frame.forum)
    return {
        **reader.language.words(),
        **{name: getattr(reader, name) for name in _READER},
        "languages": languages(),
        "caller": caller_of(request),
        "person": frame.person,
        "forum": frame.forum,
        "track_name": partial(_track_name, reader, frame.forum),
        "settings": house.settings,
        "asset": house.assets.url,
        "yjs": house.assets.url(YJS) if house.assets.has(YJS) else "",
        "strings": partial(_strings, request),
        "path_in": partial(path_in, request),
        "here": here(request),
        "origin": origin_of(request, house.settings).rstrip("/"),
        "csrf_input": partial(_csrf_input, request),
        "early": house.assets.inline(EARLY)[0],
        "live": False,
        "module": _module(house),
    }


_READER = (
    *("text", "written", "named", "phase", "span", "viewer_span", "differs", "day", "countdown", "zones"),
    *("chosen", "weekday", "language_names", "now", "zone", "viewer_zone"),
)
"""What templates use of a Reader."""


def path_in(request: Request, code: str) -> str:
    """Give the address of this page in another language."""
    first, _, rest = request.url.path.strip("/").partition("/")
    if first not in LANGUAGES:
        return f"/{code}/"
    slash = "/" if request.url.path.endswith("/") and rest else ""
    query = f"?{request.url.query}" if request.url.query else ""
    return f"/{code}/{rest}{slash}{query}"


def here(request: Request) -> str:
    """Give the address of this page on the server, to come back to."""
    return path_in(request, language_code(request))


def _strings(request: Request, module: str) -> Markup:
    modules = house_of(request).assets.modules(module) if module else ()
    return browser_strings(language_code(request), tuple(modules))


def _module(house: House) -> str:
    """Name the script of pages that have none of their own; they read and work without it."""
    try:
        return house.assets.find(MODULE).name
    except LookupError:
        return ""


def _track_name(reader: Reader, forum: PublicForum | None, key: str) -> Markup | str:
    tracks = {track.key: track.name for track in forum.tracks} if forum else {}
    return reader.written(tracks[key]) if key in tracks else reader.named("track", key)


def _csrf_input(request: Request) -> Markup:
    token = house_of(request).form_token(caller_of(request).sign_in)
    return Markup('<input type="hidden" name="{}" value="{}">').format(TOKEN_FIELD, token)
