"""The AI providers: whether their keys are good, and whether they still have the models that are in use."""

from collections.abc import Sequence
from datetime import UTC, datetime

from bots.doctor.asking import Asking
from bots.doctor.findings import Finding, all_of, ok, problem, warning
from core.catalogue import DEMO, Model, find_catalogue, load_catalogue
from core.errors import EaselError
from core.providers.opening import configured, open_providers
from core.providers.ports import ChatProvider, ImageProvider, ProviderFatal
from core.settings import Settings

AREA = "providers"
KEYS = {"openai": "OPENAI_API_KEY", "gemini": "GEMINI_API_KEY", "replicate": "REPLICATE_API_TOKEN"}
SHARE = 0.9


async def look(settings: Settings, asking: Asking) -> list[Finding]:
    names = sorted(configured(settings) - {DEMO})
    if not names:
        fix = "Set OPENAI_API_KEY, GEMINI_API_KEY or REPLICATE_API_TOKEN."
        return [warning(AREA, "No provider is set up: pictures and answers are made by the demo program.", fix)]
    catalogue = load_catalogue(find_catalogue(settings.easel_config))
    catalogue = catalogue.served_by(configured(settings), datetime.now(UTC).date())
    async with open_providers(settings, catalogue) as providers:
        asked: dict[str, ImageProvider | ChatProvider] = {**providers.images, **providers.chats}
        looks = {
            name: _provider(name, asked[name], [each for each in catalogue.models if each.provider == name])
            for name in names
            if name in asked
        }
        found = await all_of(looks, asking.limit * SHARE)
    unused = [
        warning(AREA, f"{name} is set up, and no model of it is in use.", "Add one to easel.toml, or remove its key.")
        for name in names
        if name not in asked
    ]
    return found + unused


async def _provider(name: str, provider: ImageProvider | ChatProvider, models: Sequence[Model]) -> list[Finding]:
    """Its list of models costs nothing."""
    try:
        lacking = await provider.lacking([model.id for model in models])
    except ProviderFatal as error:
        return [problem(AREA, error.message, f"Put a valid key into {KEYS[name]}.")]
    except EaselError as error:
        return [problem(AREA, error.message, "Look at the provider's status page, and try again later.")]
    gone = [model.name for model in models if model.id in lacking]
    if gone:
        fix = "Take them out of easel.toml, or correct `upstream`; see easel models --check."
        return [problem(AREA, f"{name} does not have these models any more: {', '.join(gone)}.", fix)]
    return [ok(AREA, f"{name} takes the key, and has all {len(models)} models that are in use.")]
