"""Trouble on demand: rate limits, breakdowns, refusals, and answers that get lost after the deed was done."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

from tests.fakes.slack.refusals import Refused, rate_limited

Kind = Literal["before", "lost"]


@dataclass
class Trouble:
    """`before` the call does anything, or with its answer `lost` afterwards."""

    kind: Kind
    refusal: Refused
    times: int


class Troubles:
    """What will go wrong, by method; `*` means any method.

    Besides methods there are `upload` (the bytes of a file), `response_url`, and `share`, whose lost answer means that
    files.completeUploadExternal says ok and the file appears nowhere, as happens with Slack.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, list[Trouble]] = defaultdict(list)

    def rate_limit(self, method: str, seconds: int = 1, times: int = 1) -> None:
        """The next calls get 429 with `Retry-After`."""
        self._waiting[method].append(Trouble("before", rate_limited(seconds), times))

    def break_down(self, method: str, status: int = 503, times: int = 1) -> None:
        """The next calls get this 5xx and do nothing."""
        self._waiting[method].append(Trouble("before", Refused("internal_error", status=status), times))

    def refuse(self, method: str, error: str, times: int = 1) -> None:
        """The next calls get `ok: false` with this error."""
        self._waiting[method].append(Trouble("before", Refused(error), times))

    def lose_answer(self, method: str, times: int = 1) -> None:
        """The next calls do what they should, but their connection breaks before the answer."""
        self._waiting[method].append(Trouble("lost", Refused("connection lost"), times))

    def next(self, method: str, kind: Kind) -> Refused | None:
        """Use up one waiting trouble of this kind."""
        for name in (method, "*"):
            for trouble in self._waiting[name]:
                if trouble.kind == kind and trouble.times > 0:
                    trouble.times -= 1
                    return trouble.refusal
        return None
