"""Swaps that improve one round: people who meet again are parted first, then the tables are mixed."""

from collections.abc import Sequence
from itertools import pairwise
from math import exp
from operator import itemgetter
from random import Random
from typing import Any

from rooms.cafe.rotation_weights import REPEAT
from rooms.cafe.seating import Layout

MIXING = (300.0, 6.0)
"""Temperatures between which tables are mixed, in the units of the weights: nobody meets again for the mix's sake."""
PARTING = (0.4 * REPEAT, 0.07 * REPEAT)
"""Temperatures between which people who meet again are parted."""
NEAR = 60
"""With how many other seats one seat is compared in a step of the repair."""
REST = 8
"""For about how many steps a person who was moved is left where they are."""


class Round:
    """The seats of one round: table after table, each seat with a guest's number or that of nobody."""

    def __init__(self, layout: Layout, rows: Sequence[list[int]], tables: Sequence[Sequence[int]]) -> None:
        self.rows, self.nobody = rows, len(layout.guests)
        self.floats = layout.floats
        self.who = [each for at_table in tables for each in at_table]
        self.table = [t for t, at_table in enumerate(tables) for _ in at_table]
        ends = [0]
        for at_table in tables:
            ends.append(ends[-1] + len(at_table))
        self.spans = [slice(a, b) for a, b in pairwise(ends)]
        fixed = {each for all_ in layout.fixed for each in all_}
        self.free = [seat for seat, each in enumerate(self.who) if each not in fixed]
        self.look: list[Any] = [None] * len(tables)
        for t in range(len(tables)):
            self._learn(t)

    def tables(self) -> list[list[int]]:
        """List who sits at each table, with nobody's number in a seat that may float."""
        return [self.who[span] for span in self.spans]

    def _learn(self, t: int) -> None:
        # Picks a table's costs from a guest's row at once: of all who sit there, of nobody, and of the table itself.
        self.look[t] = itemgetter(*self.who[self.spans[t]], self.nobody, self.nobody + 1 + t)

    def cost(self, seat: int) -> int:
        """Tell what it costs that this seat's guest sits there."""
        return sum(self.look[self.table[seat]](self.rows[self.who[seat]]))

    def swap(self, p: int, q: int) -> None:
        """Let those in two seats change places."""
        self.who[p], self.who[q] = self.who[q], self.who[p]
        self._learn(self.table[p])
        self._learn(self.table[q])

    def allowed(self, p: int, q: int) -> bool:
        """Tell whether two seats may be swapped: sizes only float between tables that may, one empty seat each."""
        nobody, who = self.nobody, self.who
        if self.table[p] == self.table[q] or who[p] == who[q] == nobody:
            return False
        if who[p] != nobody and who[q] != nobody:
            return True
        to = self.table[q if who[p] == nobody else p]
        return self.floats[to] and nobody not in who[self.spans[to]]

    def change(self, p: int, q: int) -> int:
        """Tell how much more two seats' tables cost after a swap."""
        a, b = self.rows[self.who[p]], self.rows[self.who[q]]
        at_p, at_q = self.look[self.table[p]], self.look[self.table[q]]
        return sum(at_q(a)) + sum(at_p(b)) - sum(at_p(a)) - sum(at_q(b)) - 2 * a[self.who[q]]  # type: ignore[no-any-return]

    def clashes(self, tables: Sequence[int]) -> dict[int, bool]:
        """Tell of each free seat at some tables whether its guest meets somebody again."""
        free = set(self.free)
        seats = [seat for t in tables for seat in range(self.spans[t].start, self.spans[t].stop) if seat in free]
        return {seat: self.cost(seat) >= REPEAT for seat in seats}


def repair(seats: Round, steps: int, rng: Random) -> int:
    """Part people who meet again, by the best swap of one of them in each step; return the steps left.

    The person moved rests for a while, or two of them would change places for ever (tabu search).
    """
    clashing = dict.fromkeys(seat for seat, bad in seats.clashes(range(len(seats.spans))).items() if bad)
    best, now, kept, rested = 0, 0, seats.who.copy(), dict[int, int]()
    while clashing and steps > 0:
        steps -= 1
        p = rng.choice(list(clashing))
        found = _best_partner(seats, p, {each for each, until in rested.items() if until >= steps}, rng)
        if found is None:
            continue
        change, q = found
        seats.swap(p, q)
        now += change
        for seat in (p, q):
            rested[seats.who[seat]] = steps - rng.randrange(REST)
        for seat, bad in seats.clashes([seats.table[p], seats.table[q]]).items():
            clashing.pop(seat, None)
            if bad:
                clashing[seat] = None
        if now < best:
            best, kept = now, seats.who.copy()
    _restore(seats, kept)
    return steps


def _best_partner(seats: Round, p: int, resting: set[int], rng: Random) -> tuple[int, int] | None:
    near = seats.free if len(seats.free) <= NEAR else rng.sample(seats.free, NEAR)
    found: tuple[int, int] | None = None
    for q in near:
        if seats.who[q] not in resting and seats.allowed(p, q):
            change = seats.change(p, q)
            if found is None or change < found[0]:
                found = change, q
    return found


def _restore(seats: Round, who: list[int]) -> None:
    seats.who[:] = who
    for t in range(len(seats.spans)):
        seats._learn(t)


def mix(seats: Round, steps: int, rng: Random, heat: tuple[float, float] = MIXING) -> None:
    """Improve tables by annealing: random swaps, the worse ones ever more rarely, and the best seen is kept."""
    if len(seats.free) < 2:
        return
    chance, free, many = rng.random, seats.free, len(seats.free)
    change_of, allowed = seats.change, seats.allowed
    best, now, kept = 0, 0, seats.who.copy()
    hot, cold = heat
    cooling = (cold / hot) ** (1 / max(1, steps))
    for _ in range(steps):
        hot *= cooling
        p, q = free[int(chance() * many)], free[int(chance() * many)]
        if not allowed(p, q):
            continue
        change = change_of(p, q)
        if change > 0 and (change > 30 * hot or chance() >= exp(-change / hot)):
            continue
        seats.swap(p, q)
        now += change
        if now < best:
            best, kept = now, seats.who.copy()
    _restore(seats, kept)
