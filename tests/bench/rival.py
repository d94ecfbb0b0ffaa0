"""litellm's proxy in front of a provider, in a virtual environment of its own.

It sees none of this shell's variables, so no keys either, and asks nobody else for anything once it is installed.
"""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.servers import free_port

PACKAGE = "litellm[proxy]==1.108.7"
"""A certain version, so that figures can be compared."""
VENV = Path(__file__).parents[2] / ".bench" / "litellm-venv"
INSTALL_SECONDS = 900.0
START_SECONDS = 120.0
CONFIG = """
model_list:
  - model_name: {model}
    litellm_params: {{model: openai/{model}, api_base: "{url}", api_key: {key}}}
"""


class NotThere(Exception):
    """It cannot be measured here, for this reason."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where it listens, and for whom."""

    url: str
    key: str


@contextmanager
def litellm(folder: Path, url: str, key: str, model: str) -> Iterator[Proxy]:
    """A running proxy in front of the OpenAI at this address. Raises NotThere."""
    program = _installed()
    port, master, config, log = free_port(), f"sk-{secrets.token_hex(24)}", folder / "litellm.yaml", folder / "log"
    config.write_text(CONFIG.format(model=model, url=url, key=key))
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "LITELLM_MASTER_KEY": master,
           "LITELLM_LOCAL_MODEL_COST_MAP": "True"}  # fmt: skip
    with log.open("wb") as said:
        process = subprocess.Popen(
            [str(program), "--config", str(config), "--host", "127.0.0.1", "--port", str(port), "--telemetry", "False"],
            cwd=folder, env=env, stdout=said, stderr=said,
        )  # fmt: skip
    try:
        _await(process, f"http://127.0.0.1:{port}/health/liveliness", log)
        yield Proxy(f"http://127.0.0.1:{port}/v1", master)
    finally:
        process.kill()
        process.wait()


def _installed() -> Path:
    """The program; pip gets it at the first call."""
    program, marker = VENV / "bin" / "litellm", VENV / PACKAGE
    if not marker.exists():
        _run(sys.executable, "-m", "venv", "--clear", str(VENV))
        _run(str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", PACKAGE)
        marker.touch()
    return program


def _run(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotThere(f"{PACKAGE} cannot be installed: {error}") from error
    if done.returncode:
        raise NotThere(f"{PACKAGE} cannot be installed: {_last_line(done.stderr)}")


def _await(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url, timeout=5).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise NotThere(f"{PACKAGE} does not start: {_last_line(log.read_text(errors='replace'))}")


def _last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "it said nothing")
