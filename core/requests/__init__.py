"""One request, from a person's wish to a queued job or an answer: read pipeline.py first."""

from core.requests.model import Accepted, Completed, Request
from core.requests.pipeline import Requests

__all__ = ["Accepted", "Completed", "Request", "Requests"]
