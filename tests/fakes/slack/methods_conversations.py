"""Conversations and people, with cursors where Slack has them."""

import base64
from typing import TypeVar

from tests.fakes.slack.calls import Ask, Method, Methods
from tests.fakes.slack.model import Json, Message
from tests.fakes.slack.refusals import Refused

Item = TypeVar("Item")

PAGE = 100
MOST = 999


def open_(ask: Ask) -> Json:
    """Only with one person: nobody needs the bot to make group messages."""
    if channel_id := ask.text("channel"):
        ask.need("im:write")
        if channel_id not in ask.team.channels:
            raise Refused("channel_not_found")
        return {"channel": {"id": channel_id}, "no_op": True, "already_open": True}
    users = [user for user in (ask.text("users") or "").split(",") if user]
    if not users:
        raise Refused("users_list_not_supplied")
    if len(users) > 1:
        ask.need("mpim:write")
        raise Refused("method_not_supported_for_channel_type")
    ask.need("im:write")
    if users[0] not in ask.team.users or users[0] == ask.team.bot.id:
        raise Refused("user_not_found")
    if ask.team.users[users[0]].deleted:
        raise Refused("user_disabled")
    known = any(channel.user == users[0] for channel in ask.team.channels.values())
    channel = ask.team.dm(users[0])
    shown = channel.to_json(ask.team.bot.id) if ask.flag("return_im") else {"id": channel.id}
    return {"channel": shown} | ({"no_op": True, "already_open": True} if known else {})


def info(ask: Ask) -> Json:
    channel = ask.readable()
    shown = channel.to_json(ask.team.bot.id)
    if ask.flag("include_num_members"):
        shown["num_members"] = len(channel.members)
    return {"channel": shown}


def members(ask: Ask) -> Json:
    shown, more = _page(ask, ask.readable().members)
    return {"members": shown} | more


def history(ask: Ask) -> Json:
    channel = ask.with_history()
    found = [
        message for message in _visible(ask, channel.id)
        if message.thread_ts in (None, message.ts) or message.broadcast
    ]  # fmt: skip
    shown, more = _page(ask, list(reversed(_between(ask, found))))
    return {"messages": [message.to_json() for message in shown]} | more


def replies(ask: Ask) -> Json:
    channel = ask.with_history()
    parent = ask.world.message(channel.id, str(ask.required("ts")))
    if parent is None:
        raise Refused("thread_not_found")
    root = parent.thread_ts or parent.ts
    found = [message for message in _visible(ask, channel.id) if root in {message.ts, message.thread_ts}]
    shown, more = _page(ask, _between(ask, found))
    return {"messages": [message.to_json() for message in shown]} | more


def user_info(ask: Ask) -> Json:
    user = ask.team.users.get(str(ask.required("user")))
    if user is None:
        raise Refused("user_not_found")
    return {"user": user.to_json(locale=ask.flag("include_locale"))}


def group_members(ask: Ask) -> Json:
    group = ask.team.groups.get(str(ask.required("usergroup")))
    if group is None:
        raise Refused("no_such_subteam")
    return {"users": group}


def _visible(ask: Ask, channel: str) -> list[Message]:
    return [
        message for message in ask.world.messages
        if message.channel == channel and not message.deleted and not message.ephemeral
    ]  # fmt: skip


def _between(ask: Ask, messages: list[Message]) -> list[Message]:
    oldest, latest, inclusive = ask.text("oldest") or "0", ask.text("latest"), ask.flag("inclusive")

    def inside(ts: str) -> bool:
        if inclusive and ts in {oldest, latest}:
            return True
        return float(ts) > float(oldest) and (latest is None or float(ts) < float(latest))

    return [message for message in messages if inside(message.ts)]


def _page(ask: Ask, items: list[Item]) -> tuple[list[Item], Json]:
    """One page, and the fields that lead to the next. Raises Refused: invalid_cursor, invalid_limit."""
    limit = ask.number("limit", PAGE)
    if not 1 <= limit <= MOST:
        raise Refused("invalid_limit")
    start = _offset(ask.text("cursor"))
    more = start + limit < len(items)
    cursor = base64.b64encode(f"next:{start + limit}".encode()).decode() if more else ""
    return items[start : start + limit], {"has_more": more, "response_metadata": {"next_cursor": cursor}}


def _offset(cursor: str | None) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
    except ValueError:
        raise Refused("invalid_cursor") from None


CONVERSATIONS: Methods = {
    "conversations.open": Method(open_),
    "conversations.info": Method(info),
    "conversations.members": Method(members),
    "conversations.history": Method(history),
    "conversations.replies": Method(replies),
    "usergroups.users.list": Method(group_members, ("usergroups:read",)),
    "users.info": Method(user_info, ("users:read",)),
}
