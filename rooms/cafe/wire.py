"""What comes in about a café's plan and its clock, and what the room and its hosts are told."""

from datetime import datetime
from typing import Any

import msgspec

from rooms.cafe import rules, store
from rooms.cafe.proofs import CafeProved, Proof, proved
from rooms.commands import Number, Result, Sent
from rooms.streams import Everyone, Hosts, Latest, Logged, OnePerson
from rooms.tables.wire import Help, SeatedPerson


class RoundPlan(Sent, frozen=True):
    """A round: its question in the languages that it was written in, and its length."""

    question: dict[str, str]
    minutes: int = 20


class TablePlan(Sent, frozen=True):
    """A table as it is planned."""

    name: str
    topic: str = ""
    language: str = ""
    host: Number | None = None
    least: int = 2
    most: int = 8


class Plan(Sent, frozen=True):
    """A café as it is planned, saved, copied and exported; without `tables` the tables stay as they are."""

    preset: rules.Preset = "world_cafe"
    mode: rules.Mode = "assigned"
    rounds: tuple[RoundPlan, ...] = ()
    park_silent: bool = False
    """Whether people who do not answer the ready check wait in the lobby instead of being seated."""
    private_calls: bool = False
    ready_seconds: int = 60
    seating_seconds: int = 30
    opening_seconds: int = 20
    closing_seconds: int = 60
    break_seconds: int = 30
    tables: tuple[TablePlan, ...] | None = None

    @property
    def minutes(self) -> tuple[int, ...]:
        return tuple(each.minutes for each in self.rounds)


class WholePlan(Result, frozen=True):
    """A café's plan with its tables, as cafe.plan takes it back."""

    plan: Plan


class SavePlan(Sent, frozen=True):
    """Save the plan of a room's café, and so make it a café."""

    room: Number
    plan: Plan


class CopyPlan(Sent, frozen=True):
    """Take over the plan of another café, tables included."""

    room: Number
    source: Number


class InRoom(Sent, frozen=True):
    """Name the café's room."""

    room: Number


class Reply(Sent, frozen=True):
    """Answer whether one is ready."""

    room: Number
    answer: rules.Answer


class Stretch(Sent, frozen=True):
    """Give time to the running phase, or take some away; with a table, give it to that table alone."""

    room: Number
    seconds: int
    table: Number | None = None


class Recall(Sent, frozen=True):
    """Call everybody back to the plenary after a countdown."""

    room: Number
    seconds: int = 60


class CafeState(Result, frozen=True):
    """A café's plan and clock as everyone sees them; `ends_at` is the end of the phase, by the server's clock."""

    preset: str
    mode: str
    rounds: tuple[RoundPlan, ...]
    phase: str
    round: int = 0
    ends_at: datetime | None = None
    left_ms: int | None = None
    recalled: bool = False
    answers: dict[str, int] = {}
    proof: Proof | None = None
    """What the rounds so far did, for everyone to see."""


class CafePlanned(Logged[Everyone], frozen=True, kw_only=True, tag_field="type", tag="cafe.planned"):
    """The plan reads so now."""

    preset: str
    mode: str
    rounds: tuple[RoundPlan, ...]


class CafePhase(Logged[Everyone], frozen=True, kw_only=True, tag_field="type", tag="cafe.phase"):
    """The café's clock stands so now: phase, round from 0, its end, or what is left of it while it is paused."""

    phase: str
    round: int = 0
    ends_at: datetime | None = None
    left_ms: int | None = None
    recalled: bool = False


class CafeAnswers(Latest[Everyone], frozen=True, kw_only=True, tag_field="type", tag="cafe.answers"):
    """How many people gave each answer to the question whether they are ready."""

    answers: dict[str, int]


class CafeAnswered(Logged[OnePerson], frozen=True, kw_only=True, tag_field="type", tag="cafe.answered"):
    """One's own answer, on all devices; an empty one is none any more."""

    room: int
    answer: str = ""


class CafeProposed(Logged[Hosts], frozen=True, kw_only=True, tag_field="type", tag="cafe.proposed"):
    """Seats are proposed to the hosts, with their proof; without seats there is no proposal any more."""

    seats: dict[str, tuple[int, ...]] = {}
    proof: Proof | None = None


class GuestAnswered(Logged[Hosts], frozen=True, kw_only=True, tag_field="type", tag="cafe.guest"):
    """Somebody said whether they are ready."""

    person: SeatedPerson
    answer: str


class CafeAsked(Logged[Hosts], frozen=True, kw_only=True, tag_field="type", tag="cafe.asked"):
    """The ready check begins: what people answered before does not count."""


class CafePlanSaved(Logged[Hosts], frozen=True, kw_only=True, tag_field="type", tag="cafe.saved"):
    """The hosts' plan reads so now."""

    plan: Plan


class Source(Result, frozen=True):
    """A café whose plan may be taken over: its room, and the session that it belongs to."""

    room: int
    number: int
    title: dict[str, str]
    start_at: datetime


class Sources(Result, frozen=True):
    """The cafés whose plans the actor may take over, latest first."""

    cafes: tuple[Source, ...]


class HostsState(Result, frozen=True):
    """What the hosts see of a café beside what everyone sees."""

    plan: Plan
    people: tuple[SeatedPerson, ...] = ()
    seats: dict[str, tuple[int, ...]] = {}
    """The proposal, while there is one."""
    proof: Proof | None = None
    answers: dict[str, str] = {}
    away: tuple[int, ...] = ()
    helps: tuple[Help, ...] = ()
    lengths: dict[str, int] = {}
    """How long the tables' notes are."""
    hands: dict[str, int] = {}
    """How many hands are raised in the tables' calls."""


EVENTS = (
    CafePlanned,
    CafePhase,
    CafeAnswers,
    CafeAnswered,
    CafeProposed,
    CafeProved,
    GuestAnswered,
    CafeAsked,
    CafePlanSaved,
)


def plan_of(row: store.Cafe) -> Plan:
    """Read a café's plan back."""
    return msgspec.convert(row.plan, Plan)


def stored(plan: Plan) -> dict[str, Any]:
    """Write a plan as it is stored; its tables are rows of their own."""
    found: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(plan, tables=None))
    return found


def public(row: store.Cafe, answers: dict[str, int]) -> CafeState:
    """Show a café to everyone in its room."""
    plan = plan_of(row)
    clock = {name: getattr(row, name) for name in CafePhase.__struct_fields__}
    return CafeState(
        preset=plan.preset, mode=plan.mode, rounds=plan.rounds, answers=answers, proof=proved(row), **clock
    )


def phase(row: store.Cafe) -> CafePhase:
    """Tell how the clock stands."""
    return CafePhase(**{name: getattr(row, name) for name in CafePhase.__struct_fields__})


def proposed(row: store.Cafe) -> CafeProposed:
    """Tell the hosts which seats are proposed."""
    return msgspec.convert(row.proposal, CafeProposed) if row.proposal else CafeProposed()
