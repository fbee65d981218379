"""Why something at a table is refused, and how long its host may be away."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from rooms.errors import reason

UNKNOWN = reason("table.unknown", 404, "There is no such table.")
CLOSED = reason("table.closed", 409, "This table is closed.")
SAME = reason("table.same", 422, "Choose two different tables.")
LAST = reason("table.last", 409, "A running café needs at least one open table.")
NOT_HELD = reason("table.not_open_to_proposals", 409, "Tables cannot be proposed here now.")
OWN_LIMIT = reason("table.proposed_enough", 409, "You have proposed {limit} tables already.")
NO_HELP = reason("table.no_help", 409, "Nobody asks for help at this table any more.")

PROPOSALS_EACH = 2
HELP_LIMIT = 200
HOST_AWAY = timedelta(seconds=30)
"""A table whose host is away so long gets another."""


Sitting = tuple[int, datetime | None]
"""A person at a table, in the order of sitting down, and since when they have been away."""


def leader(host: int | None, acting: int | None, sitting: Sequence[Sitting], now: datetime) -> int | None:
    """Tell who leads in the host's place: nobody while the host is there, else whoever has sat longest and is there."""
    away = dict(sitting)
    if host is not None and host in away and not _long_away(away[host], now):
        return None
    if acting in away and not _long_away(away[acting], now):
        return acting
    return next((person for person, since in sitting if since is None and person != host), None)


def _long_away(since: datetime | None, now: datetime) -> bool:
    return since is not None and now - since >= HOST_AWAY
