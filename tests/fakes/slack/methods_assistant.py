"""The assistant's threads: status line, suggested prompts and title.

https://docs.slack.dev/ai/developing-ai-apps
"""

from tests.fakes.slack.calls import Ask, Method, Methods
from tests.fakes.slack.model import Channel, Json
from tests.fakes.slack.refusals import Refused, bad_arguments

PROMPTS = 4
LOADING_MESSAGES = 10
"""https://docs.slack.dev/reference/methods/assistant.threads.setStatus"""


def set_status(ask: Ask) -> Json:
    """An empty status clears it."""
    channel, ts = _thread(ask)
    if "status" not in ask.args:
        raise bad_arguments("missing required field: status")
    messages = ask.structure("loading_messages") or []
    if len(messages) > LOADING_MESSAGES:
        raise bad_arguments(f"no more than {LOADING_MESSAGES} items allowed [json-pointer:/loading_messages]")
    thread = ask.world.threads[channel.id, ts]
    thread["status"] = ask.text("status")
    thread.setdefault("statuses", []).append(ask.text("status"))
    return {}


def set_prompts(ask: Ask) -> Json:
    channel, ts = _thread(ask)
    prompts = ask.structure("prompts")
    if not isinstance(prompts, list) or not 1 <= len(prompts) <= PROMPTS:
        raise bad_arguments(f"must provide 1 to {PROMPTS} items [json-pointer:/prompts]")
    for number, prompt in enumerate(prompts):
        if not prompt.get("title") or not prompt.get("message"):
            raise bad_arguments(f"must provide `title` and `message` [json-pointer:/prompts/{number}]")
    ask.world.threads[channel.id, ts]["prompts"] = prompts
    return {}


def set_title(ask: Ask) -> Json:
    channel, ts = _thread(ask)
    ask.world.threads[channel.id, ts]["title"] = str(ask.required("title"))
    return {}


def _thread(ask: Ask) -> tuple[Channel, str]:
    """Raises Refused: channel_not_found, invalid_thread_ts."""
    channel, ts = ask.channel("channel_id"), str(ask.required("thread_ts"))
    if ask.world.message(channel.id, ts) is None:
        raise Refused("invalid_thread_ts")
    return channel, ts


ASSISTANT: Methods = {
    "assistant.threads.setStatus": Method(set_status, ("assistant:write", "chat:write")),
    "assistant.threads.setSuggestedPrompts": Method(set_prompts, ("assistant:write",)),
    "assistant.threads.setTitle": Method(set_title, ("assistant:write",)),
}
