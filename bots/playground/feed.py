"""The playground's conversations: replies as JSON messages, kept in the feed so that a page loses nothing."""

import json
from collections.abc import Sequence
from typing import Any

from bots.news_texts import news as told
from bots.replies import Reply, Shown, ended
from core.accounts.model import Identity
from core.app import App
from core.clock import iso
from core.jobs.model import Job, ReplyTo
from core.news import News
from core.stores.ports import FeedMessage

PLATFORM = "playground"


def channel_of(identity: object) -> ReplyTo:
    """Where results for an identity go when it has no chat platform at hand: its own playground feed."""
    return ReplyTo(platform=PLATFORM, channel=str(identity))


class PlaygroundMessenger:
    """Delivers into the feed. The feed takes each id once, so that a second delivery changes nothing."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def deliver(self, job: Job) -> str:
        """Post an ended job's result; the message's id."""
        message = await self.post(job.reply_to.channel, f"end:{job.id}", ended(self._app, job))
        return f"{message.channel}/{message.seq}"

    async def tell(self, identity: Identity, news: News, key: str) -> None:
        """Into the person's own conversation."""
        await self.post(str(identity), f"news:{key}", Reply("text", told(news)))

    async def post(self, channel: str, message_id: str, reply: Reply) -> FeedMessage:
        body = message_body("easel", reply)
        message = await self._app.stores.feed.post(channel, message_id, json.dumps(body), self._app.clock.now())
        self._app.signals.changed(channel)
        return message

    async def echo(self, channel: str, message_id: str, text: str, previews: Sequence[str] = ()) -> FeedMessage:
        """What the person wrote, as part of the conversation, with small copies of what they attached."""
        body = message_body("user", Reply("text", text)) | {"attached": list(previews)}
        message = await self._app.stores.feed.post(channel, message_id, json.dumps(body), self._app.clock.now())
        self._app.signals.changed(channel)
        return message


def message_body(role: str, reply: Reply) -> dict[str, Any]:
    """A reply as the page's message, without what the feed adds."""
    return {
        "role": role,
        "kind": reply.kind,
        "text": reply.text,
        "job": reply.job.id if reply.job else None,
        "images": [_image(shown) for shown in reply.pictures],
        "buttons": [{"action": b.action, "label": b.label, "index": b.index} for b in reply.buttons],
        "links": [{"label": link.label, "url": link.url} for link in reply.links],
        "facts": [{"label": label, "value": value} for label, value in reply.facts],
        "demo": reply.demo,
    }


def message_event(message: FeedMessage) -> dict[str, Any]:
    """A feed message as the page receives it."""
    return {"seq": message.seq, "id": message.id, "at": iso(message.at), **json.loads(message.body)}


def _image(shown: Shown) -> dict[str, Any]:
    """Pictures by path, not by host: the page may be open under another name of this machine."""
    return {
        "index": shown.index,
        "url": f"/media/{shown.name}",
        "width": shown.width,
        "height": shown.height,
        "alt": shown.alt,
    }
