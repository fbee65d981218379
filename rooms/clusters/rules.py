"""How things are put between others, and how many clusters a room takes."""

from collections.abc import Sequence

from rooms.errors import reason

UNKNOWN = reason("cluster.unknown", 404, "There is no such cluster.")
FULL = reason("cluster.full", 409, "There can be {limit} clusters. Remove one first.")

TITLE_LIMIT = 120
CLUSTERS_LIMIT = 60
GAP = 1 << 16
"""Things are placed so far apart, so that another fits between without moving them."""
FARTHEST = 1 << 30

Placed = Sequence[tuple[str, int]]
"""Ids with their places, in order."""


def put(others: Placed, moved: str, before: str | None) -> dict[str, int]:
    """Place a thing before another, or at the end; gives all places that change, mostly only its own."""
    ids = [id_ for id_, _ in others]
    at = ids.index(before) if before in ids else len(ids)
    place = _between(others[at - 1][1] if at else None, others[at][1] if at < len(ids) else None)
    if place is not None and abs(place) <= FARTHEST:
        return {moved: place}
    order = [*ids[:at], moved, *ids[at:]]
    return {id_: number * GAP for number, id_ in enumerate(order, 1)}


def _between(low: int | None, high: int | None) -> int | None:
    if low is None:
        return GAP if high is None else high - GAP
    if high is None:
        return low + GAP
    return (low + high) // 2 if high - low > 1 else None
