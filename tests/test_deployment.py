"""The Dockerfile and docker-compose.yml, read as Docker would read them, and their commands run without Docker."""

import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from bots.cli import _parser
from tests.servers import Valkey, free_port
from tests.support import environment, settings_in

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service["image"].startswith("easel")]
TO_COME = {"discord", "slack", "telegram"}
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def instructions() -> list[tuple[str, str]]:
    """(instruction, arguments) in order, with continued lines joined."""
    text = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE))
    pairs = [line.split(maxsplit=1) for line in text.splitlines() if line.strip()]
    return [(name, rest) for name, rest in pairs]


def final_stage() -> list[tuple[str, str]]:
    lines = instructions()
    last = max(number for number, (name, _) in enumerate(lines) if name == "FROM")
    return lines[last:]


# --- docker-compose.yml ---------------------------------------------------------------------------------------


def test_every_part_of_easel_is_a_service() -> None:
    assert set(SERVICES) == {"web", "worker", "scheduler", "mongo", "redis", *TO_COME}
    assert {name for name in SERVICES if "profiles" in SERVICES[name]} == TO_COME


@pytest.mark.parametrize("name", sorted(set(OURS) - TO_COME))
def test_each_command_is_one_that_easel_has(name: str) -> None:
    options = _parser().parse_args(SERVICES[name]["command"])
    assert options.part == name


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_each_service_has_little_power(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "pid", "network_mode", "devices"} & set(service)
    assert service["restart"] == "unless-stopped"
    assert service.get("read_only") is True or name == "mongo"
    for volume in service.get("volumes", []):
        assert volume.split(":")[0] in COMPOSE["volumes"]
    assert set(service["networks"]) <= set(COMPOSE["networks"])


def test_databases_are_reachable_from_inside_only() -> None:
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for name in ("mongo", "redis"):
        assert SERVICES[name]["networks"] == ["inside"]
        assert "ports" not in SERVICES[name]
        assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
    assert [port for service in SERVICES.values() for port in service.get("ports", [])] == ["127.0.0.1:8000:8000"]


@pytest.mark.parametrize("name", OURS)
def test_easel_waits_for_its_databases_and_can_be_scaled(name: str) -> None:
    service = SERVICES[name]
    assert service["depends_on"] == {server: {"condition": "service_healthy"} for server in ("mongo", "redis")}
    assert "container_name" not in service
    assert service["env_file"] == [{"path": ".env", "required": False}]
    assert service["build"] == "."


def test_no_secret_is_written_down() -> None:
    text = (ROOT / "docker-compose.yml").read_text() + DOCKERFILE
    assert not re.search(r"(?i)(password|token|secret|api_key)\s*[:=]", text)


def test_redis_keeps_everything_it_has_room_for() -> None:
    command = SERVICES["redis"]["command"]
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"
    assert command[command.index("--appendonly") + 1] == "yes"


def test_the_check_of_mongo_starts_a_replica_set_of_one_under_the_name_that_easel_uses() -> None:
    script = SERVICES["mongo"]["healthcheck"]["test"][-1]
    assert 'rs.initiate({_id: "rs0", members: [{_id: 0, host: "mongo:27017"}]})' in script
    assert SERVICES["web"]["environment"]["DATABASE_URL"].endswith("mongo:27017/easel?replicaSet=rs0")


# --- Dockerfile ------------------------------------------------------------------------------------------------


def test_the_image_runs_as_nobody_special_and_has_no_build_tools() -> None:
    stage = dict(final_stage())
    assert stage["USER"] == "easel"
    assert stage["ENTRYPOINT"] == '["easel"]'
    assert stage["STOPSIGNAL"] == "SIGTERM"
    assert "pip install" not in stage["RUN"]
    assert [rest for name, rest in final_stage() if name == "COPY"] == ["--from=build /opt/easel /opt/easel"]


def test_requirements_are_installed_by_their_hashes() -> None:
    installs = [rest for name, rest in instructions() if name == "RUN" and "pip install" in rest]
    assert "--require-hashes -r requirements.lock" in installs[0]
    assert all("--require-hashes" in each or "--no-deps --no-build-isolation" in each for each in installs)


def test_everything_that_is_copied_is_there_and_let_through() -> None:
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for name, rest in instructions():
        if name == "COPY" and not rest.startswith("--from"):
            *sources, _ = rest.split()
            assert all((ROOT / source).exists() for source in sources)
            assert set(sources) <= let_through


# --- each service by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(set(OURS) - TO_COME))
def test_each_service_starts_beats_and_stops(name: str, tmp_path: Path, valkey: Valkey) -> None:
    """With the service's own environment, but for the addresses of its servers."""
    heartbeat = tmp_path / "easel.alive"
    settings = settings_in(tmp_path)
    env = environment(settings) | SERVICES[name]["environment"] | {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'easel.db'}", "REDIS_URL": valkey.url,
        "DATA_DIR": str(tmp_path / "data"),
        "HOST": "127.0.0.1", "PORT": str(free_port()), "HEARTBEAT_FILE": str(heartbeat),
    }  # fmt: skip
    command = [sys.executable, "-m", "bots.cli", *SERVICES[name]["command"]]
    with subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "ready" in process.stdout.readline()
        deadline = time.monotonic() + 10
        while not heartbeat.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        [check] = [rest for instruction, rest in final_stage() if instruction == "HEALTHCHECK"]
        script = check.split("CMD", 1)[1].strip().replace("/tmp/easel.alive", str(heartbeat))
        assert subprocess.run(yaml.safe_load(script), check=False).returncode == 0
        if name == "web":
            probe = [part.replace("8000", env["PORT"]) for part in SERVICES[name]["healthcheck"]["test"][1:]]
            assert subprocess.run([sys.executable, *probe[1:]], check=False).returncode == 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
    assert shlex.join(SERVICES[name]["command"]).startswith(f"run {name}")
