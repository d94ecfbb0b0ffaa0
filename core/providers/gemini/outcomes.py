"""What the SDK and its connection may raise, as outcomes: is the call known to be dead, or may it have been billed?

Nothing of what the server wrote gets into a message: it may quote the key.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from google.genai.errors import APIError

from core.providers.gemini.quota import is_used_up, seconds_to_wait
from core.providers.gemini.transport import AnswerTooLarge
from core.providers.gemini.wire import reasons
from core.providers.ports import Bill, ProviderCannot, ProviderError, ProviderFailed, ProviderFatal, ProviderUnknown

_WRONG_KEY = frozenset({"API_KEY_INVALID", "API_KEY_EXPIRED"})
_WORTH_ANOTHER_TRY = frozenset({408, 409, 425, 499})
"""Timed out, aborted, too early, cancelled: of all 4xx only these may end otherwise the next time."""
_UNREACHED = httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.ProxyError
_UNSENDABLE = httpx.UnsupportedProtocol | httpx.InvalidURL | httpx.LocalProtocolError | UnicodeEncodeError
_UNREADABLE = (ValueError, TypeError, AttributeError, KeyError)
"""What the SDK trips over: JSON that is none, or has another shape than it believes."""


@contextmanager
def outcomes(name: str) -> Iterator[None]:
    """Around calls of the SDK and nothing else. Raises ProviderError in place of whatever they raise."""
    try:
        yield
    except (APIError, httpx.HTTPError, httpx.InvalidURL, AnswerTooLarge, *_UNREADABLE) as error:
        raise outcome_of(error, name) from error


def outcome_of(error: Exception, name: str) -> ProviderError:
    """`name` is how people know the model."""
    match error:
        case APIError():
            return _answered(error, name)
        case AnswerTooLarge():
            return ProviderFailed(f"{name} sent more than a picture.", Bill(billed=True))
        case _ if isinstance(error, _UNREACHED):
            return ProviderFailed(f"{name} cannot be reached.")
        case _ if isinstance(error, _UNSENDABLE):
            return ProviderFatal(f"{name} cannot be asked: its key or its address cannot be right.")
        case httpx.TimeoutException():
            return ProviderUnknown(f"{name} did not answer in time.")
        case httpx.HTTPError():
            return ProviderUnknown(f"The connection to {name} was lost.")
        case _ if _is_page(error):
            return ProviderFailed(f"{name} answered with a web page.")
        case _ if type(error) is ValueError:  # the SDK's word for what it will not send
            return ProviderCannot(f"{name} cannot take this request.")
        case _:
            return ProviderUnknown(f"{name} gave an answer that cannot be read.")


def _answered(error: APIError, name: str) -> ProviderError:
    """An error that the server told: https://ai.google.dev/gemini-api/docs/troubleshooting"""
    match error.code:
        case 429 if is_used_up(error):
            return ProviderFatal(f"The quota of {name} is used up.")
        case 429:
            return ProviderFailed(f"{name} has too much to do.", retry_after=seconds_to_wait(error))
        case 401 | 403:
            return ProviderFatal("Gemini does not accept Easel's key.")
        case 400 if reasons(error) & _WRONG_KEY:
            return ProviderFatal("Gemini does not accept Easel's key.")
        case 404:
            return ProviderCannot(f"{name} is not offered any more.")
        case code if 300 <= code < 500 and code not in _WORTH_ANOTHER_TRY:
            return ProviderCannot(f"{name} cannot take this request.")
        case 503:
            return ProviderFailed(f"{name} is overloaded.", retry_after=seconds_to_wait(error))
        case code if code >= 300:
            return ProviderFailed(f"{name} has a fault of its own.", retry_after=seconds_to_wait(error))
        case _:
            return ProviderUnknown(f"{name} gave an answer that cannot be read.")


def _is_page(error: Exception) -> bool:
    """Whether it was HTML that could not be read as JSON."""
    for one in (error, error.__cause__):
        if isinstance(one, json.JSONDecodeError):
            return one.doc.lstrip().startswith("<")
    return False
