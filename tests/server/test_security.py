"""What every response says to browsers, whatever its kind, and what is not let in."""

import base64
import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from structlog.testing import capture_logs

from server import migrate
from server.app import create
from server.house import House, build
from server.identity import Caller, Identity, hashed
from server.security import STEADY
from server.settings import Settings
from tests.server.databases import hall_of
from tests.servers import Guest, Hall, Town

RESPONSES: dict[str, tuple[str, str, dict[str, str], int]] = {
    "a page": ("GET", "/en/", {}, 200),
    "a page that asks for nothing": ("HEAD", "/en/", {}, 200),
    "a redirect": ("GET", "/", {}, 303),
    "a page that does not exist": ("GET", "/en/nothing", {}, 404),
    "a file": ("GET", "{style}", {}, 200),
    "a file that does not exist": ("GET", "/static/nothing.js", {}, 404),
    "JSON": ("GET", "/api/v1/sessions", {}, 200),
    "JSON that refuses": ("GET", "/api/v1/streams/room/1", {}, 401),
    "an address that there is not": ("GET", "/api/v1/nothing", {}, 404),
    "the wrong method": ("DELETE", "/api/v1/sessions", {"origin": "{own}"}, 405),
    "the documents": ("GET", "/api/openapi.json", {}, 200),
    "health": ("GET", "/healthz", {}, 200),
    "another origin": ("POST", "/api/v1/chat.post", {"origin": "https://evil.example"}, 403),
    "a visitor": ("POST", "/api/v1/chat.post", {"origin": "{own}", "idempotency-key": "a"}, 401),
    "too large": ("POST", "/api/v1/chat.post", {"origin": "{own}", "x-size": "50000"}, 413),
    "a fault of ours": ("GET", "/fault", {}, 500),
}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return build(Settings(data=tmp_path))


@pytest.fixture
async def browser(house: House) -> AsyncIterator[httpx2.AsyncClient]:
    """Give a browser's requests to an application inside this process, which has a fault."""
    await migrate.upgrade(house.database)
    await hall_of(house.database).room()
    with capture_logs():
        async with asking(faulty(house)) as client:
            yield client
    await house.database.close()


def faulty(house: House) -> Starlette:
    async def fail(request: Request) -> Response:
        raise ZeroDivisionError("a secret of the server")

    app = create(house=house)
    app.router.routes.insert(0, Route("/fault", fail))
    return app


def asking(app: Starlette, address: str = "http://forum.test") -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url=address)


async def send(browser: httpx2.AsyncClient, case: str) -> httpx2.Response:
    method, path, headers, status = RESPONSES[case]
    filled = {name: value.format(own="http://forum.test") for name, value in headers.items()}
    body = b"x" * int(filled.pop("x-size", "0")) if method == "POST" else None
    style = re.findall(r'href="(/static/[^"]+[.]css)"', (await browser.get("/en/")).text)[0]
    response = await browser.request(method, path.format(style=style), headers=filled, content=body)
    assert response.status_code == status, response.text
    return response


@pytest.mark.parametrize("case", RESPONSES)
async def test_every_kind_of_response_protects_its_reader(browser: httpx2.AsyncClient, case: str) -> None:
    response = await send(browser, case)
    assert {name: response.headers.get(name) for name in STEADY} == STEADY
    policy = parsed(response)
    assert policy["default-src"] == ["'none'"]
    assert policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert policy["form-action"] == ["'self'"]
    assert policy["require-trusted-types-for"] == ["'script'"]


def parsed(response: httpx2.Response) -> dict[str, list[str]]:
    parts = [part.split() for part in response.headers["content-security-policy"].split(";")]
    return {part[0]: part[1:] for part in parts}


OURS = re.compile(r"'self'|'none'|'script'|'sha256-[A-Za-z0-9+/]{43}='|data:|ws://forum\.test")


