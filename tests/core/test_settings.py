"""Settings: a bad value is one line that names the variable and what to do."""

import os
import stat
from pathlib import Path

import pytest

from core.accounts.model import Identity, Role
from core.errors import ConfigError
from core.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, so that no .env of the developer is read."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def with_env(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def test_easel_starts_without_any_setting() -> None:
    settings = load_settings()
    assert settings.database_path == Path("data/easel.db")
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.is_local
    assert (settings.admins, settings.rate_limit_per_day, settings.easel_config) == ((), {}, None)


def test_the_environment_is_read_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    assert with_env(monkeypatch, PORT="9000", log_level="debug").port == 9000
    assert load_settings().log_level == "DEBUG"


BAD_VALUES = [
    ("PORT", "0"), ("PORT", "65536"), ("PORT", "http"), ("PORT", "80.5"), ("PORT", ""),
    ("LOG_LEVEL", "chatty"), ("LOG_LEVEL", ""), ("LOG_LEVEL", "CRITICAL"),
    ("SIGNUP_CREDITS", "-1"), ("SIGNUP_CREDITS", "1000001"), ("SIGNUP_CREDITS", "ten"), ("SIGNUP_CREDITS", "1.5"),
    ("DAILY_FREE_CREDITS", "-5"), ("DAILY_CREDITS_AUTOMATIC", "perhaps"), ("RETENTION_DAYS", "-1"),
    ("RETENTION_DAYS", "1.5"), ("RETENTION_DAYS", "for ever"), ("MAX_JOBS_IN_FLIGHT", "0"),
    ("STRIKES_TO_SUSPEND", "-1"),
    ("WORKER_CONCURRENCY", "0"), ("WORKER_CONCURRENCY", "257"),
    ("DEMO_SECONDS", "-0.1"), ("DEMO_SECONDS", "61"), ("DEMO_SECONDS", "nan"), ("DEMO_SECONDS", "inf"),
    ("ADMINS", "alice"), ("ADMINS", "irc:alice"), ("ADMINS", "discord:"), ("ADMINS", "discord:a b"),
    ("ADMINS", "discord:1,telegram"), ("ADMINS", "discord:" + "1" * 65), ("ADMINS", "discord:1\ntelegram:2"),
    ("RATE_LIMIT_PER_DAY", "0"), ("RATE_LIMIT_PER_DAY", "-1"), ("RATE_LIMIT_PER_DAY", "many"),
    ("RATE_LIMIT_PER_DAY", "1.5"), ("RATE_LIMIT_PER_DAY", "20,30"), ("RATE_LIMIT_PER_DAY", "user:20,guest:3"),
    ("RATE_LIMIT_PER_DAY", "user:"), ("RATE_LIMIT_PER_DAY", "user:20,"), ("RATE_LIMIT_PER_DAY", ":20"),
    ("RATE_LIMIT_PER_DAY", "9" * 5000),
    ("DATABASE_URL", "postgres://host/db"), ("DATABASE_URL", "sqlite:///"), ("DATABASE_URL", "data/easel.db"),
    ("PUBLIC_URL", "example.com"), ("PUBLIC_URL", "ftp://example.com"), ("PUBLIC_URL", "https://"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), BAD_VALUES, ids=[f"{n}={v[:20]!a}" for n, v in BAD_VALUES])
def test_a_bad_value_is_one_line_naming_the_variable_and_the_fix(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        with_env(monkeypatch, **{name: value})
    (problem,) = caught.value.problems
    assert problem.startswith(f"{name}: ")
    assert problem.splitlines() == [problem]
    assert f"Change it in the environment or in .env ({os.getcwd()})." in problem
    assert len(problem) < 600


def test_every_bad_value_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError) as caught:
        with_env(monkeypatch, PORT="x", LOG_LEVEL="y", SIGNUP_CREDITS="-1")
    assert {problem.split(":")[0] for problem in caught.value.problems} == {"PORT", "LOG_LEVEL", "SIGNUP_CREDITS"}
    assert caught.value.message == "\n".join(caught.value.problems)


def test_a_bad_value_is_shown() -> None:
    with pytest.raises(ConfigError, match=r"it is 'x'"):
        load_settings(port="x")


