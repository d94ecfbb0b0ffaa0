"""Too many requests, and what that means: come back in some seconds, or not today, or not before somebody has paid.

Google says all three with the same status, and tells even those who only hurry to check their billing details.
"""

import re
from collections.abc import Iterator

from google.genai.errors import APIError

from core.providers.gemini.wire import headers, message, of_type
from core.providers.retry_after import retry_after

_LONG = re.compile(r"per_?(day|week|month)", re.IGNORECASE)
_USED_UP = re.compile(
    r"per day|daily|per month|monthly|spending cap|credits? (are|is) depleted|limit: 0\b(?!\.)", re.IGNORECASE
)
_BILLING = re.compile(r"billing|payment|credits?\b", re.IGNORECASE)
_DURATION = re.compile(r"(\d{1,9}(?:\.\d+)?)s")


def is_used_up(error: APIError) -> bool:
    """Whether waiting a little will not help: a quota of a day or longer, one of zero, or no money."""
    quotas = list(_quotas(error))
    if any(_LONG.search(quota) for quota in quotas) or _USED_UP.search(message(error)):
        return True
    return not quotas and seconds_to_wait(error) is None and _BILLING.search(message(error)) is not None


def seconds_to_wait(error: APIError) -> float | None:
    """The longest of what the answer's headers and details ask for; None when they do not say."""
    asked = [seconds for seconds in (retry_after(headers(error)), *_by_details(error)) if seconds is not None]
    return max(asked, default=None)


def _quotas(error: APIError) -> Iterator[str]:
    """The names of the quotas that are exceeded, such as GenerateRequestsPerDayPerProjectPerModel-FreeTier."""
    for failure in of_type(error, "QuotaFailure"):
        violations = failure.get("violations")
        for violation in violations if isinstance(violations, list) else ():
            if isinstance(violation, dict):
                yield f"{violation.get('quotaId', '')} {violation.get('quotaMetric', '')}"
    for info in of_type(error, "ErrorInfo"):
        metadata = info.get("metadata")
        if isinstance(metadata, dict) and "quota_limit" in metadata:
            yield str(metadata["quota_limit"])


def _by_details(error: APIError) -> Iterator[float]:
    """Such as "34.07s": https://protobuf.dev/reference/protobuf/google.protobuf/#duration"""
    for info in of_type(error, "RetryInfo"):
        if told := _DURATION.fullmatch(str(info.get("retryDelay"))):
            yield float(told[1])
