"""Every table there is, for migrations: importing this module makes the models known."""

from sqlmodel import SQLModel

from rooms.announcements import store as announcements
from rooms.cafe import store as cafe
from rooms.calls import store as calls
from rooms.chat import store as chat
from rooms.clusters import store as clusters
from rooms.harvest import store as harvest
from rooms.members import store as members
from rooms.notes import store as notes
from rooms.people import store as people
from rooms.presence import store as presence
from rooms.programme import store as programme
from rooms.questions import store as questions
from rooms.seats import store as seats
from rooms.tables import store as tables
from server import identity, journal, transact

FEATURES = (
    announcements,
    cafe,
    calls,
    chat,
    clusters,
    harvest,
    members,
    notes,
    people,
    presence,
    programme,
    questions,
    seats,
    tables,
    identity,
    journal,
    transact,
)
METADATA = SQLModel.metadata
