"""A café's phases, what follows what, and what a plan may hold."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from rooms.errors import reason

UNKNOWN = reason("cafe.unknown", 404, "There is no café in this room.")
PHASE = reason("cafe.phase", 409, "This is not possible at this point of the café.")
NO_ROUNDS = reason("cafe.no_rounds", 409, "Plan at least one round first.")
NO_TABLES = reason("cafe.no_tables", 409, "Add at least one table first.")
TOO_FEW_SEATS = reason("cafe.too_few_seats", 409, "There are {people} people and only {seats} seats.")
ROUNDS = reason("cafe.rounds", 422, "A café has at most {limit} rounds.")
TABLES = reason("cafe.tables", 422, "A café has at most {limit} tables.")
LENGTH = reason("cafe.length", 422, "Choose between {least} and {most} {unit}.")
SIZES = reason("cafe.sizes", 422, "A table has 2 to {limit} seats, and at least as many as it needs.")
RUNNING = reason(
    "cafe.running", 409, "The café has begun: rounds that have run cannot be changed, nor its tables replaced."
)
NOT_PAUSED = reason("cafe.not_paused", 409, "The café is not paused.")
LANGUAGE = reason("cafe.language", 422, "This is not a language of the forum.")

Phase = Literal["draft", "ready", "seating", "opening", "open", "closing", "closed", "plenary", "over"]
Preset = Literal["world_cafe", "gurteen", "wsis"]
Mode = Literal["assigned", "choice", "proposed"]
Answer = Literal["in", "listening", "leaving"]

LANGUAGES = ("ar", "zh", "en", "fr", "ru", "es")
"""The six official languages of the United Nations (General Assembly rules of procedure, rule 51)."""
RUNNING_PHASES = ("ready", "seating", "opening", "open", "closing", "closed", "plenary")
SEATED_PHASES = ("opening", "open", "closing", "closed", "seating")
"""While a round runs, and until the next begins, people keep their seats."""
ROUND_PHASES = ("opening", "open", "closing")
CHOOSING_PHASES = ("ready", "seating", "opening", "open", "closing", "closed")

ROUNDS_LIMIT = 12
TABLES_LIMIT = 250
SEATS_LIMIT = 16
QUESTION_LIMIT = 500
MINUTES = (1, 180)
SECONDS = (0, 900)
STEP_SECONDS = (-3600, 3600)
FEW_LATE, LATE_SHARE = 3, 0.25
"""From more late-comers than these, and than this share of the seated, the seats are proposed anew."""
NAME_LIMIT = 80
TOPIC_LIMIT = 300
LEAST_LEFT_SECONDS = 5
"""Taking time away leaves so much, so that nobody is cut off by a click."""


class Timed(Protocol):
    """What a plan must tell of its times."""

    @property
    def minutes(self) -> Sequence[int]: ...
    @property
    def mode(self) -> str: ...
    @property
    def ready_seconds(self) -> int: ...
    @property
    def seating_seconds(self) -> int: ...
    @property
    def opening_seconds(self) -> int: ...
    @property
    def closing_seconds(self) -> int: ...
    @property
    def break_seconds(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Step:
    """A phase to enter, of which round (from 0), and after how many seconds it ends by itself."""

    phase: Phase
    round: int
    seconds: float | None = None


def first(plan: Timed) -> Step:
    """Begin with the check of who is ready."""
    return Step("ready", 0, plan.ready_seconds)


def following(plan: Timed, phase: str, round_: int) -> Step | None:
    """Tell what comes after a phase; nothing comes after the last."""
    return _FOLLOWING[phase](plan, round_) if phase in _FOLLOWING else None


def _seating(plan: Timed, round_: int) -> Step:
    # Where tables are assigned, the review begins once there is something to review.
    return Step("seating", round_, None if plan.mode == "assigned" else plan.seating_seconds)


def _open(plan: Timed, round_: int) -> Step:
    return Step("open", round_, max(0, plan.minutes[round_] * 60 - plan.closing_seconds))


def _after_closed(plan: Timed, round_: int) -> Step:
    return Step("plenary", round_) if round_ + 1 >= len(plan.minutes) else _seating(plan, round_ + 1)


_FOLLOWING: dict[str, Callable[[Timed, int], Step]] = {
    "ready": _seating,
    "seating": lambda plan, round_: Step("opening", round_, plan.opening_seconds),
    "opening": _open,
    "open": lambda plan, round_: Step("closing", round_, plan.closing_seconds),
    "closing": lambda plan, round_: Step("closed", round_, plan.break_seconds),
    "closed": _after_closed,
    "plenary": lambda plan, round_: Step("over", round_),
}


def check_lengths(values: Mapping[str, tuple[int, tuple[int, int]]], unit: str) -> None:
    """See that lengths are within their bounds.

    Raises:
        Refused: cafe.length.
    """
    for value, (least, most) in values.values():
        if not least <= value <= most:
            raise LENGTH(least=least, most=most, unit=unit)


def check_seats(least: int, most: int) -> None:
    """See that a table can be filled.

    Raises:
        Refused: cafe.sizes.
    """
    if not 1 <= least <= most <= SEATS_LIMIT or most < 2:
        raise SIZES(limit=SEATS_LIMIT)


def check_language(language: str) -> None:
    """See that a table's language, where it has one, is one of the forum's.

    Raises:
        Refused: cafe.language.
    """
    if language and language not in LANGUAGES:
        raise LANGUAGE()


def in_language(texts: Mapping[str, str], language: str) -> str:
    """Choose a text in a language, else in English, else in any."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")
