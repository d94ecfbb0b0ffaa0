"""`easel models`: the catalogue's models as a table, and whether their providers still have them."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime

from rich.console import Console
from rich.table import Table

from core.catalogue import Catalogue, Model, find_catalogue, load_catalogue
from core.errors import EaselError
from core.providers.opening import configured, open_providers
from core.settings import Settings

FILE_WIDTH = 140
ABILITIES = ("draw", "edit", "upscale", "seed", "styles", "negative", "vision")
HEADINGS = ("Name", "Kind", "Provider", "Credits", "Aspects", "Count", "Can", "State")


def print_models(settings: Settings, *, check: bool) -> int:
    """The table. With `check`, the exit code is 1 when a model in use is not there any more."""
    path = find_catalogue(settings.easel_config)
    catalogue, today = load_catalogue(path), datetime.now(UTC).date()
    in_use = catalogue.served_by(configured(settings), today)
    states = {model.name: state_of(model, in_use, today) for model in catalogue.models}
    if check:
        states |= asyncio.run(_checked(settings, in_use))
    table = Table(title=f"Models in {path}")
    for heading in HEADINGS:
        table.add_column(heading, no_wrap=heading in ("Name", "Provider"))
    for model in catalogue.models:
        table.add_row(*_row(model, states[model.name]))
    console = Console(width=None if sys.stdout.isatty() else FILE_WIDTH)
    console.print(table)
    gone = [name for name, state in states.items() if state == GONE]
    if gone:
        print(
            f"Not there any more: {', '.join(gone)}. Take them out of {path}, or correct `upstream`.", file=sys.stderr
        )
    return 1 if gone else 0


GONE = "gone"


def state_of(model: Model, in_use: Catalogue, today: date) -> str:
    """Whether people can use it now."""
    if model.is_retired(today):
        return f"retired {model.retires}"
    if model.name not in {each.name for each in in_use.models}:
        return "not configured" if model.provider != "demo" else "not needed"
    chain = [each.name for each in in_use.chain(model.kind)]
    place = f"asked {_nth(chain.index(model.name))}" if model.name in chain else "by name"
    return place if model.retires is None else f"{place}, until {model.retires}"


def _nth(index: int) -> str:
    return ("first", "second", "third")[index] if index < 3 else f"{index + 1}th"


def _row(model: Model, state: str) -> Sequence[str]:
    able = " ".join(name for name in ABILITIES if getattr(model, name) and (model.kind == "image" or name == "vision"))
    most = str(model.max_count) if model.kind == "image" else ""
    return model.name, model.kind, model.provider, str(model.price), " ".join(model.shapes), most, able, state


async def _checked(settings: Settings, in_use: Catalogue) -> dict[str, str]:
    """What the providers say of the models in use."""
    said: dict[str, str] = {}
    async with open_providers(settings, in_use) as providers:
        everybody = dict(providers.images) | dict(providers.chats)
        for name, provider in everybody.items():
            models = [model for model in in_use.models if model.provider == name]
            try:
                lacking = await provider.lacking([model.id for model in models])
            except EaselError as error:
                said |= {model.name: f"not known: {error.message}" for model in models}
            else:
                said |= {model.name: GONE if model.id in lacking else "there" for model in models}
    return said
