"""`easel demo` as a process of its own: started, used, stopped and killed as people do."""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from core.settings import Settings
from tests.bots.test_cli import one_sentence
from tests.support import easel, environment, settings_in

START_SECONDS = 30
PATIENCE_SECONDS = 60
T = TypeVar("T")
Event = dict[str, Any]


@dataclass
class Demo:
    """A running `easel demo`. `printed` is what it said until it was ready."""

    process: subprocess.Popen[str]
    url: str
    printed: str

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Its exit code, after this signal."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def demo(settings: Settings, cwd: Path, **env: str) -> Iterator[Demo]:
    """Start it, and wait until it says that it is ready."""
    with (cwd / "demo.log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bots.cli", "demo"],
            cwd=cwd,
            env=environment(settings, PORT=str(settings.port), **env),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    assert process.stdout is not None
    try:
        printed = process.stdout.readline()
        assert printed, (cwd / "demo.log").read_text()
        yield Demo(process, f"http://127.0.0.1:{settings.port}", printed + process.stdout.readline())
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.wait()
        process.stdout.close()


def eventually(look: Callable[[], T | None]) -> T:
    """What `look` finds, within a patient minute."""
    until = time.monotonic() + PATIENCE_SECONDS
    while (found := look()) is None:
        assert time.monotonic() < until, "it never came"
        time.sleep(0.05)
    return found


def browser(running: Demo) -> httpx.Client:
    client = httpx.Client(base_url=running.url, timeout=30)
    client.get("/")
    return client


def send(client: httpx.Client, text: str, message_id: str) -> None:
    answer = client.post("/playground/messages", json={"id": message_id, "text": text})
    assert answer.status_code == 200


def messages(client: httpx.Client, until: Callable[[list[Event]], bool]) -> list[Event]:
    """The conversation so far, once it is as expected."""
    got: list[Event] = []
    with client.stream("GET", "/playground/events") as answer:
        name = ""
        for line in answer.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: ") and name == "message":
                got.append(json.loads(line.removeprefix("data: ")))
                if until(got):
                    break
    return got


def results(got: list[Event]) -> list[Event]:
    return [event for event in got if event["kind"] in ("result", "error")]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path, port=free_port())


def test_it_prints_its_address_and_serves_the_page_there(settings: Settings, tmp_path: Path) -> None:
    with demo(settings, tmp_path) as running:
        assert running.printed.splitlines()[0] == f"Easel's demo is ready: {running.url}"
        assert "marked demo" in running.printed
        page = httpx.get(running.url)
        assert "<title>Easel playground</title>" in page.text
        assert httpx.get(f"{running.url}/readyz").status_code == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_0_although_pages_listen(
    settings: Settings, tmp_path: Path, number: signal.Signals
) -> None:
    with demo(settings, tmp_path) as running, closing(browser(running)) as client:
        with client.stream("GET", "/playground/events") as stream:
            assert next(stream.iter_lines())
            assert running.stop(number) == 0
        assert "Traceback" not in (tmp_path / "demo.log").read_text()


@pytest.mark.soak
def test_work_that_is_stopped_is_handed_back_and_done_after_the_next_start(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, port=free_port(), demo_seconds=5)
    with demo(settings, tmp_path) as running:
        client = browser(running)
        send(client, "/imagine a red fox", "message-1")
        assert running.stop() == 0
    quick = settings.model_copy(update={"demo_seconds": 0})
    with closing(client), demo(quick, tmp_path):
        [result] = results(messages(client, lambda got: bool(results(got))))
        assert result["images"]
    assert easel(settings, "ledger", "verify", cwd=tmp_path).returncode == 0


