"""The rotation of people between tables, so that they meet new people in every round."""

from collections.abc import Mapping, Sequence
from random import Random

from rooms.cafe.rotation_proof import Met, Proof, history, meetings, prove
from rooms.cafe.rotation_shift import shifts
from rooms.cafe.rotation_swaps import PARTING, Round, mix, repair
from rooms.cafe.rotation_weights import REPEAT, Weights, fits, speak
from rooms.cafe.seating import Guest, Layout, Seating, Table, TooFewSeats, lay_out

__all__ = ["Guest", "Proof", "Seating", "Table", "TooFewSeats", "arrange", "insert", "meetings", "prove"]

ATTEMPTS = 12
"""How often the search begins anew while people still meet again."""
REPAIRS = 800
"""Steps of repair in one arrangement, over all rounds and attempts; a step looks at up to 60 swaps."""
PARTS = 90_000
"""Steps of annealing to part people in one arrangement; at most 10,000 before each repair."""
MIXES = 100_000
"""Steps of annealing in one arrangement, over all rounds; never more than 400 for each guest and round."""

Tables = list[list[int]]
"""Numbers of guests by table; a seat that may float holds nobody's number."""


def arrange(  # noqa: PLR0917 - callers name what they leave out
    guests: Sequence[Guest],
    tables: Sequence[Table],
    rounds: int = 1,
    met: Met = (),
    locked: Mapping[int, int] | None = None,
    seed: int = 0,
) -> list[Seating]:
    """Seat everybody for the rounds to come; the same input always gives the same seats.

    Nobody meets again where arithmetic allows; then languages fit and tables are mixed. `met`: pairs who met earlier.
    `locked`: guests who stay at a table in all rounds, as hosts do at theirs.

    Raises:
        TooFewSeats: there are more guests than seats.
    """
    layout = lay_out(guests, tables, locked or {})
    search = _Search(layout, rounds, met, seed)
    return [_seating(layout, tables, seats) for seats in search.run()]


def _seating(layout: Layout, tables: Sequence[Table], seats: Tables) -> Seating:
    found: Seating = {table.id: [] for table in tables}
    for table, at_table in zip(layout.tables, seats, strict=True):
        found[table.id] = [layout.guests[each].id for each in sorted(at_table) if each < len(layout.guests)]
    return found


