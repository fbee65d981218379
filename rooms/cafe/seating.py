"""Who is to be seated, at which tables, and how many people each table gets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Seating = dict[int, list[int]]
"""Guests by table, in order of their ids; every table is a key, those with nobody too."""


class TooFewSeats(ValueError):
    """There are more guests than seats."""


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody to be seated; what is empty is not known."""

    id: int
    group: str = ""
    gender: str = ""
    country: str = ""
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its least and most people; its host, if a guest, stays there in every round."""

    id: int
    min: int = 2
    max: int = 8
    language: str = ""
    host: int | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """The tables that are used, with numbers in place of ids: guest i is the i-th in order of id."""

    guests: tuple[Guest, ...]
    tables: tuple[Table, ...]
    fixed: tuple[tuple[int, ...], ...]
    """Numbers of those who stay at each table."""
    sizes: tuple[int, ...]
    floats: tuple[bool, ...]
    """Whether a table may have one person more or fewer, in exchange with another that may."""


def lay_out(guests: Iterable[Guest], tables: Sequence[Table], locked: Mapping[int, int]) -> Layout:
    """Choose the tables to use and how many people each gets.

    Raises:
        TooFewSeats: there are more guests than seats.
    """
    people = tuple(sorted({guest.id: guest for guest in guests}.values(), key=lambda guest: guest.id))
    if len(people) > sum(table.max for table in tables):
        raise TooFewSeats(f"{len(people)} guests, {sum(table.max for table in tables)} seats")
    fixed = _fixed(people, tables, locked)
    used = _used(people, tables, [len(all_) for all_ in fixed])
    chosen = tuple(tables[at] for at in used)
    stay = tuple(fixed[at] for at in used)
    sizes = _fill(len(people), chosen, [len(all_) for all_ in stay])
    return Layout(people, chosen, stay, sizes, _floats(chosen, stay, sizes))


def _fixed(guests: Sequence[Guest], tables: Sequence[Table], locked: Mapping[int, int]) -> list[tuple[int, ...]]:
    """List who stays at each table: its host first, then the locked, as many as it holds."""
    hosts: dict[int, int] = {}
    for table in tables:
        if table.host is not None and table.max > 0:
            hosts.setdefault(table.host, table.id)
    seats = {**locked, **hosts}
    found: dict[int, list[int]] = {table.id: [] for table in tables}
    for number, guest in sorted(enumerate(guests), key=lambda each: each[1].id not in hosts):
        if (table_id := seats.get(guest.id)) in found:
            found[table_id].append(number)
    return [tuple(found[table.id][: table.max]) for table in tables]


def _least(table: Table) -> int:
    """Tell with how few people a table is worth opening; nobody is to sit alone."""
    return min(max(2, table.min), table.max)


def _used(guests: Sequence[Guest], tables: Sequence[Table], stay: Sequence[int]) -> list[int]:
    """Leave tables empty, one after the other, until those in use have enough people."""
    used = [at for at, table in enumerate(tables) if table.max > 0]
    order = _dispensable(guests, tables, stay)
    while guests and _short(len(guests), [tables[at] for at in used], [stay[at] for at in used]):
        room = sum(tables[at].max for at in used)
        spare = [at for at in order if at in used and room - tables[at].max >= len(guests)]
        if not spare:
            break
        too_many = max(1, len(used) - len(guests) // 2)
        for at in spare[:too_many]:
            if room - tables[at].max >= len(guests):
                used.remove(at)
                room -= tables[at].max
    return used if guests else []


def _dispensable(guests: Sequence[Guest], tables: Sequence[Table], stay: Sequence[int]) -> list[int]:
    """Order the tables that nobody must stay at: least missed first."""
    speakers = {
        language: sum(language in guest.languages for guest in guests)
        for language in {table.language for table in tables if table.language}
    }
    free = [at for at, table in enumerate(tables) if not stay[at] and table.max > 0]
    return sorted(
        free,
        key=lambda at: (
            tables[at].max > 1,
            speakers.get(tables[at].language, len(guests)),
            -_least(tables[at]),
            -at,
        ),
    )


def _short(people: int, tables: Sequence[Table], stay: Sequence[int]) -> bool:
    sizes = _fill(people, tables, stay)
    return any(
        size < _least(table) or (table.max < 2 and not fixed)
        for size, table, fixed in zip(sizes, tables, stay, strict=True)
    )


def _fill(people: int, tables: Sequence[Table], stay: Sequence[int]) -> tuple[int, ...]:
    """Share people out evenly: as sand finds its level, within each table's bounds."""
    level = 0
    while sum(sizes := _at_level(level + 1, tables, stay)) <= people and level < people:
        level += 1
    sizes = _at_level(level, tables, stay)
    over = people - sum(sizes)
    for at, higher in enumerate(_at_level(level + 1, tables, stay)):
        if over > 0 and higher > sizes[at]:
            sizes[at] += 1
            over -= 1
    return tuple(sizes)


def _at_level(level: int, tables: Sequence[Table], stay: Sequence[int]) -> list[int]:
    return [max(fixed, min(level, table.max)) for table, fixed in zip(tables, stay, strict=True)]


def _floats(tables: Sequence[Table], fixed: Sequence[Sequence[int]], sizes: Sequence[int]) -> tuple[bool, ...]:
    """Find the tables that may exchange sizes: the common lower size and one more both suit them."""
    low = min((size for size, all_ in zip(sizes, fixed, strict=True) if size > len(all_)), default=0)
    suits = [
        size in {low, low + 1} and len(all_) <= low and _least(table) <= low < table.max
        for table, all_, size in zip(tables, fixed, sizes, strict=True)
    ]
    uneven = len({size for size, suit in zip(sizes, suits, strict=True) if suit}) > 1
    return tuple(suit and uneven for suit in suits)
