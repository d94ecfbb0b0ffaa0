"""`easel run PART` as a process of its own, with what it said."""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIGTERM, Signals
from typing import Any

from core.settings import Settings
from tests.support import environment

PATIENCE_SECONDS = 60.0


@dataclass
class Part:
    """A running part. `banner` is the first line it printed."""

    process: subprocess.Popen[str]
    banner: str
    log: Path

    def send(self, number: Signals) -> None:
        self.process.send_signal(number)

    def stop(self, number: Signals = SIGTERM) -> tuple[int, float]:
        """Its exit code after this signal, and the seconds that took."""
        begun = time.monotonic()
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS), time.monotonic() - begun

    def events(self, name: str) -> list[dict[str, Any]]:
        """Its log lines of this event so far."""
        lines = (json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{"))
        return [line for line in lines if line["event"] == name]

    def waits_for(self, name: str, times: int = 1, seconds: float = PATIENCE_SECONDS) -> float:
        """Until it has logged this event so often; the seconds that took. Fails when it does not come."""
        begun = time.monotonic()
        while len(self.events(name)) < times:
            assert time.monotonic() - begun < seconds, self.log.read_text()
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)
        return time.monotonic() - begun


@contextmanager
def part(settings: Settings, folder: Path, arguments: Sequence[str], **env: str) -> Iterator[Part]:
    """Start it in this folder, and wait until it says that it is ready. It is killed in the end, if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "part.log"
    with log.open("a") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "bots.cli", *arguments],
            cwd=folder, env=environment(settings, **{"PORT": str(settings.port), **env}),
            stdout=subprocess.PIPE, stderr=errors, text=True,
        )  # fmt: skip
    assert process.stdout is not None
    try:
        banner = process.stdout.readline()
        assert banner, log.read_text()
        yield Part(process, banner.rstrip("\n"), log)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.wait()
        process.stdout.close()
