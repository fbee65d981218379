"""The programme: days as tabs, filters that work as a plain form, and each session's page."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from rooms.errors import Refused
from rooms.members.rules import SIGN_IN
from rooms.programme import actions
from rooms.programme.rules import ACTION_LINES, FORMATS, SDGS, Filters
from rooms.programme.wire import Find, Numbered, PublicForum, PublicSession
from rooms.questions import actions as questions
from rooms.questions.wire import Older, PublicQuestion
from server.i18n import LANGUAGES
from server.pages.reader import Reader
from server.pages.rendering import caller_of, frame_of, house_of, language_code, reader_of, render

EVERY_DAY = "all"
ALL_AT_ONCE = 60
"""So many results of a search are shown together; more are shown by day."""
TABS = 6
WORDS_LIMIT = 100
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the programme, in the forum's zone."""

    key: str
    words: str
    sessions: tuple[PublicSession, ...]
    today: bool = False


@dataclass(frozen=True, slots=True)
class Active:
    """A filter that is set, and the address of the page without it."""

    label: str
    without: str


@dataclass(frozen=True, slots=True)
class Tabs:
    """The days around the chosen one, and the days before and after those."""

    days: list[Day]
    before: Day | None
    after: Day | None


async def programme(request: Request) -> Response:
    """Show the sessions that fit the filters in the page's address."""
    frame = await frame_of(request)
    if frame.forum is None:
        return await render(request, "forum.html", frame=frame)
    reader, wish = reader_of(request, frame.forum), read_filters(request.query_params)
    asked = {**asdict(wish), "day": ""}
    found = await house_of(request).door.look(caller_of(request), actions.programme, Find(**asked))
    days, path = days_of(reader, found.sessions), f"/{language_code(request)}/programme"
    chosen = choose_day(days, wish, len(found.sessions), reader.now)
    return await render(
        request,
        "programme.html",
        frame=frame,
        module="programme.js",
        days=days,
        tabs=tabs_around(days, chosen, reader.now),
        shown=[day for day in days if chosen in (day.key, EVERY_DAY)],
        chosen_day=chosen,
        total=len(found.sessions),
        wish=wish,
        options=options(reader, frame.forum),
        active=active(reader, frame.forum, wish, path),
        day_link=lambda day: address(path, {**asdict(wish), "day": day}),
    )


async def session(request: Request) -> Response:
    """Show one session."""
    door, caller = house_of(request).door, caller_of(request)
    shown = await door.look(caller, actions.session, Numbered(number=int(request.path_params["number"])))
    archive, closed = await _archive(request, shown)
    return await render(request, "session.html", session=shown, archive=archive, closed=closed)


async def _archive(request: Request, shown: PublicSession) -> tuple[list[PublicQuestion], bool]:
    """Give the answered questions of a session that is over, and whether they are closed to the reader."""
    house = house_of(request)
    if shown.room is None or house.clock() < shown.end_at:
        return [], False
    try:
        page = await house.door.look(caller_of(request), questions.questions, Older(room=shown.room))
    except Refused as refused:
        return [], refused.reason is SIGN_IN
    return [each for each in page.questions if each.state == "answered"], False


def read_filters(query: Mapping[str, str]) -> Filters:
    """Read the filters of an address; what makes no sense asks for nothing."""
    given = {name: " ".join(query.get(name, "").split())[:WORDS_LIMIT] for name in asdict(Filters())}
    if given["day"] != EVERY_DAY and not _DAY.fullmatch(given["day"]):
        given["day"] = ""
    return Filters(**given)


def days_of(reader: Reader, sessions: tuple[PublicSession, ...]) -> list[Day]:
    """Put sessions, which come in order of time, under their days."""
    zone = ZoneInfo(reader.zone)
    today = reader.now.astimezone(zone).date().isoformat()
    grouped = groupby(sessions, lambda each: each.start_at.astimezone(zone).date().isoformat())
    days = [(key, tuple(group)) for key, group in grouped]
    return [Day(key, reader.day(group[0].start_at, reader.zone), group, key == today) for key, group in days]


def choose_day(days: list[Day], wish: Filters, total: int, now: datetime) -> str:
    """Choose the day to show: the one asked for, all of a short list of results, else today or the next or last one."""
    if wish.day == EVERY_DAY or wish.day in [day.key for day in days]:
        return wish.day
    if _searching(wish) and total <= ALL_AT_ONCE:
        return EVERY_DAY
    return days[_present(days, now)].key if days else ""


def tabs_around(days: list[Day], chosen: str, now: datetime) -> Tabs:
    """Choose the days that stand as tabs: one before the chosen one, and some after it."""
    keys = [day.key for day in days]
    at = keys.index(chosen) if chosen in keys else _present(days, now)
    first = max(0, min(at - 1, len(days) - TABS))
    last = first + TABS
    return Tabs(days[first:last], days[first - 1] if first else None, days[last] if last < len(days) else None)


def _present(days: list[Day], now: datetime) -> int:
    """Find the day that is today or next, else the last one."""
    ahead = (at for at, day in enumerate(days) if any(session.end_at > now for session in day.sessions))
    return next(ahead, len(days) - 1)


def options(reader: Reader, forum: PublicForum) -> dict[str, list[tuple[str, str]]]:
    """List what can be chosen in each filter, as codes and names."""
    return {
        "track": [(track.key, reader.text(track.name)) for track in forum.tracks],
        "format": [(key, reader.named("format", key)) for key in FORMATS],
        "line": [(key, f"{key} {reader.named('line', key)}") for key in ACTION_LINES],
        "sdg": [(str(key), f"{key} {reader.named('sdg', key)}") for key in SDGS],
        "language": [(code, reader.language.language_name(code)) for code in LANGUAGES],
    }


def active(reader: Reader, forum: PublicForum, wish: Filters, path: str) -> list[Active]:
    """List the filters that are set, each with the way to take it off."""
    known = {name: dict(each) for name, each in options(reader, forum).items()}
    given = {name: value for name, value in asdict(wish).items() if value and name != "day"}
    return [
        Active(known.get(name, {}).get(value, value), address(path, {**asdict(wish), name: ""}))
        for name, value in given.items()
    ]


def address(path: str, query: Mapping[str, str]) -> str:
    """Write an address with the parts of its query that ask for something."""
    asked: dict[str, Any] = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(asked)}" if asked else path


def _searching(wish: Filters) -> bool:
    return any(value for name, value in asdict(wish).items() if name != "day")
