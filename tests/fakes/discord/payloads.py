"""INTERACTION_CREATE as Discord sends it.

https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object
"""

import secrets
from dataclasses import dataclass

from tests.fakes.discord.errors import Json
from tests.fakes.discord.flags import ChannelKind, InteractionKind
from tests.fakes.discord.interaction import Interaction
from tests.fakes.discord.message import Message
from tests.fakes.discord.people import ALL_PERMISSIONS, Channel, User, member_payload
from tests.fakes.discord.world import World

GUILD_INSTALL, USER_INSTALL = "0", "1"
IN_GUILD, IN_BOT_DM, IN_PRIVATE = 0, 1, 2


@dataclass(frozen=True)
class Scene:
    """Who acts where. `size_limit` is what `attachment_size_limit` says, in bytes."""

    user: User
    channel: Channel
    locale: str
    size_limit: int

    @property
    def user_installed(self) -> bool:
        """Whether the app is here only because the user installed it."""
        if self.channel.guild is not None:
            return not self.channel.guild.installed
        return self.channel.kind is ChannelKind.GROUP_DM

    def owners(self) -> Json:
        """https://docs.discord.com/developers/.../receiving-and-responding#authorizing-integration-owners-object"""
        if self.user_installed:
            return {USER_INSTALL: self.user.id}
        return {GUILD_INSTALL: self.channel.guild.id if self.channel.guild else "0"}

    def context(self) -> int:
        if self.channel.guild is not None:
            return IN_GUILD
        return IN_PRIVATE if self.channel.kind is ChannelKind.GROUP_DM else IN_BOT_DM


def interaction(
    world: World,
    kind: InteractionKind,
    scene: Scene,
    data: Json,
    source: Message | None = None,
    trigger: Interaction | None = None,
) -> Interaction:
    """A new interaction, ready to be told."""
    payload: Json = {
        "id": world.ids.new(),
        "application_id": world.application,
        "type": kind,
        "token": secrets.token_urlsafe(48),
        "version": 1,
        "data": data,
        "channel": scene.channel.partial(),
        "channel_id": scene.channel.id,
        "locale": scene.locale,
        "app_permissions": ALL_PERMISSIONS,
        "entitlements": _active_entitlements(world, scene),
        "entitlement_sku_ids": [],
        "authorizing_integration_owners": scene.owners(),
        "context": scene.context(),
        "attachment_size_limit": scene.size_limit,
    } | _person(world, scene)
    if source is not None:
        payload["message"] = source.payload(world.base)
    return Interaction(
        payload["id"], payload["token"], kind, scene.user, scene.channel, world.clock.now(), world.bell, payload,
        source, trigger, scene.user_installed,
    )  # fmt: skip


def _person(world: World, scene: Scene) -> Json:
    guild = scene.channel.guild
    if guild is None:
        return {"user": scene.user.payload()}
    member = member_payload(world.clock.now()) | {"user": scene.user.payload(), "permissions": ALL_PERMISSIONS}
    return {
        "guild_id": guild.id,
        "guild": {"id": guild.id, "locale": guild.locale, "features": []},
        "guild_locale": guild.locale,
        "member": member,
    }


def _active_entitlements(world: World, scene: Scene) -> list[Json]:
    mine = (one for one in world.entitlements.values() if one["user_id"] == scene.user.id)
    return [one for one in mine if not one["deleted"] and not one.get("consumed")]
