"""How long Replicate asks to be left alone: a 429 says it in words at least."""

import re
from collections.abc import Mapping

from core.providers.retry_after import retry_after

LONGEST = 3_600.0
_RESETS = re.compile(r"resets in ~?(\d+(?:\.\d+)?) ?s")


def wait_asked_for(headers: Mapping[str, str], detail: str) -> float | None:
    """Seconds, from the headers, or from "Your rate limit resets in ~30s."

    https://replicate.com/docs/topics/predictions/rate-limits
    """
    seconds = retry_after(headers)
    if seconds is None and (said := _RESETS.search(detail)):
        seconds = float(said[1])
    return None if seconds is None else min(seconds, LONGEST)
