"""A question's whole life, with a network that fails in the middle."""

import pytest
from playwright.async_api import Page, expect

from tests.journeys.cable import cable
from tests.journeys.conftest import Arrive

pytestmark = pytest.mark.browser

WORDS = {
    "en": ("How do villages pay for their own networks?", "Still here after the cut", "We hear you"),
    "ar": ("كيف تموّل القرى شبكاتها الخاصة؟", "ما زلت هنا بعد الانقطاع", "نحن نسمعك"),
}


async def say(page: Page, text: str) -> None:
    """Write a message and send it by keyboard."""
    await page.locator("#composer-text").fill(text)
    await page.locator("#composer-text").press("Enter")


async def show(page: Page, tab: str) -> None:
    """Open a tab where the page is narrow."""
    button = page.locator(f"#tab-{tab}")
    if await button.is_visible():
        await button.click()


def desk_row(page: Page, text: str) -> "object":
    """Find a question at the desk."""
    return page.locator("[data-id]", has_text=text)


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_a_question_lives_from_asking_to_answer_in_every_browser_through_a_cut(
    arrive: Arrive, sample: str, language: str
) -> None:
    text, late, reply = WORDS[language]
    async with cable(sample) as line:
        author = (await arrive("participant", language)).page
        reader = (await arrive("participant", language, line.address, viewport={"width": 390, "height": 800})).page
        moderator = (await arrive("moderator", language)).page
        await moderator.goto(moderator.url.partition("?")[0].rstrip("/") + "/desk")

        await author.locator("#ask-text").fill(text)
        await author.locator("#ask button:not([type=button])").last.click()
        await expect(author.locator("#own-list")).to_contain_text(text)
        await show(reader, "questions")
        await expect(reader.locator("#questions")).not_to_contain_text(text)

        held = moderator.locator("[data-id]", has_text=text)
        await held.locator("[data-act=approve]").first.click()
        shown = reader.locator("#questions-list [data-id]", has_text=text)
        await expect(shown).to_be_visible()
        await shown.locator("[data-act=vote]").click()
        await expect(shown.locator("[data-act=vote]")).to_have_attribute("aria-pressed", "true")
        await expect(
            author.locator("#questions-list [data-id]", has_text=text).locator("[data-slot=score]")
        ).to_have_text("1")

        line.cut()
        await show(reader, "chat")
        await say(reader, late)
        await expect(reader.locator("#messages")).to_contain_text(late)
        await say(author, reply)
        await moderator.locator("[data-id]", has_text=text).locator("[data-act=stage]").first.click()
        await expect(author.locator("#onstage")).to_contain_text(text)
        await expect(author.locator("#messages")).not_to_contain_text(late)

        line.mend()
        await expect(reader.locator("#messages")).to_contain_text(reply)
        await expect(author.locator("#messages .message", has_text=late)).to_have_count(1)
        await expect(reader.locator("#messages .message", has_text=late)).to_have_count(1)
        await show(reader, "questions")
        await expect(reader.locator("#onstage")).to_contain_text(text)
        await moderator.locator("[data-id]", has_text=text).locator("[data-act=answer]").first.click()
        await expect(reader.locator("#onstage")).not_to_contain_text(text)
        await reader.reload()
        await expect(reader.locator("#messages .message", has_text=late)).to_have_count(1)
