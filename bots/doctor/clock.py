"""This machine's clock against the `Date` of the answers that were asked for anyway."""

from collections.abc import Mapping

from bots.doctor.findings import Finding, ok, problem, warning

ALLOWED_SECONDS = 5.0
"""An answer's `Date` has whole seconds, and was on its way."""
REFUSED_SECONDS = 60.0
"""Signatures of Slack and Stripe are good for five minutes; leases and days go wrong before."""
FIX = "Let it be set by NTP, such as with `timedatectl set-ntp true`."


def judged(skews: Mapping[str, float]) -> list[Finding]:
    """One server's clock may be wrong; ours is wrong by what the nearest one says."""
    if not skews:
        return []
    host, skew = min(skews.items(), key=lambda each: abs(each[1]))
    if abs(skew) <= ALLOWED_SECONDS:
        return [ok("clock", f"This machine's clock agrees with {host}'s.")]
    way = "ahead of" if skew > 0 else "behind"
    finding = problem if abs(skew) > REFUSED_SECONDS else warning
    return [finding("clock", f"This machine's clock is {abs(skew):.0f} s {way} {host}'s.", FIX)]
