"""Dockerfile and docker-compose.yml, as far as they can be checked without Docker: parsed, and each command run."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from signal import SIGTERM
from typing import Any

import pytest
import redis
import yaml

from bots.cli import _parser
from core.settings import Settings, load_settings
from tests.parts import part
from tests.servers import Secantus, Valkey, free_port
from tests.support import settings_in

ROOT = Path(__file__).parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
CHATS = ("discord", "slack", "telegram")
EASEL = {name: service for name, service in SERVICES.items() if service["image"] == "easel:latest"}
RUNNING = {name: service for name, service in EASEL.items() if name not in CHATS}
UNHEALTHY_AFTER = 35.0


def expanded(value: str, env: dict[str, str]) -> str:
    """What Compose makes of `${NAME:-default}` and `$$`."""
    filled = re.sub(r"\$\{(\w+):-([^}]*)\}", lambda match: env.get(match[1]) or match[2], value)
    assert "$" not in filled.replace("$$", ""), "this test does not know that kind of variable"
    return filled.replace("$$", "$")


def environment_of(service: dict[str, Any]) -> dict[str, str]:
    return {name: expanded(value, {}) for name, value in service["environment"].items()}


# --- docker-compose.yml --------------------------------------------------------------------------------------


def test_every_part_is_there() -> None:
    assert set(EASEL) == {"web", "worker", "scheduler", *CHATS}
    assert set(SERVICES) - set(EASEL) == {"mongo", "redis"}


@pytest.mark.parametrize("name", RUNNING)
def test_each_command_is_one_of_the_program(name: str) -> None:
    options = _parser().parse_args(RUNNING[name]["command"])
    assert options.part == name
    assert "profiles" not in RUNNING[name]


@pytest.mark.parametrize("name", CHATS)
def test_a_chat_is_off_unless_asked_for_as_it_needs_a_token(name: str) -> None:
    assert EASEL[name]["profiles"] == [name]
    assert _parser().parse_args(EASEL[name]["command"]).part == name


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_locked_down_checked_and_stopped_with_patience(name: str) -> None:
    service = SERVICES[name]
    assert not service.keys() & {"privileged", "cap_add", "network_mode", "pid", "ipc", "devices", "container_name"}
    assert (service["read_only"], service["init"], service["restart"]) == (True, True, "unless-stopped")
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["tmpfs"] == ["/tmp"]
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    assert int(service["stop_grace_period"].removesuffix("s")) >= 15
    check = service["healthcheck"]
    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert check.keys() == {"test", "interval", "timeout", "retries", "start_period"}


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_refers_to_is_declared(name: str) -> None:
    service = SERVICES[name]
    for mount in service["volumes"]:
        volume, place = mount.split(":")
        assert volume in COMPOSE["volumes"]
        assert place.startswith("/data")
    assert set(service["networks"]) <= set(COMPOSE["networks"])
    for other, wait in service.get("depends_on", {}).items():
        assert "healthcheck" in SERVICES[other]
        assert wait == {"condition": "service_healthy"}


def test_only_the_web_app_is_published_and_on_this_machine_only() -> None:
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
        "web": ["127.0.0.1:8000:8000"]
    }


def test_the_databases_have_no_way_out_and_do_not_run_as_root() -> None:
    assert COMPOSE["networks"]["storage"] == {"internal": True}
    assert [SERVICES[name]["networks"] for name in ("mongo", "redis")] == [["storage"]] * 2
    assert [SERVICES[name]["user"] for name in ("mongo", "redis")] == ["mongodb", "valkey"]


def test_redis_keeps_its_data_and_evicts_nothing() -> None:
    command = " ".join(SERVICES["redis"]["command"])
    for option in ("--appendonly yes", "--appendfsync everysec", "--maxmemory-policy noeviction"):
        assert option in command


def test_the_check_of_mongo_starts_a_replica_set_under_the_name_that_easel_uses() -> None:
    script = SERVICES["mongo"]["healthcheck"]["test"][-1]
    [name] = re.findall(r"rs\.initiate\(\{_id: '(\w+)', members: \[\{_id: 0, host: 'mongo:27017'\}\]\}\)", script)
    assert SERVICES["mongo"]["command"][1:3] == ["--replSet", name]
    for service in EASEL.values():
        assert environment_of(service)["DATABASE_URL"] == f"mongodb://mongo:27017/easel?replicaSet={name}"


def test_the_web_app_and_the_workers_share_the_pictures() -> None:
    assert {tuple(service["volumes"]) for service in EASEL.values()} == {("easel-data:/data",)}


def test_workers_can_be_multiplied() -> None:
    assert not SERVICES["worker"].keys() & {"ports", "container_name", "hostname"}
    assert SERVICES["worker"]["deploy"]["replicas"] >= 2


def test_settings_come_from_an_optional_file_and_nothing_secret_is_written_here() -> None:
    for service in EASEL.values():
        assert service["env_file"] == [{"path": ".env", "required": False}]
        assert not [name for name in service["environment"] if re.search("TOKEN|SECRET|KEY|PASSWORD", name)]
    text = (ROOT / "docker-compose.yml").read_text() + (ROOT / "Dockerfile").read_text()
    assert not re.search(r"://[^/\s]*:[^/\s]*@", text)


@pytest.mark.parametrize("name", EASEL)
def test_the_environment_is_known_and_valid(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    values = environment_of(EASEL[name])
    assert {variable.lower() for variable in values} <= set(Settings.model_fields)
    for variable, value in values.items():
        monkeypatch.setenv(variable, value)
    settings = load_settings()
    assert (settings.host, settings.port, settings.is_local) == ("0.0.0.0", 8000, False)  # noqa: S104  # what a container has to listen on
    assert settings.base_url == "http://localhost:8000"
    assert str(settings.heartbeat_file).startswith("/tmp/")
    assert str(settings.data_dir) == "/data"


# --- each command, run by hand -------------------------------------------------------------------------------


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path, port=free_port())


@pytest.fixture
def servers(valkey: Valkey, mongo: Secantus, tmp_path: Path) -> dict[str, str]:
    """What is different here from the containers: the addresses and the folders."""
    with redis.Redis.from_url(valkey.url) as client:
        client.flushall()
    return {
        "DATABASE_URL": mongo.url(f"deployment_{os.getpid()}_{free_port()}"),
        "REDIS_URL": valkey.url,
        "DATA_DIR": str(tmp_path / "data"),
        "HEARTBEAT_FILE": str(tmp_path / "easel.alive"),
    }


def check(service: dict[str, Any], env: dict[str, str]) -> int:
    """Run the health check as Docker would, with the `python` of Easel; its exit code."""
    kind, *words = [expanded(word, {}) for word in service["healthcheck"]["test"]]
    command = ["sh", "-c", *words] if kind == "CMD-SHELL" else words
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    finished = subprocess.run(command, env=env | {"PATH": path}, capture_output=True, check=False, timeout=20)
    return finished.returncode


@pytest.mark.parametrize("name", RUNNING)
def test_each_service_starts_becomes_healthy_and_stops_on_a_signal(
    name: str, settings: Settings, servers: dict[str, str], tmp_path: Path
) -> None:
    service = RUNNING[name]
    env = environment_of(service) | servers | {"PORT": str(settings.port)}
    assert check(service, env) != 0
    with part(settings, tmp_path / name, service["command"], **env) as running:
        until = time.monotonic() + 20
        while check(service, env):
            assert time.monotonic() < until, running.log.read_text()
            time.sleep(0.2)
        code, seconds = running.stop(SIGTERM)
        assert (code, seconds < int(service["stop_grace_period"].removesuffix("s"))) == (0, True)
    if name == "web":
        assert check(service, env) != 0


def test_a_heartbeat_that_stopped_is_unhealthy(settings: Settings, tmp_path: Path) -> None:
    service, file = RUNNING["worker"], tmp_path / "easel.alive"
    env = {"HEARTBEAT_FILE": str(file)}
    file.touch()
    assert check(service, env) == 0
    past = time.time() - UNHEALTHY_AFTER
    os.utime(file, (past, past))
    assert check(service, env) != 0


# --- Dockerfile ----------------------------------------------------------------------------------------------


def stages() -> list[list[tuple[str, str]]]:
    """(instruction, arguments) of each stage, comments and line ends taken away."""
    text = re.sub(r"(?m)^#.*\n", "", (ROOT / "Dockerfile").read_text()).replace("\\\n", " ")
    found: list[list[tuple[str, str]]] = []
    for line in filter(None, text.splitlines()):
        instruction, arguments = line.split(maxsplit=1)
        if instruction == "FROM":
            found.append([])
        if found:
            found[-1].append((instruction, " ".join(arguments.split())))
    return found


def test_it_is_built_in_two_stages_on_a_python_that_is_supported() -> None:
    build, final = stages()
    python = "python:${PYTHON}-slim-${DEBIAN}"
    assert (build[0][1], final[0][1]) == (f"{python} AS build", python)
    [version] = re.findall(r"(?m)^ARG PYTHON=(.+)$", (ROOT / "Dockerfile").read_text())
    assert tuple(map(int, version.split("."))) >= (3, 11)


def test_everything_is_installed_from_the_lock_with_hashes() -> None:
    build, final = stages()
    installs = [arguments for what, arguments in build if what == "RUN" and "pip install" in arguments]
    assert len(installs) == 2
    assert "--require-hashes -r requirements.lock" in installs[0]
    assert "--only-binary=:all:" in installs[0]
    assert "--no-deps --no-build-isolation ." in installs[1]
    assert not [arguments for what, arguments in final if "pip" in arguments or "apt" in arguments]


def test_what_is_copied_is_there_and_not_ignored() -> None:
    build, final = stages()
    copied = [source for what, arguments in build if what == "COPY" for source in arguments.split()[:-1]]
    allowed = [line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"]
    assert sorted(copied) == sorted(allowed)
    assert all((ROOT / source).exists() for source in copied)
    packaged = re.search(r"packages = \[(.*)\]", (ROOT / "pyproject.toml").read_text())
    assert packaged is not None
    assert set(re.findall(r'"(\w+)"', packaged[1])) <= set(copied)
    assert [arguments for what, arguments in final if what == "COPY"] == ["--from=build /opt/easel /opt/easel"]


def test_the_final_image_runs_easel_as_somebody_without_rights() -> None:
    final = dict(stages()[1])
    assert final["USER"] == "10001:10001"
    assert final["ENTRYPOINT"] == '["easel"]'
    _parser().parse_args(yaml.safe_load(final["CMD"]))
    for setting in ("PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1", "DATA_DIR=/data", "HOST=0.0.0.0"):
        assert setting in final["ENV"].split()


def test_nothing_of_a_checkout_but_the_program_gets_into_the_image() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert not {"!.env", "!data", "!.git", "!tests"} & set(rules)
