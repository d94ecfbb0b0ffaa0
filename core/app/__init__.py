"""The composition root: everything is made here once, and given what it needs. Read wiring.py first."""

from core.app.folders import prepare_folder
from core.app.model import App
from core.app.opening import open_app
from core.app.wiring import compose

__all__ = ["App", "compose", "open_app", "prepare_folder"]
