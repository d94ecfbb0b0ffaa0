"""Uploads in three steps, and what is known of a file afterwards.

https://docs.slack.dev/messaging/working-with-files#upload
"""

import mimetypes
import secrets

from tests.fakes.slack import kit
from tests.fakes.slack.calls import Ask, Method, Methods
from tests.fakes.slack.model import Channel, File, Json
from tests.fakes.slack.posting import from_bot, judge, posted, thread
from tests.fakes.slack.refusals import Refused

ALT_TEXT = 1000
"""https://docs.slack.dev/reference/methods/files.getUploadURLExternal ("alt_txt_too_large")"""
CHANNELS = 100
"""https://docs.slack.dev/reference/methods/files.completeUploadExternal ("channels_limit_exceeded")"""


def get_upload_url(ask: Ask) -> Json:
    name, length = str(ask.required("filename")), ask.number("length", 0)
    if length <= 0:
        raise Refused("missing_argument")
    if len(ask.text("alt_txt") or "") > ALT_TEXT:
        raise Refused("alt_txt_too_large")
    file_id = ask.world.fresh("F")
    url = f"{ask.world.base_url}/files-pri/{ask.team.id}-{file_id}/{name}"
    file = File(file_id, ask.team.id, ask.team.bot.id, name, length, url, alt_txt=ask.text("alt_txt"))
    file.mimetype = mimetypes.guess_type(name)[0] or "application/octet-stream"
    file.upload_ticket = secrets.token_hex(16)
    ask.team.files[file_id] = file
    return {"upload_url": f"{ask.world.base_url}/upload/v1/{file.upload_ticket}", "file_id": file_id}


def complete_upload(ask: Ask) -> Json:
    files = _finished(ask)
    channels = [_channel(ask, name) for name in _channel_names(ask)]
    blocks = ask.structure("blocks", "invalid_blocks") or []
    judge(ask, blocks)
    for file in files:
        file.completed = True
    for channel in channels:
        _share(ask, channel, files, blocks)
    return {"files": [file.to_json(shares=False) for file in files]}


def info(ask: Ask) -> Json:
    file = ask.world.file(ask.team, ask.required("file"))
    if file is None or not file.completed:
        raise Refused("file_not_found")
    if file.deleted:
        raise Refused("file_deleted")
    return {"file": file.to_json(), "comments": [], "response_metadata": {"next_cursor": ""}}


def delete(ask: Ask) -> Json:
    file = ask.world.file(ask.team, ask.required("file"))
    if file is None or not file.completed:
        raise Refused("file_not_found")
    if file.user != ask.team.bot.id:
        raise Refused("cant_delete_file")
    file.deleted = True
    return {}


def _finished(ask: Ask) -> list[File]:
    """The uploads that are to be completed. Raises Refused: file_not_found."""
    files = []
    for item in ask.structure("files") or []:
        file = ask.world.file(ask.team, item.get("id"))
        if file is None or file.data is None or file.completed:
            raise Refused("file_not_found")
        file.title = item.get("title") or file.name
        files.append(file)
    if not files:
        ask.required("files")
        raise Refused("invalid_arguments")
    return files


def _channel_names(ask: Ask) -> list[str]:
    names = [name for name in (ask.text("channels") or "").split(",") if name]
    if one := ask.text("channel_id"):
        names.append(one)
    if len(names) > CHANNELS:
        raise Refused("channels_limit_exceeded")
    return names


def _channel(ask: Ask, name: str) -> Channel:
    """Raises Refused: channel_not_found, not_in_channel, posting_to_channel_denied.

    `channel_id` must be the id of a conversation; only `channels` also takes people's ids.
    """
    if name in ask.team.users and name != ask.text("channel_id"):
        return ask.team.dm(name)
    channel = ask.team.channels.get(name)
    if channel is None or (channel.kind == "group" and ask.team.bot.id not in channel.members):
        raise Refused("channel_not_found")
    if ask.team.bot.id not in channel.members:
        raise Refused("not_in_channel")
    if channel.is_archived:
        raise Refused("posting_to_channel_denied")
    return channel


def _share(ask: Ask, channel: Channel, files: list[File], blocks: list[Json]) -> None:
    parent = thread(ask, channel)
    ask.world.pace.check(channel.id)
    if ask.world.troubles.next("share", "lost"):
        return
    message = from_bot(ask, channel)
    message.subtype, message.files, message.thread_ts = "file_share", list(files), parent
    message.text = ask.text("initial_comment") or ""
    message.blocks = [] if message.text else kit.with_ids(blocks, ask.world.short)
    for file in files:
        file.shares.setdefault(channel.id, []).append({"ts": message.ts, "channel_name": channel.shown_name})
    posted(ask, message)


FILES: Methods = {
    "files.getUploadURLExternal": Method(get_upload_url, ("files:write",)),
    "files.completeUploadExternal": Method(complete_upload, ("files:write",)),
    "files.info": Method(info, ("files:read",)),
    "files.delete": Method(delete, ("files:write",)),
}
