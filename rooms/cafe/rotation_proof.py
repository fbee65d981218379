"""The proof of a rotation: who met whom, and how mixed the tables were."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from rooms.cafe.rotation_weights import speak
from rooms.cafe.seating import Guest, Seating

Pair = tuple[int, int]
Met = Mapping[Pair, int] | Collection[Pair]
"""Pairs of ids, the smaller first, that have met before; a mapping tells how often."""


@dataclass(frozen=True)
class Proof:
    """What some rounds do for those who take part in them.

    `repeats`: meetings of two who had met before. `met_*`: new people met, by person. `groups_per_table`: distinct
    groups at a table, on average, of `groups` there are. `mixed`: share of tables with more than one gender, of those
    `mixed_of` where the genders of two are known; None where there are none. `alone`, `language_misfits`: people per
    round.
    """

    rounds: int = 0
    people: int = 0
    repeats: int = 0
    met_min: int = 0
    met_mean: float = 0.0
    met_max: int = 0
    groups_per_table: float = 0.0
    groups: int = 0
    mixed: float | None = None
    mixed_of: int = 0
    smallest: int = 0
    largest: int = 0
    alone: int = 0
    language_misfits: int = 0


def meetings(seatings: Iterable[Seating]) -> Counter[Pair]:
    """Count how often pairs of people sit together."""
    return Counter(pair for seating in seatings for all_ in seating.values() for pair in combinations(sorted(all_), 2))


def history(met: Met) -> dict[Pair, int]:
    """Write down how often pairs have met, the smaller id first."""
    found: dict[Pair, int] = {}
    for (a, b), times in met.items() if isinstance(met, Mapping) else ((pair, 1) for pair in met):
        if a != b and times > 0:
            found[min(a, b), max(a, b)] = found.get((min(a, b), max(a, b)), 0) + times
    return found


def prove(guests: Sequence[Guest], seatings: Sequence[Seating], met: Met = ()) -> Proof:
    """Count what some rounds do for those who take part in them."""
    known = {guest.id: guest for guest in guests}
    used = [all_ for seating in seatings for all_ in seating.values() if all_]
    sizes = [len(all_) for all_ in used] or [0]
    seated = [[known[each] for each in all_ if each in known] for all_ in used]
    people = sorted({each for all_ in used for each in all_})
    before, now = history(met), meetings(seatings)
    new, mixed = _new(people, now, before), _mixed(seated)
    return Proof(
        rounds=len(seatings),
        people=len(people),
        repeats=sum(times - (pair not in before) for pair, times in now.items()),
        met_min=min(new, default=0),
        met_mean=_mean(new),
        met_max=max(new, default=0),
        groups_per_table=_mean([len(_groups(all_)) for all_ in seated]),
        groups=len(_groups([known[each] for each in people if each in known])),
        mixed=sum(mixed) / len(mixed) if mixed else None,
        mixed_of=len(mixed),
        smallest=min(sizes),
        largest=max(sizes),
        alone=sizes.count(1),
        language_misfits=sum(_misfits(all_) for all_ in seated),
    )


def _new(people: Sequence[int], now: Iterable[Pair], before: Collection[Pair]) -> list[int]:
    found = dict.fromkeys(people, 0)
    for pair in now:
        if pair not in before:
            for each in pair:
                found[each] += 1
    return list(found.values())


def _mean(values: Sequence[int]) -> float:
    return sum(values) / len(values) if values else 0.0


def _groups(guests: Iterable[Guest]) -> set[str]:
    return {guest.group for guest in guests if guest.group}


def _mixed(tables: Iterable[Sequence[Guest]]) -> list[bool]:
    known = [genders for all_ in tables if len(genders := [guest.gender for guest in all_ if guest.gender]) > 1]
    return [len(set(genders)) > 1 for genders in known]


def _misfits(guests: Sequence[Guest]) -> int:
    """Count those who have a language in common with nobody at their table."""
    return sum(
        len(guests) > 1 and not any(speak(guest, other) for other in guests if other is not guest) for guest in guests
    )
