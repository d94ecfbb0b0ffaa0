"""One demo per data folder: a lock that says where the other one is."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.app import prepare_folder
from core.errors import ConfigError


@contextmanager
def sole_user_of(folder: Path, address: str) -> Iterator[None]:
    """Hold the folder's lock, so that a second demo says where the first one is. Raises ConfigError."""
    prepare_folder(folder)
    with (folder / "demo.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise ConfigError(
                [
                    f"DATA_DIR: Easel's demo runs on {folder.absolute()} already ({file.read().strip()}). "
                    "Open that page, or give this one its own: DATA_DIR=data2 PORT=8001."
                ]
            ) from None
        file.truncate(0)
        file.write(f"{address}, process {os.getpid()}")
        file.flush()
        yield
