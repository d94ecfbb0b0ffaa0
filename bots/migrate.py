"""`easel migrate sqlite mongodb://...`: move to MongoDB, and say what to do then."""

import asyncio
from pathlib import Path

from core.errors import ConfigError
from core.settings import Settings

SQLITE = "sqlite:///"


def run_migration(settings: Settings, source: str, target: str) -> int:
    """0 when everything is there and the books are right. Raises ConfigError, StoreError or MigrationRefused."""
    from core.migration.moving import migrate  # noqa: PLC0415  # the driver is slow to import

    if not target.startswith(("mongodb://", "mongodb+srv://")):
        raise ConfigError(["TARGET: must be mongodb:// and a host, such as mongodb://localhost:27017/easel."])
    file = _file(settings, source)
    if not file.is_file():
        raise ConfigError([f"SOURCE: there is no SQLite database at {file.absolute()}."])
    asyncio.run(migrate(file, target, lambda line: print(line, flush=True)))
    print(
        "Everything is there. Set DATABASE_URL to the new address, keep DATA_DIR (the pictures stay in it), "
        "and do not start Easel on the old file any more."
    )
    return 0


def _file(settings: Settings, source: str) -> Path:
    if source.startswith(SQLITE):
        return Path(source.removeprefix(SQLITE))
    if source == "sqlite":
        return settings.database_path or settings.data_dir / "easel.db"
    raise ConfigError(["SOURCE: must be sqlite, or sqlite:/// and a path, such as sqlite:///data/easel.db."])
