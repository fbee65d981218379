"""Passwords for TURN servers that expire by themselves, as coturn's REST API has them."""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

from rooms.work import Ice
from server.settings import Settings

VALID = timedelta(hours=12)
"""Longer than any meeting; each join gives new ones."""


def credentials(secret: str, person_id: int, now: datetime, valid: timedelta = VALID) -> tuple[str, str]:
    """Make a name and a password that hold for a while (draft-uberti-behave-turn-rest-00, section 2.2)."""
    name = f"{int((now + valid).timestamp())}:{person_id}"
    digest = hmac.new(secret.encode(), name.encode(), hashlib.sha1).digest()
    return name, base64.b64encode(digest).decode()


def ice(settings: Settings, person_id: int, now: datetime) -> tuple[Ice, ...]:
    """Give what somebody needs for the TURN servers, where there are any; never anybody else's STUN server."""
    urls = tuple(url for part in settings.turn_urls.split(",") if (url := part.strip()))
    secret = settings.turn_secret.get_secret_value()
    return ((urls, *credentials(secret, person_id, now)),) if urls and secret else ()
