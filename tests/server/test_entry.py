"""Coming in, going out, rooms for those who may be there, and nobody led astray."""

import re

import httpx2
import pytest

from tests.conftest import Enter
from tests.server.sampling import boot, form_token, live_cafe
from tests.servers import Town

ELSEWHERE = (
    *("https://evil.example/", "//evil.example/", "/\\evil.example", "/\t/evil.example", "\\\\evil.example"),
    *("javascript:alert(1)", "/en\\..\\evil", "/xx/", "evil", "/en/\r\nSet-Cookie: a=b", "http:/en/", "/en/\u2028"),
)


async def test_the_readers_own_time_stands_beside_the_forums(client: httpx2.AsyncClient) -> None:
    assert "Your time</dt>" not in (await client.get("/en/sessions/538")).text
    response = await client.post("/en/zone", data={"zone": "Asia/Tokyo", "next": "/en/sessions/538"})
    assert (response.status_code, response.headers["location"]) == (303, "/en/sessions/538")
    page = (await client.get("/en/sessions/538")).text
    assert "Your time</dt>" in page
    assert "Tokyo (UTC+9)" in page
    assert 'data-zone="Asia/Tokyo"' in page


async def test_an_unknown_time_zone_is_forgotten(client: httpx2.AsyncClient) -> None:
    await client.post("/en/zone", data={"zone": "Asia/Tokyo"})
    await client.post("/en/zone", data={"zone": "../../etc/passwd"})
    assert "zone" not in client.cookies


@pytest.mark.parametrize("next_", ELSEWHERE)
async def test_no_form_leads_to_another_site(client: httpx2.AsyncClient, next_: str) -> None:
    response = await client.post("/en/zone", data={"zone": "Asia/Tokyo", "next": next_})
    assert response.headers["location"] == "/en/"
    assert "evil" not in re.sub(r'"/[a-z]{2}/sign-in\?[^"]*"', "", await _sign_in_form(client, next_))


async def _sign_in_form(client: httpx2.AsyncClient, next_: str) -> str:
    page = (await client.get("/en/sign-in", params={"next": next_})).text
    return page[page.index('<main id="main"') :]


async def test_one_click_leads_into_the_live_cafe(client: httpx2.AsyncClient) -> None:
    cafe = await live_cafe(client)
    response = await client.post("/fr/enter", data={"role": "participant"})
    assert (response.status_code, response.headers["location"]) == (303, f"/fr/rooms/{cafe['room']}")
    cookie = response.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


async def test_one_click_leads_back_to_what_was_asked_for(client: httpx2.AsyncClient) -> None:
    response = await client.post("/en/enter", data={"role": "participant", "next": "/en/rooms/3"})
    assert response.headers["location"] == "/en/rooms/3"


@pytest.mark.parametrize("role", ["", "king", "__class__"])
async def test_nobody_enters_in_a_role_that_there_is_not(client: httpx2.AsyncClient, role: str) -> None:
    response = await client.post("/en/enter", data={"role": role})
    assert response.status_code == 400
    assert "majlis" not in client.cookies


async def test_a_real_server_has_no_one_click_entry(town: Town) -> None:
    async with httpx2.AsyncClient(base_url=town.first, headers={"origin": town.first}) as client:
        response = await client.post("/en/enter", data={"role": "organiser"})
        assert response.status_code == 404
        assert 'action="/en/enter"' not in (await client.get("/en/sign-in")).text


async def test_a_visitor_is_led_to_the_door_and_back(client: httpx2.AsyncClient) -> None:
    response = await client.get("/en/rooms/1")
    assert (response.status_code, response.headers["location"]) == (303, "/en/sign-in?next=/en/rooms/1")
    page = (await client.get(response.headers["location"])).text
    assert '<input type="hidden" name="next" value="/en/rooms/1">' in page


async def test_a_room_page_carries_where_its_streams_stand(enter: Enter) -> None:
    client = await enter("participant")
    room = (await live_cafe(client))["room"]
    response = await client.get(f"/en/rooms/{room}")
    assert response.status_code == 200
    data = boot(response.text)
    person = data["person"]["id"]
    assert set(data["since"]) == set(data["states"]) == {f"room/{room}", f"person/{person}"}
    assert data["states"][f"room/{room}"]["room"] == room
    assert "chat.post" in data["permissions"]
    assert "question.moderate" not in data["permissions"]


async def test_a_desk_exists_for_moderators_only(enter: Enter) -> None:
    participant, moderator = await enter("participant"), await enter("moderator")
    room = (await live_cafe(participant))["room"]
    response = await moderator.get(f"/en/rooms/{room}/desk")
    assert response.status_code == 200
    assert f"room/{room}/moderators" in boot(response.text)["states"]
    refused = await participant.get(f"/en/rooms/{room}/desk")
    unknown = await participant.get("/en/rooms/99999/desk")
    assert (refused.status_code, unknown.status_code) == (404, 404)


async def test_nothing_that_people_write_ends_the_boot_data_early(enter: Enter) -> None:
    client = await enter("participant")
    room = (await live_cafe(client))["room"]
    text = "</script><script>alert(1)</script><!--"
    posted = await client.post(
        "/api/v1/chat.post", json={"room": room, "text": text}, headers={"idempotency-key": "boot-1"}
    )
    assert posted.status_code == 200, posted.text
    page = (await client.get(f"/en/rooms/{room}")).text
    assert "<script>alert" not in page
    state = boot(page)["states"][f"room/{room}"]
    assert text in [message["text"] for message in state["chat"]["messages"]]


async def test_signing_out_ends_the_sign_in_on_the_server(enter: Enter) -> None:
    client = await enter("participant")
    page = (await client.get("/en/")).text
    cookies = dict(client.cookies)
    response = await client.post("/en/sign-out", data={"csrf": form_token(page)})
    assert (response.status_code, response.headers["location"]) == (303, "/en/")
    assert "majlis" not in client.cookies
    for name, value in cookies.items():
        client.cookies.set(name, value)
    assert (await client.get("/en/rooms/1")).status_code == 303


async def test_a_form_without_its_token_changes_nothing(enter: Enter) -> None:
    client = await enter("participant")
    room = (await live_cafe(client))["room"]
    assert (await client.post("/en/sign-out")).status_code == 403
    assert (await client.post("/en/sign-out", data={"csrf": "0" * 64})).status_code == 403
    assert (await client.get(f"/en/rooms/{room}")).status_code == 200
