"""What an admin's action changed, and how things are before it, in words. Pure."""

from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from core.money import price

Doc = Mapping[str, JsonValue]
FORMER = {"role": "was", "enabled": "was_enabled", "state_now": "state"}
"""What something was called before, where that is another name."""
LABELS = {
    "state_now": "state", "credits_back": "credits taken back", "per_day": "requests a day", "was": "role",
    "was_enabled": "enabled", "limit": "requests a day", "what": "looked at",
}  # fmt: skip
SAID_BY = {"credits": "price", "per_day": "limit"}
"""What was asked for, where the outcome has the same number under the second name."""
MONEY = frozenset({"amount", "paid"})
LEFT = "what is left"


def changes(before: Doc, after: Doc) -> str:
    """`available 5 → 55, credits 50`: what was is said only where it is something else now."""
    return ", ".join(_changes(before, after))


def facts(before: Doc) -> list[tuple[str, str]]:
    """Names and values, for who is asked whether to change them."""
    currency = before.get("currency")
    return [
        (_label(name).capitalize(), _said(name, value, currency))
        for name, value in before.items()
        if name != "currency" and value != ""
    ]


def _changes(before: Doc, after: Doc) -> Iterator[str]:
    currency = before.get("currency")
    for name, value in after.items():
        if value == "" or SAID_BY.get(name) in after:
            continue
        was, now = before.get(FORMER.get(name, name), value), _said(name, value, currency)
        yield f"{_label(name)} {now}" if was == value else f"{_label(name)} {_said(name, was, currency)} → {now}"


def _label(name: str) -> str:
    return LABELS.get(name, name.replace("_", " "))


def _said(name: str, value: JsonValue, currency: JsonValue) -> str:
    if name == "suspended":
        return "yes" if value else "no"  # the reason is said beside it
    if name in MONEY:
        return price(value, str(currency), ",") if isinstance(value, int) and currency else LEFT
    if value is None or isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)
