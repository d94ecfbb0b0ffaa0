"""Google's Gemini: answers and pictures through its SDK, with our own timeouts, outcomes and bills."""

from core.providers.gemini.provider import Gemini

__all__ = ["Gemini"]
