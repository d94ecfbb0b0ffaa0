"""Turns a request into repeatable randomness, so the same request always gives the same bytes."""

import hashlib
import random
from dataclasses import dataclass


def _stream(*parts: str) -> random.Random:
    digest = hashlib.sha256()
    for part in parts:
        # A prompt may hold a lone surrogate half; it must still hash rather than raise.
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return random.Random(int.from_bytes(digest.digest(), "big"))


@dataclass(frozen=True)
class Dice:
    """Named streams: each layer draws from its own, so changing one layer leaves the others as they were."""

    prompt: str
    seed: int
    style: str
    variation: int

    def of_prompt(self, name: str) -> random.Random:
        """What every seed of a prompt shares: the palette."""
        return _stream("prompt", name, self.prompt)

    def of_layout(self, name: str) -> random.Random:
        """What every variation of one picture shares: scene, horizon, where the sun and subject are."""
        return _stream("layout", name, self.prompt, str(self.seed))

    def of_detail(self, name: str) -> random.Random:
        """What "Vary" changes: ridges, trees, clouds, windows, stars."""
        return _stream("detail", name, self.prompt, str(self.seed), str(self.variation))

    def of_style(self, name: str) -> random.Random:
        """What belongs to the post-treatment alone: paper, grain, wobble."""
        return _stream("style", name, self.prompt, str(self.seed), self.style, str(self.variation))