async def test_the_policy_allows_nothing_from_elsewhere_and_nothing_inline(browser: httpx2.AsyncClient) -> None:
    policy = parsed(await browser.get("/en/"))
    sources = {source for each in policy.values() for source in each}
    assert [source for source in sources if not OURS.fullmatch(source)] == []
    assert "unsafe" not in str(policy)
    assert "data:" in policy["img-src"]
    assert not any("data:" in policy[name] for name in policy if name != "img-src")
    assert [source[:8] for source in policy["script-src"]] == ["'self'", "'sha256-"]


async def test_the_only_script_inside_a_page_is_the_one_that_the_policy_names(browser: httpx2.AsyncClient) -> None:
    response = await browser.get("/en/")
    inline = re.findall(r"<script>(.*?)</script>", response.text, re.DOTALL)
    digests = ["'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'" for text in inline]
    assert digests == parsed(response)["script-src"][1:]
    assert not re.search(r"<[^>]+\s(on[a-z]+|style)=", response.text)


async def test_a_fault_tells_nothing_of_the_server(browser: httpx2.AsyncClient) -> None:
    text = (await send(browser, "a fault of ours")).text
    assert "secret" not in text
    assert "Traceback" not in text
    assert "ZeroDivisionError" not in text


async def test_only_a_server_behind_tls_asks_for_tls_for_ever(tmp_path: Path, browser: httpx2.AsyncClient) -> None:
    assert "strict-transport-security" not in (await browser.get("/healthz")).headers
    secure = build(Settings(data=tmp_path, origin="https://forum.example"))
    async with asking(faulty(secure), "https://forum.example") as client:
        response = await client.get("/healthz")
    assert response.headers["strict-transport-security"].startswith("max-age=31536000")
    assert "wss://forum.example" in parsed(response)["connect-src"]
    await secure.database.close()


# Cookies


@pytest.mark.parametrize("origin", ["", "https://forum.example"])
def test_a_sign_in_cookie_stays_with_its_server_and_away_from_scripts(house: House, origin: str) -> None:
    identity = Identity(Settings(origin=origin), house.database, house.clock)
    set_, dropped = Response(), Response()
    identity.set_cookie(set_, "token")
    identity.drop_cookie(dropped)
    for response in (set_, dropped):
        name, *flags = [part.strip().lower() for part in response.headers["set-cookie"].split(";")]
        assert {"httponly", "samesite=lax", "path=/"} <= set(flags)
        assert not [flag for flag in flags if flag.startswith("domain")]
        assert ("secure" in flags, name.startswith("__host-majlis=")) == (bool(origin), bool(origin))
    assert "max-age=0" in dropped.headers["set-cookie"].lower()
    assert f"max-age={30 * 86400}" in set_.headers["set-cookie"].lower()


async def test_a_token_is_kept_only_as_its_hash(browser: httpx2.AsyncClient, house: House) -> None:
    guest = await hall_of(house.database).person()
    token = await house.identity.sign_in(guest.id)
    assert len(token) >= 43
    files = [path for path in house.settings.data.rglob("majlis.sqlite3*") if path.is_file()]
    stored = b"".join(path.read_bytes() for path in files)
    assert hashed(token).encode() in stored
    assert token.encode() not in stored


# Requests that change something


def signed_in(guest: Guest, town: Town, **headers: str) -> httpx2.AsyncClient:
    address = town.first
    return httpx2.AsyncClient(base_url=address, cookies={"majlis": guest.token}, headers={"origin": address, **headers})


