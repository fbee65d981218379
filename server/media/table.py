"""One room's sound: everybody hears all others; those who say nothing share one stream."""

from collections.abc import Mapping

import numpy as np

from server.media.channel import ALIGNED_TICKS, PROFILES, Channel, Profile
from server.media.link import Link
from server.media.opus import TICK_SAMPLES, Sound

AWAY_TICKS = 250
"""So long a person who fell silent keeps an own stream, unless the room falls silent: there no seam is heard."""
FULL = 0.98
RECOVERY = 1.03
RISE = np.linspace(0.0, 1.0, TICK_SAMPLES, dtype=np.float32)

SAID_AGAIN = 8
"""Who speaks is told again after so many looks: who came since, or lost the word, knows within about two seconds."""


class Ear:
    """One person at a table: what comes from them, and which stream goes to them."""

    def __init__(self, seat: str, link: Link) -> None:
        self.seat = seat
        self.link = link
        self.packing = PROFILES[0]
        """The stream they get."""
        self.wanted = PROFILES[0]
        """The stream they shall get from the next boundary of frames on."""
        self.own: Channel | None = None
        self.spoke_at = -AWAY_TICKS

    def send(self, packet: bytes, tick: int) -> None:
        """Send a packet whose last tick is this one."""
        if self.link.sound and self.link.running:
            begin = tick + 1 - self.packing.ticks
            self.link.sound.send(packet, begin * TICK_SAMPLES, self.packing.ticks * TICK_SAMPLES, self.packing.twice)

    def send_again(self) -> None:
        """Send what shall come twice the second time."""
        if self.link.sound:
            self.link.sound.again()

    def adopt(self) -> None:
        """Change to the stream that is wanted; only at boundaries of frames."""
        if self.wanted != self.packing:
            self.own = self.own and self.own.branch(self.wanted)
            self.packing = self.wanted


class Table:
    """Mixes one room."""

    def __init__(self) -> None:
        self.ears: dict[str, Ear] = {}
        self.speaking: tuple[str, ...] = ()
        self._said = 0
        self._channels: dict[Profile, Channel] = {}
        self._gain = 1.0

    def tick(self, tick: int, now_ms: float) -> None:
        """Hear everybody for 20 ms, and send everybody what full packets there are."""
        if tick % ALIGNED_TICKS == 0:
            self._align()
        sounds = {ear.seat: sound for ear in self.ears.values() if (sound := ear.link.voice.pull(now_ms)) is not None}
        self._branch(sounds, tick)
        mix, gain = self._mix(sounds)
        heard = None if mix is None else mix * gain
        common = {packing: channel.add(heard, tick) for packing, channel in self._channels.items()}
        for ear in self.ears.values():
            ear.send_again()
            packet = common[ear.packing]
            if ear.own:
                packet = ear.own.add(self._others(mix, gain, sounds, ear.seat), tick)
                self._return(ear, silent=mix is None, tick=tick)
            if packet:
                ear.send(packet, tick)

    def who_speaks(self, now_ms: float) -> bool:
        """See anew who speaks, in the order of seats; say whether to tell it: it changed, or was told long ago."""
        before = self.speaking
        self.speaking = tuple(sorted(seat for seat, ear in self.ears.items() if ear.link.voice.heard(now_ms)))
        self._said += 1
        told = self.speaking != before or (bool(self.speaking) and self._said >= SAID_AGAIN)
        self._said *= not told
        return told

    def _align(self) -> None:
        for ear in self.ears.values():
            ear.adopt()
        used = {ear.packing for ear in self.ears.values()}
        self._channels = {packing: channel for packing, channel in self._channels.items() if packing in used}

    def _branch(self, sounds: Mapping[str, Sound], tick: int) -> None:
        for ear in self.ears.values():
            if ear.packing not in self._channels:
                self._channels[ear.packing] = Channel(ear.packing)
            if ear.seat in sounds:
                ear.spoke_at = tick
                ear.own = ear.own or self._channels[ear.packing].branch(ear.packing)

    def _return(self, ear: Ear, silent: bool, tick: int) -> None:
        away = tick - ear.spoke_at
        if (tick + 1) % ALIGNED_TICKS == 0 and away and (silent or away > AWAY_TICKS):
            ear.own = None

    def _mix(self, sounds: Mapping[str, Sound]) -> tuple[Sound | None, Sound | float]:
        if not sounds:
            self._gain = 1.0
            return None, 1.0
        mix: Sound = np.sum(list(sounds.values()), axis=0, dtype=np.float32)
        before, peak = self._gain, float(np.abs(mix).max())
        self._gain = min(1.0, FULL / max(peak, FULL), before * RECOVERY)
        if before == self._gain == 1.0:
            return mix, 1.0
        return mix, np.float32(before) + RISE * np.float32(self._gain - before)

    @staticmethod
    def _others(mix: Sound | None, gain: Sound | float, sounds: Mapping[str, Sound], seat: str) -> Sound | None:
        if mix is None or set(sounds) == {seat}:
            return None
        others = mix - sounds[seat] if seat in sounds else mix
        return others * gain
