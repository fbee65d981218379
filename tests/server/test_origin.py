"""Which pages may talk to this server: its own and no others."""

import pytest
from starlette.requests import HTTPConnection

from server.origin import origin_of, same_origin
from server.settings import Settings

SET = "https://forum.example"


def connection(host: str = "forum.example", scheme: str = "http", kind: str = "http", **headers: str) -> HTTPConnection:
    pairs = {"host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in pairs.items()]
    return HTTPConnection({"type": kind, "scheme": scheme, "headers": raw, "path": "/", "server": ("x", 1)})


def allowed(origin: str | None, settled: str = SET, **options: str) -> bool:
    headers = {"origin": origin} if origin is not None else {}
    return same_origin(connection(**options, **headers), Settings(origin=settled))


OWN = [SET, f"{SET}:443", "https://FORUM.example", f"{SET}/"]


@pytest.mark.parametrize("origin", OWN)
def test_the_servers_own_origin_is_let_in_however_it_is_spelt(origin: str) -> None:
    assert allowed(origin)


FOREIGN = [
    None,
    "",
    "null",
    "forum.example",
    "http://forum.example",
    "https://forum.example:8443",
    "https://forum.example.evil.example",
    "https://evilforum.example",
    "https://evil.example/https://forum.example",
    "https://forum.example@evil.example",
    "https://evil.example#https://forum.example",
    "https://evil.example",
    "https://sub.forum.example",
    "https://forum.example.",
    "https://forum.example/evil",
    "https://forum.example:abc",
    "https://forum.example:99999999",
    "https://[::1",
    "ftp://forum.example",
    "file://",
    "javascript://forum.example",
    f"{SET}, https://evil.example",
    f"{SET} https://evil.example",
    "ws://forum.example",
    "https://förum.example",
]


@pytest.mark.parametrize("origin", FOREIGN)
def test_any_other_origin_is_turned_away(origin: str | None) -> None:
    assert not allowed(origin)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense"])
def test_a_browser_that_says_where_it_comes_from_is_believed(site: str) -> None:
    assert allowed(SET, sec_fetch_site="same-origin")
    assert allowed(SET, sec_fetch_site="none")
    assert not allowed(SET, sec_fetch_site=site)


def test_without_a_setting_the_host_that_the_browser_asked_for_counts() -> None:
    assert allowed("http://127.0.0.1:8023", "", host="127.0.0.1:8023")
    assert not allowed("http://127.0.0.1:8024", "", host="127.0.0.1:8023")
    assert not allowed("https://127.0.0.1:8023", "", host="127.0.0.1:8023")
    assert not allowed("http://evil.example", "", host="127.0.0.1:8023")


@pytest.mark.parametrize(("scheme", "origin"), [("ws", "http://a.example"), ("wss", "https://a.example")])
def test_a_socket_has_the_origin_of_its_page(scheme: str, origin: str) -> None:
    socket = connection("a.example", scheme, "websocket", origin=origin)
    assert origin_of(socket, Settings()) == origin
    assert same_origin(socket, Settings())


def test_with_a_setting_the_host_header_counts_for_nothing() -> None:
    assert allowed(SET, host="evil.example")
    assert not allowed("http://evil.example", host="evil.example")
