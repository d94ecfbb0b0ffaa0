"""response_url: an address for answers that needs no token, for 5 uses within 30 minutes.

https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

import secrets
from dataclasses import dataclass

from aiohttp import web

from core.clock import MINUTE, Millis
from tests.fakes.slack import echoes
from tests.fakes.slack.calls import Ask
from tests.fakes.slack.model import Json, Message
from tests.fakes.slack.posting import content, from_bot, posted
from tests.fakes.slack.refusals import Refused
from tests.fakes.slack.tokens import Token
from tests.fakes.slack.web_api import arguments, cut_off
from tests.fakes.slack.workspace import Team
from tests.fakes.slack.world import World

USES = 5
LIFETIME = 30 * MINUTE


@dataclass
class Hook:
    """`original` is the message that may be replaced: the pressed one, or the last answer given here."""

    team: Team
    channel: str
    user: str
    issued_at: Millis
    original: Message | None = None
    thread_ts: str | None = None
    uses: int = 0


class Hooks:
    """Serves `/hooks/{secret}`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._hooks: dict[str, Hook] = {}

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/hooks/{secret}", self._serve)]

    def issue(self, team: Team, channel: str, user: str, original: Message | None = None) -> str:
        """A new response_url."""
        name = secrets.token_urlsafe(16)
        thread_ts = original.thread_ts if original else None
        self._hooks[name] = Hook(team, channel, user, self._world.clock.now(), original, thread_ts)
        return f"{self._world.base_url}/hooks/{name}"

    def answered(self, url: str, answer: Json) -> None:
        """The app answered in its acknowledgement instead. Raises Refused."""
        self._respond(self._hooks[url.rpartition("/")[2]], answer)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        answer = await arguments(request)
        hook = self._hooks.get(request.match_info["secret"])
        try:
            if trouble := self._world.troubles.next("response_url", "before"):
                raise trouble
            self._respond(self._usable(hook), answer)
        except Refused as refused:
            self._world.problems.append(f"response_url: {refused.error}")
            if refused.error in {"used_url", "expired_url"}:
                return web.json_response(refused.to_json(), status=404)
            status = 400 if refused.status == 200 else refused.status
            return web.Response(status=status, text=refused.error, headers=refused.headers)
        if self._world.troubles.next("response_url", "lost"):
            return cut_off(request)
        return web.Response(text="ok")

    def _usable(self, hook: Hook | None) -> Hook:
        """Raises Refused: used_url, expired_url."""
        if hook is None or self._world.clock.now() - hook.issued_at > LIFETIME:
            raise Refused("expired_url")
        if hook.uses >= USES:
            raise Refused("used_url")
        hook.uses += 1
        return hook

    def _respond(self, hook: Hook, answer: Json) -> None:
        ask = Ask(self._world, hook.team, Token("", hook.team.id, hook.team.scopes), answer)
        if ask.flag("delete_original"):
            if hook.original:
                hook.original.deleted = True
                echoes.deleted(self._world, hook.original)
            return
        said = content(ask)
        if ask.flag("replace_original") and hook.original and not hook.original.deleted:
            message = hook.original
            message.edited = True
        else:
            message = from_bot(ask, hook.team.channels[hook.channel])
            message.only_for = None if answer.get("response_type") == "in_channel" else hook.user
            message.thread_ts = ask.text("thread_ts")
        message.text, message.blocks, message.attachments = said.text, said.blocks, said.attachments
        if message is hook.original:
            message.remember()
            echoes.changed(self._world, message, message.versions[-2])
        else:
            hook.original = hook.original or message
            posted(ask, message)
