"""`easel token ...`: what it prints, and that nothing else is needed to be let in."""

import asyncio
from pathlib import Path

import pytest

from bots.cli import main
from core.settings import Settings
from tests.webhooks.api.support import Api, api_of


@pytest.fixture
def told(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """Settings as a shell has them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("EASEL_CONFIG", str(settings.easel_config))
    settings.data_dir.mkdir()
    return settings


def test_a_new_token_is_alone_on_standard_output_and_opens_the_api(
    told: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["token", "create", "grafana", "--days", "3000"]) == 0
    out, err = capsys.readouterr()
    assert (out[:6], out.count("\n")) == ("easel_", 1)
    assert out.strip() not in err

    async def asked() -> tuple[int, list[tuple[str, str, str]]]:
        async with api_of(tmp_path) as api:
            status = (await api.get("stats", out.strip())).status_code
            return status, await audited(api)

    assert asyncio.run(asked()) == (200, [("operator", "token create", "grafana")])


async def audited(api: Api) -> list[tuple[str, str, str]]:
    return [(line.actor, line.action, line.target) for line in await api.app.stores.audit.page(None, 9)]


def test_tokens_are_listed_without_themselves_and_revoked_by_name(
    told: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["token", "list"]) == 0
    assert "easel token create" in capsys.readouterr().err
    assert main(["token", "create", "cron", "--scope", "read,events"]) == 0
    token = capsys.readouterr().out.strip()
    assert main(["token", "list"]) == 0
    listed = capsys.readouterr().out
    assert listed.startswith("cron  events,read  until ")
    assert token not in listed
    assert main(["token", "create", "cron"]) == 1
    assert main(["token", "revoke", "cron"]) == 0
    assert main(["token", "revoke", "cron"]) == 1
    assert "no token named cron" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["create", "Ünfit"], ["create", "x", "--days", "0"], ["create", "x", "--days", "99999"],
     ["create", "x", "--scope", "root"], ["create"], []],
)  # fmt: skip
def test_what_is_no_token_command_is_refused(told: Settings, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["token", *arguments])
    assert ended.value.code == 2
