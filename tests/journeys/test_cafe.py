"""A whole café in browsers: planned, begun, seated, talked at, moved about, called back; and the big screen."""

import json
import re

import pytest
from playwright.async_api import FilePayload, Page, expect

from server.i18n import LANGUAGES
from tests.conftest import Enter
from tests.journeys.conftest import Arrive
from tests.journeys.test_accessible import findings, weighed

pytestmark = pytest.mark.browser

QUESTION = "What do we share?"
CAFE_BYTES, CAFE_SCRIPT_BYTES, HOST_BYTES, SCREEN_BYTES = 45_000, 30_000, 40_000, 22_000
LENGTHS = {"ready": 60, "seating": 60, "opening": 1, "closing": 0, "break": 60}
WAIT_MS = 30_000


async def go(page: Page, path: str) -> Page:
    """Go from the room to one of its café's pages."""
    await page.goto(re.sub(r"(/rooms/\d+).*", rf"\1/{path}", page.url))
    await expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    return page


async def planned(host: Page) -> None:
    """Plan a café of one table for three, and another."""
    await host.locator("input[name=preset][value=wsis]").check()
    await host.locator("#plan-rounds [data-field=question]").first.fill(QUESTION)
    for name, seconds in LENGTHS.items():
        await host.locator(f"input[name={name}_seconds]").fill(str(seconds))
    await host.locator("#plan button", has_text="Save the plan").click()
    await expect(host.locator("#plan-says")).to_have_text("Saved")
    for name in ("Blue", "Green"):
        count = await host.locator("#plan-tables > li").count()
        await host.locator("#add-table").click()
        await expect(host.locator("#plan-tables > li")).to_have_count(count + 1)
        await host.locator("#plan-tables > li").last.locator("[data-field=name]").fill(name)
        await host.keyboard.press("Tab")


async def seated(host: Page, guests: list[Page]) -> None:
    """Begin, let everybody answer, look at the proof, and seat them."""
    await host.locator("#start").click()
    for guest in guests:
        await guest.locator("[data-answer=in]").click()
        await expect(guest.locator("[data-answer=in]")).to_have_attribute("aria-pressed", "true")
    await host.locator("#next", has_text="Arrange the seats now").click()
    await expect(host.locator("#proof")).to_contain_text("Pairs that meet again: 0", timeout=WAIT_MS)
    await host.locator("#next", has_text="Seat everybody now").click()
    for guest in guests:
        await expect(guest.locator("#table")).to_be_visible()
        await expect(guest.locator(".cafe__question")).to_have_text(QUESTION)
        await expect(guest.locator("[data-seated]").last).to_have_text("3")
    await expect(host.locator("#cafe-phase")).to_have_text("Talking", timeout=WAIT_MS)


async def talk(one: Page, other: Page) -> None:
    """Say something in the chat, and write notes together."""
    await one.locator("#composer-text").fill("Good morning, table")
    await one.keyboard.press("Enter")
    await expect(other.locator("#messages")).to_contain_text("Good morning, table")
    await expect(one.locator("#notes")).to_have_attribute("data-state", "saved")
    await expect(other.locator("#notes")).to_have_attribute("data-state", "saved")
    await one.locator("#notes-box").press("Control+End")
    await one.locator("#notes-box").press_sequentially(" Schools first")
    await expect(other.locator("#notes-box")).to_have_value(re.compile(f"{re.escape(QUESTION)}.*Schools first", re.S))


async def call_for_help(host: Page, guest: Page) -> None:
    """Call for help and see somebody come."""
    await guest.locator("#help [data-act=ask]").click()
    await guest.locator("#help-reason").fill("We need a translator")
    await guest.keyboard.press("Enter")
    flag = host.locator(".runcard__help", has_text="We need a translator")
    await flag.locator("[data-act=claim]").click()
    await expect(guest.locator(".cafe__flag")).to_contain_text("is coming")
    await flag.locator("[data-act=helped]").click()
    await expect(guest.locator(".cafe__flag")).to_be_hidden()


