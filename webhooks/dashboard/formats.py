"""How numbers, money and times look on the dashboard. Pure."""

from collections.abc import Mapping

from core.admin.figures import Percentiles
from core.clock import DAY, HOUR, MINUTE, SECOND, Millis, to_datetime
from core.money import price

NANO = 10**9
CENT_NANO = NANO // 100
FORTUNE_NANO = 100_000 * NANO
NOTHING = "-"


def number(value: int) -> str:
    return f"{value:,}"


def usd(nano: int) -> str:
    """`$12.34` from nano-USD; less than a cent keeps three digits that say something, a fortune no cents."""
    sign, nano = ("-" if nano < 0 else ""), abs(nano)
    if nano >= FORTUNE_NANO:
        return f"{sign}${(nano + NANO // 2) // NANO:,}"
    if nano >= CENT_NANO or nano == 0:
        return f"{sign}${(nano + CENT_NANO // 2) // CENT_NANO / 100:,.2f}"
    digits = 12 - len(str(nano))
    return f"{sign}${nano / NANO:.{min(digits, 9)}f}"


def money(by_currency: Mapping[str, int]) -> str:
    """Of buyers, in minor units by currency: `$12.34` or `4.99 EUR`. Of several it is one: dollars, or the first."""
    currency = _first(by_currency)
    return _of_buyers(by_currency[currency], currency) if currency else "$0.00"


def more_money(by_currency: Mapping[str, int]) -> str:
    """What `money` leaves out: `and 4.99 EUR and 50 XTR`. Different money does not add up."""
    others = sorted(by_currency.keys() - {_first(by_currency)})
    return " ".join(f"and {_of_buyers(by_currency[currency], currency)}" for currency in others)


def _first(by_currency: Mapping[str, int]) -> str | None:
    return "USD" if "USD" in by_currency else min(by_currency, default=None)


def _of_buyers(amount: int, currency: str) -> str:
    if currency == "USD":
        return usd(amount * CENT_NANO)
    return price(amount, currency, ",")


def percent(rate: float) -> str:
    """`3.4 %` of a rate from 0 to 1. Little is not nothing."""
    if 0 < rate < 0.001:
        return "< 0.1 %"
    return f"{rate:.0%}".replace("%", " %") if rate in (0.0, 1.0) else f"{rate * 100:.1f} %"


def latency(milliseconds: float | None) -> str:
    """The upper bound of a histogram's bucket: `≤ 250 ms`, `≤ 2.5 s`."""
    if milliseconds is None:
        return NOTHING
    if milliseconds >= SECOND:
        return f"≤ {milliseconds / SECOND:g} s"
    return f"≤ {milliseconds:g} ms"


def latencies(row: Percentiles) -> tuple[str, str, str]:
    return latency(row.p50), latency(row.p95), latency(row.p99)


def duration(millis: Millis) -> str:
    """`3 s`, `4 min`, `5 h`, `6 d`: as exact as one needs to know."""
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if millis >= unit:
            return f"{millis // unit} {name}"
    return f"{max(0, millis) // SECOND} s"


def when(at: Millis) -> str:
    return to_datetime(at).strftime("%Y-%m-%d %H:%M")


def clock_time(at: Millis) -> str:
    return to_datetime(at).strftime("%H:%M:%S UTC")


def short_day(day: str) -> str:
    """`12 Nov` of `2026-11-12`."""
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{int(day[8:10])} {months[int(day[5:7]) - 1]}"


def day_label(day: str, today: str) -> str:
    """`12 Nov`; a day that is not over is shorter than the others, and says so."""
    return f"{short_day(day)}, so far" if day == today else short_day(day)
