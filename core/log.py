"""JSON log lines on standard error. Secrets and prompts never get in: values are redacted by their key."""

import logging
import math
import re
import sys
from collections.abc import Mapping
from typing import Any

import structlog

_SECRET_KEY = re.compile(r"token|secret|password|api[_-]?key|authorization|cookie|signature|dsn", re.IGNORECASE)
_USERINFO = re.compile(r"(://)[^/\s]*@")
_WORDS = ("prompt", "message_text", "text")


def configure_logging(level: str) -> None:
    """Send all log lines, those of libraries too, to standard error as JSON."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                redact,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for talkative in ("uvicorn", "apscheduler", "httpx", "httpx2"):  # what they say is said by us, without addresses
        logging.getLogger(talkative).setLevel(logging.WARNING)
    for leaky in ("discord.http", "discord.webhook"):  # their warnings of 429s hold the tokens of interactions
        logging.getLogger(leaky).setLevel(logging.ERROR)


def redact(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Blank secrets by their key, credentials in addresses, and replace what people wrote by its length."""
    return _redacted_mapping(event)


def _redacted_mapping(values: Mapping[Any, Any]) -> dict[str, Any]:
    cleaned: dict[str, Any] = {}
    for name, value in values.items():
        key = str(name)
        if key in _WORDS:
            cleaned[f"{key}Length"] = len(value) if isinstance(value, str) else None
        elif _SECRET_KEY.search(key) and not isinstance(value, int | float | None):  # counts of tokens are no secrets
            cleaned[key] = "[redacted]"
        else:
            cleaned[key] = _redacted(value)
    return cleaned


def _redacted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _redacted_mapping(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, int | float):
        return value
    return _USERINFO.sub(r"\1[redacted]@", value if isinstance(value, str) else repr(value))


def logger() -> Any:
    """The logger; a request's lines carry its requestId through structlog's context variables."""
    return structlog.get_logger()
