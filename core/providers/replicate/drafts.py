"""Which predictions an order becomes, and with which inputs.

Replicate drops inputs that a model does not know without a word (https://github.com/replicate/cog/pull/2943). So a
wrong name is worse than an error: the picture to edit would be ignored, or one picture drawn instead of four.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.catalogue import Model
from core.jobs.specs import ImageSpec
from core.media.data_urls import data_url
from core.providers.ports import Image, ProviderCannot

SEED_STEP = 1_000_003  # the pictures of one request use well separated seeds
SEEDS = 2**31


@dataclass(frozen=True, slots=True)
class Draft:
    """A prediction to be made: of an official `owner/name`, or if there is a `version`, of that."""

    model: str
    version: str | None
    inputs: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Habits:
    """`batch`: how many pictures it draws at once at most. `image`: where it takes a picture, if it takes one.

    `many`: it takes a list of them.
    """

    batch: int = 1
    image: str | None = "image"
    many: bool = False


USUAL = Habits()
HABITS = {
    # https://replicate.com/black-forest-labs/<name>/api
    "black-forest-labs/flux-schnell": Habits(batch=4, image=None),
    "black-forest-labs/flux-dev": Habits(batch=4),
    "black-forest-labs/flux-pro": Habits(image="image_prompt"),
    "black-forest-labs/flux-1.1-pro": Habits(image="image_prompt"),
    "black-forest-labs/flux-1.1-pro-ultra": Habits(image="image_prompt"),
    "black-forest-labs/flux-kontext-dev": Habits(image="input_image"),
    "black-forest-labs/flux-kontext-pro": Habits(image="input_image"),
    "black-forest-labs/flux-kontext-max": Habits(image="input_image"),
    "black-forest-labs/flux-2-flex": Habits(image="input_images", many=True),
    "black-forest-labs/flux-2-pro": Habits(image="input_images", many=True),
}


def is_official(upstream: str) -> bool:
    """Whether this is `owner/name`, which Replicate keeps warm and charges by the picture, and no version."""
    return version_in(upstream) is None


def version_in(upstream: str) -> str | None:
    """The version of `owner/name:version` or of a version alone."""
    if "/" in upstream and ":" not in upstream:
        return None
    return upstream.rpartition(":")[2]


def drafts(spec: ImageSpec, model: Model, sources: Sequence[Image]) -> tuple[Draft, ...]:
    """As many predictions as this model needs for `spec.count` pictures, each with its own seed.

    Raises ProviderCannot for several pictures where it takes one: `sources = 1` in easel.toml says so earlier.
    A model whose `inputs` set `num_outputs` draws that many at a time, whatever it is.
    """
    habits = HABITS.get(model.id.partition(":")[0], USUAL)
    own = model.inputs.get("num_outputs")
    batch = max(1, int(own)) if isinstance(own, int) else min(habits.batch, spec.count)
    made = []
    for number, begun in enumerate(range(0, spec.count, batch)):
        pictures = batch if own is not None else min(batch, spec.count - begun)
        inputs = _inputs(spec, model, habits, sources) | model.inputs
        if model.seed:
            inputs = {"seed": _seed(spec, number)} | inputs
        if habits.batch > 1:
            inputs = {"num_outputs": pictures} | inputs
        made.append(Draft(model.id, version_in(model.id), inputs))
    return tuple(made)


def _seed(spec: ImageSpec, number: int) -> int:
    """Another one for each picture and for each variation. To FLUX 0 means none, so it is never asked for."""
    return max(1, (spec.seed + spec.variation + number * SEED_STEP) % SEEDS)


def _inputs(spec: ImageSpec, model: Model, habits: Habits, sources: Sequence[Image]) -> dict[str, Any]:
    inputs: dict[str, Any] = {}
    if spec.operation != "upscale":
        inputs["prompt"] = spec.prompt
        inputs |= {"width": spec.width, "height": spec.height} if model.sizes else {"aspect_ratio": spec.aspect}
        if spec.negative and model.negative:
            inputs["negative_prompt"] = spec.negative
    if sources and habits.image:
        pictures = [data_url(source.mime, source.data) for source in sources]
        if len(pictures) > 1 and not habits.many:
            raise ProviderCannot(f"{model.name} takes one picture at a time.")
        inputs[habits.image] = pictures if habits.many else pictures[0]
    return inputs
