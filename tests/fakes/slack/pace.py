"""Counts messages that follow each other too fast in one channel: Slack allows about one per second.

https://docs.slack.dev/apis/web-api/rate-limits ("Posting messages")
"""

from core.clock import SECOND, Clock, Millis
from tests.fakes.slack.refusals import rate_limited

INTERVAL = SECOND


class Pace:
    """`too_fast` counts; with `punish` each such post is answered with 429 as well."""

    def __init__(self, clock: Clock) -> None:
        self.too_fast = 0
        self.punish = False
        self._clock = clock
        self._last: dict[str, Millis] = {}

    def check(self, channel: str) -> None:
        """Raises Refused: ratelimited."""
        now = self._clock.now()
        if now - self._last.get(channel, now - INTERVAL) < INTERVAL:
            self.too_fast += 1
            if self.punish:
                raise rate_limited(1)
        self._last[channel] = now