class _Search:
    """The search for good rounds: the closed form first, then swaps; the best attempt wins."""

    def __init__(self, layout: Layout, rounds: int, met: Met, seed: int) -> None:
        self.layout, self.rounds, self.people = layout, rounds, len(layout.guests)
        self.rng = Random(seed)  # noqa: S311 - the same seed is to give the same seats; nothing is secret here
        numbers = {guest.id: number for number, guest in enumerate(layout.guests)}
        known = [((numbers[a], numbers[b]), n) for (a, b), n in history(met).items() if a in numbers and b in numbers]
        self.weights = Weights(layout, sorted(known))
        # A step takes longer at larger tables.
        self.share = min(1.0, 8 / max(layout.sizes, default=1))
        self.repairs, self.parts = int(REPAIRS * self.share), int(PARTS * self.share)

    def run(self) -> list[Tables]:
        """Find the best rounds."""
        best, least = self._attempt(_begin(self.layout, self.rounds, self.rng))
        for _ in range(ATTEMPTS):
            if least < REPEAT or self.repairs <= 0 or self.parts <= 0:
                break
            plan, cost = self._attempt(_begin(self.layout, self.rounds, self.rng))
            if cost < least:
                best, least = plan, cost
        return self._mixed(best)

    def _attempt(self, plan: list[Tables]) -> tuple[list[Tables], int]:
        """Repair one round after the other, given all others, until nobody meets again or nothing helps."""
        for tables in plan:
            self.weights.add_tables(tables, 1)
        per_round = max(1, REPAIRS // ATTEMPTS * 2 // max(1, self.rounds))
        for at in range(len(plan)):
            if self.repairs > 0:
                plan[at] = self._repaired(plan[at], min(per_round, self.repairs))
        cost = 0
        for tables in reversed(plan):
            self.weights.add_tables(tables, -1)
            cost += self._cost(tables)
        return plan, cost

    def _repaired(self, tables: Tables, steps: int) -> Tables:
        self.weights.add_tables(tables, -1)
        seats = Round(self.layout, self.weights.rows, tables)
        if any(seats.clashes(range(len(tables))).values()):
            parts = int(min(10_000 * self.share, self.parts, PARTS * self.share / 3 / self.rounds))
            self.parts -= parts
            mix(seats, parts, self.rng, PARTING)
            self.repairs -= max(1, steps - repair(seats, steps, self.rng))
        self.weights.add_tables(found := seats.tables(), 1)
        return found

    def _cost(self, tables: Tables) -> int:
        seats = Round(self.layout, self.weights.rows, tables)
        return sum(seats.cost(seat) for seat in range(len(seats.who)))

    def _mixed(self, plan: list[Tables]) -> list[Tables]:
        for tables in plan:
            self.weights.add_tables(tables, 1)
        steps = min(int(MIXES * self.share) // max(1, self.rounds), 400 * self.people)
        for at, tables in enumerate(plan):
            self.weights.add_tables(tables, -1)
            seats = Round(self.layout, self.weights.rows, tables)
            mix(seats, steps, self.rng)
            plan[at] = seats.tables()
            self.weights.add_tables(plan[at], 1)
        return plan


def _begin(layout: Layout, rounds: int, rng: Random) -> list[Tables]:
    """Deal seats: by the closed form where tables are alike, and for as many rounds as it goes; then anyhow."""
    first = _dealt(layout, rng, range(len(layout.tables)))
    plan = _shifted(layout, first, rounds) if _alike(layout) else [first]
    while len(plan) < rounds:
        order = list(range(len(layout.tables)))
        rng.shuffle(order)
        plan.append(_dealt(layout, rng, order))
    return plan[:rounds]


def _capacity(layout: Layout) -> list[int]:
    low = min((size for size, floats in zip(layout.sizes, layout.floats, strict=True) if floats), default=0)
    return [low + 1 if floats else size for size, floats in zip(layout.sizes, layout.floats, strict=True)]


def _alike(layout: Layout) -> bool:
    one_size = len(set(_capacity(layout))) == 1 and len(set(layout.floats)) == 1
    return one_size and all(len(all_) < 2 for all_ in layout.fixed)


def _dealt(layout: Layout, rng: Random, order: Sequence[int]) -> Tables:
    """Deal seat after seat to all tables from people sorted by what they share, so that each table gets some of all."""
    fixed = {each for all_ in layout.fixed for each in all_}
    rest = [number for number in range(len(layout.guests)) if number not in fixed]
    rng.shuffle(rest)
    rest.sort(key=lambda number: _kind(layout.guests[number]), reverse=True)
    tables = [list(all_) for all_ in layout.fixed]
    for depth in range(max(layout.sizes, default=0)):
        row = [t for t in order if len(tables[t]) == depth < layout.sizes[t]]
        taken, rest = rest[len(rest) - len(row) :], rest[: len(rest) - len(row)]
        rng.shuffle(taken)
        for t, number in zip(row, taken, strict=True):
            tables[t].append(number)
    nobody = len(layout.guests)
    return [all_ + [nobody] * (most - len(all_)) for all_, most in zip(tables, _capacity(layout), strict=True)]


def _kind(guest: Guest) -> tuple[str, str, str]:
    return guest.group, guest.gender, guest.country


def _shifted(layout: Layout, first: Tables, rounds: int) -> list[Tables]:
    """Move the seats of a first round by the closed form."""
    seats = len(first[0])
    plan = []
    for to in shifts(len(first), seats, rounds, fixed=any(layout.fixed)):
        tables: Tables = [[0] * seats for _ in first]
        for t, row in enumerate(to):
            for seat, target in enumerate(row):
                tables[target][seat] = first[t][seat]
        plan.append(tables)
    return plan


def insert(  # noqa: PLR0917 - as above
    guest: Guest,
    seating: Mapping[int, Sequence[int]],
    tables: Sequence[Table],
    guests: Mapping[int, Guest],
    met: Met = (),
    seed: int = 0,
) -> int | None:
    """Find the best table for somebody who comes late, or None where all are full.

    A host goes to their own table. Otherwise a table that has begun: fewest repeats, somebody to talk to, fewest
    people, most mixed; an empty table only where all others are full.
    """
    room = [table for table in tables if len(seating.get(table.id, ())) < table.max]
    own = next((table.id for table in room if table.host == guest.id), None)
    begun = [table for table in room if seating.get(table.id)]
    if own is not None or not room:
        return own
    before = history(met)
    rng = Random(f"{seed} {guest.id}")  # noqa: S311 - as above

    def cost(table: Table) -> tuple[float, ...]:
        there = [guests[each] for each in seating.get(table.id, ()) if each in guests]
        repeats = sum((min(guest.id, each), max(guest.id, each)) in before for each in seating.get(table.id, ()))
        mute = not fits(guest, table) or (bool(there) and not any(speak(guest, other) for other in there))
        return repeats, mute, len(seating.get(table.id, ())), _alikeness(guest, there), rng.random()

    return min(begun or room, key=cost).id


def _alikeness(guest: Guest, others: Sequence[Guest]) -> float:
    weights = Weights(Layout((guest, *others), (), (), (), ()), ())
    return sum(weights.rows[0][: 1 + len(others)])
