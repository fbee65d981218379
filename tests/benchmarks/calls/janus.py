"""Janus's AudioBridge beside us, where Janus is installed: its own process, its own folder, no STUN."""

import asyncio
import contextlib
import os
import secrets
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2

LIBRARIES = Path("/usr/lib/x86_64-linux-gnu/janus")
ROOM = 1234
START_LOOKS, LOOK_SECONDS = 100, 0.1
FILES = {
    "janus.jcfg": """general: {{ configs_folder = "{folder}" plugins_folder = "{libraries}/plugins"
        transports_folder = "{libraries}/transports" debug_level = 2 }}
        nat: {{ ignore_mdns = true }}
        plugins: {{ disable = "{others}" }}
        transports: {{ disable = "libjanus_websockets.so,libjanus_pfunix.so,libjanus_mqtt.so,libjanus_nanomsg.so,\\
libjanus_rabbitmq.so" }}
        events: {{ broadcast = false }}""",
    "janus.transport.http.jcfg": """general: {{ base_path = "/janus" http = true port = {port} ip = "127.0.0.1"
        https = false }} admin: {{ admin_http = false }}""",
    "janus.plugin.audiobridge.jcfg": """room-{room}: {{ description = "bench" sampling_rate = 48000 record = false
        audio_level_event = false }}""",
}


class Bridge:
    """A running Janus."""

    def __init__(self, pid: int, address: str) -> None:
        self.pid = pid
        self._http = httpx2.AsyncClient(base_url=address, timeout=30)

    async def answer(self, sdp: str) -> str:
        """Join the room with an offer, and give the answer."""
        session = (await self._say("/janus", janus="create"))["data"]["id"]
        handle = (await self._say(f"/janus/{session}", janus="attach", plugin="janus.plugin.audiobridge"))["data"]["id"]
        body = {"request": "join", "room": ROOM, "muted": False}
        offer = {"type": "offer", "sdp": sdp}
        await self._say(f"/janus/{session}/{handle}", janus="message", body=body, jsep=offer)
        while True:
            event = (await self._http.get(f"/janus/{session}")).json()
            if "jsep" in event:
                return str(event["jsep"]["sdp"])
            if "error" in event.get("plugindata", {}).get("data", {}):
                raise RuntimeError(str(event))

    async def close(self) -> None:
        """Talk to it no more."""
        await self._http.aclose()

    async def _say(self, path: str, **said: Any) -> Any:
        return (await self._http.post(path, json={"transaction": secrets.token_hex(6), **said})).json()


@contextlib.asynccontextmanager
async def bridge(folder: Path) -> AsyncIterator[Bridge | None]:
    """Start Janus in a folder, or give None where there is none."""
    binary = shutil.which("janus")
    if binary is None or not os.path.exists(LIBRARIES):  # noqa: ASYNC240
        yield None
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    plugins = [path.name for path in (LIBRARIES / "plugins").glob("*.so") if "audiobridge" not in path.name]
    facts = {"folder": folder, "libraries": LIBRARIES, "port": port, "room": ROOM, "others": ",".join(plugins)}
    for name, text in FILES.items():
        (folder / name).write_text(text.format(**facts))
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(binary, "-F", str(folder), stdout=quiet, stderr=quiet)
    found = Bridge(process.pid, f"http://127.0.0.1:{port}")
    try:
        for _ in range(START_LOOKS):
            with contextlib.suppress(httpx2.HTTPError):
                await found._say("/janus", janus="ping")
                break
            await asyncio.sleep(LOOK_SECONDS)
        yield found
    finally:
        await found.close()
        process.terminate()
        await process.wait()
