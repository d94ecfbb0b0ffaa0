"""Later answers to interactions, by their token: .../receiving-and-responding#followup-messages"""

from tests.fakes.discord.content import Writer
from tests.fakes.discord.errors import (
    INVALID_WEBHOOK_TOKEN,
    TOO_MANY_FOLLOWUPS,
    UNKNOWN_MESSAGE,
    UNKNOWN_WEBHOOK,
    DiscordError,
)  # fmt: skip
from tests.fakes.discord.interaction import TOKEN_LIFE, USER_INSTALL_FOLLOWUPS, Interaction
from tests.fakes.discord.message import Message
from tests.fakes.discord.rest import Answer, Call, Route
from tests.fakes.discord.world import World

HOOK = "/webhooks/{webhook_id}/{webhook_token}"
ORIGINAL = HOOK + "/messages/@original"
MESSAGE = HOOK + "/messages/{message_id}"


class Webhooks:
    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        return [
            Route("POST", HOOK, self.follow_up, open=True),
            *(
                route
                for path in (ORIGINAL, MESSAGE)
                for route in (
                    Route("GET", path, self.get, open=True),
                    Route("PATCH", path, self.edit, open=True),
                    Route("DELETE", path, self.delete, open=True),
                )
            ),
        ]

    def follow_up(self, call: Call) -> Answer:
        """The first one after a deferred answer is an edit of that, and keeps its visibility."""
        interaction = self._interaction(call)
        response = interaction.response
        if response is not None and response.loading and not response.deleted:
            self._world.rewrite(response, self._writer(interaction).edit(response.now, call.body, call.value))
            return 200, response.payload(self._world.base)
        if interaction.user_installed and len(interaction.sent) >= USER_INSTALL_FOLLOWUPS:
            raise DiscordError(TOO_MANY_FOLLOWUPS)
        content = self._writer(interaction).create(call.body, call.value)
        message = self._world.response(interaction, content, response)
        interaction.sent.append(message)
        self._world.bell.ring()
        return 200, message.payload(self._world.base)

    def get(self, call: Call) -> Answer:
        return 200, self._message(call).payload(self._world.base)

    def edit(self, call: Call) -> Answer:
        interaction, message = self._interaction(call), self._message(call)
        self._world.rewrite(message, self._writer(interaction).edit(message.now, call.body, call.value))
        return 200, message.payload(self._world.base)

    def delete(self, call: Call) -> Answer:
        self._world.delete(self._message(call))
        return 204, None

    def _interaction(self, call: Call) -> Interaction:
        """Raises DiscordError 50027 after 15 minutes, 10015 before the first answer."""
        interaction = self._world.interactions.get(call.params["webhook_token"])
        if call.params["webhook_id"] != self._world.application or interaction is None:
            raise DiscordError(UNKNOWN_WEBHOOK)
        if self._world.clock.now() - interaction.created_at > TOKEN_LIFE:
            raise DiscordError(INVALID_WEBHOOK_TOKEN)
        if interaction.callback is None:
            raise DiscordError(UNKNOWN_WEBHOOK)
        return interaction

    def _message(self, call: Call) -> Message:
        interaction = self._interaction(call)
        id = call.params.get("message_id")
        mine = [one for one in (interaction.response, *interaction.sent) if one is not None and not one.deleted]
        found = interaction.response if id is None else next((one for one in mine if one.id == id), None)
        if found is None or found.deleted:
            raise DiscordError(UNKNOWN_MESSAGE)
        return found

    def _writer(self, interaction: Interaction) -> Writer:
        limit = interaction.payload["attachment_size_limit"]
        return self._world.writer(interaction.channel, limit, ephemeral=True)
