"""What Slack's refusals mean: the place is closed to us, nobody can be reached, the message is gone, or try again."""

from collections.abc import Mapping
from typing import Any

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError, SlackClientError

CLOSED = frozenset({
    "channel_not_found", "not_in_channel", "is_archived", "thread_not_found", "user_not_in_channel",
    "restricted_action", "restricted_action_read_only_channel", "restricted_action_thread_only_channel",
    "restricted_action_non_threadable_channel", "restricted_action_thread_locked", "cannot_reply_to_message",
    "posting_to_channel_denied", "is_inactive", "channel_type_not_supported", "method_not_supported_for_channel_type",
})  # fmt: skip
"""https://docs.slack.dev/reference/methods/chat.postMessage#errors: a direct message may still work."""

UNREACHABLE = frozenset({
    "account_inactive", "token_revoked", "team_access_not_granted", "user_disabled", "user_not_found",
    "users_not_found", "user_not_visible", "cannot_dm_bot", "messages_tab_disabled", "missing_scope",
    "access_denied", "no_permission", "org_login_required", "enterprise_is_restricted", "not_installed",
})  # fmt: skip
"""No other try would go better until a person changes something; the result stays for /recover."""

LOST_MESSAGE = frozenset({
    "message_not_found", "cant_update_message", "edit_window_closed", "message_not_owned_by_app", "invalid_ts",
})  # fmt: skip
"""https://docs.slack.dev/reference/methods/chat.update#errors: the result needs a new message."""

PASSING = frozenset({"", "internal_error", "ratelimited", "request_timeout", "service_unavailable", "fatal_error"})
"""Slack's own troubles; an answer without a word is one, too."""

STREAM_OVER = frozenset({"message_not_in_streaming_state", "stopped_by_user"})

Trouble = (SlackClientError, ClientError, OSError, TimeoutError)
"""What a call of Slack may raise: refusals, broken connections, no answer."""


class NotInstalled(SlackClientError):
    """Easel has no token for this workspace: it was never installed there, or was removed."""


def code_of(error: BaseException) -> str:
    """Slack's word for a refusal, such as `not_in_channel`; empty for anything else."""
    if isinstance(error, NotInstalled):
        return "not_installed"
    if not isinstance(error, SlackApiError):
        return ""
    return str(_answer(error).get("error") or "")


def details_of(error: SlackApiError) -> str:
    """What exactly Slack found wrong with blocks."""
    metadata = _answer(error).get("response_metadata") or {}
    return "; ".join(map(str, metadata.get("messages") or _answer(error).get("errors") or []))


def _answer(error: SlackApiError) -> Mapping[str, Any]:
    data = getattr(error.response, "data", error.response)
    return data if isinstance(data, Mapping) else {}
