"""The heartbeat is fresh only while the process works and its database answers."""

import asyncio
import os
from pathlib import Path

import pytest

from bots.heartbeat import keep_beating
from core.app import App
from core.errors import ConfigError
from core.settings import Settings
from core.tasks import stopped
from tests.fakes import Fault, app_on, meddled, until
from tests.parts import part
from tests.servers import free_port
from tests.support import settings_in

OLD = 1_000_000_000.0


def age(file: Path) -> None:
    file.touch()
    os.utime(file, (OLD, OLD))


async def beats(app: App, file: Path) -> bool:
    """Whether an old file is touched."""
    age(file)
    task = asyncio.create_task(keep_beating(app, file))

    async def fresh() -> bool:
        return await asyncio.to_thread(os.path.getmtime, file) > OLD

    try:
        await until(fresh, 1)
    except TimeoutError:
        return False
    finally:
        await stopped({task})
    return True


async def test_it_beats_while_the_database_answers_and_not_while_it_does_not(app: App, tmp_path: Path) -> None:
    assert await beats(app, tmp_path / "alive")
    assert not await beats(app_on(app, meddled(app.stores, before=Fault(1, reads=True))), tmp_path / "alive")


async def test_it_goes_on_after_an_outage(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bots.heartbeat.BEAT_SECONDS", 0.01)
    assert await beats(app_on(app, meddled(app.stores, before=Fault(1, lasts=5, reads=True))), tmp_path / "alive")


async def test_a_file_that_cannot_be_written_is_named(app: App, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"HEARTBEAT_FILE: .*/missing/alive cannot be written"):
        await keep_beating(app, tmp_path / "missing" / "alive")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path, port=free_port())


@pytest.mark.parametrize("name", ["web", "worker", "scheduler"])
def test_every_part_beats(settings: Settings, tmp_path: Path, name: str) -> None:
    file = tmp_path / "alive"
    with part(settings, tmp_path, ["run", name], HEARTBEAT_FILE=str(file)) as running:
        asyncio.run(until(lambda: asyncio.to_thread(file.exists)))
        assert running.stop()[0] == 0


def test_a_wrong_file_ends_the_program_with_one_sentence(settings: Settings, tmp_path: Path) -> None:
    with part(settings, tmp_path, ["run", "scheduler"], HEARTBEAT_FILE=str(tmp_path / "no" / "alive")) as running:
        assert running.process.wait(30) == 2
        assert "HEARTBEAT_FILE: " in running.log.read_text()
        assert "Traceback" not in running.log.read_text()
