"""From what somebody did in Discord to the service, and from its reply to Discord's messages. All ways in end here."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import discord

from bots import error_texts, replies, texts
from bots.commands import Command
from bots.discord import modals, sentences
from bots.discord.acks import Acks
from bots.discord.asking import Asking, of_interaction
from bots.discord.buttons import Pressed, is_veiled
from bots.discord.glance import Glance
from bots.discord.live import Live
from bots.discord.messages import Page, linked, result_pages, text_pages
from bots.discord.messenger import UNDELIVERABLE, DiscordMessenger
from bots.discord.owed import Owed
from bots.discord.pictures import uploads_of
from bots.discord.places import PLATFORM, Place
from bots.discord.posting import Posts
from bots.discord.refusals import Lost, Trouble, code_of
from bots.discord.store import Store, buttons
from bots.parse import Invocation, check
from bots.replies import Reply
from bots.service import MAKING, Service
from core.app import App
from core.errors import BadRequest, EaselError
from core.jobs.model import Job
from core.log import logger
from core.tasks import stopped

AGAIN_SECONDS = 0.5
SHOWN_TO_ALL = MAKING | {"recover"}
"""Commands whose answers others may see; all others are private."""


@dataclass(frozen=True, slots=True)
class Extras:
    """What only Discord's commands have: files, and how the answer is shown."""

    files: tuple[discord.Attachment, ...] = ()
    spoiler: bool = False
    private: bool = False


