"""What `easel` says when it cannot start: a line per problem that names the variable, and exit code 2."""

import sqlite3
from pathlib import Path

import pytest

from core.settings import Settings
from tests.bots.test_cli import one_sentence
from tests.support import SMALL_MODELS, easel

pytestmark = pytest.mark.soak
"""Whole programs are started here: what they do is covered by quicker tests beside this file, too."""


def test_every_bad_setting_has_a_line_with_its_name_its_value_and_the_place(settings: Settings, tmp_path: Path) -> None:
    bad = {"PORT": "99999", "LOG_LEVEL": "loud", "ADMINS": "alice", "RATE_LIMIT_PER_DAY": "many"}
    finished = easel(settings, "ask", "/balance", cwd=tmp_path, timeout=60, **bad)
    lines = finished.stderr.splitlines()
    assert (finished.returncode, finished.stdout) == (2, "")
    assert sorted(line.split(":")[0] for line in lines) == sorted(bad)
    for line in lines:
        name = line.split(":")[0]
        assert bad[name] in line
        assert str(tmp_path) in line
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "0"), ("SIGNUP_CREDITS", "-1"), ("DEMO_SECONDS", "nan"), ("RATE_LIMIT_PER_DAY", "user:0")],
)  # fmt: skip
def test_a_bad_value_is_one_line(settings: Settings, tmp_path: Path, name: str, value: str) -> None:
    finished = easel(settings, "ask", "/balance", cwd=tmp_path, timeout=60, **{name: value})
    assert finished.returncode == 2
    assert one_sentence(finished).startswith(f"{name}: ")


def test_a_secret_in_an_address_is_not_printed(settings: Settings, tmp_path: Path) -> None:
    finished = easel(settings, "ask", "/balance", cwd=tmp_path, DATABASE_URL="mysql://easel:hunter2@db/x")
    assert finished.returncode == 2
    assert "hunter2" not in finished.stdout + finished.stderr


def test_the_file_beside_it_is_read_and_named_too(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=abc\n")
    finished = easel(settings, "ask", "/balance", cwd=tmp_path)
    assert finished.returncode == 2
    assert one_sentence(finished).startswith("PORT: ")
    assert ".env" in finished.stderr


def test_a_data_folder_that_cannot_be_made_is_named(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for command in (["ask", "/balance"], ["ledger", "verify"], ["demo"]):
        finished = easel(settings, *command, cwd=tmp_path, DATA_DIR=str(tmp_path / "file" / "data"))
        assert finished.returncode == 2
        assert one_sentence(finished).startswith(f"DATA_DIR: {tmp_path / 'file' / 'data'} cannot be written")


def test_a_broken_database_is_named_and_left_alone(settings: Settings, tmp_path: Path) -> None:
    settings.data_dir.mkdir()
    path = settings.data_dir / "easel.db"
    path.write_bytes(b"this was a database once " * 400)
    finished = easel(settings, "ask", "/balance", cwd=tmp_path)
    assert finished.returncode == 2
    assert one_sentence(finished).startswith(f"DATABASE_URL: {path} is not a usable Easel database")
    assert "Restore your backup" in finished.stderr
    assert path.read_bytes() == b"this was a database once " * 400


def test_a_database_damaged_in_the_middle_is_named(settings: Settings, tmp_path: Path) -> None:
    easel(settings, "ask", "/imagine a fox", cwd=tmp_path)
    path = settings.data_dir / "easel.db"
    healthy = path.read_bytes()
    path.write_bytes(healthy[:4096] + b"\xff" * (len(healthy) - 4096))
    finished = easel(settings, "ask", "/balance", cwd=tmp_path)
    assert finished.returncode in (1, 2)
    assert "Traceback" not in finished.stderr
    assert "database is damaged" in finished.stderr or "not a usable Easel database" in finished.stderr


def test_somebody_elses_database_is_not_taken_for_ours(settings: Settings, tmp_path: Path) -> None:
    settings.data_dir.mkdir()
    with sqlite3.connect(settings.data_dir / "easel.db") as database:
        database.execute("CREATE TABLE jobs (title TEXT)")
    database.close()
    finished = easel(settings, "ask", "/balance", cwd=tmp_path)
    assert finished.returncode == 2
    assert one_sentence(finished).startswith("DATABASE_URL: ")
    assert "Close the program that uses it" not in finished.stderr


def test_a_database_of_a_newer_easel_is_not_touched(settings: Settings, tmp_path: Path) -> None:
    easel(settings, "ask", "/balance", cwd=tmp_path)
    with sqlite3.connect(settings.data_dir / "easel.db") as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    finished = easel(settings, "ask", "/balance", cwd=tmp_path)
    assert finished.returncode == 2
    assert "has schema version 99" in one_sentence(finished)
    assert "Upgrade Easel" in finished.stderr


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (("[[models]]", "[[models"), "not valid TOML"),
        (("price = 10", "price = -1"), 'models "demo-art" price: '),
        (('provider = "demo"', 'provider = "acme"'), '"acme" is not one of demo'),
        (('name = "square"', 'name = "demo-art"'), 'two models are named "demo-art"'),
        (("default = true", "default = false"), "needs default = true"),
        (("max_count", "max_cuont"), "max_cuont"),
        (("pixel art", "pixel \udc80"), "cannot be read"),
    ],
)
def test_a_broken_catalogue_is_told_with_its_place(
    settings: Settings, tmp_path: Path, change: tuple[str, str], hint: str
) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(SMALL_MODELS.replace(*change).encode(errors="surrogateescape"))
    finished = easel(settings, "ask", "/balance", cwd=tmp_path, EASEL_CONFIG=str(path))
    assert finished.returncode == 2
    assert "Traceback" not in finished.stderr
    assert str(path) in finished.stderr
    assert hint in finished.stderr


def test_a_missing_catalogue_is_told_with_its_variable(settings: Settings, tmp_path: Path) -> None:
    finished = easel(settings, "models", cwd=tmp_path, EASEL_CONFIG=str(tmp_path / "none.toml"))
    assert finished.returncode == 2
    assert one_sentence(finished).startswith("EASEL_CONFIG: ")
