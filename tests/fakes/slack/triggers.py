"""Trigger ids: the short-lived right to open a modal in front of somebody, used once.

https://docs.slack.dev/interactivity/handling-user-interaction (3 seconds)
"""

import secrets
from dataclasses import dataclass

from core.clock import SECOND, Clock, Millis
from tests.fakes.slack.refusals import Refused

LIFETIME = 3 * SECOND


@dataclass
class Trigger:
    """`view` is the modal in which the interaction happened, if it was in one."""

    id: str
    team_id: str
    user: str
    issued_at: Millis
    view: str | None = None
    used: bool = False


class Triggers:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._issued: dict[str, Trigger] = {}

    def issue(self, team_id: str, user: str, view: str | None = None) -> str:
        number = len(self._issued) + 1
        trigger = f"{self._clock.now()}.{number}.{secrets.token_hex(16)}"
        self._issued[trigger] = Trigger(trigger, team_id, user, self._clock.now(), view)
        return trigger

    def use(self, trigger_id: str, team_id: str) -> Trigger:
        """Raises Refused: invalid_trigger_id, exchanged_trigger_id, expired_trigger_id."""
        trigger = self._issued.get(trigger_id)
        if trigger is None or trigger.team_id != team_id:
            raise Refused("invalid_trigger_id")
        if trigger.used:
            raise Refused("exchanged_trigger_id")
        if self._clock.now() - trigger.issued_at > LIFETIME:
            raise Refused("expired_trigger_id")
        trigger.used = True
        return trigger
