"""Pictures: one from each call, so as many calls at once as pictures were ordered. Some may fail."""

import asyncio
from collections.abc import Sequence
from functools import reduce

from google.genai.types import Content, GenerateContentConfig, GenerateContentResponse, HttpOptions

from core.jobs.attempts import Tokens
from core.jobs.specs import ImageSpec
from core.providers.gemini.asking import image_config, picture
from core.providers.gemini.connection import Connection
from core.providers.gemini.outcomes import outcomes
from core.providers.gemini.reading import bad_end, finish_of, is_blocked, parts_of, refusal, served_by, tokens_of
from core.providers.ports import (
    Bill,
    Call,
    Drawing,
    Drawn,
    ProviderCannot,
    ProviderError,
    ProviderFailed,
    ProviderFatal,
    ProviderRefused,
    ProviderUnknown,
)
from core.tasks import stopped

SPARE_SECONDS = 1.0
"""By which calls end before their caller does, so that one that hangs does not take the others' pictures along."""
TELLING = (ProviderUnknown, ProviderRefused, ProviderFatal, ProviderCannot, ProviderFailed)
"""Of several errors the first of these counts: one in doubt forbids asking anybody else, then a refusal does."""


async def drawn(connection: Connection, spec: ImageSpec, call: Call) -> Drawing:
    """Raises ProviderError when no picture came."""
    if spec.operation == "upscale":
        raise ProviderCannot(f"{call.model.name} cannot enlarge pictures.")
    contents, config = picture(spec, call), image_config(spec, call)
    tasks = [asyncio.create_task(_tried(connection, contents, config, call)) for _ in range(spec.count)]
    for task in tasks:
        task.add_done_callback(lambda _: call.progress(sum(task.done() for task in tasks) / len(tasks)))
    try:
        await asyncio.wait(tasks)
    finally:
        await stopped(tasks)
    return _together([task.result() for task in tasks])


async def _tried(
    connection: Connection, contents: list[Content], config: GenerateContentConfig, call: Call
) -> Drawing | ProviderError:
    """One picture, or why not."""
    seconds = max(call.seconds - SPARE_SECONDS, call.seconds / 2)

    async def ask(options: HttpOptions) -> GenerateContentResponse:
        asked = config.model_copy(update={"http_options": options})
        return await connection.models.generate_content(model=call.model.id, contents=contents, config=asked)

    try:
        async with asyncio.timeout(seconds):
            with outcomes(call.model.name):
                response = await connection.ask(seconds, ask)
    except TimeoutError:
        return ProviderUnknown(f"{call.model.name} did not answer in time.")
    except ProviderError as error:
        return error
    return _read(response, call.model.name)


def _read(response: GenerateContentResponse, name: str) -> Drawing | ProviderError:
    data = next(
        (part.inline_data.data for part in parts_of(response) if part.inline_data and part.inline_data.data), b""
    )
    tokens = tokens_of(response, drew=bool(data))
    if is_blocked(response):
        return refusal(name, Bill(billed=tokens is not None, tokens=tokens))
    bill = Bill(billed=True, tokens=tokens)
    if (reason := finish_of(response)) and (trouble := bad_end(reason, name, bill)):
        return trouble
    if not data:
        return ProviderFailed(f"{name} drew nothing.", bill)
    return Drawing((Drawn(data),), tokens, served_by(response), billed=1)


def _together(results: Sequence[Drawing | ProviderError]) -> Drawing:
    """All pictures, and all tokens that are known, also of those that failed. Raises ProviderError if none came."""
    drawings = [result for result in results if isinstance(result, Drawing)]
    errors = [result for result in results if isinstance(result, ProviderError)]
    counted = [drawing.tokens for drawing in drawings] + [error.bill.tokens for error in errors]
    tokens = _sum([each for each in counted if each is not None])
    if not drawings:
        raise _most_telling(errors, tokens)
    pictures = tuple(picture for drawing in drawings for picture in drawing.pictures)
    return Drawing(pictures, tokens, drawings[0].served, billed=len(pictures))


def _sum(counted: Sequence[Tokens]) -> Tokens | None:
    return reduce(Tokens.plus, counted) if counted else None


def _most_telling(errors: Sequence[ProviderError], tokens: Tokens | None) -> ProviderError:
    worst = min(errors, key=lambda error: TELLING.index(type(error)))
    if isinstance(worst, ProviderUnknown):
        return worst
    waits = [error.retry_after for error in errors if error.retry_after is not None]
    bill = Bill(billed=any(error.bill.billed for error in errors), tokens=tokens)
    return type(worst)(worst.message, bill, max(waits, default=None))
