"""Whether the providers still have the models of easel.toml: asked for by hand, and looked at once at the start."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bots.models import warn_of_gone
from core.app import open_app
from core.log import configure_logging
from core.settings import Settings
from tests.fakes.openai import KEY, OpenAIFake
from tests.support import SMALL_MODELS, easel, settings_in

MODELS = """
[[models]]
name = "there"
provider = "openai"
upstream = "gpt-6-luna"
kind = "chat"
price = 1
[[models]]
name = "gone"
provider = "openai"
kind = "chat"
price = 1
[chains]
chat = ["there", "gone"]
"""


@pytest.fixture
async def openai() -> AsyncIterator[OpenAIFake]:
    async with OpenAIFake() as fake:
        yield fake


def configured(folder: Path, url: str) -> Settings:
    (folder / "small.toml").write_text(SMALL_MODELS + MODELS)
    return settings_in(folder, openai_api_key=KEY, openai_base_url=url)


async def checked(settings: Settings, key: str, url: str, folder: Path) -> subprocess.CompletedProcess[str]:
    asked = partial(easel, settings, "models", "--check", cwd=folder, OPENAI_API_KEY=key, OPENAI_BASE_URL=url)
    return await asyncio.to_thread(asked)


async def test_a_model_that_its_provider_does_not_have_is_warned_of_at_the_start(
    tmp_path: Path, openai: OpenAIFake
) -> None:
    configure_logging("WARNING")
    async with open_app(configured(tmp_path, openai.url)) as app:
        with capture_logs() as lines:
            await warn_of_gone(app)
    assert [(line["event"], line["model"]) for line in lines] == [("model not there", "gone")]


async def test_a_provider_that_does_not_answer_keeps_nobody_from_starting(tmp_path: Path) -> None:
    async with open_app(configured(tmp_path, "http://127.0.0.1:9/v1")) as app:
        with capture_logs() as lines:
            await warn_of_gone(app)
    assert lines == []


async def test_models_check_says_what_is_there_and_fails_when_something_is_gone(
    tmp_path: Path, openai: OpenAIFake
) -> None:
    settings = configured(tmp_path, openai.url)
    finished = await checked(settings, KEY, openai.url, tmp_path)
    states = {
        columns[1].strip(): columns[8].strip()
        for line in finished.stdout.splitlines()
        if len(columns := line.split("\u2502")) > 8
    }
    assert finished.returncode == 1
    assert (states["there"], states["gone"], states["demo-chat"]) == ("there", "gone", "not needed")
    assert "Not there any more: gone." in finished.stderr


async def test_a_wrong_key_is_told_and_is_not_taken_for_a_missing_model(tmp_path: Path, openai: OpenAIFake) -> None:
    settings = configured(tmp_path, openai.url)
    finished = await checked(settings, "wrong", openai.url, tmp_path)
    assert finished.returncode == 0
    assert "not known" in finished.stdout