def test_a_port_in_use_is_named_with_the_way_out(settings: Settings, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", settings.port)):
        finished = easel(settings, "demo", cwd=tmp_path, PORT=str(settings.port))
    assert (finished.returncode, finished.stdout) == (2, "")
    said = one_sentence(finished)
    assert said.startswith(f"PORT: {settings.port} on 127.0.0.1 cannot be used (Address already in use).")
    assert f"PORT={settings.port + 1}" in said


@pytest.mark.soak
def test_a_second_one_on_the_same_folder_says_where_the_first_is(settings: Settings, tmp_path: Path) -> None:
    with demo(settings, tmp_path) as running:
        finished = easel(settings, "demo", cwd=tmp_path, PORT=str(free_port()))
        assert finished.returncode == 2
        assert f"({running.url}, process {running.process.pid})" in one_sentence(finished)
        assert httpx.get(f"{running.url}/healthz").status_code == 200
        running.stop()
    with demo(settings, tmp_path) as again:
        assert httpx.get(f"{again.url}/healthz").status_code == 200


def test_two_folders_have_two_demos(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = settings_in(tmp_path / "other", port=free_port())
    with demo(settings, tmp_path) as one, demo(other, tmp_path / "other") as two:
        assert httpx.get(f"{one.url}/healthz").status_code == httpx.get(f"{two.url}/healthz").status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])  # noqa: S104  # what it must refuse
def test_a_demo_without_passwords_is_not_shown_to_the_network(settings: Settings, tmp_path: Path, host: str) -> None:
    finished = easel(settings, "demo", cwd=tmp_path, HOST=host)
    assert (finished.returncode, finished.stdout) == (2, "")
    assert one_sentence(finished).startswith(f"HOST: the demo is for this machine only; {host} is not")


@pytest.mark.soak
def test_the_terminal_works_beside_a_running_demo(settings: Settings, tmp_path: Path) -> None:
    with demo(settings, tmp_path) as running:
        for _ in range(2):
            finished = easel(settings, "ask", "/imagine a fox", "--json", cwd=tmp_path)
            assert finished.returncode == 0, finished.stderr
        assert json.loads(finished.stdout)["balanceAfter"] == 80
        assert httpx.get(f"{running.url}/readyz").status_code == 200
        assert running.stop() == 0
    assert easel(settings, "ledger", "verify", cwd=tmp_path).returncode == 0


def test_a_second_worker_may_help_on_the_same_folder(settings: Settings, tmp_path: Path) -> None:
    """`easel run worker` has no page, so the demo's lock is not its business."""
    with demo(settings, tmp_path) as running, closing(browser(running)) as client:
        worker = subprocess.Popen(
            [sys.executable, "-m", "bots.cli", "run", "worker"],
            cwd=tmp_path, env=environment(settings, LOG_LEVEL="ERROR"), stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert worker.stdout is not None
        with worker.stdout:
            assert worker.stdout.readline() == "Easel's worker is ready.\n"
            send(client, "/imagine a fox --count 3", "message-1")
            [result] = results(messages(client, lambda got: bool(results(got))))
            assert len(result["images"]) == 3
            worker.terminate()
            assert worker.wait(PATIENCE_SECONDS) == 0


def test_a_result_arrives_once_although_its_maker_was_killed(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, port=free_port(), demo_seconds=3)
    with demo(settings, tmp_path) as running:
        client = browser(running)
        send(client, "/imagine a red fox", "message-1")
        eventually(lambda: "running" in one_job(settings, tmp_path) or None)
        os.kill(running.process.pid, signal.SIGKILL)
        running.process.wait()
    quick = settings.model_copy(update={"demo_seconds": 0})
    with closing(client), demo(quick, tmp_path) as again:
        messages(client, lambda got: bool(results(got)))
        send(client, "/balance", "message-2")
        got = messages(client, lambda got: got[-1]["id"] == "re:message-2")
        assert len(results(got)) == 1
        assert len(results(got)[0]["images"]) == 1
        assert sum(event["role"] == "user" for event in got) == 2
        assert "You have **90 credits**." in got[-1]["text"]
        assert "reserved" not in got[-1]["text"]
        assert again.stop() == 0
    assert easel(settings, "ledger", "verify", cwd=tmp_path).returncode == 0


def one_job(settings: Settings, cwd: Path) -> str:
    """The state of the only job, read as an onlooker would."""
    with closing(sqlite3.connect(f"file:{settings.database_path}?mode=ro", uri=True)) as database:
        return str(database.execute("SELECT state FROM jobs").fetchone())
