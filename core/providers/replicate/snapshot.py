"""What Replicate said of a prediction at one time."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

ENDS = frozenset({"succeeded", "failed", "canceled", "aborted"})
"""https://replicate.com/docs/topics/predictions/lifecycle"""
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_VERSION = re.compile(r"[0-9a-f]{64}")
TAIL = 4_000
"""Characters of the logs that are looked at: a progress bar writes a line for each step."""
_STEP = re.compile(r"(\d{1,3})%\|.*?(?=\||$)|(\d{1,5})/(\d{1,5}) \[", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`outputs` are addresses of files; `started`: whether it ever ran; `seed` is that of its only picture.

    `model` is `owner/name`, `version` its version, which Replicate hides for some official models.
    """

    id: str
    status: str
    outputs: tuple[str, ...] = ()
    error: str = ""
    logs: str = ""
    model: str | None = None
    version: str = ""
    started: bool = True
    seed: int | None = None

    @property
    def has_ended(self) -> bool:
        return self.status in ENDS

    @property
    def is_official(self) -> bool:
        """Whether this is known to be no version: `hidden`, for example."""
        return bool(self.version) and _VERSION.fullmatch(self.version) is None

    @property
    def progress(self) -> float:
        """How much is done, from 0 to 1, by the last progress bar in its logs."""
        if self.has_ended:
            return 1.0
        done = 0.0
        for percent, step, steps in _STEP.findall(self.logs[-TAIL:]):
            done = int(percent) / 100 if percent else int(step) / max(1, int(steps))
        return min(1.0, done)


def outputs_in(output: object) -> tuple[str, ...]:
    """A model answers with one address or with a list of them."""
    listed = output if isinstance(output, list) else [output]
    return tuple(one for one in listed if isinstance(one, str))


def seed_in(inputs: Mapping[str, object]) -> int | None:
    """The seed that draws this very picture again: several pictures of one prediction share theirs."""
    seed, count = inputs.get("seed"), inputs.get("num_outputs", 1)
    return seed if isinstance(seed, int) and count == 1 else None
