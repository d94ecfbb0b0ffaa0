"""Replicate on a good day, through its real SDK against a server that checks every request."""

import asyncio
import itertools
from typing import Any

import pytest

from core.catalogue import Model
from core.media.data_urls import from_data_url
from core.providers.ports import Drawing, Image, ImageProvider, ProviderCannot, Reconcilable
from core.providers.replicate import Replicate
from core.providers.replicate.errand import Pace
from core.providers.replicate.provider import callback
from tests.core.providers.replicate_parts import (
    DEV,
    DREAMS,
    PRO,
    SCHNELL,
    UPSCALER,
    Caller,
    looked_at,
    model,
    order,
    replicate,
    so,
)
from tests.fakes.pixels import png
from tests.fakes.replicate import ReplicateFake, Script
from tests.fakes.replicate.files import picture
from tests.fakes.replicate.models import VERSION
from tests.fakes.replicate.predictions import BAR

FOX = Image(png(shade=40), "image/png")


def bytes_of(drawing: Drawing) -> list[bytes]:
    return [drawn.data for drawn in drawing.pictures]


def test_replicate_is_an_image_provider_that_can_be_asked_later(provider: Replicate) -> None:
    drawing: ImageProvider = provider
    looking: Reconcilable = provider
    assert (drawing.name, drawing.demo) == ("replicate", False)
    assert looking is provider


async def test_an_order_becomes_a_prediction_whose_picture_is_fetched(
    fake: ReplicateFake, provider: Replicate, caller: Caller
) -> None:
    drawing = await provider.draw(order(), caller.call())
    assert bytes_of(drawing) == [picture(1)]
    assert drawing.pictures[0].seed == 7
    assert (drawing.served, drawing.billed) == ("black-forest-labs/flux-schnell", 1)
    assert fake.created[0].inputs == {"prompt": "a red fox", "aspect_ratio": "16:9", "seed": 7, "num_outputs": 1}
    assert fake.files.asked == ["/files/1.png"]


async def test_a_model_that_draws_several_at_once_is_asked_once(
    fake: ReplicateFake, provider: Replicate, caller: Caller
) -> None:
    drawing = await provider.draw(order(count=3), caller.call())
    assert bytes_of(drawing) == [picture(1), picture(2), picture(3)]
    assert [drawn.seed for drawn in drawing.pictures] == [None, None, None]  # one seed draws them all
    assert [made.inputs["num_outputs"] for made in fake.created] == [3]


async def test_a_model_that_draws_one_at_a_time_is_asked_for_all_at_once_with_different_seeds(
    fake: ReplicateFake, provider: Replicate, caller: Caller
) -> None:
    drawing = await provider.draw(order(count=3), caller.call(PRO))
    assert sorted(bytes_of(drawing)) == sorted([picture(1), picture(2), picture(3)])
    seeds = {drawn.seed for drawn in drawing.pictures}
    assert len(seeds) == 3
    assert seeds == {made.inputs["seed"] for made in fake.created}
    assert all("num_outputs" not in made.inputs for made in fake.created)


async def test_the_names_of_predictions_are_remembered_before_anybody_looks(
    fake: ReplicateFake, provider: Replicate, caller: Caller
) -> None:
    looks: list[int] = []

    async def remember(provider_job: str) -> None:
        await caller.remember(provider_job)
        await asyncio.sleep(0.02)
        looks.append(sum(made.looks for made in fake.created))

    await provider.draw(order(count=2), caller.call(PRO, remember=remember))
    assert set(caller.ids[-1].split(",")) == {made.id for made in fake.created}
    assert set(looks) == {0}


