"""Finding and reading easel.toml; what is wrong there is named with its place."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from core.catalogue.catalogue import Catalogue
from core.errors import ConfigError

FILE_NAME = "easel.toml"


def find_catalogue(configured: Path | None) -> Path:
    """EASEL_CONFIG, else ./easel.toml, else the one Easel came with."""
    beside = Path(__file__).parents[1]
    for candidate in (configured, Path(FILE_NAME), beside / FILE_NAME, beside.parent / FILE_NAME):
        if candidate is not None and (candidate.exists() or candidate == configured):
            return candidate
    raise ConfigError([f"{FILE_NAME}: not found. Copy the one from Easel's repository here."])


def load_catalogue(path: Path) -> Catalogue:
    """Read easel.toml. Raises ConfigError with one line per problem, naming the place."""
    try:
        with path.open("rb") as file:
            raw = tomllib.load(file)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"EASEL_CONFIG: {path} cannot be read ({error}). Name a readable file."]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{path}: not valid TOML ({error})."]) from None
    try:
        return Catalogue.model_validate(raw)
    except ValidationError as error:
        raise ConfigError([f"{path}: {_problem(raw, item)}" for item in error.errors()]) from None


def _problem(raw: dict[str, Any], item: Any) -> str:
    """`models "demo-art" price: must be ... (it is -1)`."""
    place, value = [], raw
    for step in item["loc"]:
        value = value[step] if isinstance(value, list | dict) and _has(value, step) else {}
        if isinstance(step, int) and isinstance(value, dict):
            place.append(f'"{value.get("name", step + 1)}"')
        else:
            place.append(str(step))
    what = str(item["msg"]).removeprefix("Value error, ").replace("Input should be", "must be")
    given = f" (it is {item['input']!r})" if isinstance(item["input"], int | float | str | bool) else ""
    where = " ".join(place)
    return f"{where}: {what}{given}." if where else f"{what}."


def _has(value: list[Any] | dict[str, Any], step: int | str) -> bool:
    return step in value if isinstance(value, dict) else isinstance(step, int) and step < len(value)
