"""Draws the demo provider's pictures, so a newcomer without any key sees their prompt become an image."""

from core.providers.demo_art.render import STYLES, draw

__all__ = ["STYLES", "draw"]
