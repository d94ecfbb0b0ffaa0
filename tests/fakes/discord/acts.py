"""What people do with a bot: type commands, press buttons, fill in modals. Each act returns what came of it."""

from collections.abc import Mapping

from tests.fakes.discord.bodies import Upload
from tests.fakes.discord.errors import Json
from tests.fakes.discord.flags import ButtonStyle, ChannelKind, CommandKind, InteractionKind, Part
from tests.fakes.discord.interaction import Interaction
from tests.fakes.discord.limits import MAX_FILE_BYTES
from tests.fakes.discord.message import Message
from tests.fakes.discord.options import Impossible, Resolved, Value, filled_in, modal_parts, selected
from tests.fakes.discord.payloads import Scene, interaction
from tests.fakes.discord.people import Channel, Guild, User
from tests.fakes.discord.world import World

LOCALE = "en-US"


class Acts:
    """A channel that is left out is the guild's first one, or else the user's direct messages with the bot."""

    world: World
    size_limit: int = MAX_FILE_BYTES
    """What interactions say is the most for one file, in bytes."""

    def command(
        self,
        name: str,
        options: Mapping[str, Value] | None = None,
        *,
        user: User,
        channel: Channel | None = None,
        guild: Guild | None = None,
        locale: str = LOCALE,
    ) -> Interaction:
        """Type `/name`; subcommands follow after spaces. Raises Impossible if it is not registered or does not fit."""
        scene = self._scene(user, channel, guild, locale)
        data = self._chat_input(name, options or {}, scene, None)
        return self._tell(interaction(self.world, InteractionKind.COMMAND, scene, data))

    def autocomplete(
        self,
        name: str,
        focused: str,
        options: Mapping[str, Value],
        *,
        user: User,
        channel: Channel | None = None,
        guild: Guild | None = None,
        locale: str = LOCALE,
    ) -> Interaction:
        """Be in the middle of typing the option `focused`, whose text so far is among the options."""
        scene = self._scene(user, channel, guild, locale)
        data = self._chat_input(name, options, scene, focused)
        return self._tell(interaction(self.world, InteractionKind.AUTOCOMPLETE, scene, data))

    def context_menu(
        self,
        name: str,
        target: Message | User,
        *,
        user: User,
        channel: Channel | None = None,
        guild: Guild | None = None,
        locale: str = LOCALE,
    ) -> Interaction:
        """Choose `name` from the menu of a message or of a user."""
        kind = CommandKind.MESSAGE if isinstance(target, Message) else CommandKind.USER
        where = channel or (target.channel if isinstance(target, Message) else None)
        scene = self._scene(user, where, guild, locale)
        command = self._registered(kind, name, scene)
        resolved = Resolved(self.world, scene.channel)
        resolved.value(target)
        data = {"id": command["id"], "name": name, "type": kind, "target_id": target.id, "resolved": resolved.data}
        return self._tell(interaction(self.world, InteractionKind.COMMAND, scene, data))

    def press(self, custom_id: str, message: Message, *, user: User, locale: str = LOCALE) -> Interaction:
        """Press a button. Raises Impossible if this user sees no such button."""
        button = _control(custom_id, message, user)
        if button["type"] != Part.BUTTON or button.get("style") == ButtonStyle.LINK:
            raise Impossible(f"{custom_id} is no button that tells the bot")
        return self._use(message, user, locale, {"component_type": Part.BUTTON} | _named(button))

    def select(
        self, custom_id: str, values: list[str], message: Message, *, user: User, locale: str = LOCALE
    ) -> Interaction:
        """Choose values in a select of texts. Raises Impossible if they are not on offer."""
        part = _control(custom_id, message, user)
        chosen = selected(part, values)
        return self._use(message, user, locale, {"component_type": part["type"], "values": chosen} | _named(part))

    def submit_modal(
        self,
        opened: Interaction,
        values: Mapping[str, Value | list[Upload]] | None = None,
        *,
        locale: str = LOCALE,
    ) -> Interaction:
        """Fill in and send the modal that this interaction was answered with. Raises Impossible."""
        scene = self._scene(opened.user, opened.channel, None, locale)
        resolved = Resolved(self.world, scene.channel)
        parts = modal_parts(opened.modal, values or {}, resolved)
        data: Json = {"custom_id": opened.modal["custom_id"], "components": parts, "resolved": resolved.data}
        return self._tell(interaction(self.world, InteractionKind.MODAL, scene, data, opened.source, opened))

    def _use(self, message: Message, user: User, locale: str, data: Json) -> Interaction:
        scene = self._scene(user, message.channel, None, locale)
        return self._tell(interaction(self.world, InteractionKind.COMPONENT, scene, data, message))

    def _scene(self, user: User, channel: Channel | None, guild: Guild | None, locale: str) -> Scene:
        where = channel or (guild.channels[0] if guild else self.world.dm(user))
        if where.kind is ChannelKind.DM and user not in where.recipients:
            raise Impossible(f"{user.username} cannot read the messages of others")
        return Scene(user, where, locale, self.size_limit)

    def _chat_input(self, name: str, options: Mapping[str, Value], scene: Scene, focused: str | None) -> Json:
        first, *words = name.split()
        command = self._registered(CommandKind.CHAT_INPUT, first, scene)
        resolved = Resolved(self.world, scene.channel)
        filled = filled_in(command, words, options, resolved, focused)
        data: Json = {"id": command["id"], "name": first, "type": CommandKind.CHAT_INPUT, "options": filled}
        if "guild_id" in command:
            data["guild_id"] = command["guild_id"]
        return data | ({"resolved": resolved.data} if resolved.data else {})

    def _registered(self, kind: CommandKind, name: str, scene: Scene) -> Json:
        """The command that people see there: a guild's own before a global one."""
        guild = scene.channel.guild
        named = [one for one in self.world.commands.values() if one["type"] == kind and one["name"] == name]
        own = [one for one in named if guild is not None and one.get("guild_id") == guild.id]
        everywhere = [one for one in named if "guild_id" not in one and _offered(one, scene)]
        for command in own + everywhere:
            return command
        raise Impossible(f"No command {name!r} is registered that {scene.user.username} could use there")

    def _tell(self, one: Interaction) -> Interaction:
        self.world.interactions[one.token] = one
        self.world.dispatch("INTERACTION_CREATE", one.payload, one.channel.guild)
        return one


def _offered(command: Json, scene: Scene) -> bool:
    """Contexts and kinds of installation: .../application-commands#contexts"""
    contexts = command.get("contexts")
    install = 1 if scene.user_installed else 0
    return (contexts is None or scene.context() in contexts) and install in command["integration_types"]


def _control(custom_id: str, message: Message, user: User) -> Json:
    part = message.controls.get(custom_id)
    if message.deleted or part is None:
        raise Impossible(f"The message has no {custom_id!r}, only {sorted(message.controls)}")
    if part.get("disabled"):
        raise Impossible(f"{custom_id} is greyed out")
    if message.ephemeral and message.metadata and message.metadata["user"]["id"] != user.id:
        raise Impossible(f"{user.username} does not see this message")
    return part


def _named(part: Json) -> Json:
    return {"custom_id": part["custom_id"], "id": part["id"]}
