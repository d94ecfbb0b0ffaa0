"""What was asked of providers, and what they counted."""

from typing import Literal

from core.clock import Millis
from core.jobs.document import Document


class Tokens(Document):
    """What a provider counted. `cached` is a part of `input`; `thought` and `image` are parts of `output`.

    Further parts of `input` that some models price apart: `cache_written` (put into the provider's cache), and
    `image_input` (pictures to look at; None: the provider did not count them apart).
    """

    input: int = 0
    cached: int = 0
    output: int = 0
    thought: int = 0
    image: int = 0
    cache_written: int = 0
    image_input: int | None = None

    def plus(self, other: "Tokens") -> "Tokens":
        """Both together. What only one of them counted apart is not known of both."""
        counts = {name: (getattr(self, name), getattr(other, name)) for name in Tokens.model_fields}
        return Tokens(**{name: None if None in both else sum(both) for name, both in counts.items()})


Outcome = Literal["done", "refused", "retryable", "fatal", "unknown", "cancelled"]


class Attempt(Document):
    """One provider call, recorded before it is made. `provider_job` is the provider's own id of it, if it has one.

    `served` is the model as the provider names it. `cost` in nano-USD: 0 when nothing was billed, None: not known.
    """

    provider: str
    model: str
    started_at: Millis
    ended_at: Millis | None = None
    outcome: Outcome | None = None
    error: str | None = None
    provider_job: str | None = None
    served: str | None = None
    tokens: Tokens | None = None
    pictures: int = 0
    cost: int | None = None

    @property
    def is_lost(self) -> bool:
        """Whether the provider can be asked what became of it, or what it cost when cancelled, as nobody else knows."""
        is_dark = self.outcome in (None, "unknown") or (self.outcome == "cancelled" and self.cost is None)
        return is_dark and self.provider_job is not None
