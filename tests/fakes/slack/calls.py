"""One call of the Web API: its arguments, from wherever they came, and the table of methods."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.fakes.slack.model import Channel, Json
from tests.fakes.slack.refusals import Refused, bad_arguments, missing_scope
from tests.fakes.slack.tokens import Token
from tests.fakes.slack.workspace import Team
from tests.fakes.slack.world import World

_READ = {"channel": "channels:read", "group": "groups:read", "im": "im:read"}
_HISTORY = {"channel": "channels:history", "group": "groups:history", "im": "im:history"}


@dataclass(frozen=True)
class Ask:
    """A call whose token is good. `args` are strings, or JSON values if the body was JSON."""

    world: World
    team: Team
    token: Token
    args: Json

    def required(self, name: str) -> Any:
        """Raises Refused: invalid_arguments."""
        value = self.args.get(name)
        if value in (None, ""):
            raise bad_arguments(f"missing required field: {name}")
        return value

    def text(self, name: str) -> str | None:
        value = self.args.get(name)
        return None if value is None else str(value)

    def flag(self, name: str) -> bool:
        return self.args.get(name) in (True, "true", "1", 1)

    def number(self, name: str, default: int) -> int:
        """Raises Refused: invalid_arguments."""
        try:
            return int(self.args.get(name, default))
        except (TypeError, ValueError):
            raise bad_arguments(f"must provide an integer [json-pointer:/{name}]") from None

    def structure(self, name: str, error: str = "invalid_arguments") -> Any:
        """A list or object, sent as such in a JSON body or as a JSON text in a form. Raises Refused with `error`."""
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            raise Refused(error) from None

    def need(self, *scopes: str) -> None:
        """Raises Refused: missing_scope, unless one of these was granted."""
        if not set(scopes) & set(self.token.scopes):
            raise missing_scope(scopes, self.token.scopes)

    def channel(self, name: str = "channel") -> Channel:
        """A channel that the bot can see. Raises Refused: channel_not_found."""
        channel = self.team.channels.get(str(self.required(name)))
        if channel is None or (channel.kind != "channel" and self.team.bot.id not in channel.members):
            raise Refused("channel_not_found")
        return channel

    def readable(self) -> Channel:
        """Raises Refused: channel_not_found, missing_scope."""
        channel = self.channel()
        self.need(_READ[channel.kind])
        return channel

    def with_history(self) -> Channel:
        """Raises Refused: channel_not_found, missing_scope, not_in_channel."""
        channel = self.channel()
        self.need(_HISTORY[channel.kind])
        if self.team.bot.id not in channel.members:
            raise Refused("not_in_channel")
        return channel


@dataclass(frozen=True)
class Method:
    """`scopes`: one of them is needed, if there are any."""

    answer: Callable[[Ask], Json]
    scopes: tuple[str, ...] = ()


Methods = Mapping[str, Method]
