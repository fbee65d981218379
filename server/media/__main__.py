"""The media process: told by its parent on stdin, answering on stdout, ended when stdin ends."""

import argparse
import asyncio
import contextlib
import gc
import logging
import os
import sys
from typing import Any

import aiortc
import msgspec

from server.media.hall import Hall
from server.media.pulse import Pulse
from server.media.wire import Ready, line, read_told

LINE_BYTES = 4 * 1024 * 1024
MOST_WAITING = 1024 * 1024
"""Where the parent does not read, more than so much is not kept for it."""
CLOSE_SECONDS = 2
DEAF_GENERATION = 20_000
"""Collecting garbage takes milliseconds, which ticks do not have: it happens seldom."""

log = logging.getLogger("server.media")


class Mouth:
    """Writes lines to the parent, and never waits."""

    def __init__(self, transport: asyncio.WriteTransport) -> None:
        self._transport = transport

    def say(self, said: Any) -> None:
        """Say one thing, unless the parent does not listen."""
        if self._transport.get_write_buffer_size() < MOST_WAITING:
            self._transport.write(line(said))


async def live(addresses: list[str]) -> None:
    """Live until stdin ends."""
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: log.warning("%s", context.get("exception") or context.get("message")))
    reader = asyncio.StreamReader(limit=LINE_BYTES)
    hearing, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    speaking, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, sys.stdout.buffer)
    mouth = Mouth(speaking)
    hall = Hall(mouth.say, addresses)
    mouth.say(Ready(os.getpid(), aiortc.__version__))
    pulse = asyncio.ensure_future(Pulse(hall, mouth.say).run())
    await listen(reader, hall)
    pulse.cancel()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(hall.close(), CLOSE_SECONDS)
    hearing.close()
    speaking.close()


async def listen(reader: asyncio.StreamReader, hall: Hall) -> None:
    """Do what the parent says until it says no more."""
    while said := await reader.readline():
        try:
            hall.hear(read_told(said))
        except msgspec.MsgspecError as trouble:
            log.warning("not understood: %s", trouble)


def main(addresses: list[str] | None = None) -> None:
    """Run the media process; addresses are public ones under which others reach this machine."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    gc.freeze()
    gc.set_threshold(DEAF_GENERATION, 10, 50)
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(live(addresses or []))


def new_loop() -> asyncio.AbstractEventLoop:
    """Make the fastest loop there is."""
    try:
        import uvloop  # noqa: PLC0415 (not on Windows)
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", action="append", default=[], help="a public address of this machine")
    main(parser.parse_args().address)
