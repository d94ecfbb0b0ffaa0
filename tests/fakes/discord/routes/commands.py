"""Application commands: https://docs.discord.com/developers/interactions/application-commands"""

from typing import Any

from tests.fakes.discord.definitions import command_faults, completed
from tests.fakes.discord.errors import TOO_MANY_COMMANDS, UNKNOWN_COMMAND, DiscordError, Fault, Json, insist
from tests.fakes.discord.flags import CommandKind
from tests.fakes.discord.rest import Answer, Call, Route
from tests.fakes.discord.world import World

LIMITS = {CommandKind.CHAT_INPUT: 100, CommandKind.USER: 15, CommandKind.MESSAGE: 15}
SCOPES = ("/applications/{application_id}", "/applications/{application_id}/guilds/{guild_id}")


class Commands:
    """Global commands and those of single guilds, in the same way."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        return [
            route
            for scope in SCOPES
            for route in (
                Route("GET", f"{scope}/commands", self.all),
                Route("PUT", f"{scope}/commands", self.replace),
                Route("POST", f"{scope}/commands", self.create),
                Route("GET", scope + "/commands/{command_id}", self.get),
                Route("PATCH", scope + "/commands/{command_id}", self.edit),
                Route("DELETE", scope + "/commands/{command_id}", self.delete),
            )
        ]

    def all(self, call: Call) -> Answer:
        return 200, self._of(call)

    def replace(self, call: Call) -> Answer:
        """All at once; those that keep kind and name keep their ids."""
        wanted: Any = call.value or []
        insist([fault for index, one in enumerate(wanted) for fault in command_faults(one, (index,))])
        names = [(one.get("type") or 1, one["name"]) for one in wanted]
        twice = [index for index, name in enumerate(names) if name in names[:index]]
        message = "Application command names must be unique"
        insist([Fault((index, "name"), "APPLICATION_COMMANDS_DUPLICATE_NAME", message) for index in twice])
        if any(sum(kind == name[0] for name in names) > limit for kind, limit in LIMITS.items()):
            raise DiscordError(TOO_MANY_COMMANDS)
        old = {(one["type"], one["name"]): one["id"] for one in self._of(call)}
        for one in self._of(call):
            del self._world.commands[one["id"]]
        return 200, [self._save(call, one, old.get(name)) for one, name in zip(wanted, names, strict=True)]

    def create(self, call: Call) -> Answer:
        """201 for a new one; one of the same kind and name is overwritten."""
        insist(command_faults(call.value))
        kind, name = call.value.get("type") or 1, call.value["name"]
        old = [one for one in self._of(call) if (one["type"], one["name"]) == (kind, name)]
        if not old and sum(one["type"] == kind for one in self._of(call)) >= LIMITS[CommandKind(kind)]:
            raise DiscordError(TOO_MANY_COMMANDS)
        return 200 if old else 201, self._save(call, call.value, old[0]["id"] if old else None)

    def get(self, call: Call) -> Answer:
        return 200, self._one(call)

    def edit(self, call: Call) -> Answer:
        changed = self._one(call) | call.value
        insist(command_faults(changed))
        return 200, self._save(call, changed, changed["id"])

    def delete(self, call: Call) -> Answer:
        del self._world.commands[self._one(call)["id"]]
        return 204, None

    def _of(self, call: Call) -> list[Json]:
        return [one for one in self._world.commands.values() if one.get("guild_id") == call.params.get("guild_id")]

    def _one(self, call: Call) -> Json:
        command = self._world.commands.get(call.params["command_id"])
        if command is None or command.get("guild_id") != call.params.get("guild_id"):
            raise DiscordError(UNKNOWN_COMMAND)
        return command

    def _save(self, call: Call, wanted: Json, id: str | None) -> Json:
        ids = {"id": id or self._world.ids.new(), "version": self._world.ids.new()}
        command = completed(wanted, call.params.get("guild_id")) | ids | {"application_id": self._world.application}
        self._world.commands[command["id"]] = command
        return command
