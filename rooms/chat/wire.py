"""What comes in about messages, and what a room is told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from rooms.chat import store
from rooms.commands import Id, Number, Result, Sent
from rooms.streams import Everyone, Latest, Logged, OnePerson


class Post(Sent, frozen=True):
    """Say something in a room, perhaps in reply to a message."""

    room: Number
    text: str
    reply_to: Id = ""


class Edit(Sent, frozen=True):
    """Change one's own message."""

    message: Id
    text: str


class OneMessage(Sent, frozen=True):
    """Name a message."""

    message: Id


class React(Sent, frozen=True):
    """Give or take back a reaction."""

    message: Id
    reaction: str
    on: bool


class ReadTo(Sent, frozen=True):
    """Say that everything up to a message has been read."""

    message: Id


class Older(Sent, frozen=True):
    """Ask for the page of messages before a number."""

    room: Number
    before: Number | None = None


class Posted(Result, frozen=True):
    """The message that was made."""

    id: str
    number: int


class PublicMessage(Result, frozen=True):
    """A message as everyone in the room sees it."""

    id: str
    number: int
    by: int
    name: str
    at: datetime
    text: str
    reply_to: str = ""
    edited: bool = False


class Messages(Result, frozen=True):
    """A page of messages, oldest first; `before` asks for the page before it, and is absent at the beginning."""

    messages: tuple[PublicMessage, ...] = ()
    before: int | None = None
    reactions: dict[str, dict[str, int]] = {}


class MessagePosted(Logged[Everyone], frozen=True, kw_only=True, tag_field="type", tag="chat.posted"):
    """A message stands in the room; it may be an older one that came back."""

    id: str
    number: int
    by: int
    name: str
    at: datetime
    text: str
    reply_to: str = ""
    edited: bool = False

    def about(self) -> str:
        return f"message/{self.id}"


class MessageEdited(MessagePosted, frozen=True, kw_only=True, tag_field="type", tag="chat.edited"):
    """A message reads differently now; it comes whole, since what was told of it before is blanked."""


class MessageGone(Logged[Everyone], frozen=True, kw_only=True, tag_field="type", tag="chat.gone"):
    """A message is not there any more."""

    id: str


class Reactions(Latest[Everyone], frozen=True, kw_only=True, tag_field="type", tag="chat.reactions"):
    """How often messages got each reaction."""

    reactions: dict[str, dict[str, int]]

    def key(self) -> str:
        return next(iter(self.reactions))

    @classmethod
    def join(cls, many: Sequence[Self]) -> Self:
        return cls(reactions={id_: counts for each in many for id_, counts in each.reactions.items()})


class MessageRemoved(Logged[OnePerson], frozen=True, kw_only=True, tag_field="type", tag="chat.removed"):
    """A moderator has removed one's own message, or put it back."""

    room: int
    message: str
    removed: bool


class ReadMoved(Logged[OnePerson], frozen=True, kw_only=True, tag_field="type", tag="chat.read_to"):
    """One has read a room up to a message number, on whatever device."""

    room: int
    number: int


EVENTS = (MessagePosted, MessageEdited, MessageGone, Reactions, MessageRemoved, ReadMoved)


def public(row: store.Message) -> PublicMessage | None:
    """Show a message to everyone in its room, or nothing when it is gone."""
    if row.gone:
        return None
    return PublicMessage(
        id=row.id,
        number=row.number,
        by=row.person_id,
        name=row.name,
        at=row.posted_at.replace(microsecond=0),
        text=row.text,
        reply_to=row.reply_to,
        edited=row.edited_at is not None,
    )


def posted(message: PublicMessage, kind: type[MessagePosted] = MessagePosted) -> MessagePosted:
    """Tell a message to everyone in its room."""
    return kind(
        id=message.id,
        number=message.number,
        by=message.by,
        name=message.name,
        at=message.at,
        text=message.text,
        reply_to=message.reply_to,
        edited=message.edited,
    )
