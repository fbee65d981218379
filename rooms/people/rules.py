"""What a person says of themselves, and its limits."""

from rooms.errors import reason
from rooms.text import clean_line

UNKNOWN = reason("person.unknown", 404, "There is no such person.")
STAKEHOLDER = reason("person.stakeholder_unknown", 422, "Please choose one of the stakeholder groups.")
COUNTRY = reason("person.country_unknown", 422, "Please choose a country from the list.")

NAME_LIMIT = 80
ORGANISATION_LIMIT = 120

STAKEHOLDERS = ("government", "private", "civil", "academia", "international")
"""The five stakeholder groups of the WSIS process."""

LANGUAGES = ("ar", "zh", "en", "fr", "ru", "es")
"""The six official languages of the United Nations, in its English alphabetical order."""


def clean_name(name: str) -> str:
    """Bring a person's name into its stored form.

    Raises:
        Refused: as rooms.text.clean.
    """
    return clean_line(name, NAME_LIMIT)
