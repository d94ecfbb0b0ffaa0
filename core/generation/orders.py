"""Turn what a person asked for into an order that its model can do, or say which model could."""

import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from core.catalogue import Catalogue, Model
from core.errors import BadOption, ModelCannot, NotFound, PromptMissing, PromptTooLong
from core.jobs.model import ChatSpec, ImageSpec, Job
from core.text import clean

MAX_SEED = 2**31 - 1
VISIBLE = "LNPS"  # Unicode's letters, numbers, punctuation and symbols; marks and spaces alone say nothing


@dataclass(frozen=True, slots=True)
class Imagine:
    """Draw pictures. None means: the default."""

    prompt: str
    aspect: str | None = None
    count: int = 1
    model: str | None = None
    seed: int | None = None
    style: str | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """Draw a former request anew (`index` None), or vary its picture number `index`, counted from 1."""

    job: str
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Chat:
    """Answer a message."""

    message: str
    model: str | None = None


class Orders:
    """Checks against the abilities in the catalogue. Nothing is held while it runs."""

    def __init__(self, catalogue: Catalogue, new_seed: Callable[[], int] = lambda: secrets.randbelow(MAX_SEED)) -> None:
        self._catalogue = catalogue
        self._new_seed = new_seed

    def image(self, wish: Imagine) -> ImageSpec:
        """Raises PromptMissing, PromptTooLong, UnknownModel, BadOption or ModelCannot."""
        prompt = self._prompt(wish.prompt)
        catalogue = self._catalogue
        model = catalogue.model(wish.model, "image") if wish.model else self._fitting(wish)
        aspect = wish.aspect or model.aspects[0]
        self._check(wish, model, aspect)
        width, height = model.size(aspect)
        seed = self._new_seed() if wish.seed is None else wish.seed
        return ImageSpec(
            prompt=prompt, model=model.name, aspect=aspect, width=width, height=height,
            count=wish.count, seed=seed, style=wish.style,
        )  # fmt: skip

    def again(self, wish: Again, former: Job) -> ImageSpec:
        """A new order from a former one. Raises NotFound when there is no such picture."""
        spec, result = former.spec, former.result
        if not isinstance(spec, ImageSpec) or not spec.prompt:
            raise NotFound("There is no picture to start from any more.")
        model = self._catalogue.model(spec.model, "image")
        self._check(Imagine(spec.prompt, spec.aspect, spec.count, style=spec.style), model, spec.aspect)
        if wish.index is None:
            return spec.model_copy(update={"seed": self._new_seed(), "variation": 0, "parent": former.id})
        pictures = result.pictures if result else ()
        if not 1 <= wish.index <= len(pictures):
            raise NotFound(f"That request has no picture number {wish.index}.")
        varied = {
            "seed": pictures[wish.index - 1].seed,
            "variation": 1 + self._new_seed() % MAX_SEED,
            "count": 1,
            "parent": former.id,
        }
        return spec.model_copy(update=varied)

    def chat(self, wish: Chat) -> ChatSpec:
        """Raises PromptMissing, PromptTooLong or UnknownModel."""
        catalogue = self._catalogue
        model = catalogue.model(wish.model, "chat") if wish.model else catalogue.default("chat")
        return ChatSpec(prompt=self._prompt(wish.message), model=model.name)

    def _prompt(self, text: str) -> str:
        prompt, limit = clean(text), self._catalogue.limits.prompt_characters
        if not any(unicodedata.category(char)[0] in VISIBLE for char in prompt):
            raise PromptMissing
        if len(prompt) > limit:
            raise PromptTooLong(len(prompt), limit)
        return prompt

    def _fitting(self, wish: Imagine) -> Model:
        """The default model, unless it cannot do this and another one can."""
        default = self._catalogue.default("image")
        able = [model for model in self._catalogue.of_kind("image") if not _missing(wish, model)]
        return default if default in able or not able else able[0]

    def _check(self, wish: Imagine, model: Model, aspect: str) -> None:
        catalogue = self._catalogue
        if aspect not in catalogue.aspects:
            raise BadOption("aspect", f"must be one of {', '.join(catalogue.aspects)}; you gave {aspect[:20]}.")
        if wish.style is not None and wish.style not in catalogue.styles:
            known = ", ".join(catalogue.styles)
            raise BadOption("style", f"must be one of {known}; you gave {wish.style[:20]}.")
        if wish.count < 1:
            raise BadOption("count", f"must be at least 1; you gave {wish.count}.")
        if what := _missing(wish, model):
            others = [other.name for other in catalogue.of_kind("image") if not _missing(wish, other)]
            raise ModelCannot(model.name, what, others)


def _missing(wish: Imagine, model: Model) -> str | None:
    """What this model cannot do of what is asked for, in words; None when it can do all of it."""
    lacks = {
        f"the aspect {wish.aspect}": wish.aspect is not None and wish.aspect not in model.aspects,
        f"{wish.count} pictures at once": wish.count > model.max_count,
        "a fixed seed": wish.seed is not None and not model.seed,
        "styles": wish.style is not None and not model.styles,
    }
    return next((what for what, lacking in lacks.items() if lacking), None)
