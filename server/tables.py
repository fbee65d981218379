"""Every table there is, for migrations: importing this module makes the models known."""

from sqlmodel import SQLModel

from rooms.announcements import store as announcements
from rooms.chat import store as chat
from rooms.members import store as members
from rooms.people import store as people
from rooms.presence import store as presence
from rooms.programme import store as programme
from rooms.questions import store as questions
from server import identity, journal, transact

FEATURES = (announcements, chat, members, people, presence, programme, questions, identity, journal, transact)
METADATA = SQLModel.metadata
