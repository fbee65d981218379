"""The media process as it is, but that it says on stderr each second what it played and what it had to make up."""

import json
import sys

from server.media import __main__ as process
from server.media import link
from server.media.hall import Hall
from server.media.opus import OPUS, Sound
from server.media.voice import Voice

_restored: dict[int, int] = {}


def restores(successor: bytes | None) -> bool:
    """Tell whether a packet carries a copy of the one before it (LBRR, RFC 6716, 2.1.7)."""
    return bool(successor) and OPUS.opus_packet_has_lbrr(successor, len(successor or b"")) == 1


class CountedVoice(Voice):
    """Also counts the packets that were restored from their successors."""

    def _conceal(self, samples: int, successor: bytes | None) -> Sound:
        if samples and restores(successor):
            _restored[id(self)] = _restored.get(id(self), 0) + 1
        return super()._conceal(samples, successor)


class CountedHall(Hall):
    """Says the counts when it reports."""

    def report(self, at: int) -> None:
        super().report(at)
        voices = {name: place.link.voice for name, place in self.places.items() if place.link}
        counts = {name: counts_of(voice) for name, voice in voices.items()}
        sys.stderr.write(json.dumps(counts) + "\n")
        sys.stderr.flush()


def counts_of(voice: Voice) -> list[int]:
    """Give the ticks played, the packets made up and those restored."""
    restored = _restored.get(id(voice), 0)
    return [voice.played, voice.concealed - restored, restored]


if __name__ == "__main__":
    vars(link)["Voice"], vars(process)["Hall"] = CountedVoice, CountedHall
    process.main()
