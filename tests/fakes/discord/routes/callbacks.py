"""First answers to interactions: .../interactions/receiving-and-responding#create-interaction-response"""

from tests.fakes.discord.content import Content, Writer
from tests.fakes.discord.errors import (
    ALREADY_ACKNOWLEDGED,
    INVALID_BODY,
    UNKNOWN_INTERACTION,
    DiscordError,
    Fault,
    Json,
    Problem,
    insist,
)  # fmt: skip
from tests.fakes.discord.flags import CallbackKind, InteractionKind, MessageFlag
from tests.fakes.discord.interaction import ACK_LIFE, Interaction
from tests.fakes.discord.limits import choice_faults, modal_faults
from tests.fakes.discord.message import Message
from tests.fakes.discord.rest import Answer, Call, Route
from tests.fakes.discord.world import World

MESSAGES = {CallbackKind.MESSAGE, CallbackKind.DEFERRED_MESSAGE}
UPDATES = {CallbackKind.UPDATE, CallbackKind.DEFERRED_UPDATE}
ALLOWED = {
    InteractionKind.COMMAND: MESSAGES | {CallbackKind.MODAL},
    InteractionKind.COMPONENT: MESSAGES | UPDATES | {CallbackKind.MODAL},
    InteractionKind.AUTOCOMPLETE: {CallbackKind.CHOICES},
    InteractionKind.MODAL: MESSAGES | UPDATES,
}
PATH = "/interactions/{interaction_id}/{interaction_token}/callback"


class Callbacks:
    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        return [Route("POST", PATH, self.answer, open=True)]

    def answer(self, call: Call) -> Answer:
        """Raises DiscordError 10062 when it comes too late, 40060 the second time."""
        interaction = self._world.interactions.get(call.params["interaction_token"])
        if interaction is None or interaction.id != call.params["interaction_id"]:
            raise DiscordError(UNKNOWN_INTERACTION)
        if interaction.callback is not None:
            raise DiscordError(ALREADY_ACKNOWLEDGED)
        if self._world.clock.now() - interaction.created_at > ACK_LIFE:
            raise DiscordError(UNKNOWN_INTERACTION)
        kind = self._kind(interaction, call)
        data: Json = call.value.get("data") or {}
        message = self._do(interaction, kind, data, call)
        interaction.acknowledge(kind, data)
        self._world.bell.ring()
        return self._told(call, interaction, kind, message)

    def _kind(self, interaction: Interaction, call: Call) -> CallbackKind:
        allowed = ALLOWED[interaction.kind]
        if interaction.kind is InteractionKind.MODAL and interaction.source is None:
            allowed = MESSAGES
        if call.value.get("type") not in allowed:
            names = ", ".join(sorted(kind.name for kind in allowed))
            fault = Fault(("type",), "INTERACTION_CALLBACK_TYPE_INVALID", f"Here only these fit: {names}")
            raise DiscordError(INVALID_BODY, [fault])
        return CallbackKind(call.value["type"])

    def _do(self, interaction: Interaction, kind: CallbackKind, data: Json, call: Call) -> Message | None:
        match kind:
            case CallbackKind.MESSAGE:
                content = self._writer(interaction).create(call.body, data)
                return self._respond(interaction, content, seen=0)
            case CallbackKind.DEFERRED_MESSAGE:
                return self._respond(interaction, Content(flags=self._deferred(data)), seen=1)
            case CallbackKind.UPDATE | CallbackKind.DEFERRED_UPDATE:
                return self._update(interaction, kind, data, call)
            case CallbackKind.CHOICES:
                insist(choice_faults(data))
            case CallbackKind.MODAL:
                insist(modal_faults(data))
        return None

    def _deferred(self, data: Json) -> MessageFlag:
        """Only EPHEMERAL is taken; others have to wait for the edit of `@original`."""
        flags = MessageFlag(data.get("flags") or 0)
        if flags & ~MessageFlag.EPHEMERAL:
            text = f"A deferred answer takes only EPHEMERAL, not {flags!r}"
            self._world.problems.append(Problem("protocol", f"POST {PATH}", text))
        return (flags & MessageFlag.EPHEMERAL) | MessageFlag.LOADING

    def _respond(self, interaction: Interaction, content: Content, seen: int) -> Message:
        message = self._world.response(interaction, content)
        interaction.respond_with(message, seen)
        return message

    def _update(self, interaction: Interaction, kind: CallbackKind, data: Json, call: Call) -> Message | None:
        source = interaction.source
        if source is None:
            return None
        interaction.respond_with(source, len(source.revisions))
        if kind is CallbackKind.UPDATE:
            self._world.rewrite(source, self._writer(interaction).edit(source.now, call.body, data))
        return source

    def _writer(self, interaction: Interaction) -> Writer:
        limit = interaction.payload["attachment_size_limit"]
        return self._world.writer(interaction.channel, limit, ephemeral=True)

    def _told(self, call: Call, interaction: Interaction, kind: CallbackKind, message: Message | None) -> Answer:
        if call.query.get("with_response", "false").lower() not in {"1", "true"}:
            return 204, None
        told: Json = {"id": interaction.id, "type": interaction.kind}
        if message is None:
            return 200, {"interaction": told}
        told |= {
            "response_message_id": message.id,
            "response_message_loading": message.loading,
            "response_message_ephemeral": message.ephemeral,
        }
        answer: Json = {"interaction": told}
        if kind in {CallbackKind.MESSAGE, CallbackKind.UPDATE}:
            answer["resource"] = {"type": kind, "message": message.payload(self._world.base)}
        return 200, answer
