"""A small bot made with the real discord.py, which uses everything that the fake Discord has to be faithful about."""

import asyncio
import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self, TypeVar

import discord
from discord import app_commands, ui

from core.tasks import stopped
from tests.fakes.discord import DiscordFake, aimed_at
from tests.fakes.discord.waiting import PATIENCE_SECONDS

PICTURE = b"\x89PNG\r\n\x1a\n probe"
T = TypeVar("T")
WORDS = ["apple", "apricot", "banana"]


def picture(name: str = "fox.png") -> discord.File:
    return discord.File(io.BytesIO(PICTURE), name, description="a fox")


async def soon(queue: asyncio.Queue[T]) -> T:
    """The next of these; a test that waits in vain fails."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await queue.get()


class Again(ui.DynamicItem[ui.Button[ui.LayoutView]], template=r"again:(?P<id>\w+)"):
    """A button whose state is in its custom id, so that it works after a restart."""

    def __init__(self, job: str) -> None:
        super().__init__(ui.Button(label="Again", custom_id=f"again:{job}"))
        self.job = job

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[ui.LayoutView], match: re.Match[str], /
    ) -> Self:
        return cls(match["id"])

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.defer()
        await interaction.followup.send(f"again {self.job}")


class Gallery(ui.LayoutView):
    """Components V2: a text, a gallery and a button."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        gallery: ui.MediaGallery[Gallery] = ui.MediaGallery(discord.MediaGalleryItem("attachment://fox.png"))
        row: ui.ActionRow[Gallery] = ui.ActionRow()
        row.add_item(Again("job1"))
        self.add_item(ui.Container(ui.TextDisplay("a fox"), gallery, row))


class Refine(ui.Modal, title="Refine"):
    prompt: ui.Label[Self] = ui.Label(text="Prompt", component=ui.TextInput(custom_id="prompt", max_length=100))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        assert isinstance(self.prompt.component, ui.TextInput)
        await interaction.response.send_message(f"refined {self.prompt.component.value}", ephemeral=True)


class Probe(discord.Client):
    """`heard` are people's messages, `seen` all interactions, `failed` is what commands raised; `begin` holds back."""

    def __init__(self, intents: discord.Intents) -> None:
        super().__init__(intents=intents, guild_ready_timeout=0, max_ratelimit_timeout=30)
        self.tree = app_commands.CommandTree(self)
        self.heard: asyncio.Queue[discord.Message] = asyncio.Queue()
        self.entitled: asyncio.Queue[discord.Entitlement] = asyncio.Queue()
        self.failed: asyncio.Queue[BaseException] = asyncio.Queue()
        self.seen: list[discord.Interaction] = []
        self.begin = asyncio.Event()
        self.begin.set()

    async def setup_hook(self) -> None:
        self.add_dynamic_items(Again)
        add_commands(self)
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """discord.py waits 5 s here before it identifies again."""

    async def on_message(self, message: discord.Message) -> None:
        if message.author != self.user:
            await self.heard.put(message)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        self.seen.append(interaction)

    async def on_entitlement_create(self, entitlement: discord.Entitlement) -> None:
        await self.entitled.put(entitlement)


def add_commands(probe: Probe) -> None:
    tree = probe.tree

    @tree.error
    async def failed(interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        await probe.failed.put(error.__cause__ or error)

    @tree.command(description="Draw")
    async def imagine(interaction: discord.Interaction, prompt: str, count: app_commands.Range[int, 1, 4] = 1) -> None:
        await probe.begin.wait()
        await interaction.response.defer()
        await interaction.edit_original_response(content=f"{prompt} x{count}", attachments=[picture()])

    @tree.command(description="Draw with components")
    async def gallery(interaction: discord.Interaction) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(view=Gallery(), attachments=[picture()])

    @tree.command(description="Ask back")
    async def refine(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Refine())

    @tree.command(description="Say a word")
    async def word(interaction: discord.Interaction, start: str) -> None:
        await interaction.response.send_message(f"{start} for {interaction.user.name}", ephemeral=True)

    @word.autocomplete("start")
    async def words(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=one, value=one) for one in WORDS if one.startswith(current)]

    @tree.command(description="Read a file")
    async def read(interaction: discord.Interaction, file: discord.Attachment) -> None:
        await interaction.response.send_message(f"{file.filename} {len(await file.read())}")

    @tree.context_menu(name="Describe")
    async def describe(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"That says {message.content}")


@asynccontextmanager
async def probing(fake: DiscordFake, *, token: str | None = None) -> AsyncIterator[Probe]:
    """The bot, connected to this fake."""
    with aimed_at(fake):
        probe = Probe(discord.Intents.default() | discord.Intents(message_content=True))
        running = asyncio.create_task(probe.start(token or fake.token))
        try:
            await fake.connected()
            yield probe
        finally:
            await probe.close()
            await stopped({running})
