"""chat.startStream, appendStream and stopStream: a message that grows while it is read.

https://docs.slack.dev/reference/methods/chat.startStream
"""

from tests.fakes.slack import echoes, kit
from tests.fakes.slack.calls import Ask, Method, Methods
from tests.fakes.slack.kit_blocks import STATES
from tests.fakes.slack.kit_rules import Findings, Rule, anything, array, link, one_of, shape, string, typed
from tests.fakes.slack.model import Channel, Json, Message, Stream
from tests.fakes.slack.posting import (
    MARKDOWN_TEXT,
    channel_to_post,
    from_bot,
    judge,
    metadata,
    own_message,
    posted,
    thread,
)
from tests.fakes.slack.refusals import Refused, bad_blocks

_source = shape({"type": one_of("url"), "url": link(), "text": string()})
_CHUNKS: dict[str, Rule] = {
    "markdown_text": shape({"type": anything, "text": string(MARKDOWN_TEXT)}),
    "task_update": shape(
        {"type": anything, "id": string(), "title": string(), "status": one_of(*STATES)},
        {"details": string(), "output": string(), "sources": array(_source, 100, minimum=0)},
    ),
    "plan_update": shape({"type": anything, "title": string()}),
    "blocks": shape({"type": anything, "blocks": anything}),
}


def start(ask: Ask) -> Json:
    channel = channel_to_post(ask)
    if channel.kind != "im":
        _recipient(ask)
    parent = thread(ask, channel)
    if parent is None and channel.kind == "im":
        raise Refused("invalid_arguments", {"response_metadata": {"messages": ["[ERROR] thread_ts is required"]}})
    chunks = _chunks(ask)
    ask.world.pace.check(channel.id)
    message = from_bot(ask, channel)
    message.thread_ts, message.stream = parent, Stream(ask.text("recipient_user_id") or channel.user)
    posted(ask, message)
    return _grown(message, chunks)


def append(ask: Ask) -> Json:
    message = _open(ask, ask.channel())
    chunks = _chunks(ask)
    if not chunks:
        raise Refused("no_text")
    return _grown(message, chunks)


def stop(ask: Ask) -> Json:
    message = _open(ask, ask.channel())
    chunks = _chunks(ask)
    blocks = ask.structure("blocks", "invalid_blocks_format") or []
    judge(ask, blocks)
    answer = _grown(message, chunks)
    assert message.stream is not None
    message.stream.state = "done"
    message.blocks = [*message.blocks, *kit.with_ids(blocks, ask.world.short)]
    message.metadata = metadata(ask) or message.metadata
    message.remember()
    echoes.changed(ask.world, message, message.versions[0])
    return answer | {"message": message.to_json()}


def _recipient(ask: Ask) -> None:
    for name in ("recipient_team_id", "recipient_user_id"):
        if not ask.text(name):
            raise Refused(f"missing_{name}")
    if ask.text("recipient_user_id") not in ask.team.users:
        raise Refused("user_not_found")


def _open(ask: Ask, channel: Channel) -> Message:
    """Raises Refused: message_not_found, message_not_owned_by_app, message_not_in_streaming_state, stopped_by_user."""
    message = own_message(ask, channel, "message_not_owned_by_app")
    if message.stream is None or message.stream.state == "done":
        raise Refused("message_not_in_streaming_state")
    if message.stream.state == "stopped_by_user":
        raise Refused("stopped_by_user")
    return message


def _chunks(ask: Ask) -> list[Json]:
    """Raises Refused: invalid_chunks, msg_too_long, invalid_blocks."""
    chunks: list[Json] = ask.structure("chunks", "invalid_chunks") or []
    markdown = ask.text("markdown_text")
    if len(markdown or "") > MARKDOWN_TEXT:
        raise Refused("msg_too_long")
    found = Findings()
    array(typed(_CHUNKS), 1000, minimum=0)(chunks, "/chunks", found)
    if found.problems:
        raise bad_blocks("invalid_chunks", found.problems)
    for chunk in chunks:
        if chunk["type"] == "blocks":
            judge(ask, chunk["blocks"])
    return ([{"type": "markdown_text", "text": markdown}] if markdown else []) + chunks


def _grown(message: Message, chunks: list[Json]) -> Json:
    assert message.stream is not None
    message.stream.chunks += chunks
    message.text, message.blocks = message.stream.text, message.stream.blocks
    if chunks:
        message.remember()
    return {"channel": message.channel, "ts": message.ts}


STREAMS: Methods = {
    "chat.startStream": Method(start, ("chat:write",)),
    "chat.appendStream": Method(append, ("chat:write",)),
    "chat.stopStream": Method(stop, ("chat:write",)),
}
