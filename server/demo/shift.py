"""Moving the sample's times by whole weeks, so that the present falls into the week of the café relay."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Zurich")
"""The forum's zone."""
RELAY_MONDAY = date(2023, 4, 24)
"""The first day of the café relay, as the data file has it."""


def weeks_to(now: datetime) -> int:
    """Count the weeks from the café relay's week to the week of an aware time, in the forum's zone."""
    today = now.astimezone(ZONE).date()
    return ((today - timedelta(days=today.weekday())) - RELAY_MONDAY).days // 7


def shifted(local_naive: datetime, weeks: int, zone: ZoneInfo) -> datetime:
    """Move a wall-clock time by whole weeks and give it in UTC.

    The clock on the wall stays as it was. A time that the new day skips (summer time begins) moves forward by what is
    skipped; of a time that the day has twice (summer time ends) the first is meant (PEP 495, fold 0).
    """
    return (local_naive + timedelta(weeks=weeks)).replace(tzinfo=zone, fold=0).astimezone(UTC)
