"""Whether a signed body has the parts that Bolt and our listeners rely on; what has not is refused before them.

https://docs.slack.dev/reference/interaction-payloads, https://docs.slack.dev/apis/events-api#event-structure
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

Needs = dict[str, type]
"""Types by path, such as `view.state.values`. A path that ends in `?` may lead to nothing."""
BODIES: dict[str, Needs] = {
    "block_actions": {
        "actions.0.action_id": str, "container?": dict, "container.thread_ts?": str, "message?": dict,
        "message.blocks?": list,
    },
    "event_callback": {"event": dict, "event.type?": str, "event_time?": int, "authorizations?": list},
    "view_submission": {
        "view.type": str, "view.callback_id": str, "view.state.values": dict, "view.private_metadata?": str,
    },
    "message_action": {
        "callback_id": str, "message.ts": str, "message.text?": str, "message.files?": list, "message.blocks?": list,
    },
    "shortcut": {"callback_id": str},
}  # fmt: skip
EVENTS: dict[str, Needs] = {
    "app_mention": {"event.channel": str, "event.ts": str, "event.text?": str, "event.files?": list},
    "message": {"event.channel?": str, "event.ts?": str, "event.text?": str, "event.files?": list},
    "app_home_opened": {"event.user": str},
    "assistant_thread_started": {
        "event.assistant_thread.channel_id": str, "event.assistant_thread.thread_ts": str,
    },
    "tokens_revoked": {"event.tokens": dict},
}  # fmt: skip
LISTS = ("event.files", "message.files", "message.blocks", "authorizations")
"""Of objects."""


class WellFormed(AsyncMiddleware):
    """Comes after the signature was checked."""

    async def async_process(
        self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse | None:
        if not is_whole(req.body):
            return BoltResponse(status=400, body="This request is not one of Slack's.")
        return await next()


def is_whole(body: Mapping[str, Any]) -> bool:
    """What we know nothing of is whole."""
    kind = str(body.get("type"))
    needs = BODIES.get(kind, {})
    if kind == "event_callback" and isinstance(event := body.get("event"), dict):
        needs = needs | EVENTS.get(str(event.get("type")), {})
    if not all(_fits(at(body, path.rstrip("?")), wanted, path) for path, wanted in needs.items()):
        return False
    lists = (at(body, path) for path in LISTS)
    values = at(body, "view.state.values") if kind == "view_submission" else {}
    return all(_are_objects(each) for each in lists if isinstance(each, list)) and _is_state(values)


def at(value: Any, path: str) -> Any:
    """What a path leads to; None if it leads nowhere."""
    for name in path.split("."):
        if isinstance(value, list) and name.isdecimal():
            value = value[int(name)] if int(name) < len(value) else None
        else:
            value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _fits(value: Any, wanted: type, path: str) -> bool:
    return isinstance(value, wanted) or (value is None and path.endswith("?"))


def _are_objects(values: Any) -> bool:
    return all(isinstance(each, dict) for each in values)


def _is_state(values: Mapping[str, Any]) -> bool:
    """https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload: objects by block and action."""
    return _are_objects(values.values()) and all(_are_objects(each.values()) for each in values.values())
