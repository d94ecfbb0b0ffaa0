"""The bot: discord.py's client with our commands, buttons and ears. Default intents only, no caches of people."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import discord
from discord import app_commands

from bots.discord import menus, modals, sentences
from bots.discord.buttons import TEMPLATE
from bots.discord.chats import Chats
from bots.discord.commands import slash_commands
from bots.discord.desk import Desk
from bots.discord.messenger import DiscordMessenger
from bots.discord.places import DEFAULT_FILE_BYTES
from bots.discord.posting import NOBODY, Posts
from bots.discord.presses import Press, desk_of
from bots.discord.shards import Shards
from bots.discord.status import DiscordStatus, ShardStatus, milliseconds
from bots.discord.store import Store
from bots.service import Service
from core.app import App
from core.log import logger

LATENCY_SECONDS = 60.0
OPTIONS: dict[str, Any] = {
    "allowed_mentions": NOBODY,
    "max_messages": None,
    "member_cache_flags": discord.MemberCacheFlags.none(),
    "chunk_guilds_at_startup": False,
    "guild_ready_timeout": 0,
}


class Tree(app_commands.CommandTree[discord.Client]):
    """Commands that Discord still shows but we do not have any more get a sentence."""

    async def on_error(self, interaction: discord.Interaction, error: app_commands.AppCommandError, /) -> None:
        logger().error("command failed", errorName=type(error).__name__, exc_info=error.__cause__ or error)
        if not interaction.response.is_done() and interaction.type is discord.InteractionType.application_command:
            await desk_of(interaction).acks.told(interaction, sentences.DISCORD_COMMAND_GONE)


class EaselBot(discord.Client):
    """What both kinds of client have. `desk` is where everything that people do ends."""

    desk: Desk
    chats: Chats
    store: Store
    tree: Tree
    _heard_at: float | None = None
    was_ready = False
    """Whether it was connected once; discord.py's own `is_ready` is False again for a bot that was closed."""

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Once it is closed, discord.py stumbles over events that come late."""
        if not self.is_closed():
            super().dispatch(event, *args, **kwargs)

    def prepare(self, app: App, service: Service, messenger: DiscordMessenger) -> None:
        """Build the commands. Nothing is registered: that is `easel sync`."""
        posts = Posts(self)
        self.desk = Desk(app, service, messenger, posts, Store(app, self, posts))
        self.chats = Chats(self.desk)
        self.store = self.desk.store
        self.tree = Tree(self)
        for command in slash_commands(self.desk):
            self.tree.add_command(command)
        for menu in menus.menus(self.desk):
            self.tree.add_command(menu)
        self.add_dynamic_items(Press)
        parsers = self._connection.parsers
        parsers["INTERACTION_CREATE"] = forgiving(parsers["INTERACTION_CREATE"])

    def take(self, interaction: dict[str, Any]) -> None:
        """An interaction as Discord sends it, from the gateway or over HTTP."""
        self._connection.parsers["INTERACTION_CREATE"](interaction)

    async def on_socket_event_type(self, event: str) -> None:
        self._heard_at = time.monotonic()

    @property
    def health(self) -> DiscordStatus:
        """As it is now, without asking anybody."""
        shards = tuple(ShardStatus(shard, milliseconds(seconds)) for shard, seconds in self.latencies_now())
        age = None if self._heard_at is None else time.monotonic() - self._heard_at
        return DiscordStatus(self.is_ready(), shards, len(self.guilds), age)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """What discord.py does not dispatch: windows, which any process may read, and buttons that are not ours."""
        for entitlement in interaction.entitlements:  # of who acts; without a gateway there is no other news of them
            self.desk.start(self.store.bought(entitlement))
        data: Any = interaction.data or {}
        custom_id = str(data.get("custom_id", ""))
        if interaction.type is discord.InteractionType.modal_submit:
            await self._filled_in(interaction, custom_id)
        elif interaction.type is discord.InteractionType.component and not TEMPLATE.fullmatch(custom_id):
            await self.desk.acks.told(interaction, sentences.DISCORD_BUTTON_UNREADABLE)

    async def _filled_in(self, interaction: discord.Interaction, custom_id: str) -> None:
        fields = modals.filled_in(interaction.data)
        words = fields.get(modals.WORDS, "").strip()
        if match := modals.EDIT.fullmatch(custom_id):
            await self.desk.edit(interaction, match["job"], int(match["index"]), words)
        elif match := modals.ASK.fullmatch(custom_id):
            about = fields.get(modals.ABOUT, "").strip()
            await menus.asked_about(self.desk, interaction, match["channel"], match["message"], words, about)
        else:
            await self.desk.acks.told(interaction, sentences.DISCORD_BUTTON_UNREADABLE)

    async def on_message(self, message: discord.Message) -> None:
        if self.user is not None:
            await self.chats.hear(message, self.user)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        logger().exception("event failed", event_name=event_method)

    async def on_ready(self) -> None:
        logger().info("discord ready", servers=len(self.guilds), user=str(self.user))
        if not self.was_ready:
            self.was_ready = True
            self.desk.start(self.store.keep_looking())

    async def on_entitlement_create(self, entitlement: discord.Entitlement) -> None:
        await self.store.bought(entitlement)

    async def on_entitlement_update(self, entitlement: discord.Entitlement) -> None:
        await (self.store.revoked if entitlement.deleted else self.store.bought)(entitlement)

    async def on_entitlement_delete(self, entitlement: discord.Entitlement) -> None:
        await self.store.revoked(entitlement)

    async def on_shard_ready(self, shard_id: int) -> None:
        logger().info("discord shard ready", shard=shard_id)

    async def on_shard_disconnect(self, shard_id: int) -> None:
        logger().warning("discord shard disconnected", shard=shard_id)

    async def on_shard_resumed(self, shard_id: int) -> None:
        logger().info("discord shard resumed", shard=shard_id)

    async def on_disconnect(self) -> None:
        logger().warning("discord disconnected")

    async def on_resumed(self) -> None:
        logger().info("discord resumed")

    async def measure(self) -> None:
        """A log line a minute for each connection: how long Discord takes to answer a heartbeat."""
        while True:
            await asyncio.sleep(LATENCY_SECONDS)
            now = self.health
            for one in now.shards:
                logger().info("discord latency", shard=one.shard, latencyMs=one.latency_ms, servers=now.servers)

    def latencies_now(self) -> list[tuple[int, float]]:
        """By shard, in seconds; not a number before the first heartbeat."""
        return [(self.shard_id or 0, self.latency)]


class OneBot(EaselBot):
    """One connection."""


class ShardedBot(EaselBot, discord.AutoShardedClient):
    """Several connections in this process."""

    def latencies_now(self) -> list[tuple[int, float]]:
        return self.latencies


def new_bot(app: App, service: Service, messenger: DiscordMessenger, shards: Shards | None = None) -> EaselBot:
    """Not connected yet. Without `shards`: one connection, as up to 2,500 servers allow."""
    intents = discord.Intents.default()
    options = OPTIONS | ({"shard_count": shards.count, "shard_ids": shards.ids} if shards else {})
    bot: EaselBot = OneBot(intents=intents, **options) if shards is None else ShardedBot(intents=intents, **options)
    bot.prepare(app, service, messenger)
    return bot


def forgiving(parse: Callable[[Any], Any]) -> Callable[[Any], None]:
    """An interaction that discord.py cannot read must not end the connection, as its exceptions there do."""

    def parsed(data: Any) -> None:
        data.setdefault("attachment_size_limit", DEFAULT_FILE_BYTES)
        try:
            parse(data)
        except Exception:
            logger().exception("interaction not understood", kind=data.get("type"))

    return parsed