@pytest.mark.parametrize("url", ["postgres://easel:s3cr3t@host/db", "redis://:s3cr3t@host"])
def test_an_address_that_may_hold_a_password_is_not_shown(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        with_env(monkeypatch, DATABASE_URL=url)
    assert "s3cr3t" not in caught.value.message
    assert "sqlite:///data/easel.db" in caught.value.message


def test_admins_are_identities(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = with_env(monkeypatch, ADMINS=" discord:123, slack:T1/U1 ,,telegram:42,")
    assert settings.admins == (Identity("discord", "123"), Identity("slack", "T1/U1"), Identity("telegram", "42"))


def test_no_admins_are_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    assert with_env(monkeypatch, ADMINS="").admins == ()


def test_admins_can_be_given_as_values() -> None:
    assert load_settings(admins=(Identity("discord", "1"),)).admins == (Identity("discord", "1"),)


@pytest.mark.parametrize(
    ("value", "limits"),
    [
        ("20", {Role.USER: 20}),
        (" 20 ", {Role.USER: 20}),
        ("user:20", {Role.USER: 20}),
        ("user:20,subscriber:200", {Role.USER: 20, Role.SUBSCRIBER: 200}),
        (" Admin : 7 , USER:1 ", {Role.ADMIN: 7, Role.USER: 1}),
    ],
)
def test_the_daily_limit_is_one_number_or_numbers_by_role(
    monkeypatch: pytest.MonkeyPatch, value: str, limits: dict[Role, int]
) -> None:
    assert with_env(monkeypatch, RATE_LIMIT_PER_DAY=value).rate_limit_per_day == limits


def test_the_daily_limit_can_be_given_as_values() -> None:
    assert load_settings(rate_limit_per_day=5).rate_limit_per_day == {Role.USER: 5}
    assert load_settings(rate_limit_per_day={Role.ADMIN: 5}).rate_limit_per_day == {Role.ADMIN: 5}


@pytest.mark.parametrize(
    ("url", "path"),
    [("sqlite:///data/other.db", "data/other.db"), ("sqlite:////var/easel.db", "/var/easel.db"), ("", "here/easel.db")],
)
def test_the_database_is_where_its_address_says_or_in_the_data_folder(
    monkeypatch: pytest.MonkeyPatch, url: str, path: str
) -> None:
    assert with_env(monkeypatch, DATABASE_URL=url, DATA_DIR="here").database_path == Path(path)


@pytest.mark.parametrize(
    ("env", "base"),
    [
        ({"PUBLIC_URL": "https://example.com/easel/"}, "https://example.com/easel"),
        ({"HOST": "0.0.0.0", "PORT": "81"}, "http://0.0.0.0:81"),  # noqa: S104  # not bound here
        ({"HOST": "::1"}, "http://[::1]:8000"),
    ],
)
def test_the_address_people_open_has_no_slash_at_its_end(
    monkeypatch: pytest.MonkeyPatch, env: dict[str, str], base: str
) -> None:
    assert with_env(monkeypatch, **env).base_url == base


@pytest.mark.parametrize(("host", "local"), [("localhost", True), ("::1", True), ("0.0.0.0", False), ("", False)])  # noqa: S104  # an address to be judged, not listened on
def test_only_loopback_is_local(monkeypatch: pytest.MonkeyPatch, host: str, local: bool) -> None:
    assert with_env(monkeypatch, HOST=host).is_local is local


# --- .env --------------------------------------------------------------------------------------------------


def test_dot_env_is_read(folder: Path) -> None:
    (folder / ".env").write_text("# mine\nPORT=9000\nADMINS='discord:1'\nUNKNOWN=1\n")
    settings = load_settings()
    assert (settings.port, settings.admins) == (9000, (Identity("discord", "1"),))


def test_the_environment_wins_over_dot_env(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".env").write_text("PORT=9000\n")
    assert with_env(monkeypatch, PORT="9001").port == 9001


def test_a_bad_value_in_dot_env_is_named(folder: Path) -> None:
    (folder / ".env").write_text("PORT=teapot\n")
    with pytest.raises(ConfigError, match="PORT: "):
        load_settings()


def test_a_dot_env_that_is_not_text_is_one_clear_line(folder: Path) -> None:
    (folder / ".env").write_bytes("PORT=9000\n".encode("utf-16"))
    with pytest.raises(ConfigError) as caught:
        load_settings()
    (problem,) = caught.value.problems
    assert problem.startswith(".env: cannot be read")
    assert "UTF-8" in problem


def test_a_line_of_dot_env_that_says_nothing_is_a_problem(folder: Path) -> None:
    (folder / ".env").write_text("PORT='9000\n")
    with pytest.raises(ConfigError, match=r"^\.env: "):
        load_settings()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_dot_env_that_may_not_be_read_is_one_clear_line(folder: Path) -> None:
    (folder / ".env").write_text("PORT=9000\n")
    (folder / ".env").chmod(stat.S_IWUSR)
    with pytest.raises(ConfigError, match=r"^\.env: cannot be read"):
        load_settings()


def test_a_folder_named_dot_env_is_no_mistake(folder: Path) -> None:
    (folder / ".env").mkdir()
    assert load_settings().port == 8000
