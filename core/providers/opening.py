"""Make the providers that are configured. An SDK costs a second and 50 MB, so it is imported only then."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from core.catalogue import DEMO, Catalogue
from core.providers.demo import DemoProvider
from core.providers.ports import Providers
from core.settings import Settings

OPENAI, GEMINI, REPLICATE = "openai", "gemini", "replicate"
KNOWN = (DEMO, OPENAI, GEMINI, REPLICATE)


def configured(settings: Settings) -> frozenset[str]:
    """The names of the providers that can be asked. A base URL alone is enough where a server needs no key."""
    keys = {
        OPENAI: bool(settings.openai_api_key.get_secret_value() or settings.openai_base_url),
        GEMINI: bool(settings.gemini_api_key.get_secret_value()),
        REPLICATE: bool(settings.replicate_api_token.get_secret_value()),
    }
    return frozenset({DEMO, *(name for name, is_set in keys.items() if is_set)})


@asynccontextmanager
async def open_providers(settings: Settings, catalogue: Catalogue) -> AsyncIterator[Providers]:
    """The configured providers, as far as a model of theirs is in use; closed in the end."""
    used = {model.provider for model in catalogue.models}
    made = {name: make(settings, catalogue) for name, make in MAKERS.items() if name in used & configured(settings)}
    demo = DemoProvider(settings.demo_seconds)
    images = {name: provider for name, provider in made.items() if hasattr(provider, "draw")}
    chats = {name: provider for name, provider in made.items() if hasattr(provider, "answer")}
    try:
        yield Providers({DEMO: demo, **images}, {DEMO: demo, **chats})
    finally:
        for provider in made.values():
            await provider.close()


def _openai(settings: Settings, catalogue: Catalogue) -> Any:
    from core.providers.openai import OpenAI  # noqa: PLC0415  # loaded only where it is used

    key = settings.openai_api_key.get_secret_value()
    return OpenAI(key, settings.openai_base_url or None, catalogue.chat.answer_tokens)


def _gemini(settings: Settings, catalogue: Catalogue) -> Any:
    from core.providers.gemini import Gemini  # noqa: PLC0415  # loaded only where it is used

    key = settings.gemini_api_key.get_secret_value()
    return Gemini(key, settings.gemini_base_url or None, catalogue.chat.answer_tokens)


def _replicate(settings: Settings, catalogue: Catalogue) -> Any:
    from core.providers.replicate import Replicate  # noqa: PLC0415  # loaded only where it is used

    token, table = settings.replicate_api_token.get_secret_value(), catalogue.providers.get(REPLICATE)
    return Replicate(token, settings.replicate_base_url or None, table.output_hosts if table else ())


MAKERS: dict[str, Callable[[Settings, Catalogue], Any]] = {
    OPENAI: _openai, GEMINI: _gemini, REPLICATE: _replicate,
}  # fmt: skip
