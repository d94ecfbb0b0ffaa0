"""Replicate: image models run as predictions, which are made, watched, and stopped when nobody wants them any more."""

from core.providers.replicate.provider import Replicate

__all__ = ["Replicate"]