@pytest.mark.parametrize(
    ("model", "spec", "inputs"),
    [
        (SCHNELL, {"aspect": "1:1"}, {"aspect_ratio": "1:1"}),
        (model("black-forest-labs/flux-schnell"), {}, {"seed": None}),
        (SCHNELL, {"seed": 0}, {"seed": 1}),
        (SCHNELL, {"seed": 7, "variation": 30}, {"seed": 37}),
        (SCHNELL, {"negative": "rain"}, {"negative_prompt": None}),
        (model("black-forest-labs/flux-dev", inputs={"output_format": "png"}), {}, {"output_format": "png"}),
        (model("black-forest-labs/flux-dev", inputs={"aspect_ratio": "2:3"}), {}, {"aspect_ratio": "2:3"}),
        (DREAMS, {"negative": "rain"}, {"negative_prompt": "rain", "aspect_ratio": None, "width": 1024}),
    ],
    ids=[
        "its-aspect",
        "no-seed-for-a-model-without",
        "never-seed-0",
        "a-variation-has-its-own-seed",
        "no-negative-prompt-for-a-model-without",
        "inputs-from-the-catalogue",
        "which-win",
        "pixels-for-a-model-of-fixed-sizes",
    ],
)
async def test_a_model_is_asked_for_what_it_knows(
    fake: ReplicateFake, provider: Replicate, caller: Caller, model: Model, spec: dict[str, Any], inputs: dict[str, Any]
) -> None:
    await provider.draw(order(**spec), caller.call(model))
    sent = fake.created[0].inputs
    assert {name: sent.get(name) for name in inputs} == inputs


async def test_the_catalogue_may_say_how_many_a_model_draws_at_once(
    fake: ReplicateFake, provider: Replicate, caller: Caller
) -> None:
    two_at_once = DREAMS.model_copy(update={"inputs": {"num_outputs": 2}})
    drawing = await provider.draw(order(count=4), caller.call(two_at_once))
    assert [made.inputs["num_outputs"] for made in fake.created] == [2, 2]
    assert len(drawing.pictures) == 4


@pytest.mark.parametrize(("model", "name"), [(DEV, "image"), (PRO, "image_prompt"), (DREAMS, "image")])
@pytest.mark.parametrize("operation", ["edit", "vary"])
async def test_a_picture_to_start_from_goes_where_the_model_takes_it(
    fake: ReplicateFake, provider: Replicate, caller: Caller, model: Model, name: str, operation: str
) -> None:
    await provider.draw(order(operation=operation), caller.call(model, sources=(FOX,)))
    sent = fake.created[0].inputs
    assert sent["prompt"] == "a red fox"
    assert sent[name].startswith("data:image/png;base64,")
    assert from_data_url(sent[name]) == FOX.data


async def test_a_model_that_takes_one_picture_is_not_sent_the_first_of_several(
    fake: ReplicateFake, provider: Replicate, caller: Caller
) -> None:
    with pytest.raises(ProviderCannot, match="takes one picture at a time"):
        await provider.draw(order(operation="edit"), caller.call(DEV, sources=(FOX, FOX)))
    assert fake.created == []


async def test_a_picture_is_enlarged_without_words(fake: ReplicateFake, provider: Replicate, caller: Caller) -> None:
    await provider.draw(order(operation="upscale"), caller.call(UPSCALER, sources=(FOX,)))
    assert set(fake.created[0].inputs) == {"image"}


async def test_a_model_that_takes_no_picture_gets_none(
    fake: ReplicateFake, provider: Replicate, caller: Caller
) -> None:
    await provider.draw(order(operation="vary"), caller.call(SCHNELL, sources=(FOX,)))
    assert set(fake.created[0].inputs) == {"prompt", "aspect_ratio", "seed", "num_outputs"}


@pytest.mark.parametrize("upstream", [f"someone/dreams:{VERSION}", VERSION])
async def test_a_version_can_be_named_with_its_model_or_alone(
    fake: ReplicateFake, provider: Replicate, caller: Caller, upstream: str
) -> None:
    await provider.draw(order(), caller.call(DREAMS.model_copy(update={"upstream": upstream})))
    assert fake.created[0].version == VERSION


async def test_progress_grows_with_the_logs_and_never_falls(
    fake: ReplicateFake, provider: Replicate, caller: Caller
) -> None:
    half = BAR + "\r 50%|#####     | 14/28 [00:02<00:02]\n"
    fake.script(Script(polls=3, logs=[BAR, half, half + "  0%|          | 0/5 [00:00<?, ?it/s]\n", half]))
    await provider.draw(order(), caller.call())
    assert caller.progress == [0.0, 0.5, 0.5, 1.0]


