"""Looking at the forum and its programme."""

from zoneinfo import ZoneInfo

from rooms.commands import Read
from rooms.programme import rules, store, wire
from rooms.work import Work


async def forum(work: Work, sent: wire.Look) -> wire.PublicForum:
    """Show the forum."""
    row = await store.forum(work.db)
    if row is None:
        raise rules.FORUM_UNKNOWN()
    tracks = tuple(wire.PublicTrack(key=track.key, name=track.name) for track in await store.tracks(work.db))
    return wire.PublicForum(
        name=row.name, theme=row.theme, place=row.place, zone=row.zone, tracks=tracks, sample=row.sample
    )


async def programme(work: Work, sent: wire.Find) -> wire.Programme:
    """List the sessions that fit the filters."""
    zone = ZoneInfo((await forum(work, wire.Look())).zone)
    wish = rules.Filters(sent.day, sent.track, sent.format, sent.line, sent.sdg, sent.language, sent.words)
    rows = [row for row in await store.sessions(work.db) if _fits(row, wish, zone)]
    rooms = await store.rooms_of(work.db, [row.id or 0 for row in rows])
    return wire.Programme(sessions=tuple(wire.public(row, rooms.get(row.id or 0)) for row in rows))


def _fits(row: store.Session, wish: rules.Filters, zone: ZoneInfo) -> bool:
    day = row.start_at.astimezone(zone).date().isoformat()
    text = rules.words_of([*row.title.values(), *row.description.values(), row.organisation])
    return rules.fits(row, wish) and wish.day in ("", day) and all(w in text for w in wish.words.casefold().split())


async def session(work: Work, sent: wire.Numbered) -> wire.PublicSession:
    """Show one session with its panel."""
    row = await store.session_numbered(work.db, sent.number)
    if row is None or row.id is None:
        raise rules.SESSION_UNKNOWN()
    rooms = await store.rooms_of(work.db, [row.id])
    panel = tuple(wire.public_panellist(each) for each in await store.panel(work.db, row.id))
    return wire.public(row, rooms.get(row.id), panel)


COMMANDS = ()
READS = (
    Read("forum", "The forum's own facts.", wire.Look, wire.PublicForum, forum),
    Read("sessions", "The programme, filtered.", wire.Find, wire.Programme, programme),
    Read("sessions/{number}", "One session with its panel.", wire.Numbered, wire.PublicSession, session),
)
