"""What an announcement may be, and how long it stands."""

from datetime import datetime, timedelta

from rooms.errors import reason
from rooms.people.rules import LANGUAGES
from rooms.text import clean

UNKNOWN = reason("announcement.unknown", 404, "There is no such announcement.")
LANGUAGE = reason("announcement.language_unknown", 422, "Please write in one of the forum's languages.")
MINUTES = reason("announcement.minutes_out_of_range", 422, "Choose between one minute and one week.")

TEXT_LIMIT = 500
WEEK_MINUTES = 7 * 24 * 60


def clean_texts(texts: dict[str, str]) -> dict[str, str]:
    """Bring one text in several languages into its stored form.

    Raises:
        Refused: announcement.language_unknown, and as rooms.text.clean.
    """
    if not texts or set(texts) - set(LANGUAGES):
        raise LANGUAGE()
    return {language: clean(text, TEXT_LIMIT) for language, text in texts.items()}


def expiry(now: datetime, minutes: int) -> datetime:
    """Give the time until which an announcement stands.

    Raises:
        Refused: announcement.minutes_out_of_range.
    """
    if not 1 <= minutes <= WEEK_MINUTES:
        raise MINUTES()
    return now + timedelta(minutes=minutes)
