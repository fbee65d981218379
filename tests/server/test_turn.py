"""Calls through a TURN server: who has a password gets through it to the mixer, and to nowhere else."""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import ipaddress
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aioice
import pytest
import yaml
from aioice import stun, turn
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCIceServer, RTCIceTransportPolicy, RTCPeerConnection
from pydantic import SecretStr

from server.settings import Settings
from server.turn import VALID, credentials, ice
from tests.server.media.child import Child, child
from tests.server.media.peers import Peer, until
from tests.services import free_port

ROOT = Path(__file__).parent.parent.parent
SECRET = "north"
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
INNER = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
    *("192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4", "::1/128", "::/128", "::ffff:0:0/96"),
    *("fc00::/7", "fe80::/10", "64:ff9b::/96", "2002::/16"),
)
"""What lies inside of any network, however it is written (IANA's special-purpose address registries)."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def command() -> list[str]:
    """Give the options of coturn as they are deployed."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    return [option for option in compose["services"]["coturn"]["command"] if option.startswith("--")]


def denied() -> list[tuple[Address, Address]]:
    """List the ranges that are denied, each with its first and last address."""
    ranges = [option.partition("=")[2] for option in command() if option.startswith("--denied-peer-ip=")]
    pairs = [(each.partition("-")[0], each.partition("-")[2] or each) for each in ranges]
    return [(ipaddress.ip_address(first), ipaddress.ip_address(last)) for first, last in pairs]


@pytest.mark.parametrize("network", INNER)
def test_nobody_is_relayed_into_inner_networks(network: str) -> None:
    found = ipaddress.ip_network(network)
    ranges = [(first, last) for first, last in denied() if first.version == found.version]
    assert any(first <= found[0] and found[-1] <= last for first, last in ranges)  # type: ignore[operator]


def test_public_addresses_are_not_denied() -> None:
    for text in ("1.1.1.1", "100.128.0.1", "172.32.0.1", "198.20.0.1", "2001:db8::1", "2600::1"):
        address = ipaddress.ip_address(text)
        same = [(first, last) for first, last in denied() if first.version == address.version]
        assert not any(first <= address <= last for first, last in same)  # type: ignore[operator]


def test_only_the_two_media_processes_are_let_through() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    own = {compose["services"][name]["networks"]["calls"]["ipv4_address"] for name in ("app-1", "app-2")}
    assert {option.partition("=")[2] for option in command() if option.startswith("--allowed-peer-ip=")} == own


def test_the_deployed_coturn_is_closed_but_for_passwords_that_expire() -> None:
    options = dict(option.removeprefix("--").partition("=")[::2] for option in command())
    for name in ("no-cli", "use-auth-secret", "no-multicast-peers", "no-tcp-relay"):
        assert options[name] == ""
    for name in ("stale-nonce", "user-quota", "total-quota"):
        assert int(options[name]) > 0
    assert not {"user", "lt-cred-mech", "no-auth", "userdb", "allow-loopback-peers"} & set(options)


def test_a_password_is_made_as_coturn_checks_it() -> None:
    name, password = credentials(SECRET, 41011, NOW)
    until_at, _, person = name.partition(":")
    assert (int(until_at), person) == (int((NOW + VALID).timestamp()), "41011")
    assert timedelta(hours=12) >= VALID
    digest = hmac.new(SECRET.encode(), name.encode(), hashlib.sha1).digest()
    assert password == base64.b64encode(digest).decode()


def test_people_get_passwords_for_the_servers_that_are_set_and_nothing_else() -> None:
    def given(**settings: Any) -> Any:
        return ice(Settings(**settings), 7, NOW)

    both = "turn:turn.example:3478, turn:turn.example:3478?transport=tcp"
    ((urls, name, password),) = given(turn_urls=both, turn_secret=SecretStr(SECRET))
    assert urls == ("turn:turn.example:3478", "turn:turn.example:3478?transport=tcp")
    assert (name, password) == credentials(SECRET, 7, NOW)
    assert given() == given(turn_urls="turn:x") == given(turn_secret=SecretStr(SECRET)) == ()


# A real coturn


@dataclass(frozen=True)
class Coturn:
    """A running turnserver with the deployed rules."""

    address: str
    port: int

    async def allocates(self, name: str, password: str) -> bool:
        """Tell whether somebody gets an address on it."""
        server = (self.address, self.port)
        try:
            transport, _ = await turn.create_turn_endpoint(asyncio.DatagramProtocol, server, name, password)
        except stun.TransactionFailed:
            return False
        transport.close()
        return True


