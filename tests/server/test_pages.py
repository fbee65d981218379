"""Pages: what a browser is given, without a line of JavaScript."""

import html
import re
from datetime import UTC, datetime

import brotli
import httpx2
import pytest

from server.i18n import LANGUAGES, language
from tests.client import connected
from tests.conftest import Enter
from tests.server.sampling import boot, live_cafe, moment, sessions

PATHS = ("", "programme", "sessions/538", "sign-in", "help")


@pytest.mark.parametrize(
    ("accept", "cookie", "leads_to"),
    [("fr-CH, en;q=0.5", "", "/fr/"), ("de", "", "/en/"), ("fr", "ar", "/ar/"), ("fr", "xx", "/fr/")],
)
async def test_the_root_leads_to_the_readers_language(
    client: httpx2.AsyncClient, accept: str, cookie: str, leads_to: str
) -> None:
    headers = {"accept-language": accept} | ({"cookie": f"language={cookie}"} if cookie else {})
    response = await client.get("/", headers=headers)
    assert (response.status_code, response.headers["location"]) == (303, leads_to)


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
async def test_every_page_stands_in_every_language(client: httpx2.AsyncClient, code: str, path: str) -> None:
    response = await client.get(f"/{code}/{path}")
    assert response.status_code == 200
    assert f'<html lang="{code}" dir="{language(code).direction}"' in response.text
    for other in LANGUAGES:
        assert f'href="/{other}/{path}" lang="{other}" hreflang="{other}"' in response.text


@pytest.mark.parametrize("path", PATHS)
async def test_pages_hold_nothing_that_the_policy_forbids(client: httpx2.AsyncClient, path: str) -> None:
    response = await client.get(f"/en/{path}")
    policy = response.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert not re.search(r"\s(?:style|on[a-z]+)=", response.text)
    for address in re.findall(r'<(?:script|link|img)[^>]*?(?:src|href)="([^"]+)"', response.text):
        assert address.startswith(("/", str(client.base_url).rstrip("/"))), address


async def test_the_start_page_shows_what_is_live_and_the_way_in(client: httpx2.AsyncClient) -> None:
    cafe = await live_cafe(client)
    page = (await client.get("/en/")).text
    hero = page[page.index('class="hero"') :]
    assert hero.index(f'href="/en/sessions/{cafe["number"]}"') < hero.index("</section>")
    assert hero.index(f'href="/en/rooms/{cafe["room"]}"') < hero.index("</section>")


async def test_countdowns_are_words_before_any_script_runs(client: httpx2.AsyncClient) -> None:
    page = (await client.get("/en/")).text
    words = re.findall(r'<time datetime="[^"]+Z" data-countdown>([^<]+)</time>', page)
    assert words
    assert all(re.fullmatch(r"in \d+ (second|minute|hour|day)s?", each) for each in words)


async def test_how_many_are_in_a_room_is_told_to_those_who_may_be_there(
    sample: str, client: httpx2.AsyncClient, enter: Enter
) -> None:
    signed_in = await enter("participant")
    room = (await live_cafe(client))["room"]
    async with connected(sample, signed_in.cookies["majlis"]) as socket:
        await socket.follow(f"room/{room}")
        await socket.event("presence.count")
        assert "in the room</span>" in (await signed_in.get("/en/")).text
        assert "in the room</span>" not in (await client.get("/en/")).text


async def test_the_start_page_carries_where_the_forums_stream_stands(client: httpx2.AsyncClient, enter: Enter) -> None:
    data = boot((await client.get("/en/")).text)
    assert data["person"] is None
    assert set(data["since"]) == set(data["states"]) == {"forum"}
    signed_in = await enter("participant")
    assert boot((await signed_in.get("/en/")).text)["person"]["id"] > 0


async def test_filters_work_as_a_plain_form(client: httpx2.AsyncClient) -> None:
    wanted = await sessions(client, format="special-track", language="fr")
    everything = await sessions(client)
    assert 0 < len(wanted) < len(everything)
    page = (await client.get("/en/programme", params={"format": "special-track", "language": "fr", "day": "all"})).text
    shown = {int(number) for number in re.findall(r'session-row__title"><a href="/en/sessions/(\d+)"', page)}
    assert shown == {each["number"] for each in wanted}


async def test_each_filter_comes_off_alone(client: httpx2.AsyncClient) -> None:
    page = (await client.get("/en/programme?format=special-track&language=fr")).text
    assert 'href="/en/programme?language=fr"><bdi>Special track</bdi>' in page
    assert 'href="/en/programme?format=special-track"><bdi>French</bdi>' in page


async def test_the_programme_opens_on_the_day_that_is_today_or_next(client: httpx2.AsyncClient) -> None:
    now = datetime.now(UTC)
    due = next(each for each in await sessions(client) if moment(each["end_at"]) > now)
    page = (await client.get("/en/programme")).text
    assert page.count('class="programme-day"') == 1
    assert f'href="/en/sessions/{due["number"]}"' in page


