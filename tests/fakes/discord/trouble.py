"""Bad days on demand: answers that a test orders beforehand, for the next requests to a route.

https://docs.discord.com/developers/topics/rate-limits
"""

from dataclasses import dataclass, field

from aiohttp import web

from tests.fakes.discord.errors import Json
from tests.fakes.discord.wire import VIA, json_answer, page

EVERYWHERE = "*"


@dataclass
class Trouble:
    """`route` is a template such as `/channels/{channel_id}/messages`, or `*`. `lost`: served, but unanswered."""

    method: str
    route: str
    times: int
    status: int = 0
    payload: Json | str = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    lost: bool = False

    def answer(self) -> web.Response:
        if isinstance(self.payload, str):
            return page(self.status, self.payload, self.headers)
        return json_answer(self.status, self.payload, self.headers)


class Troubles:
    """Orders of trouble, each used up in its turn."""

    def __init__(self) -> None:
        self._ordered: list[Trouble] = []

    def order(self, trouble: Trouble) -> None:
        self._ordered.append(trouble)

    def take(self, method: str, route: str) -> Trouble | None:
        """What this request gets, once."""
        for trouble in self._ordered:
            if trouble.times > 0 and trouble.method in {method, EVERYWHERE} and trouble.route in {route, EVERYWHERE}:
                trouble.times -= 1
                return trouble
        return None


def rate_limited(method: str, route: str, retry_after: float, times: int, *, everywhere: bool = False) -> Trouble:
    """Discord's own 429, which clients wait out."""
    headers = {
        "Retry-After": str(max(1, round(retry_after))),
        "X-RateLimit-Scope": "global" if everywhere else "user",
    }
    headers |= {"X-RateLimit-Global": "true"} if everywhere else {}
    payload = {"message": "You are being rate limited.", "retry_after": retry_after, "global": everywhere}
    return Trouble(method, route, times, 429, payload, headers)


def banned(method: str, route: str, times: int) -> Trouble:
    """The 429 of Cloudflare in front of Discord: an address that sent too many invalid requests."""
    page = "<html><title>Access denied | discord.com used Cloudflare to restrict access</title></html>"
    return Trouble(method, route, times, 429, page, {"Retry-After": "3600", "Server": "cloudflare"})


def broken(method: str, route: str, status: int, times: int) -> Trouble:
    """A server error of the gateway in front of Discord."""
    return Trouble(method, route, times, status, f"<html>{status}</html>", VIA)


def lost(method: str, route: str, times: int) -> Trouble:
    """The request is served and the connection is cut before the answer."""
    return Trouble(method, route, times, lost=True)
