"""From what somebody did in Discord to the service: all ways in end here. What it says is shown in `showing`."""

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
from bots.discord.messages import Page, linked
from bots.discord.messenger import DiscordMessenger
from bots.discord.owed import Owed
from bots.discord.pictures import uploads_of
from bots.discord.places import Place
from bots.discord.posting import Posts
from bots.discord.refusals import Trouble, code_of
from bots.discord.showing import Showing
from bots.discord.store import Store, buttons
from bots.parse import Invocation, check
from bots.replies import Reply
from bots.service import MAKING, Service
from core.app import App
from core.errors import BadRequest, EaselError
from core.jobs.model import Job
from core.log import logger
from core.tasks import stopped

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
        self.showing = Showing(messenger, posts, self.follow)
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
            await self.showing.refuse(place, replies.refused(error, error_texts.explain(error)))
            return
        if command.name == "buy" and self.store.packs:
            await self._sell(asking, place, invocation)
            return
        await self.ask(asking, place, invocation, extras.files)

    async def _sell(self, asking: Asking, place: Place, invocation: Invocation) -> None:
        """What Discord sells for us, with its own buttons."""
        reply = await self.invoke(asking, place, invocation, ())
        if reply.kind != "text":
            await self.showing.show(place, reply)
            return
        packs = self.store.packs
        lines = [sentences.discord_pack(pack.name, pack.credits, pack.bonus) for pack in packs]
        view = linked(buttons(packs), reply.links)
        await self.showing.put(place, [Page(sentences.discord_buy(lines), view)])

    async def ask(
        self, asking: Asking, place: Place, invocation: Invocation, files: Sequence[discord.Attachment] = ()
    ) -> None:
        """What is asked for by a command or by words, once it is acknowledged."""
        async with self.owing(asking, place):
            await self.showing.show(place, await self.invoke(asking, place, invocation, files))

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
                await self.showing.show(place, reply)

    async def _cancel(self, interaction: discord.Interaction, job: str) -> None:
        place = await self.acks.noted(interaction)
        if place is None:
            return
        reply = await self.service.press(of_interaction(interaction).incoming(place), "cancel", job, None)
        if reply.error is not None or reply.text == texts.TOO_LATE_TO_CANCEL:
            await self.showing.whisper(place, reply.text)

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
            await self.showing.whisper(place, error_texts.explain(error))
        except Trouble as error:
            logger().warning("not deleted", discordCode=code_of(error), errorName=type(error).__name__)
            await self.showing.whisper(place, sentences.DISCORD_NOT_DELETED)

    async def hides(self, asking: Asking) -> bool:
        """Whether results are private in this server."""
        return await self._glance.is_private(asking.server)

    @asynccontextmanager
    async def owing(self, asking: Asking, place: Place) -> AsyncIterator[None]:
        """Somebody reads that we think: whatever goes wrong in here, they are told."""
        try:
            async with self.owed.until_done(asking, place):
                yield
        except Exception:
            logger().exception("not answered")
            await self.showing.refuse(place, Reply("error", texts.INTERNAL))

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


def is_hidden(interaction: discord.Interaction) -> bool:
    """Whether the message below which somebody pressed is seen by them only."""
    return interaction.message is not None and interaction.message.flags.ephemeral


def is_of_another(interaction: discord.Interaction) -> bool:
    """Whether the message answers somebody else, as far as it says: then the refusal is best said in private."""
    message = interaction.message
    asked = message.interaction_metadata if message is not None else None
    return asked is not None and asked.user.id != interaction.user.id
