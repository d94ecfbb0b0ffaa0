"""The two protocols of providers, and the outcomes they may raise."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from core.errors import EaselError
from core.jobs.model import ChatSpec, ImageSpec

Progress = Callable[[float], None]
"""Called with how much is done, from 0 to 1. Cheap, and safe from any thread."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One picture as a provider gave it."""

    data: bytes
    mime: str
    width: int
    height: int
    seed: int


class ProviderRefused(EaselError):
    """The provider's policy forbids this prompt. Final."""

    code = "provider_refused"


class ProviderFailed(EaselError):
    """The provider did not deliver, and nothing was billed."""

    code = "provider_failed"
    retryable = True


class ImageProvider(Protocol):
    """Draws pictures."""

    name: str
    demo: bool

    async def draw(self, spec: ImageSpec, progress: Progress) -> list[Drawn]:
        """Up to `spec.count` pictures; fewer when some failed. Raises ProviderRefused or ProviderFailed."""


class ChatProvider(Protocol):
    """Answers messages."""

    name: str
    demo: bool

    async def answer(self, spec: ChatSpec, progress: Progress) -> str:
        """The whole answer. Raises ProviderRefused or ProviderFailed."""
