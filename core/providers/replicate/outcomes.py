"""What Replicate's answers mean for a call, and what the call has cost then.

Official models are charged by the picture that they put out, so one that failed or was stopped costs nothing:
https://replicate.com/changelog/2025-01-29-official-models. Versions are charged by the time they ran, also when they
fail or are stopped, so that is billed, nobody knows how much; a prediction that never started costs nothing either way:
https://replicate.com/docs/topics/predictions/lifecycle#billing-for-predictions-with-deadlines
"""

import re
from collections.abc import Sequence

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
from core.providers.replicate.api import ApiError, Rejected, Unsent
from core.providers.replicate.snapshot import Snapshot

_POLICY = re.compile(
    r"nsfw|\bE005\b|flagged as|sensitive (?:content|word|material)|moderat(?:ed|ion)"
    r"|content (?:policy|filter)|safety (?:filter|system|checker)|(?:violat|prohibit)\w* .*(?:polic|content|guideline)",
    re.IGNORECASE,
)
"""E005 and "flagged as sensitive" are Replicate's, "NSFW" is of its FLUX and Stable Diffusion models."""
_GRAVITY = (ProviderUnknown, ProviderRefused, ProviderFailed, ProviderFatal, ProviderCannot)
"""What decides when several predictions of one order ended differently: first whether anybody else may be asked."""


def is_policy(text: str) -> bool:
    return _POLICY.search(text) is not None


def answered(error: ApiError, who: str) -> ProviderError:
    """What a failed call of the API means. `who` is named to people."""
    if isinstance(error, Rejected):
        return _rejected(error, who)
    if isinstance(error, Unsent):
        return ProviderFailed(f"{who} cannot be reached.")
    return ProviderUnknown(f"{who} did not answer clearly, so nobody knows what it made.")


def _rejected(error: Rejected, who: str) -> ProviderError:
    match error.status:
        case 401 | 403:
            return ProviderFatal(f"{who} does not accept Easel's key.")
        case 402:
            return ProviderFatal(f"{who} is paid from an account that is empty.")
        case 404 | 410:
            return ProviderCannot(f"{who} is not there any more.")
        case 429:
            return ProviderFailed(f"{who} is overloaded.", retry_after=error.retry_after)
        case 400 | 413 | 422 if is_policy(error.detail):
            return ProviderRefused(f"{who} refuses this by its own rules.")
        case 400 | 405 | 413 | 422:
            return ProviderCannot(f"{who} cannot take this request.")
        case _:
            return ProviderFailed(f"{who} is out of order at the moment.", retry_after=error.retry_after)


def ended(snapshot: Snapshot, who: str, *, official: bool) -> ProviderError:
    """What a prediction that ended without pictures means."""
    ran = snapshot.started and snapshot.status != "aborted"
    bill = NOTHING_BILLED if official or snapshot.is_official or not ran else Bill(billed=True)
    match snapshot.status:
        case "failed" if is_policy(snapshot.error):
            return ProviderRefused(f"{who} refuses this by its own rules.", bill)
        case "failed":
            return ProviderFailed(f"{who} failed to draw this.", bill)
        case _:
            return ProviderFailed(f"{who} took too long and was stopped.", bill)


def unseen(who: str) -> ProviderError:
    """A prediction of which nobody knows what became."""
    return ProviderUnknown(f"{who} was asked to draw, but nobody knows what became of it.")


def unfetched(who: str) -> ProviderError:
    """A prediction whose pictures cannot be had."""
    return ProviderFailed(f"What {who} has drawn cannot be fetched.", Bill(billed=True))


def worst(errors: Sequence[ProviderError]) -> ProviderError:
    """The one that decides; billed if any of them is."""
    decisive = min(errors, key=lambda error: _GRAVITY.index(type(error)))
    if any(error.bill.billed for error in errors):
        decisive.bill = Bill(billed=True)
    return decisive
