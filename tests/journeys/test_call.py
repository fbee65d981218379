"""A call in real browsers with devices that are not real: joining, being heard and seen, muting, moving, breaking."""

import contextlib
import os
import shutil
import signal
from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from server.database import Database
from tests import servers
from tests.journeys.conftest import BINARIES, LOST, SWITCHES
from tests.journeys.test_accessible import findings
from tests.server.test_calls import media_processes
from tests.servers import Guest, Hall, Town

pytestmark = pytest.mark.browser

FAKE = (*SWITCHES, "--use-fake-device-for-media-stream", "--auto-select-desktop-capture-source=Entire screen")
YES = "--use-fake-ui-for-media-stream"
NO = "--deny-permission-prompts"
LOUD = """async () => {
    const loudest = (await Promise.all([...document.querySelectorAll("#call audio")].map(async ({ srcObject }) => {
        const context = new AudioContext(), analyser = context.createAnalyser();
        context.createMediaStreamSource(srcObject).connect(analyser);
        let most = 0;
        const samples = new Float32Array(analyser.fftSize);
        for (let times = 0; times < 40; times += 1) {
            await new Promise((done) => setTimeout(done, 50));
            analyser.getFloatTimeDomainData(samples);
            most = Math.max(most, ...samples.map(Math.abs));
        }
        await context.close();
        return most;
    })));
    return Math.max(0, ...loudest);
}"""
"""The loudest sample of two seconds of what the page plays."""
KEEP = """{
    const Native = RTCPeerConnection;
    window.legs = [];
    window.RTCPeerConnection = class extends Native {
        constructor(...options) {
            super(...options);
            window.legs.push(this);
        }
    };
}"""
"""Keeps every connection that a page makes."""
HEARD, ATTEMPTS = 0.01, 10


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Give one server with its media process."""
    with servers.embedded(tmp_path_factory.mktemp("call")) as town:
        yield town


@pytest.fixture
async def host(house: Town) -> AsyncIterator[Hall]:
    """Give a way to make people and rooms in it."""
    database = Database(house.database_url)
    yield Hall(house, database)
    await database.close()


@contextlib.asynccontextmanager
async def started(*switches: str) -> AsyncIterator[Browser]:
    """Start a browser with fake devices, or skip by name where there is none."""
    binary = next(filter(None, map(shutil.which, BINARIES)), None)
    if binary is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=binary, args=[*FAKE, *switches])
        yield browser
        await browser.close()


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """Give a browser whose people always allow."""
    async with started(YES) as browser:
        yield browser


@contextlib.asynccontextmanager
async def visiting(
    browser: Browser, town: Town, guest: Guest, room: int, language: str = "en", **context: object
) -> AsyncIterator[Page]:
    """Open a room's page as somebody; its console has to stay empty."""
    made = await browser.new_context(**context)  # type: ignore[arg-type]
    await made.add_cookies([{"name": "majlis", "value": guest.token, "url": town.first}])
    page, complaints = await made.new_page(), list[str]()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    await page.goto(f"{town.first}/{language}/rooms/{room}")
    await expect(page.locator("#call")).to_be_visible()
    yield page
    await made.close()
    assert [each for each in complaints if not LOST.search(each)] == []


def act(page: Page, name: str) -> Locator:
    """Find a button of the call."""
    return page.locator(f"#call [data-act={name}]").first


async def join(page: Page, muted: bool = False, camera: bool = False) -> None:
    """Go through the green room into the call."""
    await act(page, "open").click()
    green = page.locator("#call [data-slot=green]")
    await green.locator("[name=muted]").set_checked(muted)
    await green.locator("[name=preview]").set_checked(camera)
    await green.locator("button:not([type])").click()
    await connected(page)


async def connected(page: Page) -> None:
    """Wait until the sound runs."""
    await expect(page.locator("#call [data-slot=status]")).to_have_text("Good connection", timeout=25_000)


async def hears(page: Page, sound: bool = True) -> None:
    """Wait until a page plays something that can be heard, or nothing."""
    for _ in range(ATTEMPTS):
        loudest = await page.evaluate(LOUD)
        if (loudest > HEARD) == sound:
            return
    raise AssertionError(f"the loudest sample was {loudest}")


def person(page: Page, name: str) -> Locator:
    """Find somebody's row in the call."""
    return page.locator(".call__person", has_text=name)


