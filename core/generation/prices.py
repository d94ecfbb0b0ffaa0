"""What a provider call costs the operator, in nano-USD: exact, or not known, but never a guess."""

from decimal import Decimal

from core.catalogue import DEMO, Cost, Model
from core.jobs.model import Tokens

NANO = Decimal(1_000_000_000)
MILLION = Decimal(1_000_000)


class Prices:
    """Prices of calls, by the model that served."""

    def cost(self, model: Model, served: str | None, tokens: Tokens | None, pictures: int) -> int | None:
        """Nano-USD of one call, or None when it is not known. `served` is the model as the provider named it."""
        if model.provider == DEMO:
            return 0
        return _by_table(model.cost, tokens, pictures) if model.cost is not None else None


def _by_table(cost: Cost, tokens: Tokens | None, pictures: int) -> int | None:
    if cost.picture is not None:
        return int(cost.picture * pictures * NANO)
    if tokens is None or cost.input is None or cost.output is None:
        return None
    cached = cost.input if cost.cached is None else cost.cached
    image = cost.output if cost.image_output is None else cost.image_output
    usd = (
        cost.input * (tokens.input - tokens.cached) + cached * tokens.cached
        + cost.output * (tokens.output - tokens.image) + image * tokens.image
    ) / MILLION  # fmt: skip
    return int((usd * NANO).to_integral_value())
