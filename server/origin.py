"""Which pages may talk to this server: only its own."""

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from rooms.errors import reason
from server.settings import Settings

WRONG = reason("origin.wrong", 403, "This request does not come from one of this forum's own pages.")

_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_SECURE = {"ws": "http", "wss": "https", "http": "http", "https": "https"}


def origin_of(connection: HTTPConnection, settings: Settings) -> str:
    """Give the origin under which this server is reached."""
    scheme = _SECURE[connection.url.scheme]
    return settings.origin or f"{scheme}://{connection.headers.get('host', '')}"


def same_origin(connection: HTTPConnection, settings: Settings) -> bool:
    """Tell whether a browser sent this from one of our own pages (RFC 6454, section 7; Fetch Metadata)."""
    if connection.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    theirs = _parts(connection.headers.get("origin", ""))
    return theirs is not None and theirs == _parts(origin_of(connection, settings))


def _parts(origin: str) -> tuple[str, str, int] | None:
    try:
        parts = urlsplit(origin)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or port is None or parts.path not in ("", "/"):
        return None
    return parts.scheme, parts.hostname, port
