"""What comes in about announcements, and what everyone is told."""

from datetime import datetime

from rooms.announcements.store import Announcement
from rooms.commands import Id, Number, Result, Sent
from rooms.streams import Everyone, Logged


class Make(Sent, frozen=True):
    """Announce something in one or more languages, to a room or (room absent) to the forum."""

    texts: dict[str, str]
    room: Number | None = None
    minutes: int = 60


class End(Sent, frozen=True):
    """Name an announcement that should not stand any longer."""

    announcement: Id


class PublicAnnouncement(Result, frozen=True):
    """An announcement as everyone sees it until it expires."""

    id: str
    texts: dict[str, str]
    name: str
    at: datetime
    expires_at: datetime


class Shown(Logged[Everyone], frozen=True, kw_only=True, tag_field="type", tag="announcement.shown"):
    """An announcement stands."""

    announcement: PublicAnnouncement

    def about(self) -> str:
        return f"announcement/{self.announcement.id}"


class Gone(Logged[Everyone], frozen=True, kw_only=True, tag_field="type", tag="announcement.gone"):
    """An announcement does not stand any more."""

    id: str


EVENTS = (Shown, Gone)


def public(row: Announcement) -> PublicAnnouncement:
    """Show an announcement."""
    return PublicAnnouncement(id=row.id, texts=row.texts, name=row.name, at=row.made_at, expires_at=row.expires_at)
