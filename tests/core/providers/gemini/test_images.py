"""Pictures come one from each call, all at once, and some may fail."""

import asyncio
from functools import partial

import pytest

from core.jobs.attempts import Tokens
from core.providers.gemini import Gemini
from core.providers.ports import Image, ProviderCannot, ProviderFailed, ProviderRefused, ProviderUnknown
from core.tasks import stopped
from tests.core.providers.gemini.orders import draw, order, trouble
from tests.fakes import skip
from tests.fakes.gemini import GeminiFake
from tests.fakes.gemini.documents import PICTURE_USAGE, USAGE, answer, ended, inline, text
from tests.fakes.gemini.steps import after, draws, drops, fails, hangs, replies
from tests.fakes.pixels import png

ONE = Tokens(input=6, output=1395, thought=100, image=1290)


async def test_a_picture_comes_with_what_was_counted(fake: GeminiFake, gemini: Gemini) -> None:
    fake.script(draws(png(shade=3), PICTURE_USAGE))
    drawing = await draw(gemini)
    assert [(picture.data, picture.seed) for picture in drawing.pictures] == [(png(shade=3), None)]
    assert (drawing.tokens, drawing.billed, drawing.served) == (ONE, 1, "gemini-3.1-flash-image")


async def test_what_is_asked_for_is_a_picture_of_this_shape(fake: GeminiFake, gemini: Gemini) -> None:
    await draw(gemini, order(negative="hats"), image_size="2K")
    body = fake.calls[0].body
    assert body["contents"] == [{"role": "user", "parts": [{"text": "a red fox\n\nLeave out: hats"}]}]
    assert body["generationConfig"] == {
        "responseModalities": ["IMAGE"],
        "imageConfig": {"aspectRatio": "16:9", "imageSize": "2K"},
    }
    assert fake.calls[0].method == "generateContent"


async def test_several_pictures_are_asked_for_at_once(fake: GeminiFake, gemini: Gemini) -> None:
    all_came = asyncio.Event()
    fake.script(*(after(all_came, draws(png(shade=shade), PICTURE_USAGE)) for shade in range(3)))
    task = asyncio.create_task(draw(gemini, order(3)))
    await fake.asked(3)
    all_came.set()
    drawing = await task
    assert sorted(picture.data for picture in drawing.pictures) == sorted(png(shade=shade) for shade in range(3))
    assert drawing.tokens == Tokens(input=18, output=4185, thought=300, image=3870)
    assert drawing.billed == 3


async def test_progress_is_made_with_each_picture(fake: GeminiFake, gemini: Gemini) -> None:
    shares: list[float] = []
    came = [asyncio.Event(), asyncio.Event()]

    def progress(done: float) -> None:
        shares.append(done)
        if len(shares) <= len(came):
            came[len(shares) - 1].set()

    fake.script(draws(png(shade=1)), *(after(event, draws(png(shade=2))) for event in came))
    await draw(gemini, order(3), progress=progress)
    assert shares == [pytest.approx(1 / 3), pytest.approx(2 / 3), 1.0]


async def test_when_some_fail_the_others_are_given_and_all_that_was_counted_is_owed(
    fake: GeminiFake, gemini: Gemini
) -> None:
    fake.script(
        draws(png(shade=1), PICTURE_USAGE), fails(503), replies(ended("NO_IMAGE")), draws(png(shade=2), PICTURE_USAGE)
    )
    drawing = await draw(gemini, order(4))
    assert (len(drawing.pictures), drawing.billed) == (2, 2)
    assert drawing.tokens == Tokens(input=6 + 6 + 11, cached=4, output=1395 * 2 + 8, thought=203, image=2580)


async def test_one_that_hangs_does_not_take_the_others_along(fake: GeminiFake, gemini: Gemini) -> None:
    fake.script(hangs(), draws(png(shade=1)), draws(png(shade=2)))
    two_came = asyncio.Event()
    async with asyncio.timeout(60):  # as its caller has it
        progress = partial(_set_at, two_came, 0.6)
        task = asyncio.create_task(draw(gemini, order(3), seconds=60, progress=progress))
        await two_came.wait()
        skip(59.5)
        assert len((await task).pictures) == 2


def _set_at(event: asyncio.Event, share: float, done: float) -> None:
    if done > share:
        event.set()


@pytest.mark.parametrize(
    ("steps", "outcome"),
    [
        ((fails(503), replies(ended("IMAGE_SAFETY")), drops()), ProviderUnknown),
        ((fails(503), replies(ended("IMAGE_SAFETY")), fails(404)), ProviderRefused),
        ((replies(ended("IMAGE_SAFETY")), replies(ended("SAFETY")), replies(ended("SPII"))), ProviderRefused),
        ((fails(503), replies(ended("NO_IMAGE")), fails(404)), ProviderCannot),
        ((fails(503), replies(ended("NO_IMAGE")), fails(500)), ProviderFailed),
    ],
    ids=["one in doubt", "one refused", "all refused", "one fatal", "all failed"],
)
async def test_when_all_fail_the_most_telling_error_is_raised(
    fake: GeminiFake, gemini: Gemini, steps: tuple[object, ...], outcome: type[Exception]
) -> None:
    fake.script(*steps)  # type: ignore[arg-type]  # steps, all of them
    error = await trouble(draw(gemini, order(3)))
    assert type(error) is outcome
    assert error.bill.billed