@pytest.mark.parametrize(
    "query", ["day=yesterday", "day=2023-99-99", "sdg=%00", "track=nowhere", "words=" + "x" * 5000]
)
async def test_filters_that_make_no_sense_break_nothing(client: httpx2.AsyncClient, query: str) -> None:
    assert (await client.get(f"/en/programme?{query}")).status_code == 200


async def test_nothing_found_says_so_and_shows_a_way_on(client: httpx2.AsyncClient) -> None:
    page = (await client.get("/en/programme?words=zzzzzz")).text
    assert "No session fits" in page
    assert "0 sessions" in page


async def test_what_somebody_searches_for_is_shown_as_text(client: httpx2.AsyncClient) -> None:
    page = (await client.get("/en/programme", params={"words": '"><script>alert(1)</script>'})).text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("query", ["", "?day=all"])
async def test_the_programme_is_light(client: httpx2.AsyncClient, query: str) -> None:
    page = (await client.get(f"/ar/programme{query}")).content
    assert len(brotli.compress(page, quality=5)) <= 60_000


async def test_a_session_page_shows_all_there_is_to_know(client: httpx2.AsyncClient) -> None:
    [session] = [each for each in await sessions(client) if each["number"] == 201]
    page = (await client.get("/en/sessions/201")).text
    for shown in (session["title"]["en"], session["organisation"], session["venue"], "Session 201", "UTC+"):
        assert shown in page
    for name in ("Arabic", "Partnerships for the Goals", "International and regional cooperation", "Original date"):
        assert name in page
    assert '<span class="tag tag--accent">Moderator</span>' in page
    assert 'href="/sessions/201.ics?lang=en"' in page


async def test_a_session_page_says_how_to_join_by_the_time(client: httpx2.AsyncClient) -> None:
    cafe, now = await live_cafe(client), datetime.now(UTC)
    ahead = next(each for each in await sessions(client) if moment(each["start_at"]) > now)
    shown = {
        number: (await client.get(f"/en/sessions/{number}")).text for number in (cafe["number"], ahead["number"], 201)
    }
    words = ("Join the room", "Opens <time", "This session is over")
    assert [[word in page for word in words] for page in shown.values()] == [
        [True, False, False],
        [False, True, False],
        [False, False, True],
    ]


async def test_the_archive_of_a_room_is_for_its_people(client: httpx2.AsyncClient, enter: Enter) -> None:
    signed_in = await enter("participant")
    over = [each for each in await sessions(client) if moment(each["end_at"]) < datetime.now(UTC) and "room" in each]
    archives = {each["room"]: (await signed_in.get(f"/api/v1/rooms/{each['room']}/questions")).json() for each in over}
    answered = {
        room: question["text"]
        for room, page in archives.items()
        for question in page.get("questions", [])
        if question["state"] == "answered"
    }
    assert answered
    room, text = next(iter(answered.items()))
    [number] = [each["number"] for each in over if each["room"] == room]
    shown = re.sub(r"\s+", " ", html.unescape((await signed_in.get(f"/en/sessions/{number}")).text))
    assert re.sub(r"\s+", " ", text) in shown
    hidden = html.unescape((await client.get(f"/en/sessions/{number}")).text)
    assert text not in hidden
    assert "open to its participants" in hidden


async def test_verified_facts_and_sample_data_are_told_apart(client: httpx2.AsyncClient) -> None:
    assert "Verified fact" in (await client.get("/en/sessions/538")).text
    assert "Sample data" in (await client.get("/en/sessions/201")).text


@pytest.mark.parametrize(
    "path", ["sessions/99999", "sessions/0", "sessions/99999999999999999999", "rooms/x", "nowhere"]
)
async def test_what_does_not_exist_is_said_in_plain_words(client: httpx2.AsyncClient, path: str) -> None:
    response = await client.get(f"/en/{path}")
    assert response.status_code == 404
    assert "This page does not exist" in response.text
    assert 'href="/en/programme"' in response.text


async def test_a_page_is_not_kept_by_shared_caches(enter: Enter) -> None:
    response = await (await enter("participant")).get("/en/")
    assert "private" in response.headers["cache-control"]


@pytest.mark.parametrize(("path", "method", "code"), [("nowhere", "GET", "route.unknown"), ("", "PUT", "route.method")])
async def test_programs_are_answered_in_json(client: httpx2.AsyncClient, path: str, method: str, code: str) -> None:
    response = await client.request(method, f"/api/{path}")
    assert response.json()["error"]["code"] == code


async def test_a_page_that_cannot_be_sent_to_says_so(client: httpx2.AsyncClient) -> None:
    response = await client.get("/fr/enter")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert '<html lang="fr"' in response.text
