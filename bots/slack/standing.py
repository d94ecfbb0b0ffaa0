"""What somebody is in their workspace: an admin, a member of user groups. Slack is asked only where a rule needs it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from slack_sdk.web.async_client import AsyncWebClient

from bots.slack.places import Place
from bots.slack.refusals import Trouble, code_of
from core.log import logger
from core.servers import ADMINS

GROUP = "group:"
REMEMBERED_SECONDS = 60.0
"""usergroups.users.list takes 20 calls a minute: https://docs.slack.dev/reference/methods/usergroups.users.list"""
MOST_REMEMBERED = 10_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Standing:
    """`groups` are those of the rule that the person belongs to."""

    is_admin: bool = False
    groups: frozenset[str] = frozenset()


NOBODY = Standing()


class Standings:
    """Asks Slack, and remembers what it said for a minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._admins: dict[tuple[str, str], tuple[float, bool]] = {}
        self._groups: dict[tuple[str, str], tuple[float, frozenset[str]]] = {}

    async def under(self, rule: Sequence[str], client: AsyncWebClient, place: Place) -> Standing:
        """As far as it matters for this rule of who may use a command."""
        if not rule or f"user:{place.user}" in rule:
            return NOBODY
        if await self.administers(client, place):
            return Standing(is_admin=True)
        named = [one.removeprefix(GROUP) for one in rule if one != ADMINS and one.startswith(GROUP)]
        return Standing(groups=frozenset([each for each in named if place.user in await self._in(each, client, place)]))

    async def administers(self, client: AsyncWebClient, place: Place) -> bool:
        """https://docs.slack.dev/reference/methods/users.info"""
        known = self._admins.get((place.team, place.user))
        if known is not None and known[0] > self._clock():
            return known[1]
        try:
            who = (await client.users_info(user=place.user))["user"]
        except Trouble as error:
            logger().warning("person not looked up", errorName=code_of(error) or type(error).__name__)
            return False
        is_own = str(who.get("team_id") or place.team) == place.team
        return _noted(self._admins, (place.team, place.user), self._until(), is_own and _is_admin(who))

    async def _in(self, group: str, client: AsyncWebClient, place: Place) -> frozenset[str]:
        known = self._groups.get((place.team, group))
        if known is not None and known[0] > self._clock():
            return known[1]
        try:
            said = await client.usergroups_users_list(usergroup=group)
        except Trouble as error:
            logger().warning("group not looked up", errorName=code_of(error) or type(error).__name__)
            return frozenset()
        return _noted(self._groups, (place.team, group), self._until(), frozenset(map(str, said.get("users") or [])))

    def _until(self) -> float:
        return self._clock() + REMEMBERED_SECONDS


def _is_admin(who: dict[str, object]) -> bool:
    return bool(who.get("is_admin") or who.get("is_owner"))


def _noted(among: dict[tuple[str, str], tuple[float, T]], name: tuple[str, str], until: float, what: T) -> T:
    if len(among) >= MOST_REMEMBERED:
        among.clear()
    among[name] = (until, what)
    return what
