"""`easel models`: the catalogue's models as a table."""

from rich.console import Console
from rich.table import Table

from core.catalogue import find_catalogue, load_catalogue
from core.settings import Settings


def print_models(settings: Settings) -> int:
    path = find_catalogue(settings.easel_config)
    table = Table(title=f"Models in {path}")
    for heading in ("Name", "Kind", "Provider", "Credits", "Aspects", "Count", "Seed", "Styles"):
        table.add_column(heading)
    for model in load_catalogue(path).models:
        name = f"{model.name} (default)" if model.default else model.name
        able = ["yes" if able else "no" for able in (model.seed, model.styles)] if model.kind == "image" else ["", ""]
        most = str(model.max_count) if model.kind == "image" else ""
        table.add_row(name, model.kind, model.provider, str(model.price), " ".join(model.shapes), most, *able)
    Console().print(table)
    return 0
