"""Turn what a person asked for into an order that its model can do, or say which model could."""

import math
import secrets
import unicodedata
from collections.abc import Callable, Sequence

from core.catalogue import Catalogue, Model
from core.errors import BadOption, ModelCannot, NotFound, PromptMissing, PromptTooLong
from core.generation.wishes import Again, Chat, Edit, Enlarge, Imagine, Upscale
from core.jobs.model import Job
from core.jobs.results import Picture
from core.jobs.specs import ChatSpec, ImageSpec, Source, Turn
from core.media.checks import Checked
from core.text import clean

MAX_SEED = 2**31 - 1
VISIBLE = "LNPS"  # Unicode's letters, numbers, punctuation and symbols; marks and spaces alone say nothing
UPSCALE_BY = 2
LONGEST_SIDE = 4096


class Orders:
    """Checks against the abilities in the catalogue. Nothing is held while it runs.

    `sources` are a wish's uploads, checked, under the names by which they will be stored.
    """

    def __init__(self, catalogue: Catalogue, new_seed: Callable[[], int] = lambda: secrets.randbelow(MAX_SEED)) -> None:
        self._catalogue = catalogue
        self._new_seed = new_seed

    def image(self, wish: Imagine, sources: Sequence[Source] = ()) -> ImageSpec:
        """Raises PromptMissing, PromptTooLong, UnknownModel, BadOption or ModelCannot."""
        prompt = self._prompt(wish.prompt)
        self._check_options(wish)
        model, fallbacks = self._able(wish, len(sources))
        aspect = wish.aspect or _nearest(model.shapes, sources)
        able = [name for name in fallbacks if aspect in self._catalogue.model(name, "image").shapes]
        width, height = model.size(aspect)
        seed = self._new_seed() if wish.seed is None else wish.seed
        return ImageSpec(
            operation="edit" if sources else "draw", prompt=prompt,
            negative=clean(wish.negative)[: self._catalogue.limits.prompt_characters] if wish.negative else None,
            model=model.name, fallbacks=tuple(able), aspect=aspect, width=width, height=height, count=wish.count,
            seed=seed, style=self._style(wish, model), sources=tuple(sources),
        )  # fmt: skip

    def again(self, wish: Again, former: Job) -> ImageSpec:
        """A new order from a former one. Raises NotFound when there is no such picture."""
        spec = self._former(former)
        if spec.operation == "upscale":
            raise NotFound("An enlarged picture cannot be drawn anew.")
        model = self._catalogue.model(spec.model, "image")
        self._check(Imagine(spec.prompt, spec.aspect, spec.count, style=spec.style), model, len(spec.sources))
        if wish.index is None:
            return spec.model_copy(update={"seed": self._new_seed(), "variation": 0, "parent": former.id})
        picture = _picture(former, wish.index)
        varied = {
            "seed": self._new_seed() if picture.seed is None else picture.seed,
            "variation": 1 + self._new_seed() % MAX_SEED,
            "count": 1,
            "parent": former.id,
        }
        if model.edit:
            able = [other.name for other in self._catalogue.of_kind("image") if other.edit]
            fallbacks = tuple(name for name in spec.fallbacks if name in able)
            varied |= {"operation": "vary", "sources": (_source(picture),), "fallbacks": fallbacks}
        return spec.model_copy(update=varied)

    def edit(self, wish: Edit, former: Job) -> ImageSpec:
        """Change a former picture. Raises what `image` raises, or NotFound."""
        spec = self._former(former)
        picture = _picture(former, wish.index)
        drawn = Imagine(wish.prompt, model=wish.model)
        edited = self.image(drawn, [_source(picture)])
        model = self._catalogue.model(edited.model, "image")
        if spec.aspect in model.shapes:
            width, height = model.size(spec.aspect)
            edited = edited.model_copy(update={"aspect": spec.aspect, "width": width, "height": height})
        return edited.model_copy(update={"parent": former.id})

    def upscale(self, wish: Upscale, former: Job) -> ImageSpec:
        """Enlarge a former picture. Raises NotFound or ModelCannot."""
        spec = self._former(former)
        picture = _picture(former, wish.index)
        able = self._enlarging()
        if max(picture.width, picture.height) * UPSCALE_BY > LONGEST_SIDE:
            raise BadOption("picture", f"is {picture.width}x{picture.height} already; {LONGEST_SIDE} is the most.")
        return spec.model_copy(
            update={
                "operation": "upscale", "model": able[0], "fallbacks": able[1:],
                "count": 1, "sources": (_source(picture),), "parent": former.id, "style": None, "negative": None,
                "width": picture.width * UPSCALE_BY, "height": picture.height * UPSCALE_BY,
                "seed": picture.seed or 0, "variation": 0,
            }
        )  # fmt: skip

    def enlarge(self, wish: Enlarge, picture: Checked, source: Source, longest: int) -> ImageSpec:
        """Enlarge an attached picture, whose longer side had `longest` pixels. Raises BadOption or ModelCannot."""
        able, most = self._enlarging(), LONGEST_SIDE // UPSCALE_BY
        if longest > most:
            raise BadOption("attachment", f"has {longest} pixels on its longer side; {most} is the most to enlarge.")
        common = math.gcd(picture.width, picture.height)
        return ImageSpec(
            operation="upscale", prompt=wish.title, model=able[0], fallbacks=able[1:],
            aspect=f"{picture.width // common}:{picture.height // common}", width=picture.width * UPSCALE_BY,
            height=picture.height * UPSCALE_BY, count=1, seed=0, sources=(source,),
        )  # fmt: skip

    def _enlarging(self) -> tuple[str, ...]:
        """The models that enlarge. Raises ModelCannot when there is none."""
        able = tuple(model.name for model in self._catalogue.of_kind("image") if model.upscale)
        if not able:
            raise ModelCannot(self._catalogue.default("image").name, "enlarging pictures", [])
        return able

    def chat(self, wish: Chat, sources: Sequence[Source] = (), history: Sequence[Turn] = ()) -> ChatSpec:
        """Raises PromptMissing, PromptTooLong, UnknownModel or ModelCannot."""
        catalogue = self._catalogue
        prompt = self._prompt(wish.message)
        models = [catalogue.model(wish.model, "chat")] if wish.model else catalogue.chain("chat")
        able = [model for model in models if model.vision or not sources]
        if not able:
            seeing = [model.name for model in catalogue.of_kind("chat") if model.vision]
            raise ModelCannot(models[0].name, "looking at pictures", seeing)
        persona = wish.persona or catalogue.chat.persona
        return ChatSpec(
            prompt=prompt, model=able[0].name, fallbacks=tuple(model.name for model in able[1:]),
            system=catalogue.personas.get(persona, ""), history=tuple(history), conversation=wish.conversation,
            sources=tuple(sources),
        )  # fmt: skip

    def _prompt(self, text: str) -> str:
        prompt, limit = clean(text), self._catalogue.limits.prompt_characters
        if not any(unicodedata.category(char)[0] in VISIBLE for char in prompt):
            raise PromptMissing
        if len(prompt) > limit:
            raise PromptTooLong(len(prompt), limit)
        return prompt

    def _able(self, wish: Imagine, edits: int) -> tuple[Model, tuple[str, ...]]:
        """The model to ask, and those that may stand in. Somebody who names a model gets that one, or nothing."""
        catalogue = self._catalogue
        if wish.model:
            model = catalogue.model(wish.model, "image")
            self._check(wish, model, edits)
            return model, ()
        others = [model for model in catalogue.of_kind("image") if model not in catalogue.chain("image")]
        asked = sorted((*catalogue.chain("image"), *others), key=lambda model: model.name != wish.usual_model)
        able = [model for model in asked if not _missing(wish, model, edits)]
        if not able:
            editor = next((model for model in asked if edits and model.edit), catalogue.default("image"))
            self._check(wish, editor, edits)
        in_chain = [model.name for model in able[1:] if model not in others]
        return able[0], tuple(in_chain)

    def _style(self, wish: Imagine, model: Model) -> str | None:
        if wish.style is None and model.styles and wish.usual_style in self._catalogue.styles:
            return wish.usual_style
        return wish.style

    def _check_options(self, wish: Imagine) -> None:
        catalogue = self._catalogue
        if wish.aspect is not None and wish.aspect not in catalogue.aspects:
            raise BadOption("aspect", f"must be one of {', '.join(catalogue.aspects)}; you gave {wish.aspect[:20]}.")
        if wish.style is not None and wish.style not in catalogue.styles:
            known = ", ".join(catalogue.styles)
            raise BadOption("style", f"must be one of {known}; you gave {wish.style[:20]}.")
        if wish.count < 1:
            raise BadOption("count", f"must be at least 1; you gave {wish.count}.")

    def _check(self, wish: Imagine, model: Model, edits: int) -> None:
        if what := _missing(wish, model, edits):
            images = self._catalogue.of_kind("image")
            raise ModelCannot(model.name, what, [other.name for other in images if not _missing(wish, other, edits)])

    @staticmethod
    def _former(former: Job) -> ImageSpec:
        if not isinstance(former.spec, ImageSpec) or not former.spec.prompt:
            raise NotFound("There is no picture to start from any more.")
        return former.spec


