"""The providers' published prices, from the list that genai-prices bundles: no network, never updated by itself.

The library prices what has no price of its own as what it is a part of (cached input as input, thoughts as output),
which is what providers do. But it also takes what has no price at all for free, and asks no questions when a count is
missing. Here both make a cost unknown.
"""

import re
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from core.catalogue import Model
from core.jobs.attempts import Tokens

if TYPE_CHECKING:
    from genai_prices import Usage
    from genai_prices.types import ModelPrice

LISTED = {"openai": "openai", "gemini": "google"}
"""Our names of the providers that the list has, and its names."""
_RELEASE = re.compile(r"-(\d{3}|\d{4}-?\d{2}-?\d{2})")
"""What providers add to a model's name when they say which release of it served: `-001`, `-2026-09-08`."""


def cost(model: Model, served: str | None, tokens: Tokens, at: datetime) -> Decimal | None:
    """USD of a call that was made then, or None when the list does not say. The counts must agree with each other."""
    provider = LISTED.get(model.provider)
    if provider is None:
        return None
    from genai_prices import calc_price  # noqa: PLC0415  # 0.2 s and 30 MB, for those who have a priced provider only

    usage = _usage(tokens)
    for name in _names(model, served):
        try:
            found = calc_price(usage, name, provider_id=provider, genai_request_timestamp=at)
        except LookupError:
            continue
        except ValueError:  # such as cached pictures, where only both are counted, but not their overlap
            return None
        return found.total_price if _is_complete(found.model_price, tokens) else None
    return None


def _names(model: Model, served: str | None) -> list[str]:
    """Under which names to look. What we asked for counts only if nothing else can have served."""
    if not served:
        return [model.id]
    name = served.removeprefix("models/")
    is_release = name.startswith(model.id) and _RELEASE.fullmatch(name.removeprefix(model.id))
    return [name, model.id] if is_release else [name]


def _usage(tokens: Tokens) -> "Usage":
    from genai_prices import Usage  # noqa: PLC0415  # 0.2 s and 30 MB, for priced providers only

    return Usage(
        input_tokens=tokens.input,
        cache_read_tokens=tokens.cached,
        cache_write_tokens=tokens.cache_written,
        input_image_tokens=tokens.image_input,
        output_tokens=tokens.output,
        output_reasoning_tokens=tokens.thought,
        output_image_tokens=tokens.image,
    )


def _is_complete(price: "ModelPrice", tokens: Tokens) -> bool:
    """Whether everything that was counted has a price, and everything that has one was counted."""
    return (
        price.input_mtok is not None
        and (price.output_mtok is not None or tokens.output == 0)
        and (price.input_image_mtok is None or tokens.image_input is not None)
    )
