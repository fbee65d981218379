"""The hub: this process's readers of each stream, and one encoded frame for all of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from server.journal import Line


class Reader(Protocol):
    """An open connection that follows streams."""

    def take(self, stream: str, seq: int, frame: bytes) -> None:
        """Take one encoded frame; seq is 0 for an event without a number. Never waits."""

    def start_afresh(self, stream: str) -> None:
        """Learn that the stream has to be read again from its state."""


def frame_of(stream: str, line: Line) -> bytes:
    """Encode an event for the wire around its own JSON."""
    number = b',"seq":%d' % line.seq if line.seq else b""
    return b'{"on":"%s"%s,"event":%s}' % (stream.encode(), number, line.event)


def _nobody(stream: str) -> None:
    """Tell nobody; the relay takes this place."""


@dataclass
class Hub:
    """Who reads what; tells when a stream gets its first reader and loses its last."""

    first: Callable[[str], None] = _nobody
    last: Callable[[str], None] = _nobody
    readers: dict[str, dict[Reader, None]] = field(default_factory=dict)
    inner: dict[str, Callable[[Line], None]] = field(default_factory=dict)

    def attach(self, reader: Reader, stream: str) -> None:
        """Let a reader take a stream's frames."""
        if stream not in self.readers:
            self.readers[stream] = {}
            self.first(stream)
        self.readers[stream][reader] = None

    def detach(self, reader: Reader, stream: str) -> None:
        """Let a reader take no more of a stream."""
        members = self.readers.get(stream, {})
        members.pop(reader, None)
        if stream in self.readers and not members:
            del self.readers[stream]
            self.last(stream)

    def deliver(self, stream: str, lines: Sequence[Line]) -> None:
        """Hand events to every reader, encoded once; streams among the servers go to their own listener."""
        if listener := self.inner.get(stream):
            for line in lines:
                listener(line)
        members = tuple(self.readers.get(stream, ()))
        for line in lines if members else ():
            frame = frame_of(stream, line)
            for reader in members:
                reader.take(stream, line.seq, frame)

    def deliver_fleeting(self, stream: str, event: bytes) -> None:
        """Hand an event without a number to every reader."""
        self.deliver(stream, [Line(0, event)])

    def reset(self, stream: str) -> None:
        """Let every reader of a stream start afresh."""
        for reader in tuple(self.readers.get(stream, ())):
            reader.start_afresh(stream)
