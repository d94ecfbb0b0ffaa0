"""Predictions of the fake: how each goes is written in its script, and what was asked of it is kept."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.replicate.faults import Fault

STAMP = "2026-11-22T12:00:00.000000Z"
BAR = "Using seed: 7\n  0%|          | 0/28 [00:00<?, ?it/s]\n"
_numbers = itertools.count(1)


@dataclass
class Script:
    """How one prediction goes.

    `polls`: how many looks find it unfinished; None: it never ends by itself. `end` is its last status. `output`: None
    for a good picture for each one asked for, unless it `gives_nothing`. `logs`: what each look finds.
    `on_create`, `on_get` (one for each look) and `on_cancel` (one for each try) are faults of those requests.
    `cancelling` is its status when cancelling was asked for: it may have ended just before, or need another look.
    """

    polls: int | None = 2
    end: str = "succeeded"
    error: str | None = None
    output: Any = None
    gives_nothing: bool = False
    logs: Sequence[str] = (BAR, BAR + " 25%|##5       | 7/28 [00:01<00:03]\n", BAR + " 50%|#####     | 14/28 [00:02]\n")
    started: bool = True
    on_create: Fault | None = None
    on_get: Sequence[Fault | None] = ()
    on_cancel: Sequence[Fault | None] = ()
    cancelling: str = "canceled"


@dataclass
class Prediction:
    """`looks` and `cancel_tries` count what was asked of it, `cancels` what of that was carried out."""

    model: str
    version: str
    inputs: dict[str, Any]
    script: Script
    output: list[str] | str
    webhook: str | None = None
    webhook_events: list[str] | None = None
    id: str = field(default_factory=lambda: f"p{next(_numbers):06d}abcdefghij")
    status: str = "starting"
    looks: int = 0
    cancels: int = 0
    cancel_tries: int = 0

    @property
    def has_ended(self) -> bool:
        return self.status not in {"starting", "processing"}

    def look(self) -> None:
        """Somebody asks how it goes: that is what makes it go on."""
        self.looks += 1
        if self.has_ended:
            return
        if self.script.polls is not None and self.looks > self.script.polls:
            self.finish()
        elif self.cancels:
            self.status = "canceled"
        elif self.looks > 1:
            self.status = "processing"

    def finish(self) -> None:
        self.status = self.script.end

    def cancel(self) -> None:
        self.cancels += 1
        if not self.has_ended:
            self.status = self.script.cancelling

    def as_json(self, url: str) -> dict[str, Any]:
        good = self.status == "succeeded"
        logs = self.script.logs[min(self.looks, len(self.script.logs)) - 1] if self.looks and self.script.logs else ""
        ran = self.script.started and self.status not in {"starting", "aborted"}
        return {
            "id": self.id,
            "model": self.model,
            "version": self.version,
            "input": self.inputs,
            "logs": logs,
            "output": self.output if good and not self.script.gives_nothing else None,
            "error": self.script.error if self.status == "failed" else None,
            "data_removed": False,
            "source": "api",
            "status": self.status,
            "created_at": STAMP,
            "started_at": STAMP if ran else None,
            "completed_at": STAMP if self.has_ended else None,
            "metrics": {"predict_time": 0.5} if self.has_ended and ran else {},
            "urls": {"get": f"{url}/v1/predictions/{self.id}", "cancel": f"{url}/v1/predictions/{self.id}/cancel"},
        }
