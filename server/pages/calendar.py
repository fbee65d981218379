"""The programme for calendars: the whole forum, or one session (RFC 5545)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC

from icalendar import Calendar, Event, vText
from starlette.requests import Request
from starlette.responses import Response

from rooms.programme import store
from rooms.programme.rules import SESSION_UNKNOWN
from rooms.programme.wire import Look, Numbered, PublicSession, public
from rooms.work import Work
from server.i18n import LANGUAGES, language
from server.origin import origin_of
from server.pages.reader import Reader
from server.pages.rendering import caller_of, frame_of, house_of, language_code

PRODUCT = "-//Majlis//Majlis//EN"


@dataclass(frozen=True, slots=True)
class Entry:
    """A session and the name that calendars know it by."""

    guid: str
    session: PublicSession


async def _all(work: Work, sent: Look) -> tuple[Entry, ...]:
    return tuple(_entry(row) for row in await store.sessions(work.db))


async def _one(work: Work, sent: Numbered) -> tuple[Entry, ...]:
    row = await store.session_numbered(work.db, sent.number)
    if row is None:
        raise SESSION_UNKNOWN()
    return (_entry(row),)


def _entry(row: store.Session) -> Entry:
    return Entry(row.guid, public(row, None))


async def forum(request: Request) -> Response:
    """Give every session of the forum."""
    entries = await house_of(request).door.look(caller_of(request), _all, Look())
    return await _calendar(request, entries, "forum")


async def session(request: Request) -> Response:
    """Give one session."""
    number = int(request.path_params["number"])
    entries = await house_of(request).door.look(caller_of(request), _one, Numbered(number=number))
    return await _calendar(request, entries, f"session-{number}")


async def _calendar(request: Request, entries: Iterable[Entry], name: str) -> Response:
    frame = await frame_of(request)
    asked = request.query_params.get("lang", "")
    code = asked if asked in LANGUAGES else language_code(request)
    reader = Reader(language(code), house_of(request).clock(), frame.forum.zone if frame.forum else "UTC")
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("x-wr-calname", reader.text(frame.forum.name) if frame.forum else "Majlis")
    address = f"{origin_of(request, house_of(request).settings).rstrip('/')}/{code}/sessions"
    for entry in entries:
        made.add_component(event(entry, reader, address))
    headers = {"Content-Disposition": f'inline; filename="{name}.ics"', "Cache-Control": "no-cache"}
    return Response(made.to_ical(), media_type="text/calendar; charset=utf-8", headers=headers)


def event(entry: Entry, reader: Reader, address: str) -> Event:
    """Write one session in a reader's language; `address` is what its number is put behind."""
    session, made = entry.session, Event()
    made.add("uid", f"session-{entry.guid}@majlis")
    made.add("dtstamp", reader.now.astimezone(UTC))
    made.add("dtstart", session.start_at.astimezone(UTC))
    made.add("dtend", session.end_at.astimezone(UTC))
    made.add("url", f"{address}/{session.number}")
    places = ", ".join(filter(None, (session.venue, reader.named("mode", session.mode))))
    _write(made, reader, "summary", *reader.chosen(session.title))
    _write(made, reader, "description", *reader.chosen(session.description))
    _write(made, reader, "location", reader.language.code, places)
    made.add("categories", [reader.named("format", session.format)])
    return made


def _write(made: Event, reader: Reader, name: str, code: str, text: str) -> None:
    if text:
        made.add(name, vText(text), parameters={"LANGUAGE": code})
