"""One fixture builds one thing: two people in a chat, and the command line."""

from pathlib import Path
from subprocess import CompletedProcess
from typing import Protocol

import pytest

from bots.cli import main
from core.app import App
from core.settings import Settings
from tests.bots.people import Person
from tests.support import BOB, environment


class Typed(Protocol):
    """What came of `easel ...`."""

    def __call__(self, *arguments: str, **env: str) -> CompletedProcess[str]: ...


@pytest.fixture
def alice(app: App) -> Person:
    return Person(app)


@pytest.fixture
def bob(app: App) -> Person:
    return Person(app, BOB)


@pytest.fixture
def typed(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Typed:
    """`tests.support.easel` in this process: to start one takes many times as long as most commands do."""

    def run(*arguments: str, **env: str) -> CompletedProcess[str]:
        monkeypatch.chdir(tmp_path)
        for name, value in environment(settings, **env).items():
            monkeypatch.setenv(name, value)
        try:
            code = main(arguments)
        except SystemExit as left:  # so argparse ends it
            code = int(left.code or 0)
        return CompletedProcess(arguments, code, *capsys.readouterr())

    return run
