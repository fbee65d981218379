"""What the rounds of a café do for those who take part, as it is told."""

import msgspec

from rooms.cafe import store
from rooms.commands import Result
from rooms.streams import Everyone, Logged


class Proof(Result, frozen=True):
    """What some rounds do for those who take part: who meets how many new people, and how mixed the tables are.

    `mixed`: share, from 0 to 1, of the tables with more than one gender, of those where two are
    known; nothing is said of fewer than five.
    """

    people: int
    repeats: int
    met_min: int
    met_mean: float
    met_max: int
    groups_per_table: float
    groups: int
    smallest: int
    largest: int
    alone: int = 0
    language_misfits: int = 0
    rounds: int = 1
    mixed: float | None = None


class Met(Result, frozen=True):
    """Whom the actor met: new people per round, and all."""

    rounds: tuple[int, ...]
    people: int


class CafeProved(Logged[Everyone], frozen=True, kw_only=True, tag_field="type", tag="cafe.proved"):
    """What the rounds so far did for everybody; without a proof nobody has been seated yet."""

    proof: Proof | None = None


def proved(row: store.Cafe) -> Proof | None:
    """Read back what the rounds so far did."""
    return msgspec.convert(row.proof, Proof) if row.proof else None