async def moved_by_keyboard(host: Page, guest: Page, others: Page) -> None:
    """Pick a person up, choose a table, and put them down, without a mouse; then take it back."""
    name = str(await guest.evaluate("() => JSON.parse(document.querySelector('#boot').textContent).person.name"))
    before = await guest.locator("#table-title [data-slot=name]").inner_text()
    chip = host.locator(".seatchip__face", has_text=name)
    await chip.focus()
    await host.keyboard.press("Enter")
    await expect(chip).to_have_attribute("aria-pressed", "true")
    await host.keyboard.press("ArrowUp")
    await host.keyboard.press("Enter")
    await expect(guest.locator("#table-title [data-slot=name]")).not_to_have_text(before)
    await expect(guest.locator("#messages")).not_to_contain_text("Good morning, table")
    await expect(others.locator("[data-seated]").last).to_have_text("2")
    await host.locator(".toast button", has_text="Undo").click()
    await expect(guest.locator("#table-title [data-slot=name]")).to_have_text(before)
    await expect(guest.locator("#messages")).to_contain_text("Good morning, table")


async def moved_by_mouse(host: Page, guest: Page) -> None:
    """Drag a person to another table and take it back; a click picks them up as well, and Escape lets go."""
    name = str(await guest.evaluate("() => JSON.parse(document.querySelector('#boot').textContent).person.name"))
    title = guest.locator("#table-title [data-slot=name]")
    before = await title.inner_text()
    chip = host.locator(".seatchip", has_text=name)
    await expect(chip).to_have_attribute("draggable", "true")  # Firefox drags no button, and nothing from one
    assert await chip.evaluate("each => getComputedStyle(each.firstElementChild).pointerEvents") == "none"
    other = host.locator("#run-tables > .runcard").filter(has_not=host.locator(".seatchip", has_text=name)).first
    await chip.drag_to(other.locator(".runcard__head"))
    await expect(title).not_to_have_text(before)
    await host.locator(".toast button", has_text="Undo").last.click()
    await expect(title).to_have_text(before)
    await chip.click()
    await expect(chip.locator("button")).to_have_attribute("aria-pressed", "true")
    await expect(chip.locator("button")).to_be_focused()
    await host.keyboard.press("Escape")
    await expect(chip.locator("button")).to_have_attribute("aria-pressed", "false")


async def reads_plans(host: Page) -> None:
    """Read a plan with a fault and see its place, nothing changed; then read the one that was downloaded."""
    await host.locator("details", has=host.locator("#import")).locator("summary").click()
    saved = str(await host.locator("a[download]").evaluate("async (link) => (await fetch(link.href)).text()")).encode()
    wrong = {**json.loads(saved)["plan"], "rounds": [{"question": {}}, {"question": {}, "minutes": 0}]}
    await host.locator("#import").set_input_files(_file(json.dumps(wrong).encode()))
    await expect(host.locator("#import-error")).to_contain_text(re.compile(r"rounds\[1\]\.minutes.*cafe\.length"))
    await host.locator("#import").set_input_files(_file(b"{"))
    await expect(host.locator("#import-error")).to_contain_text("This file is no plan")
    await expect(host.locator("#plan-tables > li")).to_have_count(2)
    await host.locator("#import").set_input_files(_file(saved))
    await expect(host.locator(".toast", has_text="The plan has been read.")).to_be_visible()
    await expect(host.locator("#import-error")).to_be_empty()
    await expect(host.locator("#plan-tables > li")).to_have_count(2)


def _file(content: bytes) -> FilePayload:
    return {"name": "plan.json", "mimeType": "application/json", "buffer": content}