async def test_two_people_hear_and_see_each_other_and_read_captions(chromium: Browser, house: Town, host: Hall) -> None:
    room = await host.room("chat", "call")
    amina, bao = await host.person("Amina Okafor"), await host.person("Bao Lin")
    async with visiting(chromium, house, amina, room) as one, visiting(chromium, house, bao, room) as other:
        await join(one)
        await join(other, muted=True)
        await hears(other)
        await hears(one, sound=False)
        await act(one, "mic").click()
        await act(one, "mic").click()
        await expect(person(other, "Amina Okafor").locator("[data-slot=speaks]")).to_be_visible()
        await expect(person(one, "Bao Lin")).to_contain_text("microphone off")
        await act(other, "mic").click()
        await hears(one)
        await act(one, "camera").click()
        picture = person(other, "Amina Okafor").locator("video")
        await expect(picture).to_be_visible()
        await expect(picture).to_have_js_property("videoWidth", 640, timeout=20_000)
        await act(other, "view").click()
        await expect(picture).to_be_hidden()
        await act(one, "hand").click()
        await expect(person(other, "Amina Okafor")).to_contain_text("hand raised")
        await one.locator("#call-caption").fill("Good morning")
        await one.locator("#call-caption").press("Enter")
        await expect(other.locator("#call [role=log]")).to_contain_text("Amina Okafor Good morning")
        await act(one, "leave").click()
        await expect(person(other, "Amina Okafor")).to_have_count(0)
        await expect(act(one, "open")).to_be_focused()


async def test_a_moderator_mutes_with_a_reason_and_only_allowing_lets_one_speak_again(
    chromium: Browser, house: Town, host: Hall
) -> None:
    room = await host.room("chat", "call")
    chair = await host.person("Chen Wei", role="moderator", scope=f"room/{room}")
    bao = await host.person("Bao Lin")
    async with visiting(chromium, house, chair, room) as one, visiting(chromium, house, bao, room) as other:
        await join(one, muted=True)
        await join(other)
        row = person(one, "Bao Lin")
        await row.locator("[data-act=more]").click()
        await row.locator("[name=reason]").fill("Echo")
        await row.locator("[name=reason]").press("Enter")
        notice = other.locator("#call [data-slot=notices]")
        await expect(notice).to_contain_text("Chen Wei")
        await expect(notice).to_contain_text("Echo")
        await expect(act(other, "mic")).to_have_attribute("aria-pressed", "false")
        await act(other, "mic").click()
        await expect(notice).to_contain_text("until a moderator allows it")
        await expect(act(other, "mic")).to_have_attribute("aria-pressed", "false")
        await row.locator("[data-act=more]").click()
        await row.locator("[data-act=allow]").click()
        await expect(notice).to_contain_text("You may speak again")
        await act(other, "mic").click()
        await expect(row).to_contain_text("microphone on")
        await hears(one)
        await row.locator("[data-act=mute]").click()
        await expect(notice).to_contain_text("You can switch your microphone on again")
        await act(other, "mic").click()
        await expect(row).to_contain_text("microphone on")


async def test_the_newest_device_has_the_call_and_the_older_can_bring_it_back(
    chromium: Browser, house: Town, host: Hall
) -> None:
    room = await host.room("chat", "call")
    amina = await host.person("Amina Okafor")
    async with visiting(chromium, house, amina, room) as old, visiting(chromium, house, amina, room) as new:
        await join(old)
        await join(new)
        notice = old.locator("#call [data-slot=notices]")
        await expect(notice).to_contain_text("You joined on another device.")
        await notice.get_by_role("button", name="Bring the call back here").click()
        await connected(old)
        await expect(new.locator("#call [data-slot=notices]")).to_contain_text("You joined on another device.")


async def test_at_a_private_table_people_hear_each_other_and_are_told_that_the_server_does_not(
    chromium: Browser, house: Town, host: Hall
) -> None:
    room = await host.room("chat", "call")
    chair = await host.person("Chen Wei", role="moderator", scope=f"room/{room}")
    bao = await host.person("Bao Lin")
    async with visiting(chromium, house, chair, room) as one, visiting(chromium, house, bao, room) as other:
        await join(one)
        await join(other)
        await expect(other.locator("#call [data-slot=hears]")).to_contain_text("The server mixes the sound")
        await act(one, "engine").click()
        for page in (one, other):
            await expect(page.locator("#call [data-slot=hears]")).to_contain_text("the server cannot hear")
        await hears(one)
        await hears(other)
        await act(one, "camera").click()
        await expect(person(other, "Chen Wei").locator("video")).to_have_js_property("videoWidth", 640, timeout=20_000)
        await act(one, "engine").click()
        for page in (one, other):
            await expect(page.locator("#call [data-slot=hears]")).to_contain_text("The server mixes the sound")
            await connected(page)
        await hears(other)


async def test_a_killed_media_process_is_survived_without_a_click(chromium: Browser, house: Town, host: Hall) -> None:
    room = await host.room("chat", "call")
    amina, bao = await host.person("Amina Okafor"), await host.person("Bao Lin")
    async with visiting(chromium, house, amina, room) as one, visiting(chromium, house, bao, room) as other:
        await join(one)
        await join(other)
        await hears(other)
        killed = media_processes(house)
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        await hears(other)
        await hears(one)
        for page in (one, other):
            await connected(page)
        assert media_processes(house) not in ([], killed)


