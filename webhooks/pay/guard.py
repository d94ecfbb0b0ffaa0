"""Who may call: forms of our own pages only, and nobody who tries link after link.

The address is that of the connection: what a proxy's headers say could be written by anybody. Behind a proxy all
buyers share one address, so that a known link is always answered, and only unknown ones are counted.
"""

from urllib.parse import urlsplit

from fastapi import HTTPException, Request

from core.clock import MINUTE, Clock, Millis

TRIES = 20
WINDOW: Millis = MINUTE
MAX_ADDRESSES = 10_000


def same_origin(request: Request, base_url: str) -> None:
    """Refuse a form that another site sends (CSRF). Browsers that do not say so with Sec-Fetch-Site send an Origin."""
    site = request.headers.get("sec-fetch-site")
    if site is None:
        ours = urlsplit(base_url)
        site = "same-origin" if request.headers.get("origin") == f"{ours.scheme}://{ours.netloc}" else "unknown"
    if site != "same-origin":
        raise HTTPException(403, "Send this form from the page of your link.")


class Strangers:
    """Counts unknown links by address, in this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since = clock.now()
        self._tries: dict[str, int] = {}

    def tried(self, address: str) -> bool:
        """Whether this address has tried too often within the minute."""
        now = self._clock.now()
        if now - self._since >= WINDOW or len(self._tries) >= MAX_ADDRESSES:
            self._since, self._tries = now, {}
        self._tries[address] = self._tries.get(address, 0) + 1
        return self._tries[address] > TRIES
