"""What comes in about shared notes, and what their readers are told."""

from collections.abc import Sequence
from typing import Self

from rooms.commands import Number, Result, Sent
from rooms.streams import Everyone, Hosts, Latest, Logged


class Update(Sent, frozen=True):
    """Send a change of the notes as their editor makes it (a Yjs update in the first encoding, as base64url)."""

    room: Number
    update: str


class Write(Sent, frozen=True):
    """Change the notes without an editor: the piece of text one started from, where it stood, and the piece now."""

    room: Number
    before: str
    text: str
    at: Number = 0
    """In code points from the beginning of the text that one started from."""


class OneRoom(Sent, frozen=True):
    """Name a room."""

    room: Number


class Saved(Result, frozen=True):
    """The notes after a change: how many changes there were, and how long the text is."""

    seq: int
    length: int


class PlainNotes(Result, frozen=True):
    """The notes as plain text."""

    room: int
    text: str = ""
    seq: int = 0


class NotesState(PlainNotes, frozen=True):
    """The notes as their editor needs them; the state is one update that makes the whole document, as base64url."""

    state: str = ""


class NotesUpdated(Logged[Everyone], frozen=True, kw_only=True, tag_field="type", tag="notes.updated"):
    """Somebody has changed the notes; by the server itself when nobody is named."""

    update: str
    by: int | None = None
    name: str = ""


class NotesGrown(Latest[Hosts], frozen=True, kw_only=True, tag_field="type", tag="notes.grown"):
    """How long the notes of rooms within this one are, by room."""

    lengths: dict[str, int]

    def key(self) -> str:
        return next(iter(self.lengths))

    @classmethod
    def join(cls, many: Sequence[Self]) -> Self:
        return cls(lengths={room: length for each in many for room, length in each.lengths.items()})


EVENTS = (NotesUpdated, NotesGrown)
