"""Errors as Google writes them, whatever else a server made of them: https://google.aip.dev/193"""

from collections.abc import Iterator
from typing import Any

import httpx
from google.genai.errors import APIError


def details(error: APIError) -> list[dict[str, Any]]:
    """What Google adds to an error for programs: QuotaFailure, RetryInfo, ErrorInfo and the like."""
    body = error.details if isinstance(error.details, dict) else {}
    inner = body.get("error", body)
    listed = inner.get("details") if isinstance(inner, dict) else None
    return [detail for detail in listed if isinstance(detail, dict)] if isinstance(listed, list) else []


def of_type(error: APIError, name: str) -> Iterator[dict[str, Any]]:
    """The details of a type, such as RetryInfo."""
    return (detail for detail in details(error) if str(detail.get("@type", "")).endswith(f"google.rpc.{name}"))


def reasons(error: APIError) -> set[str]:
    """Such as API_KEY_INVALID."""
    return {str(info.get("reason")) for info in of_type(error, "ErrorInfo")}


def message(error: APIError) -> str:
    return error.message if isinstance(error.message, str) else ""


def headers(error: APIError) -> httpx.Headers:
    """Of the answer, or of the stream that the error came in."""
    return httpx.Headers(getattr(error.response, "headers", None))