async def test_progress_of_several_predictions_is_that_of_all(
    fake: ReplicateFake, provider: Replicate, caller: Caller
) -> None:
    fake.script(Script(polls=0, logs=()), Script(polls=30, logs=()))
    await provider.draw(order(count=2), caller.call(PRO))
    assert caller.progress == sorted(caller.progress)
    assert 0.5 in caller.progress
    assert caller.progress[-1] == 1.0


@pytest.mark.parametrize("count", [1, 2])
async def test_an_interrupted_call_is_gone_on_with_and_nothing_is_made_anew(
    fake: ReplicateFake, provider: Replicate, caller: Caller, count: int
) -> None:
    fake.script(*[Script(polls=None)] * count)
    drawing = asyncio.create_task(provider.draw(order(count=count), caller.call(PRO)))
    await looked_at(fake, count)
    for made in fake.created:
        made.finish()
    first = await drawing

    again = Caller()
    second = await provider.draw(order(count=count), again.call(PRO, resume=caller.ids[-1]))
    assert bytes_of(second) == bytes_of(first)
    assert [drawn.seed for drawn in second.pictures] == [drawn.seed for drawn in first.pictures]
    assert len(fake.created) == fake.tries == count
    assert again.ids == []


async def test_an_announcement_ends_the_waiting(fake: ReplicateFake, caller: Caller) -> None:
    fake.script(Script(polls=None))
    async with replicate(fake, Pace(first=600, most=600)) as provider:
        drawing = asyncio.create_task(provider.draw(order(), caller.call()))
        await so(lambda: caller.ids)
        await asyncio.sleep(0.02)
        fake.created[0].finish()
        assert fake.created[0].looks == 0
        provider.announcements.announced(fake.created[0].id)
        async with asyncio.timeout(20):
            assert len((await drawing).pictures) == 1
    assert fake.created[0].looks == 1


async def test_an_announcement_that_comes_too_soon_is_no_end(fake: ReplicateFake, caller: Caller) -> None:
    fake.script(Script(polls=3))
    async with replicate(fake) as provider:
        drawing = asyncio.create_task(provider.draw(order(), caller.call()))
        await so(lambda: caller.ids)
        provider.announcements.announced(caller.ids[0])
        assert len((await drawing).pictures) == 1


async def test_replicate_is_told_where_to_announce_the_end_and_nothing_but_the_end(
    fake: ReplicateFake, provider: Replicate, caller: Caller
) -> None:
    address = "https://easel.example/webhooks/replicate/job1"
    await provider.draw(order(), caller.call(callback=address))
    await provider.draw(order(), caller.call())
    assert [(made.webhook, made.webhook_events) for made in fake.created] == [(address, ["completed"]), (None, None)]


def test_an_announcement_in_the_clear_is_only_wanted_from_a_server_that_is_asked_in_the_clear() -> None:
    plain, safe = Caller().call(callback="http://easel.example/x"), Caller().call(callback="https://easel.example/x")
    assert callback(plain, "https://api.replicate.com") is None
    assert callback(plain, "http://127.0.0.1:8000") == "http://easel.example/x"
    assert callback(safe, "https://api.replicate.com") == "https://easel.example/x"
    assert callback(Caller().call(), "https://api.replicate.com") is None


async def test_looks_come_less_and_less_often(fake: ReplicateFake, caller: Caller) -> None:
    fake.script(Script(polls=None))
    looks: list[float] = []
    loop = asyncio.get_running_loop()
    async with replicate(fake, Pace(first=0.02, most=0.1, margin=1, stop=5, last=0.1)) as provider:
        call = caller.call(progress=lambda _: looks.append(loop.time()))
        drawing = asyncio.create_task(provider.draw(order(), call))
        await so(lambda: len(looks) >= 6)
        fake.created[0].finish()
        await drawing
    pauses = [after - before for before, after in itertools.pairwise(looks)]
    assert pauses[0] >= 0.029  # never sooner than it should be, however slow the machine
    assert min(pauses[3:5]) >= 0.099
