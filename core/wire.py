"""The envelope of every HTTP answer of ours, as plain values."""

import re
import secrets
from typing import Any

from core.errors import EaselError

_SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


def success(data: Any, request_id: str) -> dict[str, Any]:
    return {"success": True, "data": data, "requestId": request_id}


def failure(code: str, message: str, request_id: str, details: Any = None) -> dict[str, Any]:
    error = {"code": code, "message": message, "details": details}
    return {"success": False, "error": error, "requestId": request_id}


def failure_of(error: EaselError, request_id: str) -> dict[str, Any]:
    return failure(error.code, error.message, request_id)


def sane_request_id(given: str | None) -> str:
    """The caller's request id if it is sane, else a new one."""
    if given and _SANE_REQUEST_ID.fullmatch(given):
        return given
    return secrets.token_hex(12)
