"""The outcome of a session in browsers: published, voted for, put in order by hand and by keyboard, taken back."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.conftest import Enter
from tests.journeys.conftest import Arrive
from tests.journeys.test_accessible import findings, weighed

pytestmark = pytest.mark.browser

TEXT = {"en": "Schools share what they pay for the network", "ar": "تتقاسم المدارس كلفة الشبكة"}
OUTCOME_BYTES = 22_000


async def outcome(page: Page) -> Page:
    """Go from the room to its outcome."""
    await page.goto(page.url.partition("?")[0].rstrip("/") + "/outcome")
    await expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    return page


def row(page: Page, text: str) -> Locator:
    """Find an insight."""
    return page.locator(".insight", has_text=text)


async def cluster(page: Page, title: str) -> Locator:
    """Open a cluster."""
    await page.locator("#cluster-add").click()
    await page.locator("#heading-text").fill(title)
    await page.keyboard.press("Enter")
    made = page.locator(".group", has_text=title)
    await expect(made).to_be_visible()
    return made


async def publish(page: Page, text: str) -> None:
    """Publish an insight."""
    if not await page.locator("#add-text").is_visible():
        await page.locator(".outcome__add summary").click()
    await page.locator("#add-text").fill(text)
    await page.locator("#insight-add button").click()
    await expect(row(page, text)).to_be_visible()


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_an_insight_is_published_voted_for_and_clustered_before_everybodys_eyes(
    arrive: Arrive, language: str
) -> None:
    text = TEXT[language]
    author = await outcome((await arrive("participant", language)).page)
    reader = await outcome((await arrive("participant", language, viewport={"width": 390, "height": 800})).page)
    host = await outcome((await arrive("moderator", language)).page)
    await publish(author, text)
    await expect(row(author, text).locator("[data-act=vote]")).to_be_disabled()
    await row(reader, text).locator("[data-act=vote]").click()
    await expect(row(reader, text).locator("[data-act=vote]")).to_have_attribute("aria-pressed", "true")
    await expect(row(author, text).locator("[data-slot=score]")).to_have_text("1")

    await cluster(host, f"Paying {language}")
    await row(host, text).locator("[data-act=change]").click()
    await host.locator("#change-cluster").select_option(label=f"Paying {language}")
    await host.locator("#change-line").select_option("C4")
    await host.locator("#change button[value=save]").click()
    await expect(reader.locator(".group", has_text=f"Paying {language}").locator(".insight")).to_contain_text(text)
    await expect(row(reader, text).locator("[data-slot=line]")).to_have_text("C4")

    await row(host, text).locator("[data-act=change]").click()
    await host.locator("#change [data-act=remove]").click()
    await expect(row(reader, text)).to_have_count(0)
    await host.locator("#toasts button").last.click()
    await expect(row(reader, text).locator("[data-slot=score]")).to_have_text("1")
    await reader.reload()
    await expect(row(reader, text).locator("[data-act=vote]")).to_have_attribute("aria-pressed", "true")


async def test_insights_are_put_in_order_by_dragging_and_by_keyboard(arrive: Arrive) -> None:
    host = await outcome((await arrive("moderator")).page)
    made = await cluster(host, "In order")
    for text in ("First thing", "Second thing", "Third thing"):
        await publish(host, text)
        await row(host, text).locator(".insight__grip").drag_to(made.locator(".group__title"))
        await expect(made).to_contain_text(text)
    texts = made.locator(".insight__text")
    await expect(texts).to_have_text(["First thing", "Second thing", "Third thing"])
    await row(host, "Third thing").locator(".insight__grip").drag_to(row(host, "First thing"))
    await expect(texts).to_have_text(["Third thing", "First thing", "Second thing"])
    await row(host, "Third thing").locator("[data-act=change]").focus()
    await host.keyboard.press("Enter")
    await host.locator("#change [data-act=down]").focus()
    for expected in ("2", "3"):
        await host.keyboard.press("Enter")
        await expect(host.locator("#change [data-slot=place]")).to_have_text(f"{expected} of 3")
    await host.keyboard.press("Escape")
    await expect(texts).to_have_text(["First thing", "Second thing", "Third thing"])
    await expect(row(host, "Third thing").locator("[data-act=change]")).to_be_focused()


async def test_filters_stand_in_the_address(arrive: Arrive) -> None:
    host = await outcome((await arrive("moderator")).page)
    await host.locator(".outcome__add summary").click()
    await host.locator("#add-goal").select_option("14")
    await publish(host, "The sea")
    await publish(host, "The land")
    await host.locator("#filter-goal").select_option("14")
    await expect(row(host, "The land")).to_have_count(0)
    await expect(host).to_have_url(re.compile(r"/outcome\?goal=14$"))
    await host.reload()
    await expect(row(host, "The sea")).to_be_visible()
    await expect(row(host, "The land")).to_have_count(0)
    await host.locator("#filters-off").click()
    await expect(row(host, "The land")).to_be_visible()
    await expect(host).to_have_url(re.compile(r"/outcome$"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ar"])
async def test_axe_finds_nothing_on_the_outcome(arrive: Arrive, language: str, scheme: str) -> None:
    page = await outcome((await arrive("moderator", language, color_scheme=scheme)).page)
    await publish(page, f"Accessible {language} {scheme}")
    await cluster(page, f"Heading {language} {scheme}")
    for width in (390, 1280):
        await page.set_viewport_size({"width": width, "height": 900})
        assert await findings(page) == []
    await page.locator("[data-act=change]").first.click()
    assert await findings(page) == []


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_the_outcome_stays_within_its_budget(enter: Enter, language: str) -> None:
    client = await enter("moderator")
    room = (await client.get("/api/v1/sessions")).json()["sessions"][0]["room"]
    whole, scripts = await weighed(client, f"/{language}/rooms/{room}/outcome")
    assert whole <= OUTCOME_BYTES, (whole, scripts)