async def test_when_all_fail_what_was_counted_is_owed_and_the_longest_wait_holds(
    fake: GeminiFake, gemini: Gemini
) -> None:
    fake.script(
        fails(429, "Slow down.", headers={"Retry-After": "3"}), replies(ended("NO_IMAGE")),
        fails(429, "Slow down.", headers={"Retry-After": "30"}), replies(ended("NO_IMAGE")),
    )  # fmt: skip
    error = await trouble(draw(gemini, order(4)))
    assert type(error) is ProviderFailed
    assert error.bill.tokens == Tokens(input=22, cached=8, output=16, thought=6)
    assert error.retry_after == 30


async def test_when_all_fail_for_free_nothing_is_owed(fake: GeminiFake, gemini: Gemini) -> None:
    fake.script(fails(503), fails(503))
    error = await trouble(draw(gemini, order(2)))
    assert (error.bill.billed, error.bill.tokens) == (False, None)


@pytest.mark.parametrize(
    "parts",
    [(), (text("I would rather not."),), (inline(b""),), (inline(png(), thought=True),)],
    ids=["nothing", "words", "an empty picture", "a sketch among its thoughts"],
)
async def test_an_answer_without_a_picture_is_a_failure_that_costs(
    fake: GeminiFake, gemini: Gemini, parts: tuple[dict[str, object], ...]
) -> None:
    fake.script(replies(answer(*parts)))
    error = await trouble(draw(gemini))
    assert type(error) is ProviderFailed
    assert (error.bill.billed, error.bill.tokens) == (True, Tokens(input=11, cached=4, output=8, thought=3))


async def test_sketches_among_its_thoughts_are_not_the_picture(fake: GeminiFake, gemini: Gemini) -> None:
    fake.script(replies(answer(inline(png(shade=1), thought=True), inline(b""), inline(png(shade=2)))))
    assert (await draw(gemini)).pictures[0].data == png(shade=2)


@pytest.mark.parametrize("finish", [None, "FINISH_REASON_UNSPECIFIED", "MAX_TOKENS"])
async def test_a_whole_picture_needs_no_reason_to_end(fake: GeminiFake, gemini: Gemini, finish: str | None) -> None:
    fake.script(replies(answer(inline(png()), finish=finish)))
    assert (await draw(gemini)).pictures[0].data == png()


async def test_what_is_not_told_by_kind_is_counted_as_the_picture(fake: GeminiFake, gemini: Gemini) -> None:
    fake.script(draws(png(), USAGE))
    assert (await draw(gemini)).tokens == Tokens(input=11, cached=4, output=8, thought=3, image=5)


@pytest.mark.parametrize("data", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a"], ids=["svg", "gif"])
async def test_bytes_are_given_as_they_came_for_others_to_check(fake: GeminiFake, gemini: Gemini, data: bytes) -> None:
    fake.script(draws(data))
    assert (await draw(gemini)).pictures[0].data == data


@pytest.mark.parametrize(
    ("operation", "prompt", "words"),
    [
        ("edit", "add a hat", ["add a hat"]),
        ("vary", "a red fox", ["Make a variation of this picture", "a red fox"]),
        ("vary", "", ["Make a variation of this picture"]),
    ],
)
async def test_a_picture_to_start_from_is_sent_along(
    fake: GeminiFake, gemini: Gemini, operation: str, prompt: str, words: list[str]
) -> None:
    await draw(gemini, order(operation=operation, prompt=prompt), sources=(Image(png(shade=9), "image/png"),))
    first, last = fake.calls[0].body["contents"][0]["parts"]
    assert first["inlineData"]["mimeType"] == "image/png"
    assert all(word in last["text"] for word in words)
    assert last["text"].strip() == last["text"]


async def test_it_cannot_enlarge(fake: GeminiFake, gemini: Gemini) -> None:
    wish = order(operation="upscale")
    assert type(await trouble(draw(gemini, wish, sources=(Image(png(), "image/png"),)))) is ProviderCannot
    assert fake.calls == []


async def test_cancelling_hangs_up_on_every_call(fake: GeminiFake, gemini: Gemini) -> None:
    fake.script(hangs(), hangs(), hangs())
    task = asyncio.create_task(draw(gemini, order(3)))
    await fake.asked(3)
    assert await stopped({task}) == []
    assert task.cancelled()
    async with asyncio.timeout(10):
        for asked in fake.calls:
            await asked.left.wait()


async def test_inputs_that_gemini_does_not_know_are_fatal_and_never_sent(fake: GeminiFake, gemini: Gemini) -> None:
    for inputs in ({"guidance": 3}, {"person_generation": "ALLOW_ALL"}):
        assert type(await trouble(draw(gemini, **inputs))) is ProviderCannot
    assert fake.calls == []
