"""Make the providers that are configured. An SDK costs a second and 50 MB, so it is imported only then."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.catalogue import DEMO, Catalogue
from core.providers.demo import DemoProvider
from core.providers.ports import Providers
from core.settings import Settings

KNOWN = (DEMO, "openai", "gemini", "replicate")


def configured(settings: Settings) -> frozenset[str]:
    """The names of the providers that can be asked. A base URL alone is enough where a server needs no key."""
    keys = {
        "openai": bool(settings.openai_api_key.get_secret_value() or settings.openai_base_url),
        "gemini": bool(settings.gemini_api_key.get_secret_value()),
        "replicate": bool(settings.replicate_api_token.get_secret_value()),
    }
    return frozenset({DEMO, *(name for name, is_set in keys.items() if is_set)})


@asynccontextmanager
async def open_providers(settings: Settings, catalogue: Catalogue) -> AsyncIterator[Providers]:
    """The configured providers, closed in the end."""
    demo = DemoProvider(settings.demo_seconds)
    yield Providers({DEMO: demo}, {DEMO: demo})
