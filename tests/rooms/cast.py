"""Who plays in the tests: people with names and countries, rooms with different rules, and what each may do."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import SQLModel

from rooms.members.store import Granted, Restricted
from rooms.people.store import Person
from rooms.programme.store import Forum, Panellist, Room, Session, Track

NOON = datetime(2023, 4, 12, 12, 0, 0, tzinfo=UTC)
VISITOR = "visitor"

CAFE, TRAINING, CEREMONY, QUIET, MINISTERS = 7, 8, 9, 10, 11
"""A pre-moderated room; one without; one with chat alone; one with questions alone; one for members only."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the cast; ids are long, so that a search through JSON finds them and nothing else."""

    id: int
    name: str
    country: str
    stakeholder: str
    language: str


CAST = {
    "amina": Part(41011, "Amina Okafor", "NG", "government", "en"),
    "bao": Part(41012, "Bao Li", "CN", "academia", "zh"),
    "carlos": Part(41013, "Carlos Ruiz", "MX", "civil", "es"),
    "dmitri": Part(41014, "Dmitri Volkov", "RU", "private", "ru"),
    "emilie": Part(41015, "Émilie Roy", "FR", "civil", "fr"),
    "fatima": Part(41016, "Fatima Al-Sayed", "EG", "international", "ar"),
    "ingrid": Part(41017, "Ingrid Sørensen", "NO", "international", "en"),
    "boris": Part(41018, "Boris Novak", "HR", "private", "en"),
}
"""Amina moderates the café, Ingrid organises the forum, Boris is banned from the café; the others take part."""

GRANTS = (
    ("participant", "track/forum", None, "everyone"),
    ("moderator", f"room/{CAFE}", "amina", ""),
    ("organiser", "forum", "ingrid", ""),
    ("participant", f"room/{MINISTERS}", "dmitri", ""),
)

FEATURES = {
    CAFE: (["chat", "questions"], True),
    TRAINING: (["chat", "questions"], False),
    CEREMONY: (["chat"], True),
    QUIET: (["questions"], True),
    MINISTERS: (["chat", "questions"], False),
}


def name_of(who: str) -> str:
    """Give the name of one of the cast."""
    return CAST[who].name


def id_of(who: str) -> int:
    """Give the id of one of the cast."""
    return CAST[who].id


def people() -> list[SQLModel]:
    """Make the cast."""
    return [
        Person(
            id=part.id,
            name=part.name,
            country=part.country,
            stakeholder=part.stakeholder,
            language=part.language,
            created_at=NOON,
        )
        for part in CAST.values()
    ]


def programme() -> list[SQLModel]:
    """Make the forum, its tracks and a session for every room."""
    return [
        Forum(id=1, name={"en": "Forum"}, theme={"en": "Theme"}, place={"en": "Geneva"}, zone="Europe/Zurich"),
        Track(key="forum", name={"en": "Forum Track"}),
        Track(key="high-level", name={"en": "High-Level Track"}),
        *(_session(room_id) for room_id in FEATURES),
    ]


def _session(room_id: int) -> Session:
    return Session(
        id=room_id + 100,
        guid=f"session-{room_id}",
        number=room_id + 500,
        title={"en": f"Session {room_id}"},
        description={"en": "About the information society"},
        track=track_of(room_id),
        format="knowledge-cafe",
        mode="virtual",
        languages=["en"],
        action_lines=["C1"],
        sdgs=[5],
        topics=[],
        documents=[],
        links=[],
        start_at=NOON,
        end_at=NOON.replace(hour=14),
    )


def rooms() -> list[SQLModel]:
    """Make the rooms, and somebody on the panel of the café."""
    made = [
        Room(id=id_, session_id=id_ + 100, track=track_of(id_), features=features, premoderated=held)
        for id_, (features, held) in FEATURES.items()
    ]
    return [*made, Panellist(session_id=CAFE + 100, position=1, name="Grace Ndlovu", country="ZA")]


def track_of(room_id: int) -> str:
    """Give the track of a room."""
    return "high-level" if room_id == MINISTERS else "forum"


def rights() -> list[SQLModel]:
    """Make the roles granted, and Boris's ban."""
    granted = [
        Granted(role=role, scope=scope, person_id=id_of(who) if who else None, trait=trait)
        for role, scope, who, trait in GRANTS
    ]
    ban = Restricted(kind="banned", scope=f"room/{CAFE}", person_id=id_of("boris"), why="Insults", at=NOON)
    return [*granted, ban]