async def test_a_cafe_is_planned_held_and_called_back(arrive: Arrive) -> None:
    host = await go((await arrive("moderator")).page, "cafe/host")
    guests = [await go((await arrive("participant", viewport=size)).page, "cafe") for size in SIZES]
    late = await go((await arrive("participant", "ar")).page, "cafe")
    await expect(guests[0].locator("#lobby-says")).not_to_be_empty()
    await planned(host)
    await reads_plans(host)
    assert await findings(host) == []
    await expect(guests[0].locator("#tables")).to_contain_text("Blue")
    await late.close()
    await seated(host, guests)
    assert [await findings(page) for page in (host, guests[0], guests[2])] == [[], [], []]
    await talk(guests[0], guests[1])
    await call_for_help(host, guests[1])
    await moved_by_keyboard(host, guests[1], guests[0])
    await moved_by_mouse(host, guests[1])
    await reloads(guests[0])
    await comes_late(await go((await arrive("participant", "fr")).page, "cafe"))
    await called_back(host, guests)


SIZES = ({"width": 1280, "height": 900}, {"width": 1280, "height": 900}, {"width": 390, "height": 800})


async def reloads(guest: Page) -> None:
    """Come back to the same seat after a reload."""
    title = await guest.locator("#table-title [data-slot=name]").inner_text()
    await guest.reload()
    await expect(guest.locator("#table-title [data-slot=name]")).to_have_text(title)
    await expect(guest.locator("#messages")).to_contain_text("Good morning, table")


async def comes_late(page: Page) -> None:
    """Come late, find a seat, and stand up again."""
    await page.locator("#find").click()
    await expect(page.locator("#table")).to_be_visible()
    await page.locator("#stand-up").click()
    await expect(page.locator("#lobby")).to_be_visible()
    assert await findings(page) == []


async def called_back(host: Page, guests: list[Page]) -> None:
    """End the round, see whom everybody met, and end the café."""
    await host.locator("[data-do='cafe.recall']").click()
    await expect(host.locator("#cafe-phase")).to_have_text("Closing")
    await host.locator("#next", has_text="End the round now").click()
    for guest in guests:
        await expect(guest.locator("#lobby")).to_be_visible()
        await expect(guest.locator("#met")).to_contain_text(re.compile("[23]$"))
        await expect(guest.locator("#proof")).to_contain_text("Pairs that meet again: 0")
    await host.locator("#next", has_text="End the café").click()
    await host.locator("[data-do='cafe.reset']").click()
    await expect(host.locator("#plan")).to_be_visible()


async def test_the_big_screen_shows_the_clock_and_nothing_sticks_out(arrive: Arrive) -> None:
    page = await go((await arrive("moderator")).page, "cafe/screen")
    for width in (390, 1280, 1920):
        await page.set_viewport_size({"width": width, "height": 900})
        assert await findings(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_axe_finds_nothing_on_the_pages_of_a_cafe(arrive: Arrive, language: str, scheme: str) -> None:
    page = (await arrive("moderator", language, color_scheme=scheme)).page
    faults = {}
    for path in ("cafe", "cafe/host"):
        await go(page, path)
        for width in (320, 1280):
            await page.set_viewport_size({"width": width, "height": 900})
            if found := await findings(page):
                faults[f"{path} at {width}"] = found
    assert faults == {}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_pages_of_a_cafe_stay_within_their_budgets(enter: Enter, language: str) -> None:
    client = await enter("moderator")
    room = (await client.get("/api/v1/sessions")).json()["sessions"][0]["room"]
    cafe, scripts = await weighed(client, f"/{language}/rooms/{room}/cafe")
    host, _ = await weighed(client, f"/{language}/rooms/{room}/cafe/host")
    screen, _ = await weighed(client, f"/{language}/rooms/{room}/cafe/screen")
    found = (cafe, scripts, host, screen)
    assert all(size <= most for size, most in zip(found, BUDGETS, strict=True)), found


BUDGETS = (CAFE_BYTES, CAFE_SCRIPT_BYTES, HOST_BYTES, SCREEN_BYTES)


async def test_participants_have_no_page_to_run_the_cafe(enter: Enter) -> None:
    client = await enter("participant")
    room = (await client.get("/api/v1/sessions")).json()["sessions"][0]["room"]
    assert (await client.get(f"/en/rooms/{room}/cafe/host")).status_code == 403
    assert (await client.get(f"/en/rooms/{room}/cafe")).status_code == 200
