"""How long Replicate asks to be left alone."""

import math
import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

LONGEST = 3_600.0
_RESETS = re.compile(r"resets in ~?(\d+(?:\.\d+)?) ?s")


def wait_asked_for(headers: Mapping[str, str], detail: str) -> float | None:
    """Seconds, from Retry-After-Ms, Retry-After (seconds or a date), or from what a 429 says.

    https://replicate.com/docs/topics/predictions/rate-limits: "Your rate limit resets in ~30s."
    """
    if (exact := _number(headers.get("retry-after-ms"))) is not None:
        return min(exact / 1_000, LONGEST)
    told = headers.get("retry-after")
    seconds = _number(told)
    if seconds is None and told:
        seconds = _until(told)
    if seconds is None and (said := _RESETS.search(detail)):
        seconds = float(said[1])
    return None if seconds is None else min(seconds, LONGEST)


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _until(date: str) -> float | None:
    try:
        return max(0.0, parsedate_to_datetime(date).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None
