"""What the fake's models take, as their pages say (https://replicate.com/black-forest-labs/flux-schnell/api).

The real ones drop inputs that they do not know without a word, which no test would notice. These refuse them.
"""

from collections.abc import Callable
from typing import Any

Rule = Callable[[Any], bool]

RATIOS = frozenset({"1:1", "16:9", "21:9", "3:2", "2:3", "4:5", "5:4", "3:4", "4:3", "9:16", "9:21"})
VERSION = "c" * 64
COMMUNITY = "someone/dreams"


def _text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _number(low: int, high: int) -> Rule:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _one_of(*choices: str) -> Rule:
    return lambda value: value in choices


def _picture(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(("data:image/png;base64,", "data:image/jpeg;base64,"))


COMMON: dict[str, Rule] = {
    "prompt": _text,
    "aspect_ratio": _one_of(*RATIOS),
    "seed": _number(0, 2**31 - 1),
    "output_format": _one_of("webp", "jpg", "png"),
    "output_quality": _number(0, 100),
}
SEVERAL: dict[str, Rule] = {
    "num_outputs": _number(1, 4),
    "num_inference_steps": _number(1, 50),
    "go_fast": lambda value: isinstance(value, bool),
    "megapixels": _one_of("1", "0.25"),
    "disable_safety_checker": lambda value: isinstance(value, bool),
}
MODELS: dict[str, dict[str, Rule]] = {
    "black-forest-labs/flux-schnell": COMMON | SEVERAL,
    "black-forest-labs/flux-dev": COMMON | SEVERAL | {"image": _picture, "guidance": _number(0, 10)},
    "black-forest-labs/flux-1.1-pro": COMMON | {"image_prompt": _picture, "safety_tolerance": _number(1, 6)},
    "recraft-ai/recraft-crisp-upscale": {"image": _picture},
    COMMUNITY: {
        "prompt": _text, "negative_prompt": _text, "width": _number(64, 2048), "height": _number(64, 2048),
        "seed": _number(0, 2**31 - 1), "num_outputs": _number(1, 4), "image": _picture,
    },
}  # fmt: skip


def faults_in(model: str, inputs: Any) -> list[str]:
    """What Replicate would have to say against these inputs, and against names that it would just drop."""
    if not isinstance(inputs, dict):
        return ["- input: Expected object"]
    rules = MODELS[model]
    unknown = [f"- input.{name}: Additional property {name} is not allowed" for name in inputs if name not in rules]
    missing = ["- input: prompt is required"] if "prompt" in rules and "prompt" not in inputs else []
    known = [(name, value) for name, value in inputs.items() if name in rules]
    wrong = [f"- input.{name}: Invalid value" for name, value in known if not rules[name](value)]
    return unknown + missing + wrong
