"""Folders that must be there before anything is kept in them."""

import secrets
from pathlib import Path

from core.errors import ConfigError


def prepare_folder(folder: Path) -> None:
    """Make sure files can be made there. Raises ConfigError."""
    probe = folder / f".writable-{secrets.token_hex(4)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise ConfigError(
            [f"DATA_DIR: {folder.absolute()} cannot be written ({error.strerror}). Fix its rights or name another."]
        ) from None
