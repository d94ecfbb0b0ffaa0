"""Errors on the pages of buying are pages, too: what happened, what to do now, and a way back. No JSON for people."""

import re
from collections.abc import Mapping
from http import HTTPStatus

from fastapi.responses import HTMLResponse, Response

from core.errors import EaselError, Suspended
from webhooks.pay import pages
from webhooks.pay.markup import Markup, tag

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "referrer-policy": "same-origin",
    "x-robots-tag": "noindex",
}
"""Of everything under /pay, whatever became of it: an address there is a key. Other sites get no referrer; without any
at all, forms would have the Origin `null`, which is all that browsers say at plain http, or older ones, of their site:
https://fetch.spec.whatwg.org/#append-a-request-origin-header
"""
_OURS = re.compile(r"/(demo-)?pay/.*", re.DOTALL)
_STATUS = re.compile(r"/pay/[^/]*/status")
_ORDER = re.compile(r"(?P<order>/pay/[A-Za-z0-9_-]{32})(/.*)?", re.DOTALL)
_WORDS = {
    404: "Open the link from the chat again, or ask for a new one there with /buy.",
    405: "This address is only for the buttons of the page. Go back to it, and press one there.",
    500: "Something went wrong on our side. What you have paid is not lost: look at your order again in a minute.",
}
"""Where the error itself says no more than its number."""
_NEXT = {
    400: "Go back to your order and choose there.",
    413: "Go back to your order and choose there.",
    429: "Wait a minute, then open the link from the chat again.",
    503: "Try again in a minute. What you have paid is not lost.",
}


def is_ours(path: str) -> bool:
    return _OURS.fullmatch(path) is not None


def is_page(path: str) -> bool:
    """Whether people look at what is there; the script that waits reads JSON."""
    return is_ours(path) and _STATUS.fullmatch(path) is None


def words_of(error: EaselError) -> str:
    """Its message, and whom somebody who is suspended may ask."""
    if not isinstance(error, Suspended):
        return error.message
    whom = f"write to {error.contact}" if error.contact else "ask who runs this Easel"
    return f"{error.message} If you think that is a mistake, {whom}."


def page(
    scope: tuple[str, str], status: int, message: str, *, is_private: bool, headers: Mapping[str, str] | None = None
) -> Response:
    """`scope`: method and path. `is_private`: the playground is at `/`. `message`: a sentence, or bare words."""
    words = _WORDS.get(status, message) if message == HTTPStatus(status).phrase else message
    knows = status != HTTPStatus.NOT_FOUND or scope[0] == "POST"  # forms are on pages of links that are known
    title = "That did not work" if knows else "This page is not there"
    advice = tag("p", _NEXT[status]) if status in _NEXT else None
    text = pages.trouble(title, words, advice, _back(scope[1] if knows else "", is_private=is_private))
    return HTMLResponse(text, status, headers=HEADERS | dict(headers or {}))


def _back(path: str, *, is_private: bool) -> Markup:
    """To the order, or to where `/buy` can be asked."""
    if order := _ORDER.fullmatch(path):
        return tag("a", "Back to your order", class_="button", href=order["order"])
    if is_private:
        return tag("a", "Back to the playground", class_="button", href="/")
    return tag("p", "You can close this page and go back to the chat.", class_="quiet")