class Desk:
    """Its methods acknowledge first, and return when the request is made; tasks of its own show how it goes."""

    def __init__(self, app: App, service: Service, messenger: DiscordMessenger, posts: Posts, store: Store) -> None:
        self.app = app
        self.service = service
        self.posts = posts
        self.acks = Acks()
        self.store = store
        self.owed = Owed(app, messenger)
        self._messenger = messenger
        self._glance = Glance(app.servers)
        self._live = Live(app, messenger, posts)
        self._tasks: set[asyncio.Task[None]] = set()

    def named(self, name: str) -> Command:
        """A command of the table."""
        return next(command for command in self.service.commands if command.name == name)

    async def command(
        self, interaction: discord.Interaction, command: Command, given: dict[str, str], extras: Extras
    ) -> None:
        """A slash command, whose options Discord has told apart."""
        asking = of_interaction(interaction)
        is_open = command.name in SHOWN_TO_ALL and not extras.private and not await self.hides(asking)
        place = await self.acks.deferred(interaction, private=not is_open)
        if place is None:
            return
        place = replace(place, spoiler=extras.spoiler)
        try:
            invocation = Invocation(command, check(command, given))
        except BadRequest as error:
            await self.refuse(place, replies.refused(error, error_texts.explain(error)))
            return
        if command.name == "buy" and self.store.packs:
            await self._sell(asking, place, invocation)
            return
        await self.ask(asking, place, invocation, extras.files)

    async def _sell(self, asking: Asking, place: Place, invocation: Invocation) -> None:
        """What Discord sells for us, with its own buttons."""
        reply = await self.invoke(asking, place, invocation, ())
        if reply.kind != "text":
            await self.show(place, reply)
            return
        packs = self.store.packs
        lines = [sentences.discord_pack(pack.name, pack.credits, pack.bonus) for pack in packs]
        view = linked(buttons(packs), reply.links)
        await self.put(place, [Page(sentences.discord_buy(lines), view)])

    async def ask(
        self, asking: Asking, place: Place, invocation: Invocation, files: Sequence[discord.Attachment] = ()
    ) -> None:
        """What is asked for by a command or by words, once it is acknowledged."""
        async with self.owing(asking, place):
            await self.show(place, await self.invoke(asking, place, invocation, files))

    async def invoke(
        self, asking: Asking, place: Place, invocation: Invocation, files: Sequence[discord.Attachment]
    ) -> Reply:
        """What the service says to it."""
        words = invocation.text("prompt") or invocation.text("message") or ""
        await self.acks.over()
        return await self.service.invoke(asking.incoming(place, words, await uploads_of(files)), invocation)

    async def press(self, interaction: discord.Interaction, action: Pressed, job: str, index: int | None) -> None:
        """A button under a message."""
        match action:
            case "edit":
                await self.acks.opened(interaction, modals.edit_modal(job, index or 1))
            case "cancel":
                await self._cancel(interaction, job)
            case "delete":
                await self._delete(interaction, job)
            case _:
                await self._make_again(interaction, action, job, index)

    async def edit(self, interaction: discord.Interaction, job: str, index: int, words: str) -> None:
        """What was filled in below "Edit"."""
        await self._make_again(interaction, "edit", job, index, words)

    async def _make_again(
        self, interaction: discord.Interaction, action: replies.Action, job: str, index: int | None, words: str = ""
    ) -> None:
        asking = of_interaction(interaction)
        private = is_hidden(interaction) or is_of_another(interaction) or await self.hides(asking)
        place = await self.acks.deferred(interaction, private=private)
        if place is not None:
            place = replace(place, spoiler=is_veiled(interaction.message))
            async with self.owing(asking, place):
                await self.acks.over()
                reply = await self.service.press(asking.incoming(place, words), action, job, index)
                await self.show(place, reply)

    async def _cancel(self, interaction: discord.Interaction, job: str) -> None:
        place = await self.acks.noted(interaction)
        if place is None:
            return
        reply = await self.service.press(of_interaction(interaction).incoming(place), "cancel", job, None)
        if reply.error is not None or reply.text == texts.TOO_LATE_TO_CANCEL:
            await self.whisper(place, reply.text)

    async def _delete(self, interaction: discord.Interaction, job: str) -> None:
        """The message goes; the result stays for /recover. Only whose it is may do that here."""
        place = await self.acks.noted(interaction)
        if place is None:
            return
        try:
            account = await self.app.accounts.for_identity(of_interaction(interaction).identity)
            await self.app.requests.owned_job(account, job)
            await self.posts.delete_original(place)
        except EaselError as error:
            await self.whisper(place, error_texts.explain(error))
        except Trouble as error:
            logger().warning("not deleted", discordCode=code_of(error), errorName=type(error).__name__)
            await self.whisper(place, sentences.DISCORD_NOT_DELETED)

    async def hides(self, asking: Asking) -> bool:
        """Whether results are private in this server."""
        return await self._glance.is_private(asking.server)

    async def show(self, place: Place, reply: Reply) -> None:
        """The reply in the message that says we think."""
        if reply.kind == "job" and reply.job is not None:
            self.follow(reply.job, place)
        elif reply.job is not None:
            await self._show_again(place, reply.job)
        elif reply.kind == "error":
            await self.refuse(place, reply)
        else:
            await self.fill(place, reply)

    async def refuse(self, place: Place, reply: Reply) -> None:
        """In private. What says we think is seen by all, so it goes: a first follow-up would only take its place."""
        if place.private:
            await self.fill(place, reply)
            return
        await self._remove(place)
        await self.whisper(place, reply.text)

    async def _remove(self, place: Place) -> None:
        try:
            await self.posts.delete_original(place)
        except Trouble as error:
            logger().warning("not removed", discordCode=code_of(error), errorName=type(error).__name__)

    async def fill(self, place: Place, reply: Reply) -> None:
        """An answer that is there at once; of a long one, the rest follows below."""
        if reply.kind == "result":
            await self.put(place, result_pages(reply, ()))
        else:
            await self.put(place, text_pages(reply.text, reply.attachments, reply.links))

    async def put(self, place: Place, pages: Sequence[Page]) -> None:
        """Messages that are there at once."""
        first, *further = pages
        try:
            try:
                await self.posts.edit_original(place, first)
            except Lost:  # an edit that is made twice is one
                await asyncio.sleep(AGAIN_SECONDS)
                await self.posts.edit_original(place, first)
            for page in further:
                await self.posts.follow_up(place, page)
        except Trouble as error:
            logger().warning("not answered", discordCode=code_of(error), errorName=type(error).__name__)

    async def whisper(self, place: Place, text: str) -> None:
        """A sentence for one person only, beside what is there."""
        try:
            for page in text_pages(text):
                await self.posts.follow_up(replace(place, private=True), page)
        except Trouble as error:
            logger().warning("not told", discordCode=code_of(error), errorName=type(error).__name__)

    async def _show_again(self, place: Place, job: Job) -> None:
        as_before = shown_as(place, job)
        if as_before.private and not place.private:
            await self._remove(place)  # it says to all that we think; the result follows in private
        if not await self.deliver(job, as_before):
            await self.refuse(place, Reply("error", sentences.DISCORD_NOT_POSTED))

    async def deliver(self, job: Job, place: Place) -> bool:
        """A result that is there already, such as by /recover; whether that worked."""
        try:
            message = await self._messenger.deliver(job.model_copy(update={"reply_to": place.reply_to}))
        except Trouble as error:
            logger().warning("not posted again", discordCode=code_of(error), errorName=type(error).__name__)
            return False
        return not message.startswith(UNDELIVERABLE)

    @asynccontextmanager
    async def owing(self, asking: Asking, place: Place) -> AsyncIterator[None]:
        """Somebody reads that we think: whatever goes wrong in here, they are told."""
        try:
            async with self.owed.until_done(asking, place):
                yield
        except Exception:
            logger().exception("not answered")
            await self.refuse(place, Reply("error", texts.INTERNAL))

    def follow(self, job: Job, place: Place) -> None:
        """Show how it goes, while others go on."""
        self.start(self._live.show(job, place))

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Let something go on by itself."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        await stopped(self._tasks)


def shown_as(place: Place, job: Job) -> Place:
    """Where a result is shown again: what was private or veiled at first stays so."""
    if job.reply_to.platform != PLATFORM:
        return place
    was = Place.of(job.reply_to)
    return replace(place, private=place.private or was.private, spoiler=place.spoiler or was.spoiler)


def is_hidden(interaction: discord.Interaction) -> bool:
    """Whether the message below which somebody pressed is seen by them only."""
    return interaction.message is not None and interaction.message.flags.ephemeral


def is_of_another(interaction: discord.Interaction) -> bool:
    """Whether the message answers somebody else, as far as it says: then the refusal is best said in private."""
    message = interaction.message
    asked = message.interaction_metadata if message is not None else None
    return asked is not None and asked.user.id != interaction.user.id
