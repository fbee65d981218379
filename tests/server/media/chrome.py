"""A real Chromium in another network: one call by its own WebRTC, and its own statistics of what it had to make up."""

import asyncio
import contextlib
import shlex
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

from tests.server.media.networks import Network

BINARIES = ("chromium", "chromium-browser", "google-chrome")
OPEN_SECONDS = 8.0
"""As long as the page waits before it tries anew."""
SWITCHES = [
    *(
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--mute-audio",
        "--autoplay-policy=no-user-gesture-required",
    ),
    # Numbers instead of names that nobody here could look up.
    "--disable-features=WebRtcHideLocalIpsWithMdns",
]
SCRIPT = """
window.calls = {};
function speak(hz, otherHz) {
  const context = new AudioContext(), out = context.createMediaStreamDestination();
  for (const [tone, turn] of [[hz, 0.125], [otherHz, -0.125]]) {
    const voice = context.createOscillator(), loud = context.createGain();
    const syllables = context.createOscillator(), deep = context.createGain();
    [voice.frequency.value, syllables.frequency.value] = [tone, 4];
    [loud.gain.value, deep.gain.value] = [0.125, turn];
    syllables.connect(deep).connect(loud.gain);
    voice.connect(loud).connect(out);
    voice.start();
    syllables.start();
  }
  return out.stream.getAudioTracks()[0];
}
async function offer(gen, hz, otherHz) {
  const connection = new RTCPeerConnection({ iceServers: [], bundlePolicy: "max-bundle" });
  calls[gen] = connection;
  const transceiver = connection.addTransceiver(speak(hz, otherHz), { direction: "sendrecv" });
  const opus = RTCRtpReceiver.getCapabilities("audio").codecs.filter((each) => each.mimeType === "audio/opus");
  transceiver.setCodecPreferences(opus);
  connection.ontrack = ({ track }) => {
    const audio = new Audio();
    audio.srcObject = new MediaStream([track]);
    audio.play();
  };
  await connection.setLocalDescription();
  while (connection.iceGatheringState !== "complete") {
    await new Promise((done) => connection.addEventListener("icegatheringstatechange", done, { once: true }));
  }
  return connection.localDescription.sdp;
}
async function accept(gen, sdp) {
  const connection = calls[gen];
  await connection.setRemoteDescription({ type: "answer", sdp });
  while (connection.connectionState !== "connected") {
    await new Promise((done) => connection.addEventListener("connectionstatechange", done, { once: true }));
  }
}
// Another packing without the server: the same answer with other words about how to pack.
async function pack(gen, ptime, bitrate) {
  const connection = calls[gen];
  const answer = connection.remoteDescription.sdp
    .replace(/a=ptime:\\d+/g, `a=ptime:${ptime}`)
    .replace(/maxaveragebitrate=\\d+/g, `maxaveragebitrate=${bitrate}`);
  await connection.setLocalDescription(await connection.createOffer());
  await connection.setRemoteDescription({ type: "answer", sdp: answer });
}
async function counts(gen) {
  const found = {};
  for (const each of (await calls[gen].getStats()).values()) {
    if (each.type === "inbound-rtp" && each.kind === "audio") Object.assign(found, each);
    if (each.type === "outbound-rtp" && each.kind === "audio") found.packetsSent = each.packetsSent;
  }
  return found;
}
"""


class Chrome:
    """One page with one call."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def offer(self, gen: int, hz: float, other_hz: float) -> str:
        """Make a connection of somebody who speaks in two vowels without a pause; give its offer."""
        return str(await self._do(f"offer({gen}, {hz}, {other_hz})"))

    async def accept(self, gen: int, sdp: str) -> None:
        """Take the answer, and wait until the connection stands.

        Raises:
            TimeoutError: it does not.
        """
        await self._do("([gen, sdp]) => accept(gen, sdp)", [gen, sdp])

    async def pack(self, gen: int, ptime: int, bitrate: int) -> None:
        """Pack what is said otherwise: ms in a packet, and bit/s."""
        await self._do(f"pack({gen}, {ptime}, {bitrate})")

    async def counts(self, gen: int) -> dict[str, Any]:
        """Give getStats of the sound that comes (inbound-rtp), and the packets that went out."""
        return dict(await self._do(f"counts({gen})"))

    async def concealed(self, gen: int, before: dict[str, Any]) -> float:
        """Give what part of the sound since then was made up: concealedSamples of totalSamplesReceived."""
        now = await self.counts(gen)
        made_up, heard = (
            now.get(name, 0) - before.get(name, 0) for name in ("concealedSamples", "totalSamplesReceived")
        )
        return float(made_up / max(heard, 1))

    async def _do(self, script: str, told: Any = None) -> Any:
        async with asyncio.timeout(OPEN_SECONDS):
            return await self._page.evaluate(script, told)


@contextlib.asynccontextmanager
async def chrome(where: Network, folder: Path) -> AsyncIterator[Chrome]:
    """Start Chromium in a network; it is driven by a pipe, which no bad network slows."""
    binary = next(filter(None, map(shutil.which, BINARIES)), None)
    if binary is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    script = folder / "chromium"
    script.write_text(f'#!/bin/sh\nexec {shlex.join([*where.entering(), binary])} "$@"\n', "utf-8")
    script.chmod(0o755)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=script, args=SWITCHES)
        page = await browser.new_page()
        await page.add_script_tag(content=SCRIPT)
        try:
            yield Chrome(page)
        finally:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(browser.close(), OPEN_SECONDS)
