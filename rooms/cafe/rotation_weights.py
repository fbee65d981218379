"""What it costs that two people sit together, and that a person sits at a table."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import combinations
from operator import add

from rooms.cafe.seating import Guest, Layout, Table

REPEAT = 1_000_000
"""For each time that two people have met before; more than all else together."""
SAME_GROUP, SAME_COUNTRY, SAME_GENDER = 100, 40, 30
"""For each pair at a table that shares these."""
NO_COMMON_LANGUAGE = 300
"""For each pair at a table that has no language in common."""
NOT_THE_TABLES_LANGUAGE = 900
"""For each person at a table whose language they do not speak."""


class Weights:
    """Costs in one row for each guest: beside each other guest, beside nobody, and at each table."""

    def __init__(self, layout: Layout, met: Iterable[tuple[tuple[int, int], int]]) -> None:
        self.people = len(layout.guests)
        self.rows = _rows(layout.guests, layout.tables)
        for (a, b), times in met:
            self.add(a, b, times)

    def add(self, a: int, b: int, times: int) -> None:
        """Count that two have met so often."""
        self.rows[a][b] += REPEAT * times
        self.rows[b][a] += REPEAT * times

    def add_tables(self, tables: Iterable[Sequence[int]], times: int) -> None:
        """Count that those at each table have met, or with -1 that they have not."""
        for at_table in tables:
            for a, b in combinations([each for each in at_table if each < self.people], 2):
                self.add(a, b, times)


def speak(a: Guest, b: Guest) -> bool:
    """Tell whether two people have a language in common, as far as is known."""
    return not a.languages or not b.languages or not set(a.languages).isdisjoint(b.languages)


def fits(guest: Guest, table: Table) -> bool:
    """Tell whether somebody speaks a table's language, as far as is known."""
    return not table.language or not guest.languages or table.language in guest.languages


def _rows(guests: Sequence[Guest], tables: Sequence[Table]) -> list[list[int]]:
    """Add up rows as a whole, once for all guests of one kind: a million single sums would take a second."""
    parts = (
        _sharing([guest.group for guest in guests], SAME_GROUP),
        _sharing([guest.country for guest in guests], SAME_COUNTRY),
        _sharing([guest.gender for guest in guests], SAME_GENDER),
        _languages(guests, tables),
    )
    found: dict[Hashable, list[int]] = {}
    rows = []
    for at, guest in enumerate(guests):
        kind = (guest.group, guest.country, guest.gender, guest.languages)
        if kind not in found:
            group, country, gender, spoken = (part(value) for part, value in zip(parts, kind, strict=True))
            pairs = map(add, map(add, group, country), map(add, gender, spoken))
            found[kind] = [*pairs, *spoken[len(guests) :]]
        rows.append(found[kind].copy())
        rows[at][at] = 0
    return [*rows, [0] * (len(guests) + 1 + len(tables))]


def _sharing(values: Sequence[str], cost: int) -> Callable[[object], list[int]]:
    made = {value: [cost if value and value == other else 0 for other in values] for value in set(values)}
    return lambda value: made[str(value)]


def _languages(guests: Sequence[Guest], tables: Sequence[Table]) -> Callable[[object], list[int]]:
    made: dict[object, list[int]] = {}
    for guest in guests:
        if guest.languages not in made:
            made[guest.languages] = [
                *(0 if speak(guest, other) else NO_COMMON_LANGUAGE for other in guests),
                0,
                *(0 if fits(guest, table) else NOT_THE_TABLES_LANGUAGE for table in tables),
            ]
    return made.__getitem__
