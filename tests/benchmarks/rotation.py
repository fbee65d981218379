"""Rotation against shuffle-and-deal: who meets again, how many new people each meets, how mixed the tables are.

Run: python -m tests.benchmarks.rotation
"""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from time import process_time

from rooms.cafe.rotation import Guest, Seating, Table, arrange, meetings, prove

ROUNDS = 3
PEOPLE = (20, 60, 200, 1000)
SEATS = {20: 4, 60: 5, 200: 5, 1000: 5}
LEAVING, JOINING = 0.15, 0.10
GROUPS = ("government", "business", "civil society", "technical community", "academia")
SPOKEN = (("en",), ("en", "fr"), ("en", "es"), ("ar", "en"), ("fr",), ("en", "zh"), ("en", "ru"))

Deal = Callable[[list[Guest], list[Table], int, Counter[tuple[int, int]], int], Seating]


@dataclass
class Result:
    """What all rounds of one café did; shares are of tables, `slowest` is in seconds."""

    repeats: int
    met: float
    mixed: float
    groups: float
    misfits: int
    slowest: float


def guest(number: int, rng: Random) -> Guest:
    """Invent somebody."""
    return Guest(number, rng.choice(GROUPS), rng.choice("fm"), f"country {rng.randrange(60)}", rng.choice(SPOKEN))


def rotated(guests: list[Guest], tables: list[Table], rounds: int, met: Counter[tuple[int, int]], seed: int) -> Seating:
    """Deal as the café does: all rounds to come are arranged, and the next one is taken."""
    return arrange(guests, tables, rounds, met, seed=seed)[0]


def shuffled(
    guests: list[Guest], tables: list[Table], _rounds: int, _met: Counter[tuple[int, int]], seed: int
) -> Seating:
    """Shuffle and deal."""
    ids = [each.id for each in guests]
    Random(seed).shuffle(ids)
    return {table.id: sorted(ids[at :: len(tables)]) for at, table in enumerate(tables)}


def cafe(people: int, churn: bool, deal: Deal) -> Result:
    """Hold a café, and measure it."""
    rng = Random(people)
    guests = [guest(number, rng) for number in range(people)]
    everybody, seatings, slowest = {each.id: each for each in guests}, list[Seating](), 0.0
    tables = [Table(number, 2, 2 * SEATS[people]) for number in range(people // SEATS[people])]
    for at in range(ROUNDS):
        if churn and at:
            guests = rng.sample(guests, len(guests) - round(LEAVING * len(guests)))
            guests += [guest(len(everybody) + number, rng) for number in range(round(JOINING * people))]
            everybody |= {each.id: each for each in guests}
        begun = process_time()
        seatings.append(deal(guests, tables, ROUNDS - at, meetings(seatings), at))
        slowest = max(slowest, process_time() - begun)
    proof = prove(list(everybody.values()), seatings)
    share = proof.groups_per_table / proof.groups
    return Result(proof.repeats, proof.met_mean, proof.mixed or 0.0, share, proof.language_misfits, slowest)


def main() -> None:
    """Print the table."""
    say = sys.stdout.write
    say(
        f"{ROUNDS} rounds; repeats, new people met by each, tables of both genders, of all groups at a table, misfits\n"
    )
    say("people  churn  dealt     repeats   met  mixed  groups  misfits  slowest round\n")
    for people in PEOPLE:
        for churn in (False, True):
            ours, theirs = cafe(people, churn, rotated), cafe(people, churn, shuffled)
            for name, row in (("rotated", ours), ("shuffled", theirs)):
                say(f"{people:6}  {'yes' if churn else 'no':5}  {name:8}  {row.repeats:7}  {row.met:4.1f}  ")
                say(f"{row.mixed:5.0%}  {row.groups:6.0%}  {row.misfits:7}  {row.slowest * 1000:10.0f} ms\n")
            ratios = (
                f"{ours.met / theirs.met:4.2f}  {ours.mixed / theirs.mixed:5.2f}  {ours.groups / theirs.groups:6.2f}"
            )
            say(f"{'':15}ratio     {ours.repeats / max(1, theirs.repeats):7.2f}  {ratios}\n")


if __name__ == "__main__":
    main()
