"""What one would build with aiortc's MediaRelay alone: everybody's track is passed on to everybody, one by one."""

import asyncio
import functools
import json
import sys

from aiortc import MediaStreamTrack, RTCSessionDescription
from aiortc.contrib.media import MediaRelay

from server.media.private import new_connection

LINE_BYTES = 1 << 20


class Waiting(MediaStreamTrack):
    """Somebody's sound, who may not be there yet."""

    kind = "audio"

    def __init__(self, source: "asyncio.Future[MediaStreamTrack]", relay: MediaRelay) -> None:
        super().__init__()
        self._source, self._relay = source, relay
        self._track: MediaStreamTrack | None = None

    async def recv(self) -> object:  # type: ignore[override]
        """Give the next piece."""
        self._track = self._track or self._relay.subscribe(await asyncio.shield(self._source))
        return await self._track.recv()


def come(source: "asyncio.Future[MediaStreamTrack]", track: MediaStreamTrack) -> None:
    """Take somebody's first track as their sound."""
    if not source.done():
        source.set_result(track)


async def main() -> None:
    """Answer offers, one JSON object a line, until stdin ends; the first line says how many come."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=LINE_BYTES)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    relay, connections = MediaRelay(), []
    sources = [loop.create_future() for _ in range(int(await reader.readline()))]
    while said := await reader.readline():
        seat, sdp = json.loads(said)
        connection = new_connection()
        connections.append(connection)
        connection.on("track", functools.partial(come, sources[seat]))
        await connection.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="offer"))
        others = [source for number, source in enumerate(sources) if number != seat]
        for transceiver, source in zip(connection.getTransceivers(), others, strict=True):
            transceiver.sender.replaceTrack(Waiting(source, relay))
            transceiver.direction = "sendrecv" if transceiver.direction == "recvonly" else "sendonly"
        connection.getTransceivers()[0].direction = "sendrecv"
        await connection.setLocalDescription(await connection.createAnswer())
        sys.stdout.write(json.dumps([seat, connection.localDescription.sdp]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