def _picture(former: Job, index: int) -> Picture:
    pictures = former.result.pictures if former.result else ()
    if not 1 <= index <= len(pictures):
        raise NotFound(f"That request has no picture number {index}.")
    return pictures[index - 1]


def _source(picture: Picture) -> Source:
    return Source(
        name=picture.name, mime=picture.mime, url=picture.url, width=picture.width, height=picture.height
    )  # fmt: skip


def _nearest(shapes: Sequence[str], sources: Sequence[Source]) -> str:
    """The aspect nearest to the proportions of the first picture to start from; the model's first without any."""
    first = next(iter(sources), None)
    if first is None or not first.width or not first.height:
        return shapes[0]
    wanted = math.log(first.width / first.height)
    return min(shapes, key=lambda shape: abs(_proportion(shape) - wanted))


def _proportion(aspect: str) -> float:
    """Width by height of `16:9`, as a logarithm, so that tall and wide shapes are as far from a square."""
    wide, high = (int(side) for side in aspect.split(":"))
    return math.log(wide / high)


def _missing(wish: Imagine, model: Model, edits: int) -> str | None:
    """What this model cannot do of what is asked for, in words; None when it can do all of it."""
    lacks = {
        "drawing from words": not model.draw,
        "editing pictures": edits > 0 and not model.edit,
        f"edits of {edits} pictures at once": edits > model.sources,
        f"the aspect {wish.aspect}": wish.aspect is not None and wish.aspect not in model.shapes,
        f"{wish.count} pictures at once": wish.count > model.max_count,
        "a fixed seed": wish.seed is not None and not model.seed,
        "styles": wish.style is not None and not model.styles,
        "negative prompts": wish.negative is not None and not model.negative,
    }
    return next((what for what, lacking in lacks.items() if lacking), None)
