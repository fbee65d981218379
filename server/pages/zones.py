"""The reader's own time zone: which are offered, and which one a browser asked for."""

from functools import cache
from zoneinfo import available_timezones

COOKIE = "zone"
OFFERED = (
    *("Pacific/Honolulu", "America/Anchorage", "America/Los_Angeles", "America/Denver", "America/Mexico_City"),
    *("America/Chicago", "America/Bogota", "America/Lima", "America/New_York", "America/Havana", "America/Caracas"),
    *("America/La_Paz", "America/Santiago", "America/Santo_Domingo", "America/Halifax", "America/St_Johns"),
    *("America/Argentina/Buenos_Aires", "America/Sao_Paulo", "America/Montevideo", "Atlantic/Cape_Verde"),
    *("Atlantic/Azores", "Africa/Accra", "Africa/Dakar", "Africa/Abidjan", "Europe/Lisbon", "Europe/London"),
    *("Africa/Casablanca", "Africa/Algiers", "Africa/Tunis", "Africa/Lagos", "Africa/Kinshasa", "Europe/Madrid"),
    *("Europe/Paris", "Europe/Zurich", "Europe/Berlin", "Europe/Rome", "Europe/Warsaw", "Africa/Cairo"),
    *("Africa/Johannesburg", "Africa/Khartoum", "Africa/Kigali", "Europe/Athens", "Europe/Kyiv", "Asia/Beirut"),
    *("Asia/Amman", "Asia/Baghdad", "Asia/Riyadh", "Asia/Qatar", "Africa/Nairobi", "Africa/Addis_Ababa"),
    *("Europe/Istanbul", "Europe/Minsk", "Europe/Moscow", "Asia/Tehran", "Asia/Dubai", "Asia/Baku", "Asia/Tbilisi"),
    *("Asia/Kabul", "Asia/Karachi", "Asia/Tashkent", "Asia/Almaty", "Asia/Yekaterinburg", "Asia/Kolkata"),
    *("Asia/Colombo", "Asia/Kathmandu", "Asia/Dhaka", "Asia/Bishkek", "Asia/Yangon", "Asia/Bangkok", "Asia/Jakarta"),
    *("Asia/Novosibirsk", "Asia/Ho_Chi_Minh", "Asia/Shanghai", "Asia/Hong_Kong", "Asia/Kuala_Lumpur"),
    *("Asia/Singapore", "Asia/Manila", "Asia/Ulaanbaatar", "Australia/Perth", "Asia/Tokyo", "Asia/Seoul"),
    *("Australia/Brisbane", "Australia/Sydney", "Asia/Vladivostok", "Pacific/Port_Moresby", "Pacific/Guadalcanal"),
    *("Pacific/Auckland", "Pacific/Fiji", "Pacific/Tongatapu", "Pacific/Kiritimati"),
)
"""A city or two for every offset that people live by; any other zone is taken when a browser proposes it."""


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


def read_zone(name: str | None) -> str:
    """Let a known time zone pass, `Africa/Nairobi`; anything else is none."""
    return name if name and len(name) < 64 and name in _known() else ""
