"""chat.postMessage, postEphemeral, update, delete and getPermalink."""

from tests.fakes.slack import echoes
from tests.fakes.slack.calls import Ask, Method, Methods
from tests.fakes.slack.model import Json, Message
from tests.fakes.slack.posting import (
    UPDATED_TEXT,
    channel_to_post,
    content,
    from_bot,
    metadata,
    own_message,
    posted,
    thread,
)
from tests.fakes.slack.refusals import Refused


def post_message(ask: Ask) -> Json:
    channel = channel_to_post(ask)
    said = content(ask)
    parent = thread(ask, channel)
    ask.world.pace.check(channel.id)
    message = from_bot(ask, channel)
    message.text, message.blocks, message.attachments = said.text, said.blocks, said.attachments
    message.thread_ts, message.broadcast, message.metadata = parent, ask.flag("reply_broadcast"), metadata(ask)
    return _shown(posted(ask, message))


def post_ephemeral(ask: Ask) -> Json:
    channel = channel_to_post(ask)
    said = content(ask)
    user = str(ask.required("user"))
    if user not in channel.members:
        raise Refused("user_not_in_channel")
    message = from_bot(ask, channel)
    message.text, message.blocks, message.attachments = said.text, said.blocks, said.attachments
    message.thread_ts, message.only_for = thread(ask, channel), user
    posted(ask, message)
    return {"message_ts": message.ts}


def update(ask: Ask) -> Json:
    channel = ask.channel()
    message = own_message(ask, channel, "cant_update_message")
    if message.stream and message.stream.state == "open":
        raise Refused("streaming_state_conflict")
    said = content(ask, UPDATED_TEXT)
    message.text = said.text or message.text
    message.edited = message.edited or not said.blocks
    if "blocks" in ask.args or "text" in ask.args:
        message.blocks = said.blocks
    if "attachments" in ask.args:
        message.attachments = said.attachments
    if "metadata" in ask.args:
        message.metadata = metadata(ask)
    message.remember()
    echoes.changed(ask.world, message, message.versions[-2])
    return _shown(message) | {"text": message.text}


def delete(ask: Ask) -> Json:
    channel = ask.channel()
    message = own_message(ask, channel, "cant_delete_message")
    message.deleted = True
    echoes.deleted(ask.world, message)
    return {"channel": channel.id, "ts": message.ts}


def permalink(ask: Ask) -> Json:
    channel = ask.channel()
    ts = str(ask.required("message_ts"))
    if ask.world.message(channel.id, ts) is None:
        raise Refused("message_not_found")
    link = f"https://{ask.team.domain}.slack.com/archives/{channel.id}/p{ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": link}


def _shown(message: Message) -> Json:
    return {"channel": message.channel, "ts": message.ts, "message": message.to_json()}


CHAT: Methods = {
    "chat.postMessage": Method(post_message, ("chat:write",)),
    "chat.postEphemeral": Method(post_ephemeral, ("chat:write",)),
    "chat.update": Method(update, ("chat:write",)),
    "chat.delete": Method(delete, ("chat:write",)),
    "chat.getPermalink": Method(permalink),
}
