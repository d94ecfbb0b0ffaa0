"""Rules of components, old and V2: https://docs.discord.com/developers/components/reference"""

from collections.abc import Iterator

from tests.fakes.discord.errors import Fault, Json, Path
from tests.fakes.discord.flags import SELECTS, ButtonStyle, Part

MAX_COMPONENTS = 40
MAX_ROWS = 5
MAX_ROW_BUTTONS = 5
MAX_CUSTOM_ID = 100
MAX_SELECT_OPTIONS = 25
MAX_TEXT = 4000
MAX_GALLERY_ITEMS = 10
MAX_SECTION_TEXTS = 3
ONLY_V2 = frozenset({Part.SECTION, Part.TEXT, Part.THUMBNAIL, Part.GALLERY, Part.FILE, Part.SEPARATOR, Part.CONTAINER})
ATTACHMENT = "attachment://"


def walk(components: list[Json], path: Path = ()) -> Iterator[tuple[Path, Json]]:
    """Every component with its place, outer ones first."""
    for index, component in enumerate(components):
        here = (*path, index)
        yield here, component
        yield from walk(component.get("components") or [], (*here, "components"))
        for key in ("accessory", "component"):
            if isinstance(component.get(key), dict):
                yield (*here, key), component[key]


def attachment_names(components: list[Json]) -> Iterator[tuple[Path, str]]:
    """Every `attachment://name`, with its place."""
    for path, component in walk(components):
        for key in ("media", "file"):
            yield from _named((*path, key), component.get(key))
        for index, item in enumerate(component.get("items") or []):
            yield from _named((*path, "items", index, "media"), item.get("media"))


def text_of(components: list[Json]) -> str:
    """What the text displays say, line by line."""
    return "\n".join(part["content"] for _, part in walk(components) if part.get("type") == Part.TEXT)


def component_faults(components: list[Json], path: Path = ("components",)) -> list[Fault]:
    """What is wrong with components wherever they stand."""
    every = list(walk(components, path))
    faults = [fault for place, part in every for fault in _part_faults(place, part)]
    if len(every) > MAX_COMPONENTS:
        message = f"The total number of components must not exceed {MAX_COMPONENTS}."
        faults.append(Fault(path, "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", message))
    return faults + _duplicates(every, "custom_id") + _duplicates(every, "id")


def layout_faults(components: list[Json], names: set[str]) -> list[Fault]:
    """What is wrong with the components of a V2 message that has attachments of these names."""
    faults = [
        Fault((*("components", *path), "url"), "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", f"No {name}")
        for path, name in attachment_names(components)
        if name not in names
    ]
    if sum(len(part.get("content") or "") for _, part in walk(components) if part.get("type") == Part.TEXT) > MAX_TEXT:
        message = f"The total length of all text must not exceed {MAX_TEXT}."
        faults.append(Fault(("components",), "COMPONENT_MAX_TEXT_EXCEEDED", message))
    return faults


def legacy_faults(components: list[Json]) -> list[Fault]:
    """What is wrong with the components of a message without the V2 flag."""
    faults = [
        Fault(("components", index), "UNION_TYPE_CHOICES", "Value of field 'type' must be one of (1,).")
        for index, component in enumerate(components)
        if component.get("type") != Part.ROW
    ]
    faults += [
        Fault(("components", *path), "COMPONENT_NEEDS_V2", "This component needs the flag IS_COMPONENTS_V2.")
        for path, component in walk(components)
        if component.get("type") in ONLY_V2
    ]
    if len(components) > MAX_ROWS:
        faults.append(Fault(("components",), "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {MAX_ROWS} in length."))
    return faults


def _named(path: Path, media: Json | None) -> Iterator[tuple[Path, str]]:
    url = (media or {}).get("url")
    if isinstance(url, str) and url.startswith(ATTACHMENT):
        yield path, url.removeprefix(ATTACHMENT)


def _duplicates(every: list[tuple[Path, Json]], key: str) -> list[Fault]:
    seen: set[object] = set()
    faults = []
    for path, part in every:
        value = part.get(key)
        if value in seen and value not in {None, 0}:
            faults.append(Fault((*path, key), "COMPONENT_CUSTOM_ID_DUPLICATED", f"{key} must not repeat"))
        seen.add(value)
    return faults


def _part_faults(path: Path, part: Json) -> list[Fault]:
    kind = part.get("type")
    faults = []
    custom_id = part.get("custom_id")
    if custom_id is not None and not 1 <= len(str(custom_id)) <= MAX_CUSTOM_ID:
        message = f"Must be between 1 and {MAX_CUSTOM_ID} in length."
        faults.append(Fault((*path, "custom_id"), "BASE_TYPE_BAD_LENGTH", message))
    match kind:
        case Part.BUTTON:
            faults += _button_faults(path, part)
        case Part.STRING_SELECT:
            faults += _length(path, part, "options", MAX_SELECT_OPTIONS)
        case Part.GALLERY:
            faults += _length(path, part, "items", MAX_GALLERY_ITEMS)
        case Part.SECTION:
            faults += _length(path, part, "components", MAX_SECTION_TEXTS)
        case Part.ROW:
            faults += _length(path, part, "components", MAX_ROW_BUTTONS)
            if any(one.get("type") in SELECTS for one in part.get("components") or []):
                faults += _length(path, part, "components", 1)
    return faults


def _length(path: Path, part: Json, key: str, limit: int) -> list[Fault]:
    if 1 <= len(part.get(key) or []) <= limit:
        return []
    return [Fault((*path, key), "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {limit} in length.")]


def _button_faults(path: Path, button: Json) -> list[Fault]:
    wanted = {ButtonStyle.LINK: "url", ButtonStyle.PREMIUM: "sku_id"}.get(button.get("style", 0), "custom_id")
    faults = []
    if not button.get(wanted):
        faults.append(Fault((*path, wanted), "BASE_TYPE_REQUIRED", "This field is required"))
    for other in {"url", "sku_id", "custom_id"} - {wanted}:
        if button.get(other) is not None:
            faults.append(Fault((*path, other), "BUTTON_FIELD_FORBIDDEN", f"{other} cannot stand beside {wanted}"))
    if wanted != "sku_id" and not button.get("label") and not button.get("emoji"):
        faults.append(Fault(path, "BUTTON_COMPONENT_MISSING_LABEL", "A button needs a label or an emoji."))
    return faults
