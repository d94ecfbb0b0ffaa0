"""What each error of the SDK means for the chain.

An answer that says no is a dead attempt (ProviderFailed), or one that nobody should repeat before something is mended
(ProviderFatal). A call whose answer never came, or cannot be read, may have been carried out (ProviderUnknown). Once an
answer has begun, its end can be known: whatever breaks it off kills the attempt, which was billed.
"""

import json

import httpx2
from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError

from core.providers.openai.bounds import TooLarge
from core.providers.ports import (
    NOTHING_BILLED,
    Bill,
    ProviderCannot,
    ProviderError,
    ProviderFailed,
    ProviderFatal,
    ProviderRefused,
    ProviderUnknown,
)
from core.providers.retry_after import retry_after

TROUBLES = (APIError, TimeoutError, json.JSONDecodeError, UnicodeError, RecursionError)
"""Everything that a call may raise: the SDK lets through what parsing and encoding raise."""

REFUSALS = frozenset({
    "moderation_blocked", "content_policy_violation", "image_content_policy_violation", "content_filter",
    "invalid_prompt", "bio_policy", "cyber_policy", "misalignment_policy_violation",
})  # fmt: skip
REFUSAL_WORDS = ("safety system", "content policy", "usage polic", "blocked")
"""For servers, and errors of OpenAI, that have no code for it."""
USED_UP = frozenset({
    "insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "credit_balance_exhausted",
    "usage_limit_exceeded", "project_spend_limit_exceeded", "organization_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
})  # fmt: skip
BUSY = frozenset({429, 503, 529})
PASSING = frozenset({408, 409, 425})
NEVER_SENT = (
    httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError, httpx2.UnsupportedProtocol,
    httpx2.TooManyRedirects,
)  # fmt: skip


def meaning(error: Exception, model: str, begun: Bill | None = None) -> ProviderError:
    """The outcome that an error of TROUBLES stands for. `begun`: what an answer that had begun has cost."""
    match error:
        case APIStatusError():
            return _of_status(error, model)
        case APIConnectionError() if isinstance(error.__cause__, NEVER_SENT):
            return ProviderFailed(f"{model} cannot be reached.")
        case APIConnectionError() if isinstance(error.__cause__, httpx2.LocalProtocolError):
            return _unsendable(model)
        case UnicodeEncodeError():
            return _unsendable(model)
        case APIConnectionError() if isinstance(error.__cause__, TooLarge):
            return ProviderFailed(f"{model} sent far too much.", Bill(billed=True))
        case APITimeoutError() | TimeoutError():
            return ProviderUnknown(f"{model} did not answer in time.")
        case APIConnectionError():
            return _broken_off(f"The connection to {model} broke off.", begun)
        case APIError():
            return _of_event(error, model, begun or NOTHING_BILLED)
    return _broken_off(f"{model} gave an answer that cannot be read.", begun)


def is_refusal(error: APIError) -> bool:
    """Whether the provider's policy speaks."""
    if not REFUSALS.isdisjoint(_codes(error)):
        return True
    is_about_words = getattr(error, "status_code", 400) in {400, 422}
    said = f"{error.message} {error.body}".lower()
    return is_about_words and any(word in said for word in REFUSAL_WORDS)


def refused(model: str, bill: Bill = NOTHING_BILLED) -> ProviderRefused:
    return ProviderRefused(f"{model} refuses this by its own rules.", bill)


def _of_status(error: APIStatusError, model: str) -> ProviderError:
    status, wait = error.status_code, retry_after(error.response.headers)
    if status < 500 and is_refusal(error):
        return refused(model)
    if status == 402 or not USED_UP.isdisjoint(_codes(error)):
        return _used_up(model)
    if status in BUSY:
        return ProviderFailed(f"{model} is overloaded.", retry_after=wait)
    if status >= 500 or status in PASSING:
        return ProviderFailed(f"{model} has a fault of its own.", retry_after=wait)
    if status in {401, 403}:
        return ProviderFatal(f"{model} does not accept this Easel's key.")
    if status in {404, 410}:
        return ProviderCannot(f"{model} is not there any more.")
    return ProviderCannot(f"{model} cannot take this request.")


def _of_event(error: APIError, model: str, bill: Bill) -> ProviderError:
    """An error told in the middle of a stream, which has no status of its own."""
    if is_refusal(error):
        return refused(model, bill)
    if not USED_UP.isdisjoint(_codes(error)):
        return _used_up(model)
    return ProviderFailed(f"{model} has a fault of its own.", bill)


def _used_up(model: str) -> ProviderFatal:
    return ProviderFatal(f"The account that pays for {model} is used up.")


def _unsendable(model: str) -> ProviderFatal:
    return ProviderCannot(f"{model} cannot be asked: its key, or the request, has characters that cannot be sent.")


def _broken_off(message: str, begun: Bill | None) -> ProviderError:
    return ProviderUnknown(message) if begun is None else ProviderFailed(message, begun)


def _codes(error: APIError) -> set[str | None]:
    return {error.code, error.type}
