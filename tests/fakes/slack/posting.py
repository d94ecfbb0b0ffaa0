"""What every message has to pass before it appears: a channel that lets the bot in, and a content that is in order."""

from dataclasses import dataclass, field

from tests.fakes.slack import echoes, kit
from tests.fakes.slack.calls import Ask
from tests.fakes.slack.model import Channel, Json, Message
from tests.fakes.slack.refusals import Refused, bad_arguments, bad_blocks

TEXT = 40_000
"""https://docs.slack.dev/changelog/2018-truncating-really-long-messages"""
UPDATED_TEXT = 4_000
"""https://docs.slack.dev/reference/methods/chat.update ("msg_too_long")"""
MARKDOWN_TEXT = 12_000
"""https://docs.slack.dev/reference/methods/chat.postMessage ("markdown_text")"""


@dataclass
class Content:
    """What a message says."""

    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)


def content(ask: Ask, limit: int = TEXT) -> Content:
    """Text, blocks and attachments, judged. Raises Refused: no_text, msg_too_long, invalid_blocks, and more."""
    text, markdown = ask.text("text") or "", ask.text("markdown_text")
    blocks = ask.structure("blocks", "invalid_blocks_format") or []
    attachments = ask.structure("attachments", "invalid_attachments") or []
    if markdown is not None and (text or blocks):
        raise Refused("markdown_text_conflict")
    if len(text) > limit or len(markdown or "") > MARKDOWN_TEXT:
        raise Refused("msg_too_long")
    if not (text or markdown or blocks or attachments):
        raise Refused("no_text")
    judge(ask, blocks, attachments)
    return Content(markdown or text, kit.with_ids(blocks, ask.world.short), attachments)


def judge(ask: Ask, blocks: list[Json], attachments: list[Json] | None = None) -> None:
    """Raises Refused: invalid_blocks, msg_blocks_too_long, invalid_attachments."""
    known = ask.world.file_known(ask.team)
    if problems := kit.blocks_problems(blocks, known):
        raise bad_blocks("invalid_blocks", problems)
    if kit.too_much_markdown(blocks):
        raise Refused("msg_blocks_too_long")
    if attachments and len(attachments) > kit.ATTACHMENTS:
        raise Refused("too_many_attachments")
    if attachments and (problems := kit.attachments_problems(attachments, known)):
        raise bad_blocks("invalid_attachments", problems)


def channel_to_post(ask: Ask, name: str = "channel") -> Channel:
    """Raises Refused: channel_not_found, is_archived, not_in_channel. A user id means the person's direct message."""
    wanted = str(ask.required(name))
    channel = _named(ask, wanted)
    if channel is None:
        raise Refused("channel_not_found")
    invited = ask.team.bot.id in channel.members
    if channel.kind != "channel" and not invited:
        raise Refused("channel_not_found")
    if channel.is_archived:
        raise Refused("is_archived")
    if not invited and "chat:write.public" not in ask.token.scopes:
        raise Refused("not_in_channel")
    return channel


def thread(ask: Ask, channel: Channel) -> str | None:
    """The `ts` of the thread's first message. Raises Refused: thread_not_found."""
    wanted = ask.text("thread_ts")
    if wanted is None:
        return None
    parent = ask.world.message(channel.id, wanted)
    if parent is None:
        raise Refused("thread_not_found")
    if parent.thread_ts and parent.thread_ts != parent.ts:
        ask.world.problems.append(f"thread_ts {wanted} is a reply: use its parent {parent.thread_ts}")
    return parent.thread_ts or parent.ts


def posted(ask: Ask, message: Message) -> Message:
    """Put a new message into the world."""
    message.remember()
    ask.world.messages.append(message)
    echoes.posted(ask.world, message)
    return message


def from_bot(ask: Ask, channel: Channel) -> Message:
    """An empty message of the bot."""
    team, app = ask.team, ask.world.app
    return Message(team.id, channel.id, ask.world.ts(), team.bot.id, bot_id=team.bot_id, app_id=app.app_id)


def own_message(ask: Ask, channel: Channel, refusal: str) -> Message:
    """The bot's own message called `ts`. Raises Refused: message_not_found, or `refusal` if somebody else's."""
    message = ask.world.message(channel.id, str(ask.required("ts")))
    if message is None:
        raise Refused("message_not_found")
    if message.bot_id != ask.team.bot_id:
        raise Refused(refusal)
    return message


def metadata(ask: Ask) -> Json | None:
    """An empty object for none. Raises Refused: invalid_metadata_format."""
    given = ask.structure("metadata", "invalid_metadata_format")
    if not given:
        return None
    if not isinstance(given, dict) or not given.get("event_type") or not isinstance(given.get("event_payload"), dict):
        raise bad_arguments("must provide event_type and event_payload [json-pointer:/metadata]")
    return given


def _named(ask: Ask, wanted: str) -> Channel | None:
    if wanted in ask.team.users:
        return ask.team.dm(wanted)
    try:
        return ask.team.channel(wanted)
    except LookupError:
        return None
