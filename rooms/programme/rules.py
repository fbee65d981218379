"""The programme's words: formats, modes, action lines, goals, and how sessions are filtered."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from rooms.errors import reason

ROOM_UNKNOWN = reason("room.unknown", 404, "There is no such room.")
SESSION_UNKNOWN = reason("session.unknown", 404, "There is no such session.")
FORUM_UNKNOWN = reason("forum.unknown", 404, "This forum has not been set up yet.")
FEATURE_OFF = reason("room.feature_off", 409, "This is switched off in this room.")

FORMATS = (
    "policy-statements",
    "high-level-dialogue",
    "prizes-ceremony",
    "ministerial-round-table",
    "action-line-meeting",
    "country-workshop",
    "thematic-workshop",
    "training",
    "special-track",
    "knowledge-cafe",
    "hackathon",
    "exhibition",
    "open-space",
    "closing-ceremony",
)
MODES = ("physical", "virtual", "hybrid")
ACTION_LINES = (
    *("C1", "C2", "C3", "C4", "C5", "C6"),
    *("C7-e-government", "C7-e-business", "C7-e-learning", "C7-e-health"),
    *("C7-e-employment", "C7-e-environment", "C7-e-agriculture", "C7-e-science"),
    *("C8", "C9", "C10", "C11"),
)
"""The WSIS action lines of the Geneva Plan of Action (2003); C7 has eight parts."""
SDGS = tuple(range(1, 18))
"""The Sustainable Development Goals (United Nations resolution 70/1)."""

FEATURES = ("chat", "questions")

Phase = Literal["live", "next", "over"]


class Listed(Protocol):
    """What a session must tell of itself to be filtered."""

    track: str
    format: str
    languages: list[str]
    action_lines: list[str]
    sdgs: list[int]
    start_at: datetime
    end_at: datetime


@dataclass(frozen=True, slots=True)
class Filters:
    """What somebody looks for in the programme; an empty field asks for nothing."""

    day: str = ""
    track: str = ""
    format: str = ""
    line: str = ""
    sdg: str = ""
    language: str = ""
    words: str = ""


_TESTS: dict[str, Callable[[Listed, str], bool]] = {
    "track": lambda session, wish: session.track == wish,
    "format": lambda session, wish: session.format == wish,
    "line": lambda session, wish: wish in session.action_lines,
    "sdg": lambda session, wish: wish in map(str, session.sdgs),
    "language": lambda session, wish: wish in session.languages,
}


def fits(session: Listed, filters: Filters) -> bool:
    """Tell whether a session passes every filter but day and words, which need a zone and a language."""
    wishes = ((name, getattr(filters, name)) for name in _TESTS)
    return all(not wish or _TESTS[name](session, wish) for name, wish in wishes)


def phase(session: Listed, now: datetime) -> Phase:
    """Tell whether a session is live, still to come, or over."""
    if now < session.start_at:
        return "next"
    return "live" if now < session.end_at else "over"


def words_of(texts: Iterable[str]) -> str:
    """Fold texts for a simple search."""
    return " ".join(texts).casefold()
