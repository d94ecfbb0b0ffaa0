"""The refusals of the Bot API, in its own words, so that a bot may tell them apart as it would in production.

The words are those of Telegram's own server (https://github.com/tdlib/telegram-bot-api), where an error's first letter
is made small unless an upper-case name such as BUTTON_DATA_INVALID follows. Shapes:
https://core.telegram.org/bots/api#making-requests and https://core.telegram.org/bots/api#responseparameters
"""

from typing import Any

Json = dict[str, Any]

TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


class ApiError(Exception):
    """What a call is refused with: HTTP status, description, and `parameters` for those who know what to do next."""

    def __init__(self, code: int, description: str, parameters: Json | None = None) -> None:
        super().__init__(f"{code} {description}")
        self.code = code
        self.description = description
        self.parameters = parameters

    def json(self) -> Json:
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        return body | ({"parameters": self.parameters} if self.parameters else {})


def bad(text: str) -> ApiError:
    return ApiError(400, f"Bad Request: {worded(text)}")


def forbidden(text: str) -> ApiError:
    return ApiError(403, f"Forbidden: {text}")


def conflict(text: str) -> ApiError:
    return ApiError(409, f"Conflict: {text}")


def too_many(seconds: int) -> ApiError:
    return ApiError(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})


def migrated(to: int) -> ApiError:
    text = "Bad Request: group chat was upgraded to a supergroup chat"
    return ApiError(400, text, {"migrate_to_chat_id": to})


def worded(text: str) -> str:
    """As Telegram writes it after its prefix."""
    return text if text[1:2] == "_" or text[1:2].isupper() else text[:1].lower() + text[1:]