def own_address() -> str:
    """Give an address of this machine under which the mixer is reached, as aiortc finds it."""
    return next(iter(aioice.ice.get_host_addresses(use_ipv4=True, use_ipv6=False)), "127.0.0.1")


@contextlib.contextmanager
def turnserver(*more: str) -> Iterator[Coturn]:
    """Run coturn as deployed, but that its relay is on the loopback or whatever address this machine has."""
    binary = shutil.which("turnserver")
    if binary is None:
        pytest.skip("no coturn: install the package coturn, or its binary turnserver")
    address, port = own_address(), free_port()
    replaced = ("--listening-port", "--log-file", "--static-auth-secret", "--allowed-peer-ip")
    options = [option for option in command() if not option.startswith(replaced)]
    folder = tempfile.mkdtemp(prefix="majlis-coturn-")
    own = [f"--listening-port={port}", f"--listening-ip={address}", f"--relay-ip={address}", "--no-tls", "--no-dtls"]
    files = [f"--pidfile={folder}/pid", f"--userdb={folder}/db", f"--log-file={folder}/log", "--simple-log", "-n"]
    secret = f"--static-auth-secret={SECRET}"
    process = subprocess.Popen([binary, *options, *own, *files, secret, *more], stdout=subprocess.DEVNULL)
    try:
        yield Coturn(address, port)
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def password(person_id: int = 7, **more: Any) -> tuple[str, str]:
    """Give a password that is good now."""
    return credentials(SECRET, person_id, datetime.now(UTC), **more)


@pytest.fixture
async def coturn() -> AsyncIterator[Coturn]:
    """Give a coturn that relays to this machine's own address."""
    with turnserver(f"--allowed-peer-ip={own_address()}", "--allow-loopback-peers") as server:
        await ready(server)
        yield server


@pytest.fixture
async def media() -> AsyncIterator[Child]:
    """Give a media process of its own."""
    async with child() as process:
        yield process


async def ready(server: Coturn) -> None:
    """Wait until it answers."""
    for _ in range(50):
        with contextlib.suppress(OSError, stun.TransactionError):
            if await server.allocates(*password()):
                return
        await asyncio.sleep(0.1)
    raise AssertionError("coturn does not answer")


async def test_coturn_takes_our_passwords_and_no_others(coturn: Coturn) -> None:
    name, good = password()
    assert await coturn.allocates(name, good)
    assert not await coturn.allocates(name, "wrong")
    assert not await coturn.allocates(name.replace(":7", ":8"), good)
    assert not await coturn.allocates(*password(valid=timedelta(seconds=-5)))
    assert not await coturn.allocates(*credentials("another secret", 7, datetime.now(UTC)))


class Relayed(Peer):
    """Somebody whose network lets nothing through but what goes by way of the TURN server."""

    def __init__(self, server: Coturn, tone_hz: float, transport: str) -> None:
        name, good = password()
        url = f"turn:{server.address}:{server.port}?transport={transport}"
        self._server = RTCIceServer(urls=[url], username=name, credential=good)
        super().__init__(tone_hz)

    def _prepare(self, pictures: bool, shows: int | None) -> None:
        self.connection = RTCPeerConnection(
            RTCConfiguration(
                iceServers=[self._server],
                bundlePolicy=RTCBundlePolicy.MAX_BUNDLE,
                iceTransportPolicy=RTCIceTransportPolicy.RELAY,
            )
        )
        super()._prepare(pictures, shows)


def kinds_of(sdp: str) -> set[str]:
    """List the kinds of addresses that an offer names."""
    return {line.split(" typ ")[1].split()[0] for line in sdp.splitlines() if line.startswith("a=candidate")}


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_who_gets_through_by_the_turn_server_alone_hears_and_is_heard(
    coturn: Coturn, media: Child, transport: str
) -> None:
    relayed = Relayed(coturn, 1200, transport)
    assert kinds_of(await relayed.offer()) == {"relay"}
    other = await media.enter("other", Peer(440))
    await media.enter("relayed", relayed)
    await asyncio.gather(relayed.hear(440), other.hear(1200))


async def test_with_the_deployed_rules_nothing_in_this_network_is_reached(media: Child) -> None:
    with turnserver() as server:
        await ready(server)
        relayed = Relayed(server, 1200, "udp")
        media.arrange(relayed={})
        media.signal("relayed", 1, sdp=await relayed.offer())
        said = await media.hear(lambda said: said.answer)
        assert said.answer
        await relayed.accept(said.answer.sdp)
        await until(lambda: relayed.connection.connectionState != "new", "a beginning")
        await asyncio.sleep(2)
        assert relayed.connection.connectionState != "connected"
        await relayed.close()
