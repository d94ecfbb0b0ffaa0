"""`https://t.me/BOT?start=...`: links that open the bot with something to do. Nothing costs before a button is pressed.

Anybody can make such a link and send it to somebody else. So a link that would spend credits or share a wallet only
asks, and says what would happen. An invitation is taken at once: it costs nothing, and rewards whoever sent the link
when the newcomer buys. Payloads: `link-CODE`, `buy-PACK`, `inv_CODE`, `i-WORDS` (a prompt, in base64url).
"""

import base64
import binascii
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

from telegram import Message, MessageEntity

from bots import texts
from bots.incoming import Incoming
from bots.parse import Invocation, check
from bots.replies import Reply
from bots.service import Service
from bots.telegram import keyboards, sentences
from bots.telegram.desk import Desk
from bots.telegram.html import plain
from bots.telegram.limits import MAX_START
from bots.telegram.messages import Spoken
from bots.telegram.places import Place
from bots.telegram.sender import Sender

PROMPT = "i-"
INVITATION = "inv_"
_INVITATION = re.compile(rf"{INVITATION}([A-Z0-9]{{4,32}})", re.IGNORECASE)
_CODE = re.compile(r"[A-Z0-9-]{4,32}")
Offer = Callable[[Place, str], Awaitable[None]]


class DeepLinks:
    """`/start` with or without a payload, and `/invite`. `offer` sends the invoice of a pack."""

    def __init__(self, bot: int, service: Service, desk: Desk, sender: Sender, offer: Offer) -> None:
        self._bot = bot
        self._service = service
        self._desk = desk
        self._sender = sender
        self._offer = offer

    async def start(self, spoken: Spoken) -> None:
        if invitation := _INVITATION.fullmatch(spoken.heard.rest):
            await self._invited(spoken, invitation[1])
            return
        what, _, payload = spoken.heard.rest.partition("-")
        match what:
            case "link" if _CODE.fullmatch(payload.upper()):
                question = f"{sentences.CANNOT_START_LINK}\n{sentences.LINK_WARNING}"
                button = keyboards.one(sentences.LINK_BUTTON, data=f"{keyboards.LINK}{payload.upper()}")
                self._desk.say(spoken.place, question, button, privately=True)
            case "buy" if payload:
                await self._offer(spoken.place, payload)
            case "i" if words := prompt_in(spoken.heard.rest):
                self._ask(spoken.place, words)
            case _:
                self._desk.say(spoken.place, sentences.greeting(texts.ABOUT))

    async def _invited(self, spoken: Spoken, code: str) -> None:
        """Also one that is not taken, such as a second one, greets."""
        self._desk.say(spoken.place, sentences.greeting(texts.ABOUT))
        reply = await self._invoke(spoken.incoming, "redeem", {"code": code})
        self._desk.answer(spoken.place, reply, privately=not spoken.place.is_private)

    async def invite(self, spoken: Spoken) -> None:
        """One's own code with a link that enters it, or the entering of another's."""
        reply = await self._service.say(spoken.incoming)
        app, private = self._service.app, spoken.place.is_private
        if reply.kind == "text" and not spoken.heard.rest and app.referrals.credits:
            code = await app.referrals.code(await app.accounts.for_identity(spoken.incoming.identity))
            url = f"https://t.me/{self._desk.username}?start={INVITATION}{code}"
            reply = replace(reply, text=f"{reply.text}\n{sentences.invitation_link(url)}")
        self._desk.answer(spoken.place, reply, privately=not private)

    async def draw(self, message: Message, place: Place, incoming: Incoming) -> str:
        """The button below a shared prompt: drawn once, however often it is pressed."""
        quoted = message.parse_entities([MessageEntity.BLOCKQUOTE])
        if (words := next(iter(quoted.values()), "")) == "":
            return sentences.FORGED_BUTTON
        once = f"telegram:{self._bot}:draw:{place.chat}:{message.message_id}"
        imagine = next(command for command in self._service.commands if command.name == "imagine")
        invocation = Invocation(imagine, check(imagine, {"prompt": words}))

        async def submit(said: Incoming) -> Reply:
            return await self._service.invoke(said, invocation)

        drawn = Incoming(once, incoming.identity, words, incoming.reply_to, locale=incoming.locale)
        made = await self._desk.make(drawn, place, words, "image", submit)
        if made.reply.kind == "job":
            return ""
        self._desk.vanish(made.place)
        return made.reply.text

    async def link(self, code: str, place: Place, incoming: Incoming) -> str:
        """The button below the question whether to link."""
        reply = await self._invoke(incoming, "link", {"code": code})
        self._desk.answer(place, reply, privately=not place.is_private)
        return ""

    async def _invoke(self, incoming: Incoming, name: str, options: dict[str, str]) -> Reply:
        command = next(command for command in self._service.commands if command.name == name)
        return await self._service.invoke(incoming, Invocation(command, check(command, options)))

    def _ask(self, place: Place, words: str) -> None:
        price = self._service.app.catalogue.default("image").price
        html = f"<blockquote>{plain(words)}</blockquote>\n{sentences.shared_prompt(price)}"
        button = keyboards.one(sentences.draw_button(price), data=keyboards.DRAW)

        async def ask(at: Place) -> None:
            await self._sender.text(at, html, button)

        self._desk.do(place, ask)


def payload_of(words: str) -> str | None:
    """The payload that asks whether to draw this; None when it is too long for one."""
    packed = PROMPT + base64.urlsafe_b64encode(words.encode()).decode().rstrip("=")
    return packed if len(packed) <= MAX_START else None


def prompt_in(payload: str) -> str:
    """The words in such a payload; none when it is not one."""
    packed = payload.removeprefix(PROMPT)
    try:
        return base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode().strip()
    except (binascii.Error, ValueError):
        return ""
