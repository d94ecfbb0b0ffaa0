"""Bad days on demand: errors of Telegram's servers, lost connections, answers that never come."""

import asyncio
from dataclasses import dataclass, field

from tests.fakes.telegram.call import Call
from tests.fakes.telegram.errors import ApiError

REASONS = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}


@dataclass
class Fault:
    """What happens to the next `times` calls. `status` 0: the connection is dropped."""

    method: str | None
    status: int
    times: int
    after: bool = False
    html: bool = False
    gate: asyncio.Event | None = field(default=None, repr=False)
    error: ApiError | None = None


class Faults:
    """Faults are used up in the order in which they were asked for. During an `outage` every connection is dropped."""

    def __init__(self) -> None:
        self.outage = False
        self._planned: list[Fault] = []

    def fail(self, method: str | None = None, *, status: int = 502, times: int = 1, html: bool = False) -> None:
        """Answer with a server error, and do nothing; `html` as a proxy before Telegram would word it."""
        self._planned.append(Fault(method, status, times, html=html))

    def drop(self, method: str | None = None, *, times: int = 1, after: bool = False) -> None:
        """Close the connection without an answer; `after`: what was asked for is done nevertheless."""
        self._planned.append(Fault(method, 0, times, after))

    def refuse(self, method: str | None, error: ApiError, *, times: int = 1) -> None:
        """Say no, as Telegram does for reasons that this fake knows nothing of."""
        self._planned.append(Fault(method, error.code, times, error=error))

    def hold(self, method: str | None = None, *, times: int = 1, lost: bool = False) -> asyncio.Event:
        """Let the call wait until the returned event is set; `lost`: what it then does is not answered."""
        gate = asyncio.Event()
        self._planned.append(Fault(method, 0 if lost else 200, times, after=lost, gate=gate))
        return gate

    def next(self, call: Call) -> Fault | None:
        """What goes wrong with this call."""
        if self.outage:
            return Fault(None, 0, 1)
        for fault in self._planned:
            if fault.times and fault.method in (None, call.method):
                fault.times -= 1
                return fault
        return None
