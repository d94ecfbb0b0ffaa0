"""What a provider call costs the operator, in nano-USD: exact, or not known, but never a guess.

Decimal arithmetic throughout. Only the total of a call is rounded, to the nearest whole nano-USD, halves to even.
What easel.toml says goes first; else the bundled price list speaks (core/generation/pricelist.py).
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext

from core.catalogue import DEMO, Cost, Model
from core.clock import Clock, SystemClock, to_datetime
from core.generation import pricelist
from core.jobs.attempts import Tokens

NANO = Decimal(1_000_000_000)
MILLION = Decimal(1_000_000)
EXACT = Context(prec=200)
"""Digits enough for every product of a price and a count, so that nothing is rounded on the way."""


class Prices:
    """Prices of calls, by the model that served and at the price of the day."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()

    def cost(self, model: Model, served: str | None, tokens: Tokens | None, pictures: int) -> int | None:
        """Nano-USD of one call, or None when it is not known. `served` is the model as the provider named it."""
        if model.provider == DEMO:
            return 0
        if pictures < 0 or (tokens is not None and not _agree(tokens)):
            return None
        with localcontext(EXACT):
            if model.cost is not None:
                usd = _by_table(model.cost, tokens, pictures)
            else:
                usd = pricelist.cost(model, served, tokens, to_datetime(self._clock.now())) if tokens else None
            return None if usd is None else int((usd * NANO).to_integral_value(ROUND_HALF_EVEN))


def _agree(tokens: Tokens) -> bool:
    """Whether the counts can be true: no part is more than its whole, and no call is without input."""
    parts = (tokens.cached, tokens.cache_written, tokens.image_input or 0, tokens.thought, tokens.image)
    return (
        min(parts) >= 0
        and max(tokens.cached + tokens.cache_written, tokens.image_input or 0) <= tokens.input
        and max(tokens.thought, tokens.image) <= tokens.output
        and tokens.input > 0
    )


def _by_table(cost: Cost, tokens: Tokens | None, pictures: int) -> Decimal | None:
    """USD as easel.toml prices it: by picture, by tokens, or both."""
    by_tokens = cost.model_copy(update={"picture": None}) != Cost()
    if cost.picture is None:
        return _of_tokens(cost, tokens)
    if by_tokens:
        counted = _of_tokens(cost, tokens)
        return None if counted is None else counted + cost.picture * pictures
    if tokens is not None and pictures == 0:
        return None  # something was billed that a price by picture says nothing about
    return cost.picture * pictures


def _of_tokens(cost: Cost, tokens: Tokens | None) -> Decimal | None:
    if tokens is None or cost.input is None or cost.output is None:
        return None
    images = _images(cost, tokens)
    if images is None:
        return None
    plain = tokens.input - tokens.cached - tokens.cache_written - images
    return (
        cost.input * plain
        + _or(cost.cached, cost.input) * tokens.cached
        + _or(cost.cache_written, cost.input) * tokens.cache_written
        + _or(cost.image_input, cost.input) * images
        + cost.output * (tokens.output - tokens.image)
        + _or(cost.image_output, cost.output) * tokens.image
    ) / MILLION


def _images(cost: Cost, tokens: Tokens) -> int | None:
    """How much of the input is priced as pictures; None when that cannot be told.

    Which tokens of pictures came from a cache nobody says.
    """
    if cost.image_input is None or cost.image_input == cost.input:
        return 0
    if tokens.image_input and (tokens.cached or tokens.cache_written):
        return None
    return tokens.image_input


def _or(price: Decimal | None, otherwise: Decimal) -> Decimal:
    return otherwise if price is None else price
