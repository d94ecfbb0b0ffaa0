"""A core on the stores, providers and gateways that the settings name, open as long as somebody works with it."""

import os
import secrets
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from core.app.folders import prepare_folder
from core.app.model import App
from core.app.wiring import compose
from core.catalogue import KINDS, Catalogue, find_catalogue, load_catalogue
from core.clock import Clock
from core.errors import ConfigError
from core.jobs.signals import Signals
from core.log import logger
from core.payments.opening import open_gateways
from core.providers.opening import KNOWN, configured, open_providers
from core.settings import Settings
from core.stores.opening import open_stores


@asynccontextmanager
async def open_app(settings: Settings, clock: Clock | None = None) -> AsyncIterator[App]:
    """Open the stores and wire everything. Raises ConfigError or StoreError."""
    path = find_catalogue(settings.easel_config)
    catalogue = load_catalogue(path)
    _check_providers(path, catalogue, KNOWN)
    catalogue = catalogue.served_by(configured(settings), datetime.now(UTC).date())
    _check_kinds(path, catalogue)
    for name, since in catalogue.retired.items():
        logger().warning("model retired", model=name, since=since.isoformat(), file=str(path))
    prepare_folder(settings.data_dir)
    if settings.database_path is not None:
        prepare_folder(settings.database_path.parent)
    process = _process_name()
    async with (
        open_providers(settings, catalogue) as providers,
        open_stores(settings.store_url) as (stores, agreed),
    ):
        clock = clock or agreed
        if not settings.redis_url:
            async with (
                open_gateways(settings, catalogue, stores.settings, clock) as gateways,
                _closing(
                    compose(settings, catalogue, clock, stores, providers, process=process, gateways=gateways)
                ) as app,
            ):
                yield app
            return
        from core.redis import open_redis  # noqa: PLC0415  # taskiq and redis are slow to import

        signals = Signals()
        async with (
            open_redis(settings.redis_url, stores, signals, clock, process) as shared,
            open_gateways(settings, catalogue, shared.stores.settings, clock) as gateways,
            _closing(
                compose(settings, catalogue, clock, shared.stores, providers, signals, shared, process, gateways)
            ) as app,
        ):
            yield app


@asynccontextmanager
async def _closing(app: App) -> AsyncIterator[App]:
    try:
        yield app
    finally:
        await app.media.close()
        await app.tracer.close()


def _check_providers(path: Path, catalogue: Catalogue, known: Collection[str]) -> None:
    """Every model needs somebody who serves it. Raises ConfigError."""
    if problems := [
        f'{path}: models "{model.name}" provider: "{model.provider}" is not one of {", ".join(sorted(known))}.'
        for model in catalogue.models
        if model.provider not in known
    ]:
        raise ConfigError(problems)


def _check_kinds(path: Path, catalogue: Catalogue) -> None:
    """Pictures and chats both need somebody who serves them. Raises ConfigError."""
    if missing := [kind for kind in KINDS if not catalogue.of_kind(kind)]:
        raise ConfigError([f"{path}: no {kind} model is left that a configured provider serves." for kind in missing])


def _process_name() -> str:
    return f"{os.uname().nodename}:{os.getpid()}:{secrets.token_hex(3)}"
