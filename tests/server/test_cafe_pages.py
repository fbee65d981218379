"""The pages of a café: who gets which, what stands there before any script runs, and whose words are only words."""

import html
import re
import secrets
from typing import Any

import httpx2
import pytest

from server.i18n import LANGUAGES, language
from server.pages.names import CAFE_PHASES
from tests.conftest import Enter
from tests.server.sampling import boot, live_cafe, sessions

PAGES = ("cafe", "cafe/host", "cafe/screen")
HOSTILE = '<b>"Blue" & </script><script>alert(1)</script>'
ALONE = {"least": 2, "most": 6}


async def do(client: httpx2.AsyncClient, command: str, /, **body: Any) -> dict[str, Any]:
    response = await client.post(f"/api/v1/{command}", json=body, headers={"idempotency-key": secrets.token_hex(8)})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def cafe_of(host: httpx2.AsyncClient, **more: Any) -> int:
    """Plan a café anew in the room of one that is not on; gives the room."""
    live = (await live_cafe(host))["room"]
    rooms = [each["room"] for each in await sessions(host, format="knowledge-cafe") if each["room"] != live]
    rounds = [{"question": {"en": "What do we share?", "ar": "ماذا نتشارك؟"}, "minutes": 5}] * 2
    await do(host, "cafe.plan", room=rooms[0], plan={"rounds": rounds, "tables": [], **more})
    return int(rooms[0])


def before_scripts(page: str) -> str:
    """Give what a reader sees without scripts."""
    body = page[page.index("<body") : page.index('id="boot"')]
    return html.unescape(re.sub(r"(?s)<template.*?</template>|<[^>]*>", " ", body))


@pytest.mark.parametrize("path", PAGES)
async def test_visitors_are_asked_to_sign_in_and_come_back(client: httpx2.AsyncClient, path: str) -> None:
    room = (await live_cafe(client))["room"]
    response = await client.get(f"/en/rooms/{room}/{path}")
    assert (response.status_code, response.headers["location"]) == (303, f"/en/sign-in?next=/en/rooms/{room}/{path}")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("role", ["participant", "moderator"])
async def test_a_room_that_is_not_there_has_no_pages(enter: Enter, role: str, path: str) -> None:
    assert (await (await enter(role)).get(f"/en/rooms/99999/{path}")).status_code == 404


@pytest.mark.parametrize("path", PAGES)
async def test_a_table_is_no_cafe_not_even_for_hosts(enter: Enter, path: str) -> None:
    host, guest = await enter("moderator"), await enter("participant")
    table = (await do(host, "table.add", room=await cafe_of(host), name="Blue", **ALONE))["table"]
    assert [(await who.get(f"/en/rooms/{table}/{path}")).status_code for who in (host, guest)] == [404, 404]


async def test_the_hosts_page_is_for_hosts_and_the_screen_for_everyone_in_the_room(enter: Enter) -> None:
    host, guest = await enter("moderator"), await enter("participant")
    room = await cafe_of(host)
    assert [(await host.get(f"/en/rooms/{room}/{path}")).status_code for path in PAGES] == [200, 200, 200]
    assert [(await guest.get(f"/en/rooms/{room}/{path}")).status_code for path in PAGES] == [200, 403, 200]
    pages = [(await who.get(f"/en/rooms/{room}/cafe")).text for who in (host, guest)]
    assert ["/cafe/host" in page for page in pages] == [True, False]


async def test_guests_are_sent_nothing_that_only_hosts_see(enter: Enter) -> None:
    host, guest = await enter("moderator"), await enter("participant")
    room = await cafe_of(host)
    of_host = boot((await host.get(f"/en/rooms/{room}/cafe/host")).text)
    assert f"room/{room}/hosts" in of_host["states"]
    for path in ("cafe", "cafe/screen"):
        of_guest = boot((await guest.get(f"/en/rooms/{room}/{path}")).text)
        assert set(of_guest["states"]) == {f"room/{room}", f"person/{of_guest['person']['id']}"}
        assert "cafe.run" not in of_guest["permissions"]


async def test_the_lobby_can_be_read_before_any_script_runs(enter: Enter) -> None:
    host, guest = await enter("moderator"), await enter("participant")
    tables = [{"name": "Blue", "topic": "Fibre for villages", "language": "fr"}, {"name": "Green", **ALONE}]
    room = await cafe_of(host, tables=tables)
    page = (await guest.get(f"/en/rooms/{room}/cafe")).text
    seen = " ".join(before_scripts(page).split())
    for words in (
        *("Not begun", "Round 1 of 2", "Stay on this page", "What do we share?", "5 min"),
        *("Blue", "Fibre for villages", "French", "Green", "0 of 6 seats taken"),
    ):
        assert words in seen, words
    state = boot(page)["states"][f"room/{room}"]
    assert [table["name"] for table in state["tables"]] == ["Blue", "Green"]
    assert boot(page)["since"][f"room/{room}"] > 0


