"""What is shown to a person, before any platform turns it into its own kind of message."""

from dataclasses import dataclass
from typing import Literal

from bots import server_texts, texts
from core.app import App
from core.errors import EaselError, GenerationRefused
from core.jobs.model import Job, JobState
from core.jobs.results import Picture, Result
from core.jobs.specs import ImageSpec

Kind = Literal["text", "job", "result", "error"]
Action = Literal["reroll", "vary", "edit", "upscale", "cancel"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture to show: `index` counts from 1, `url` is where people open it."""

    index: int
    url: str
    name: str
    width: int
    height: int
    seed: int | None
    alt: str


@dataclass(frozen=True, slots=True)
class Button:
    """Something to press. It names its job, so it works after a restart."""

    action: Action
    label: str
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to hand over."""

    name: str
    mime: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Link:
    """A button that opens an address, such as a checkout."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One message. `facts` are label and value pairs; `error` is set when the request was turned down."""

    kind: Kind
    text: str = ""
    job: Job | None = None
    pictures: tuple[Shown, ...] = ()
    buttons: tuple[Button, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    attachments: tuple[Attachment, ...] = ()
    links: tuple[Link, ...] = ()
    demo: bool = False
    error: EaselError | None = None


def waiting(job: Job) -> Reply:
    """The placeholder of a job in the works, until its result takes its place."""
    text = job.spec.prompt if isinstance(job.spec, ImageSpec) else ""
    return Reply("job", text, job=job, buttons=(Button("cancel", "Cancel"),))


def refused(error: EaselError, text: str) -> Reply:
    return Reply("error", text, error=error)


def ended(app: App, job: Job) -> Reply:
    """The message of an ended job: its result, or why there is none."""
    if job.state is JobState.DONE and job.result is not None:
        return _result(app, job, job.result)
    if job.state is JobState.CANCELLED and job.result is not None:
        return _answer(job, job.result, texts.stopped(job.result.text))
    if job.state is JobState.CANCELLED:
        return Reply("result", texts.cancelled(job.id), job=job, buttons=_again(job))
    if job.failure is not None and job.failure.code == GenerationRefused.code:
        return Reply("error", texts.turned_down(job.failure.message), job=job, buttons=_again(job))
    message = job.failure.message if job.failure else texts.INTERNAL
    return Reply("error", texts.failed(message, job.charged or 0), job=job, buttons=_again(job))


def answered(result: Result) -> Reply:
    """An answer from the cache."""
    facts = (("Model", result.model), ("Cost", "0 credits, you asked this before"))
    return Reply("result", result.text, facts=facts, demo=result.demo)


def _result(app: App, job: Job, result: Result) -> Reply:
    spec = job.spec
    if not isinstance(spec, ImageSpec):
        return _answer(job, result, result.text)
    pictures = tuple(
        _shown(app, index, picture, spec.prompt, result.demo) for index, picture in enumerate(result.pictures, 1)
    )
    missing = len(pictures) < spec.count
    text = f"{spec.prompt}\n{texts.partly(len(pictures), spec.count)}" if missing else spec.prompt
    facts = [("Model", result.model), _shape(spec, result), _cost(job)]
    if spec.style:
        facts.insert(1, ("Style", spec.style))
    if (seed := result.pictures[0].seed) is not None and spec.operation != "upscale":
        facts.insert(1, ("Seed", str(seed)))
    return Reply("result", text, job, pictures, _buttons(app, spec, pictures), tuple(facts), demo=result.demo)


def _shape(spec: ImageSpec, result: Result) -> tuple[str, str]:
    """Who enlarges a picture wants to know how large it is now."""
    if spec.operation != "upscale":
        return "Aspect", spec.aspect
    return "Size", texts.pixels(result.pictures[0].width, result.pictures[0].height)


def _answer(job: Job, result: Result, text: str) -> Reply:
    return Reply("result", text, job=job, facts=(("Model", result.model), _cost(job)), demo=result.demo)


def _cost(job: Job) -> tuple[str, str]:
    cost = texts.count(job.charged or 0, "credit")
    if job.payer is None:
        return "Cost", cost
    unused = job.quote.total - (job.charged or 0)
    return "Cost", server_texts.sponsored(cost, None if job.cap_left is None else job.cap_left + unused)


def _buttons(app: App, spec: ImageSpec, pictures: tuple[Shown, ...]) -> tuple[Button, ...]:
    """What can be done with these pictures by the models there are."""
    models = app.catalogue.of_kind("image")
    several = len(pictures) > 1 or spec.count > 1
    offered: list[tuple[Action, str]] = [("vary", "Vary")] if spec.operation != "upscale" else []
    if any(model.edit for model in models):
        offered.append(("edit", "Edit"))
    if any(model.upscale for model in models) and spec.operation != "upscale":
        offered.append(("upscale", "Upscale"))
    first = (Button("reroll", "Re-roll"),) if spec.operation != "upscale" else ()
    each = (
        Button(action, f"{label} {shown.index}" if several else label, shown.index)
        for action, label in offered
        for shown in pictures
    )
    return (*first, *each)


def _again(job: Job) -> tuple[Button, ...]:
    """Another try, for pictures whose order is still known."""
    if isinstance(job.spec, ImageSpec) and job.spec.prompt:
        return (Button("reroll", "Try again"),)
    return ()


def _shown(app: App, index: int, picture: Picture, prompt: str, demo: bool) -> Shown:
    return Shown(
        index, app.media.url(picture), picture.name, picture.width, picture.height, picture.seed,
        texts.alt_text(prompt, demo),
    )  # fmt: skip
