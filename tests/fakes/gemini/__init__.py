"""A server that speaks Gemini's language on the wire, checks every request, and has bad days on demand."""

from tests.fakes.gemini.server import KEY, Asked, GeminiFake

__all__ = ["KEY", "Asked", "GeminiFake"]
