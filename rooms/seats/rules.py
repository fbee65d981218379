"""Why a seat is refused, and how long one is kept for somebody who is away."""

from datetime import timedelta

from rooms.errors import reason

FULL = reason("seat.full", 409, "This table is full.")
ALL_FULL = reason("seat.all_full", 409, "All tables are full. You will be seated in the next round.")
NOT_SEATED = reason("seat.not_seated", 409, "This person does not sit at a table.")
NOT_FREE = reason("seat.not_free", 409, "In this café the host assigns the seats.")
NO_ROUND = reason("seat.no_round", 409, "There are no seats to take just now.")
NOT_HERE = reason("seat.not_here", 409, "This person is not in the café.")

GRACE = timedelta(seconds=60)
"""A seat is kept so long for somebody who is away."""
