"""How the forum, its programme and its sessions appear to everyone."""

from datetime import datetime

from rooms.commands import Number, Result, Sent
from rooms.programme import store


class Look(Sent, frozen=True):
    """Ask for something that needs no further words."""


class Find(Sent, frozen=True):
    """Filter the programme; empty fields ask for nothing, day is YYYY-MM-DD in the forum's zone."""

    day: str = ""
    track: str = ""
    format: str = ""
    line: str = ""
    sdg: str = ""
    language: str = ""
    words: str = ""


class Numbered(Sent, frozen=True):
    """Name a session by its public number."""

    number: Number


class PublicPanellist(Result, frozen=True):
    """A speaker as the session page shows them."""

    name: str
    honorific: str = ""
    post: str = ""
    organisation: str = ""
    country: str = ""
    moderates: bool = False


class PublicSession(Result, frozen=True):
    """A session as everyone sees it."""

    number: int
    title: dict[str, str]
    start_at: datetime
    end_at: datetime
    track: str
    format: str
    mode: str
    room: int | None = None
    organisation: str = ""
    venue: str = ""
    languages: tuple[str, ...] = ()
    action_lines: tuple[str, ...] = ()
    sdgs: tuple[int, ...] = ()
    topics: tuple[str, ...] = ()
    description: dict[str, str] = {}
    documents: tuple[dict[str, str], ...] = ()
    links: tuple[dict[str, str], ...] = ()
    recording: str = ""
    verified: bool = False
    original_start_at: datetime | None = None
    panel: tuple[PublicPanellist, ...] = ()


class PublicTrack(Result, frozen=True):
    """A strand of the programme."""

    key: str
    name: dict[str, str]


class PublicForum(Result, frozen=True):
    """The forum's own facts."""

    name: dict[str, str]
    theme: dict[str, str]
    place: dict[str, str]
    zone: str
    tracks: tuple[PublicTrack, ...] = ()
    sample: bool = False


class Programme(Result, frozen=True):
    """A list of sessions in order of time."""

    sessions: tuple[PublicSession, ...]


EVENTS = ()


def public_panellist(row: store.Panellist) -> PublicPanellist:
    """Show a panellist."""
    return PublicPanellist(
        name=row.name,
        honorific=row.honorific,
        post=row.post,
        organisation=row.organisation,
        country=row.country,
        moderates=row.moderates,
    )


def public(row: store.Session, room: int | None, panel: tuple[PublicPanellist, ...] = ()) -> PublicSession:
    """Show a session."""
    return PublicSession(
        number=row.number,
        title=row.title,
        start_at=row.start_at,
        end_at=row.end_at,
        track=row.track,
        format=row.format,
        mode=row.mode,
        room=room,
        organisation=row.organisation,
        venue=row.venue,
        languages=tuple(row.languages),
        action_lines=tuple(row.action_lines),
        sdgs=tuple(row.sdgs),
        topics=tuple(row.topics),
        description=row.description,
        documents=tuple(row.documents),
        links=tuple(row.links),
        recording=row.recording,
        verified=row.verified,
        original_start_at=row.original_start_at,
        panel=panel,
    )
