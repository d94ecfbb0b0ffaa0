"""Log lines are JSON, and neither secrets nor prompts get in."""

import io
import json
import logging
from contextlib import redirect_stderr
from typing import Any

import pytest
import structlog

from core.log import configure_logging, logger


class Lines:
    """What was logged on standard error since the last look, line by line."""

    def __init__(self, level: str) -> None:
        self._stream = io.StringIO()
        with redirect_stderr(self._stream):
            configure_logging(level)

    def raw(self) -> list[str]:
        text = self._stream.getvalue()
        self._stream.seek(0)
        self._stream.truncate()
        assert text == "" or text.endswith("\n")
        return text.splitlines()

    def one(self) -> dict[str, Any]:
        (line,) = self.raw()
        parsed: dict[str, Any] = json.loads(line, parse_constant=pytest.fail)
        return parsed


@pytest.fixture
def lines() -> Lines:
    return Lines("INFO")


def test_a_line_is_json_with_its_level_and_time_in_utc(lines: Lines) -> None:
    logger().warning("careful", job="j1", pictures=2)
    line = lines.one()
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "careful", "level": "warning", "job": "j1", "pictures": 2}


def test_lines_of_libraries_are_json_too(lines: Lines) -> None:
    logging.getLogger("some.library").warning("lost %s of %s", 1, 2)
    line = lines.one()
    assert (line["event"], line["level"]) == ("lost 1 of 2", "warning")
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize("value", ["two\nlines", "nul \x00", "lone \ud800", "ünï 🦊", b"bytes", {1, 2}, 1.5, None])
def test_any_value_makes_one_valid_line(lines: Lines, value: object) -> None:
    logger().info("event\nwith a break", value=value)
    assert "value" in lines.one()


def test_a_number_that_is_none_makes_valid_json(lines: Lines) -> None:
    logger().info("measured", ms=float("nan"))
    assert "ms" in lines.one()


@pytest.mark.parametrize(("level", "count"), [("DEBUG", 2), ("INFO", 2), ("WARNING", 1), ("ERROR", 0)])
def test_lines_below_the_level_are_dropped(level: str, count: int) -> None:
    lines = Lines(level)
    logger().info("ours")
    logging.getLogger("theirs").warning("theirs")
    assert len(lines.raw()) == count


def test_a_request_id_is_on_every_line_within_its_request(lines: Lines) -> None:
    with structlog.contextvars.bound_contextvars(requestId="r1"):
        logger().info("ours")
        logging.getLogger("theirs").warning("theirs")
    logger().info("outside")
    assert [json.loads(line).get("requestId") for line in lines.raw()] == ["r1", "r1", None]


def test_an_exception_comes_with_its_traceback_on_one_line(lines: Lines) -> None:
    try:
        raise ValueError("broken")
    except ValueError:
        logger().exception("ours")
        logging.getLogger("theirs").exception("theirs")
    ours, theirs = (json.loads(line) for line in lines.raw())
    assert ours["exception"].endswith("ValueError: broken")
    assert theirs["exception"].endswith("ValueError: broken")


@pytest.mark.parametrize(
    "key",
    [
        "token", "slack_bot_token", "ADMIN_API_TOKEN", "client_secret", "password", "api_key", "apiKey", "x-api-key",
        "Authorization", "Cookie", "x-signature", "sentry_dsn", "openai_api_key", "STRIPE_SECRET_KEY",
    ],
)  # fmt: skip
def test_secrets_are_redacted_by_their_key(lines: Lines, key: str) -> None:
    logger().info("called", **{key: "s3cr3t"})
    line = lines.raw()[0]
    assert "s3cr3t" not in line
    assert json.loads(line)[key] == "[redacted]"


@pytest.mark.parametrize("key", ["prompt", "text", "message_text"])
def test_what_people_wrote_is_replaced_by_its_length(lines: Lines, key: str) -> None:
    logger().info("asked", **{key: "my private words"})
    line = lines.one()
    assert line[f"{key}Length"] == 16
    assert "private" not in json.dumps(line)


def test_a_prompt_that_is_no_text_is_not_shown_either(lines: Lines) -> None:
    logger().info("asked", prompt=["my private words"])
    line = lines.one()
    assert "private" not in json.dumps(line)
    assert line["promptLength"] is None


@pytest.mark.parametrize(
    "url",
    [
        "redis://:s3cr3t@host:6379/0",
        "mongodb://user:s3cr3t@host/db?w=majority",
        "connect to https://user:s3cr3t@host failed",
        "redis://user:p@s3cr3t@host/0",
    ],
)
def test_credentials_in_addresses_are_redacted(lines: Lines, url: str) -> None:
    logger().info("connecting", url=url)
    assert "s3cr3t" not in lines.one()["url"]
    logger().info(url)
    assert "s3cr3t" not in lines.one()["event"]
    logging.getLogger("library").warning("%s", url)
    assert "s3cr3t" not in lines.one()["event"]


def test_an_address_without_credentials_is_shown(lines: Lines) -> None:
    logger().info("fetched", url="https://example.com/@fox?a=1")
    assert lines.one()["url"] == "https://example.com/@fox?a=1"


def test_credentials_in_a_traceback_are_redacted(lines: Lines) -> None:
    url = "mongodb://user:{}@host".format("s3cr3t")
    try:
        raise ConnectionError(url)
    except ConnectionError:
        logger().exception("failed")
    assert "mongodb://[redacted]@host" in lines.one()["exception"]


@pytest.mark.parametrize(
    "values",
    [
        {"headers": {"authorization": "s3cr3t"}},
        {"calls": [{"token": "s3cr3t"}]},
        {"settings": {"database": {"password": "s3cr3t"}}},
        {"order": {"prompt": "s3cr3t"}},
        {"urls": ["redis://:s3cr3t@host"]},
        {"error": ConnectionError("redis://:s3cr3t@host")},
    ],
)
def test_secrets_inside_other_values_are_redacted_too(lines: Lines, values: dict[str, Any]) -> None:
    logger().info("called", **values)
    assert "s3cr3t" not in lines.raw()[0]


def test_counts_of_a_models_tokens_are_no_secrets(lines: Lines) -> None:
    logger().info("answered", promptTokens=12, tokens=30)
    line = lines.one()
    assert (line["promptTokens"], line["tokens"]) == (12, 30)


@pytest.mark.parametrize("name", ["discord.http", "discord.webhook.async_", "httpx"])
def test_no_process_logs_addresses_that_hold_tokens(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO")
    level = logging.INFO if name == "httpx" else logging.WARNING
    logging.getLogger(name).log(
        level, "We are being rate limited. POST https://x/webhooks/1/s3cret responded with 429."
    )
    assert "s3cret" not in capsys.readouterr().err
