"""The closed form of a rotation: seats that shift by fixed steps, so that nobody meets twice."""

from collections.abc import Callable, Iterator
from itertools import count

Add = Callable[[int, int], int]
NODES = 6000
"""How many steps the search for shifts may take."""


def meets_nobody_twice(tables: int, seats: int, rounds: int) -> bool:
    """Tell whether seat j of table t may simply go to table t + j·r: no a·b is 0 modulo the number of tables."""
    return all(a * b % tables for a in range(1, seats) for b in range(1, rounds))


def shifts(tables: int, seats: int, rounds: int, fixed: bool) -> list[list[list[int]]]:
    """Give the table of each seat of each table in each round, as rounds × tables × seats.

    Nobody meets twice. There may be fewer rounds than wanted, at least one. Seat 0 stays where it is if `fixed`.
    """
    for wanted in range(rounds, 1, -1):
        for add, steps in _candidates(tables, seats, wanted):
            moved = steps if fixed else _all_move(tables, steps, add)
            return [[[add(t, step[r]) for step in moved] for t in range(tables)] for r in range(wanted)]
    return [[[t] * seats for t in range(tables)]]


def _candidates(tables: int, seats: int, rounds: int) -> Iterator[tuple[Add, list[list[int]]]]:
    """Find steps by seat and round: multiples where the closed form holds, else by a short search."""
    plain: Add = lambda a, b: (a + b) % tables  # noqa: E731
    if meets_nobody_twice(tables, seats, rounds):
        yield plain, [[seat * r % tables for r in range(rounds)] for seat in range(seats)]
    elif seats <= tables and rounds <= tables:
        for base in _bases(tables):
            add, less = _digits(tables, base, 1), _digits(tables, base, -1)
            # A field has all the steps there can be, and asking for all of them leads the search straight there.
            if steps := _Steps(tables, seats, rounds if base == tables else tables, less).search():
                yield add, steps


def _bases(tables: int) -> list[int]:
    """List in which bases table numbers are added digit by digit: a prime's own where tables are its power."""
    prime = next((p for p in count(2) if tables % p == 0), 2) if tables > 1 else 2
    power = prime
    while power < tables:
        power *= prime
    return [prime, tables] if power == tables != prime else [tables]


def _digits(tables: int, base: int, sign: int) -> Add:
    """Add (or subtract) numbers below `tables` digit by digit without carrying."""

    def add(a: int, b: int) -> int:
        total, place = 0, 1
        while place < tables:
            total += (a // place + sign * (b // place)) % base * place
            place *= base
        return total

    table = [[add(a, b) for b in range(tables)] for a in range(tables)]
    return lambda a, b: table[a][b]


class _Steps:
    """A search for a difference matrix: any two seats differ by another step in each round."""

    def __init__(self, tables: int, seats: int, rounds: int, less: Add) -> None:
        self.tables, self.seats, self.rounds, self.less = tables, seats, rounds, less
        self.steps = [[0] * rounds for _ in range(seats)]
        self.left = NODES

    def search(self) -> list[list[int]] | None:
        """Find steps by seat and round, or None where there are none or the search took too long."""
        return self.steps if self._place(1, 1) else None

    def _place(self, seat: int, r: int) -> bool:
        if seat == self.seats:
            return True
        following = (seat, r + 1) if r + 1 < self.rounds else (seat + 1, 1)
        for step in range(1, self.tables):
            self.left -= 1
            if self.left < 0:
                return False
            if self._fits(seat, r, step):
                self.steps[seat][r] = step
                if self._place(*following):
                    return True
        return False

    def _fits(self, seat: int, r: int, step: int) -> bool:
        own, less = self.steps[seat], self.less
        for other in self.steps[:seat]:
            apart = less(step, other[r])
            if any(less(own[before], other[before]) == apart for before in range(r)):
                return False
        return True


def _all_move(tables: int, steps: list[list[int]], add: Add) -> list[list[int]]:
    """Turn each round as a whole, so that as few as possible stay at the table where they were."""
    moved = [[0] * len(step) for step in steps]
    for r in range(1, len(steps[0])):

        def staying(turn: int, r: int = r) -> int:
            return sum(add(old[r], turn) == new[r - 1] for old, new in zip(steps, moved, strict=True))

        turn = min(range(tables), key=staying)
        for old, new in zip(steps, moved, strict=True):
            new[r] = add(old[r], turn)
    return moved