async def test_without_permission_one_is_told_and_listens(chromium: Browser, house: Town, host: Hall) -> None:
    room = await host.room("chat", "call")
    amina, bao = await host.person("Amina Okafor"), await host.person("Bao Lin")
    async with (
        started(NO) as shy,
        visiting(chromium, house, amina, room) as one,
        visiting(shy, house, bao, room) as two,
    ):
        await join(one)
        await act(two, "open").click()
        await expect(two.locator("#call [data-slot=notices]")).to_contain_text("may not use your microphone")
        await act(two, "listen").click()
        await connected(two)
        await hears(two)
        await expect(person(one, "Bao Lin")).to_contain_text("listens only")


async def test_single_keys_act_unless_one_writes_or_has_switched_them_off(
    chromium: Browser, house: Town, host: Hall
) -> None:
    room, amina = await host.room("chat", "call"), await host.person("Amina Okafor")
    async with visiting(chromium, house, amina, room) as page:
        await join(page, muted=True)
        await expect(act(page, "mic")).to_be_focused()
        await page.keyboard.press("h")
        await expect(act(page, "hand")).to_have_attribute("aria-pressed", "true")
        await page.keyboard.press("m")
        await expect(act(page, "mic")).to_have_attribute("aria-pressed", "true")
        await page.locator("#composer-text").press_sequentially("much")
        await expect(page.locator("#composer-text")).to_have_value("much")
        await expect(act(page, "mic")).to_have_attribute("aria-pressed", "true")
        await page.locator("#call summary").click()
        await page.locator("#call [name=talk]").check()
        await expect(act(page, "mic")).to_have_attribute("aria-pressed", "false")
        await page.locator("#chat-log").focus()
        await page.keyboard.down("Space")
        await expect(act(page, "mic")).to_have_attribute("aria-pressed", "true")
        await page.keyboard.up("Space")
        await expect(act(page, "mic")).to_have_attribute("aria-pressed", "false")
        await page.locator("#call [name=keys]").uncheck()
        await page.locator("#chat-log").focus()
        await page.keyboard.press("m")
        await page.keyboard.press("l")
        await expect(act(page, "leave")).to_be_visible()
        await expect(act(page, "mic")).to_have_attribute("aria-pressed", "false")


async def test_text_only_leaves_the_sound_and_keeps_the_captions(chromium: Browser, house: Town, host: Hall) -> None:
    room = await host.room("chat", "call")
    amina, bao = await host.person("Amina Okafor"), await host.person("Bao Lin")
    async with visiting(chromium, house, amina, room) as one, visiting(chromium, house, bao, room) as other:
        await join(one)
        await join(other)
        await other.locator("#call [name=mode]").select_option("text")
        await expect(person(one, "Bao Lin")).to_have_count(0)
        await one.locator("#call-caption").fill("Can you read this?")
        await one.locator("#call-caption").press("Enter")
        await expect(other.locator("#call [role=log]")).to_contain_text("Can you read this?")
        await act(other, "back").click()
        await connected(other)


async def test_who_saves_data_is_heard_in_few_packets(chromium: Browser, house: Town, host: Hall) -> None:
    room = await host.room("chat", "call")
    amina, bao = await host.person("Amina Okafor"), await host.person("Bao Lin")
    async with visiting(chromium, house, amina, room) as one, visiting(chromium, house, bao, room) as other:
        await one.add_init_script(KEEP)
        await one.reload()
        await join(one)
        await join(other, muted=True)
        await one.locator("#call summary").click()
        for choice, frames in (("on", ":60"), ("off", ":20")):
            await one.locator("#call [name=saver]").select_option(choice)
            await one.wait_for_function(
                "(frames) => legs.at(-1).remoteDescription.sdp.includes(`a=ptime${frames}`)", arg=frames
            )
            await connected(one)
            await hears(other)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ar"])
async def test_axe_finds_nothing_in_the_green_room_and_in_the_call(
    chromium: Browser, house: Town, host: Hall, language: str, scheme: str
) -> None:
    room = await host.room("chat", "call")
    chair = await host.person("Chen Wei", role="moderator", scope=f"room/{room}")
    async with visiting(chromium, house, chair, room, language, color_scheme=scheme) as page:
        faults: dict[str, list[str]] = {}
        for stage, way in (("door", None), ("green", "open"), ("inside", "listen"), ("mini", "mini")):
            if way:
                await act(page, way).click()
                await page.locator(f"#call[data-stage={'inside' if stage == 'mini' else stage}]").wait_for()
            for width in (320, 1280):
                await page.set_viewport_size({"width": width, "height": 900})
                if found := await findings(page):
                    faults[f"{stage} at {width}"] = found
        assert faults == {}
