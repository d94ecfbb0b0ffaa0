"""The rules of the house: what the admins of a server have set for what is made there, on every platform."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bots.incoming import Incoming
from bots.replies import Action
from core.accounts.model import Account
from core.app import App
from core.errors import GenerationFailed, NotForYou, Refusal, WrongChannel
from core.servers import ServerSettings
from core.wallets import Sponsor

RULED = ("imagine", "edit", "upscale", "chat")
"""Commands that make something, for which there can be rules."""
COMMAND_OF_ACTION: dict[Action, str] = {"reroll": "imagine", "vary": "imagine", "edit": "edit", "upscale": "upscale"}
"""Who may not type a command may not press its button either."""


class House:
    """Asked before the core is. In private there are no rules."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def rules(self, message: Incoming) -> ServerSettings:
        return await self._app.servers.get(message.server)

    async def sponsor(self, message: Incoming) -> Sponsor | None:
        """The server, if it pays for what its members make there: in its channels, so not in direct messages."""
        if message.server is None or message.is_direct:
            return None
        rules = await self.rules(message)
        return Sponsor(rules.purse or message.server, rules.cap) if rules.wallet and rules.cap else None

    @asynccontextmanager
    async def admitted(self, message: Incoming, account: Account, command: str) -> AsyncIterator[None]:
        """Inside, a request is made; refused, it does not count. Raises WrongChannel, NotForYou or ServerLimited."""
        rules = await self.rules(message)
        check(rules, message, command)
        if message.server is None or rules.daily is None:
            yield
            return
        limits, taken_at = self._app.server_limits, self._app.clock.now()
        await limits.take(message.server, account.id, message.id, rules.daily)
        try:
            yield
        except (Refusal, GenerationFailed):
            await limits.give_back(message.server, account.id, message.id, taken_at)
            raise


def check(rules: ServerSettings, message: Incoming, command: str) -> None:
    """Raises WrongChannel or NotForYou."""
    if not message.is_direct and not rules.has_place_for((message.reply_to.channel, message.within)):
        raise WrongChannel(rules.channels)
    if not message.is_server_admin and not rules.allows(command, message.identity.user, message.groups):
        raise NotForYou(command)
