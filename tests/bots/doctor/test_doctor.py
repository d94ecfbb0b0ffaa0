"""`easel doctor` as a whole: what it prints, its exit code, and its patience."""

import asyncio
import json
from pathlib import Path

import pytest

from bots.cli import main
from bots.doctor import examine, report
from bots.doctor.findings import Finding
from core.settings import Settings
from tests.support import settings_in

FOUND = [
    Finding("settings", "ok", "Fine."),
    Finding("web", "warning", "So so.", "Look."),
    Finding("data folder", "problem", "Bad.", "Mend it."),
]


def test_each_finding_is_a_line_in_plain_ascii_with_its_advice_below() -> None:
    said = report.lines(FOUND)
    assert said == [
        "[ ok ] settings     Fine.", "[warn] web          So so.", "                    -> Look.",
        "[FAIL] data folder  Bad.", "                    -> Mend it.", "",
        "1 problem to mend, 1 warning, 1 check is fine.",
    ]  # fmt: skip
    assert "\n".join(said).isascii()


def test_json_says_the_same() -> None:
    said = json.loads(report.as_json(FOUND))
    assert said["ok"] is False
    assert said["findings"][1] == {"area": "web", "level": "warning", "what": "So so.", "fix": "Look."}
    assert json.loads(report.as_json(FOUND[:2]))["ok"] is True


@pytest.fixture
def here(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("EASEL_CONFIG", str(settings.easel_config))


@pytest.mark.usefixtures("here")
def test_warnings_are_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    assert "[warn] settings     There is no admin" in capsys.readouterr().out


@pytest.mark.usefixtures("here")
def test_unreadable_settings_are_findings_without_the_secret(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "many")
    monkeypatch.setenv("CLOUDINARY_URL", "cloudinary://s3cret")
    assert main(["doctor", "--json"]) == 1
    out = capsys.readouterr().out
    assert "s3cret" not in out
    assert {each["what"].partition(":")[0] for each in json.loads(out)["findings"]} == {"PORT", "CLOUDINARY_URL"}


async def test_servers_that_hang_hold_nobody_up(tmp_path: Path) -> None:
    holding = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await holding.wait()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    settings = settings_in(
        tmp_path, discord_token="t", discord_api_url=url, slack_bot_token="t", slack_api_url=url, slack_app_token="t",
        telegram_token="1:t", telegram_api_url=url, public_url=url, redis_url=url.replace("http", "redis"),
        stripe_secret_key="t", stripe_webhook_secret="t", stripe_base_url=url, paypal_client_id="t",
        paypal_client_secret="t", paypal_webhook_id="t", paypal_base_url=url,
    )  # fmt: skip
    found = await asyncio.wait_for(examine(settings, limit=0.3), 20)
    holding.set()
    server.close()
    stuck = {each.area for each in found if each.level == "problem"}
    assert stuck >= {"discord", "slack", "telegram"}
    for name, area in (("redis", "stores"), ("stripe", "payments"), ("paypal", "payments")):
        assert {name, area} & stuck  # on a slow machine the area's time may be over before the server's
    assert {each.area for each in found if each.level == "ok"} >= {"settings", "data folder", "database"}


async def test_one_area_that_breaks_costs_the_others_nothing(tmp_path: Path) -> None:
    found = await examine(settings_in(tmp_path, paypal_client_id="half"))
    [half] = [each for each in found if each.level == "problem"]
    assert half.area == "payments"
    assert "PAYPAL_CLIENT_SECRET: is needed, too" in half.what
