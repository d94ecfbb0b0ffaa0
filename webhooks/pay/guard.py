"""Who may call: forms of our own pages only, nobody who tries link after link, nobody who floods a gateway through us.

The address is that of the connection: what a proxy's headers say could be written by anybody. Behind a proxy all
buyers share one address, so that a known link is always answered, and only unknown ones are counted.
"""

from urllib.parse import urlsplit

from fastapi import HTTPException, Request

from core.clock import MINUTE, Clock, Millis

TRIES = 20
RETURNS = 20
"""So often a minute a buyer's return asks the gateway. The page that waits comes back every five seconds."""
WINDOW: Millis = MINUTE
MAX_COUNTED = 10_000


def same_origin(request: Request, base_url: str) -> None:
    """Refuse a form that another site sends (CSRF). Browsers that do not say so with Sec-Fetch-Site send an Origin."""
    site = request.headers.get("sec-fetch-site")
    if site is None:
        ours = urlsplit(base_url)
        site = "same-origin" if request.headers.get("origin") == f"{ours.scheme}://{ours.netloc}" else "unknown"
    if site != "same-origin":
        raise HTTPException(403, "Send this form from the page of your link.")


class Tries:
    """Counts what somebody does within a minute, in this process."""

    def __init__(self, clock: Clock, limit: int = TRIES) -> None:
        self._clock = clock
        self._limit = limit
        self._since = clock.now()
        self._tries: dict[str, int] = {}

    def too_many(self, who: str) -> bool:
        """Count one more. `who`: an address, or an order."""
        now = self._clock.now()
        if now - self._since >= WINDOW or len(self._tries) >= MAX_COUNTED:
            self._since, self._tries = now, {}
        self._tries[who] = self._tries.get(who, 0) + 1
        return self._tries[who] > self._limit
