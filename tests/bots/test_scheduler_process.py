"""`easel run scheduler` as processes of their own: one acts, and another follows when it is killed or asleep."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from signal import SIGCONT, SIGINT, SIGKILL, SIGSTOP, SIGTERM, Signals

import pytest

from core.settings import Settings
from tests.parts import Part, part
from tests.servers import Valkey, free_port, valkey_server
from tests.support import easel, settings_in

pytestmark = pytest.mark.soak
"""Whole programs are started here: what they do is covered by quicker tests beside this file, too."""

LEADS, STEPS_DOWN = "scheduler leads", "scheduler steps down"
FOLLOWED_WITHIN = 15.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Valkey]:
    """A server that a test may kill."""
    with valkey_server(tmp_path / "valkey", mine=True) as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path, port=free_port())


@pytest.fixture
def two(settings: Settings, tmp_path: Path, server: Valkey) -> Iterator[tuple[Part, Part]]:
    """The leader, and another that would like to lead."""
    with ExitStack() as stack:
        parts = []
        for name in ("one", "other"):
            env = {"REDIS_URL": server.url, "LOG_LEVEL": "INFO", "DAILY_CREDITS_AUTOMATIC": "true"}
            parts.append(stack.enter_context(part(settings, tmp_path / name, ["run", "scheduler"], **env)))
            if name == "one":
                parts[0].waits_for(LEADS)
        yield parts[0], parts[1]


@pytest.mark.parametrize("number", [SIGTERM, SIGINT])
@pytest.mark.parametrize("redis", [True, False])
def test_it_says_that_it_is_ready_and_a_signal_ends_it_at_once(
    settings: Settings, tmp_path: Path, server: Valkey, number: Signals, redis: bool
) -> None:
    url = server.url if redis else ""
    with part(settings, tmp_path, ["run", "scheduler"], REDIS_URL=url, LOG_LEVEL="WARNING") as scheduler:
        assert scheduler.banner == "Easel's scheduler is ready."
        time.sleep(2.5)  # in the midst of its sweeps
        code, seconds = scheduler.stop(number)
        assert (code, seconds < 5, scheduler.log.read_text()) == (0, True, "")


def test_one_that_is_stopped_is_followed_at_once(two: tuple[Part, Part]) -> None:
    leader, other = two
    time.sleep(2)
    assert not other.events(LEADS)
    assert leader.stop()[0] == 0
    assert other.waits_for(LEADS) < 5


def test_one_that_is_killed_is_followed_within_15_seconds(two: tuple[Part, Part]) -> None:
    leader, other = two
    leader.send(SIGKILL)
    assert other.waits_for(LEADS) < FOLLOWED_WITHIN


def test_one_that_was_asleep_steps_down_when_it_wakes(two: tuple[Part, Part]) -> None:
    leader, other = two
    leader.send(SIGSTOP)
    assert other.waits_for(LEADS) < FOLLOWED_WITHIN
    leader.send(SIGCONT)
    assert leader.waits_for(STEPS_DOWN) < 5
    time.sleep(4)
    assert (len(leader.events(LEADS)), len(other.events(LEADS)), other.events(STEPS_DOWN)) == (1, 1, [])


def test_while_redis_is_away_the_leader_goes_on_and_the_other_waits(
    two: tuple[Part, Part], server: Valkey, settings: Settings, tmp_path: Path
) -> None:
    leader, other = two
    server.kill()
    other.waits_for("scheduler cannot reach redis")
    time.sleep(5)
    assert (leader.events(STEPS_DOWN), other.events(LEADS)) == ([], [])
    assert leader.stop()[0] == 0
    assert other.stop()[0] == 0


@pytest.mark.soak
def test_while_redis_is_away_one_that_is_killed_is_followed_after_half_a_minute(
    two: tuple[Part, Part], server: Valkey
) -> None:
    leader, other = two
    server.kill()
    leader.send(SIGKILL)
    assert 20 < other.waits_for(LEADS) < 45


def test_automatic_daily_credits_come_once_however_many_schedulers_start(
    settings: Settings, tmp_path: Path, server: Valkey
) -> None:
    easel(settings, "ask", "/balance", cwd=tmp_path)
    with ExitStack() as stack:
        for number in range(3):
            url = server.url if number else ""  # one of them does not even know of the others
            env = {"DAILY_CREDITS_AUTOMATIC": "true", "REDIS_URL": url}
            stack.enter_context(part(settings, tmp_path / str(number), ["run", "scheduler"], **env))
        deadline = time.monotonic() + 30
        while not daily_entries(settings):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        time.sleep(2)
    assert daily_entries(settings) == 1
    assert "You have had your free credits for today." in easel(settings, "ask", "/daily", cwd=tmp_path).stderr
    assert easel(settings, "ledger", "verify", cwd=tmp_path).returncode == 0


def daily_entries(settings: Settings) -> int:
    with closing(sqlite3.connect(f"file:{settings.database_path}?mode=ro", uri=True)) as database:
        return int(database.execute("SELECT count(*) FROM entries WHERE op LIKE 'daily:%'").fetchone()[0])