async def posted(client: httpx2.AsyncClient, room: int, **headers: str) -> int:
    headers = {"idempotency-key": "a", "content-type": "application/json"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    body = b'{"room":%d,"text":"Hello"}' % room
    return (await client.post("/api/v1/chat.post", content=body, headers=headers)).status_code


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": ""},
        {"sec_fetch_site": "cross-site"},
        {"content_type": "text/plain"},
        {"content_type": "application/x-www-form-urlencoded"},
        {"content_type": "multipart/form-data"},
        {"content_type": ""},
    ],
    ids=str,
)
async def test_another_sites_page_cannot_send_commands_with_a_readers_cookie(
    hall: Hall, headers: dict[str, str]
) -> None:
    guest, room = await hall.person(), await hall.room()
    async with signed_in(guest, hall.town) as client:
        assert await posted(client, room, **headers) == 403
        state = (await client.get(f"/api/v1/streams/room/{room}")).json()
        assert state["seq"] == 0
        assert await posted(client, room) == 200


async def test_a_programs_token_needs_no_origin(hall: Hall) -> None:
    guest, room = await hall.person(), await hall.room()
    async with httpx2.AsyncClient(base_url=hall.town.first) as client:
        assert await posted(client, room) == 403
        assert await posted(client, room, authorization=f"Bearer {guest.token}") == 200


async def test_a_form_needs_the_token_of_its_own_sign_in(hall: Hall) -> None:
    amina, bao = await hall.person("Amina"), await hall.person("Bao")

    async def token_of(client: httpx2.AsyncClient) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]{64})"', (await client.get("/en/help")).text)
        assert found
        return found[1]

    async with signed_in(amina, hall.town) as one, signed_in(bao, hall.town) as other:
        own, foreign = await token_of(one), await token_of(other)
        assert own != foreign
        for wrong in ({}, {"csrf": ""}, {"csrf": foreign}, {"csrf": "é"}, {"other": own}):
            assert (await one.post("/en/sign-out", data=wrong)).status_code == 403
        assert (await one.get(f"/api/v1/streams/person/{amina.id}")).status_code == 200
        assert (await one.post("/en/sign-out", data={"csrf": own})).status_code == 303
    async with signed_in(amina, hall.town) as again:
        assert (await again.get(f"/api/v1/streams/person/{amina.id}")).status_code == 404


async def test_signing_out_ends_the_token_and_not_only_the_cookie(browser: httpx2.AsyncClient, house: House) -> None:
    guest = await hall_of(house.database).person()
    path, headers = f"/api/v1/streams/person/{guest.id}", {"authorization": f"Bearer {guest.token}"}
    assert (await browser.get(path, headers=headers)).status_code == 200
    caller = Caller(guest.id, "en", hashed(guest.token))
    await house.transactor.work(caller, lambda work: house.identity.end(work, hashed(guest.token)))
    assert (await browser.get(path, headers=headers)).status_code == 404


async def test_without_a_database_everybody_is_told_to_come_back(browser: httpx2.AsyncClient, house: House) -> None:
    guest = await hall_of(house.database).person()
    headers = {"authorization": f"Bearer {guest.token}", "idempotency-key": "a"}
    await house.database.close()
    for path in house.settings.data.glob("majlis.sqlite3*"):
        path.unlink()
    for response in (
        await browser.get("/api/v1/sessions"),
        await browser.get("/api/v1/streams/forum", headers=headers),
        await browser.post("/api/v1/chat.post", headers=headers, json={"room": 1, "text": "Hello"}),
        await browser.get("/readyz"),
    ):
        assert (response.status_code, response.json()["error"]["code"]) == (503, "server.unavailable")
    page = await browser.get("/en/")
    assert page.status_code in {500, 503}
    assert "content-security-policy" in page.headers


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("br, gzip", "br"),
        ("gzip", "gzip"),
        ("", None),
        ("identity", None),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("deflate", None),
    ],
)
async def test_a_page_is_made_as_small_as_its_reader_understands(
    browser: httpx2.AsyncClient, accepted: str, coding: str | None
) -> None:
    response = await browser.get("/en/", headers={"accept-encoding": accepted})
    assert response.headers.get("content-encoding") == coding
    assert "</html>" in response.text
    assert "accept-encoding" in response.headers["vary"].lower()
