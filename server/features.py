"""All features' tables joined: every command, read and event there is."""

from rooms.announcements import actions as announcements
from rooms.announcements import wire as announcements_wire
from rooms.cafe import actions as cafe
from rooms.cafe import wire as cafe_wire
from rooms.calls import actions as calls
from rooms.calls import events as calls_events
from rooms.chat import actions as chat
from rooms.chat import wire as chat_wire
from rooms.clusters import actions as clusters
from rooms.clusters import wire as clusters_wire
from rooms.commands import Command, Read
from rooms.harvest import actions as harvest
from rooms.harvest import wire as harvest_wire
from rooms.members import actions as members
from rooms.members import wire as members_wire
from rooms.notes import actions as notes
from rooms.notes import wire as notes_wire
from rooms.people import actions as people
from rooms.people import wire as people_wire
from rooms.presence import actions as presence
from rooms.presence import wire as presence_wire
from rooms.programme import actions as programme
from rooms.questions import actions as questions
from rooms.questions import wire as questions_wire
from rooms.seats import actions as seats
from rooms.seats import wire as seats_wire
from rooms.streams import AnyEvent, Blanked, type_of
from rooms.tables import actions as tables
from rooms.tables import wire as tables_wire

_COMMANDS: tuple[Command, ...] = (
    *people.COMMANDS,
    *members.COMMANDS,
    *chat.COMMANDS,
    *questions.COMMANDS,
    *announcements.COMMANDS,
    *cafe.COMMANDS,
    *tables.COMMANDS,
    *seats.COMMANDS,
    *harvest.COMMANDS,
    *clusters.COMMANDS,
    *calls.COMMANDS,
    *notes.COMMANDS,
)
_EVENTS: tuple[type[AnyEvent], ...] = (
    Blanked,
    *people_wire.EVENTS,
    *members_wire.EVENTS,
    *chat_wire.EVENTS,
    *questions_wire.EVENTS,
    *announcements_wire.EVENTS,
    *presence_wire.EVENTS,
    *cafe_wire.EVENTS,
    *tables_wire.EVENTS,
    *seats_wire.EVENTS,
    *harvest_wire.EVENTS,
    *clusters_wire.EVENTS,
    *calls_events.EVENTS,
    *notes_wire.EVENTS,
)

COMMANDS: dict[str, Command] = {command.name: command for command in _COMMANDS}
EVENTS: dict[str, type[AnyEvent]] = {type_of(event): event for event in _EVENTS}
READS: tuple[Read, ...] = (
    *programme.READS,
    *chat.READS,
    *questions.READS,
    *presence.READS,
    *cafe.READS,
    *harvest.READS,
    *notes.READS,
)
