"""What tests share: a clock that is set by hand, a small catalogue, and `easel` as a process.

With EASEL_TEST_STORE=mongodb all of it is on MongoDB (`tests.conftest`), a database for each data folder.
"""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bots.playground.feed import PLATFORM, PlaygroundMessenger
from core.accounts.model import Identity
from core.app import App, open_app
from core.clock import Millis
from core.generation.wishes import Chat, Imagine
from core.jobs.model import ReplyTo
from core.news import News
from core.requests import Request
from core.settings import Settings
from tests.servers import store_for

NOON: Millis = 1_795_435_200_000  # 2026-11-23T12:00:00Z
ALICE = Identity("playground", "alice")
BOB = Identity("discord", "42")
SMALL_MODELS = """
[[models]]
name = "demo-art"
provider = "demo"
kind = "image"
price = 10
aspects = ["1:1", "16:9", "9:16"]
long_side = 64
max_count = 4
seed = true
styles = true
edit = true
upscale = true
default = true
[[models]]
name = "square"
provider = "demo"
kind = "image"
price = 3
aspects = ["1:1", "2:1"]
long_side = 64
[[models]]
name = "demo-chat"
provider = "demo"
kind = "chat"
price = 1
vision = true
default = true
[personas]
pirate = "Be a pirate."
[styles]
pixel = "pixel art"
[moderation]
blocklist = ["forbidden fruit", "csam"]
[[plans]]
name = "club"
credits = 1200
price = 899
currency = "USD"
[[packs]]
name = "small"
credits = 500
price = 499
currency = "USD"
"""


class Silent:
    """A messenger whom nobody should have to tell anything."""

    async def tell(self, identity: Identity, news: News, key: str) -> None:
        raise AssertionError(f"{identity} is told {news}")


class Heard:
    """A messenger that remembers whom it told what."""

    def __init__(self) -> None:
        self.news: list[tuple[Identity, News]] = []

    async def deliver(self, job: object) -> str:
        raise AssertionError("no job is made here")

    async def tell(self, identity: Identity, news: News, key: str) -> None:
        self.news.append((identity, news))


@dataclass
class ManualClock:
    """Stands still until it is moved."""

    at: Millis = NOON

    def now(self) -> Millis:
        return self.at

    def move(self, by: Millis) -> None:
        self.at += by


def settings_in(folder: Path, **changes: object) -> Settings:
    """Settings on their own data folder, with quick small demo pictures."""
    catalogue = folder / "small.toml"
    if not catalogue.exists():
        catalogue.write_text(SMALL_MODELS)
    values: dict[str, object] = {
        "_env_file": None,
        "data_dir": folder / "data",
        "easel_config": catalogue,
        "demo_seconds": 0,
        "database_url": store_for(folder),
    }
    return Settings(**(values | changes))  # type: ignore[arg-type]  # names and types are checked by pydantic


@asynccontextmanager
async def opened(settings: Settings, clock: ManualClock | None = None) -> AsyncIterator[App]:
    """An open core that delivers into the playground's feed."""
    async with open_app(settings, clock) as app:
        app.messengers[PLATFORM] = PlaygroundMessenger(app)
        yield app


def to_feed(identity: Identity = ALICE) -> ReplyTo:
    return ReplyTo(platform=PLATFORM, channel=str(identity))


def imagine(request_id: str = "r1", identity: Identity = ALICE, prompt: str = "a red fox", **wish: object) -> Request:
    return Request(request_id, identity, Imagine(prompt, **wish), to_feed(identity))  # type: ignore[arg-type]  # a test knows what it gives


def chat(request_id: str = "c1", identity: Identity = ALICE, message: str = "hello") -> Request:
    return Request(request_id, identity, Chat(message), to_feed(identity))


def environment(settings: Settings, **more: str) -> dict[str, str]:
    """A process environment that makes `easel` use these settings."""
    assert settings.easel_config is not None
    return os.environ | {
        "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": settings.database_url,
        "EASEL_CONFIG": str(settings.easel_config),
        "DEMO_SECONDS": str(settings.demo_seconds),
        "SIGNUP_CREDITS": str(settings.signup_credits),
        **more,
    }


def easel(
    settings: Settings, *arguments: str, cwd: Path, timeout: float = 60, **env: str
) -> subprocess.CompletedProcess[str]:
    """Run `easel ...` as its users do."""
    return subprocess.run(
        [sys.executable, "-m", "bots.cli", *arguments],
        cwd=cwd, env=environment(settings, **env), capture_output=True, text=True, timeout=timeout, check=False,
    )  # fmt: skip