async def test_a_table_can_be_read_before_any_script_runs(enter: Enter) -> None:
    host, guest = await enter("moderator"), await enter("participant")
    tables = [{"name": "Blue", "topic": "Fibre", "most": 6}]
    room = await cafe_of(host, mode="choice", tables=tables, ready_seconds=900, opening_seconds=900)
    await do(host, "cafe.start", room=room)
    table = boot((await guest.get(f"/en/rooms/{room}/cafe")).text)["states"][f"room/{room}"]["tables"][0]["id"]
    await do(guest, "seat.take", table=table)
    await do(host, "cafe.next", room=room)
    await do(host, "cafe.next", room=room)
    page = (await guest.get(f"/en/rooms/{room}/cafe")).text
    data = boot(page)
    at_table = page[page.index('id="table"') :]
    seen = " ".join(before_scripts("<body" + at_table).split())
    for words in ("Blue", "Fibre", "What do we share?", data["person"]["name"]):
        assert words in seen, words
    assert 'id="lobby" aria-labelledby="lobby-title" hidden' in page
    assert data["states"][f"room/{table}"]["table"]["people"][0]["id"] == data["person"]["id"]
    await do(host, "cafe.recall", room=room)
    for _ in ("closing", "plenary"):
        await do(host, "cafe.next", room=room)
    await do(host, "cafe.reset", room=room)


async def test_what_people_wrote_is_only_letters(enter: Enter) -> None:
    host, guest = await enter("moderator"), await enter("participant")
    table = {"name": HOSTILE, "topic": HOSTILE}
    room = await cafe_of(host, rounds=[{"question": {"en": HOSTILE}}], tables=[table])
    for who, path in ((guest, "cafe"), (host, "cafe"), (host, "cafe/host"), (host, "cafe/screen")):
        page = (await who.get(f"/en/rooms/{room}/{path}")).text
        assert "<script>alert" not in page
        assert "<b>" not in page
        state = boot(page)["states"][f"room/{room}"]
        assert (state["tables"][-1]["name"], state["cafe"]["rounds"][0]["question"]["en"]) == (HOSTILE, HOSTILE)
    assert before_scripts((await guest.get(f"/en/rooms/{room}/cafe")).text).count(HOSTILE) == 3


async def test_hosts_choose_the_cafe_to_copy_from_a_list(enter: Enter) -> None:
    host = await enter("moderator")
    room = await cafe_of(host)
    live = await live_cafe(host)
    await do(host, "cafe.plan", room=live["room"], plan={"rounds": []})
    page = (await host.get(f"/en/rooms/{room}/cafe/host")).text
    options = re.findall(r'<option value="(\d+)">', page[page.index('id="copy-from"') :])
    offered = (await host.get(f"/api/v1/rooms/{room}/cafe/sources")).json()["cafes"]
    assert [str(each["room"]) for each in offered] == options[: len(offered)]
    assert str(live["room"]) in options
    assert str(room) not in options[: len(offered)]
    guest = await enter("participant")
    assert (await guest.get(f"/api/v1/rooms/{room}/cafe/sources")).status_code == 403


@pytest.mark.parametrize(
    ("plan", "code", "path"),
    [
        ({"rounds": [{"question": {}}, {"question": {}, "minutes": "x"}]}, "frame.field", "plan.rounds[1].minutes"),
        ({"rounds": [{"question": {}, "colour": 1}]}, "frame.field", "plan.rounds[0]"),
        ({"tables": [{"name": "Blue"}, {"name": "Red", "most": 1}]}, "cafe.sizes", "plan.tables[1].most"),
    ],
)
async def test_a_plan_that_cannot_be_is_refused_with_the_place_of_its_fault(
    enter: Enter, plan: dict[str, Any], code: str, path: str
) -> None:
    host = await enter("moderator")
    room = await cafe_of(host)
    headers = {"idempotency-key": secrets.token_hex(8)}
    response = await host.post("/api/v1/cafe.plan", json={"room": room, "plan": plan}, headers=headers)
    assert response.status_code == 422
    assert (response.json()["error"]["code"], response.json()["error"]["path"]) == (code, path)


@pytest.mark.parametrize("code", LANGUAGES)
async def test_the_pages_stand_in_every_language(enter: Enter, code: str) -> None:
    host = await enter("moderator")
    room = await cafe_of(host, tables=[{"name": "Blue"}])
    for path in PAGES:
        response = await host.get(f"/{code}/rooms/{room}/{path}")
        assert response.status_code == 200
        assert f'<html lang="{code}" dir="{language(code).direction}"' in response.text
        assert language(code).gettext(CAFE_PHASES["draft"]) in before_scripts(response.text)
