"""All features' tables joined: every command, read and event there is."""

from rooms.announcements import actions as announcements
from rooms.announcements import wire as announcements_wire
from rooms.chat import actions as chat
from rooms.chat import wire as chat_wire
from rooms.commands import Command, Read
from rooms.members import actions as members
from rooms.members import wire as members_wire
from rooms.people import actions as people
from rooms.people import wire as people_wire
from rooms.presence import actions as presence
from rooms.presence import wire as presence_wire
from rooms.programme import actions as programme
from rooms.questions import actions as questions
from rooms.questions import wire as questions_wire
from rooms.streams import AnyEvent, Blanked, type_of

_COMMANDS: tuple[Command, ...] = (
    *people.COMMANDS,
    *members.COMMANDS,
    *chat.COMMANDS,
    *questions.COMMANDS,
    *announcements.COMMANDS,
)
_EVENTS: tuple[type[AnyEvent], ...] = (
    Blanked,
    *people_wire.EVENTS,
    *members_wire.EVENTS,
    *chat_wire.EVENTS,
    *questions_wire.EVENTS,
    *announcements_wire.EVENTS,
    *presence_wire.EVENTS,
)

COMMANDS: dict[str, Command] = {command.name: command for command in _COMMANDS}
EVENTS: dict[str, type[AnyEvent]] = {type_of(event): event for event in _EVENTS}
READS: tuple[Read, ...] = (*programme.READS, *chat.READS, *questions.READS, *presence.READS)
