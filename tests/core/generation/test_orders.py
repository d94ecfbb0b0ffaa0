"""From a wish to an order that its model can do."""

from itertools import count
from pathlib import Path

import pytest

from core.catalogue import load_catalogue
from core.errors import BadOption, ModelCannot, NotFound, PromptMissing, PromptTooLong, UnknownModel
from core.generation.orders import MAX_SEED, Orders
from core.generation.wishes import Again, Chat, Imagine
from core.jobs.model import ChatSpec, ImageSpec, Job
from tests.core.jobs.test_settlement import a_job
from tests.support import SMALL_MODELS


@pytest.fixture
def orders(tmp_path: Path) -> Orders:
    """Seeds are 100, 101, ..."""
    path = tmp_path / "small.toml"
    path.write_text(SMALL_MODELS)
    seeds = count(100)
    return Orders(load_catalogue(path), lambda: next(seeds))


def former(orders: Orders, pictures: int = 2, **changes: object) -> Job:
    spec = orders.image(Imagine("a red fox", count=2, seed=7, style="pixel"))
    drawn = [
        {"name": f"{n}.png", "mime": "image/png", "width": 1, "height": 1, "size": 1, "seed": 70 + n}
        for n in range(pictures)
    ]
    result = {"provider": "demo", "model": "demo-art", "pictures": drawn}
    return a_job(**({"spec": spec, "state": "done", "result": result} | changes))


def test_a_wish_without_options_is_for_one_picture_by_the_default_model(orders: Orders) -> None:
    assert orders.image(Imagine("  a red fox\x00 ")) == ImageSpec(
        prompt="a red fox", model="demo-art", aspect="1:1", width=64, height=64, count=1, seed=100
    )


def test_options_are_taken_over(orders: Orders) -> None:
    spec = orders.image(Imagine("p", aspect="16:9", count=4, model="DEMO-ART", seed=0, style="pixel"))
    assert (spec.model, spec.aspect, spec.count, spec.seed, spec.style) == ("demo-art", "16:9", 4, 0, "pixel")
    assert (spec.width, spec.height) == (64, 36)


def test_an_aspect_that_the_default_cannot_draw_goes_to_a_model_that_can(orders: Orders) -> None:
    assert orders.image(Imagine("p", aspect="2:1")).model == "square"


@pytest.mark.parametrize(
    ("wish", "what", "others"),
    [
        (Imagine("p", model="square", aspect="16:9"), "the aspect 16:9", ("demo-art",)),
        (Imagine("p", model="demo-art", aspect="2:1"), "the aspect 2:1", ("square",)),
        (Imagine("p", model="square", count=2), "2 pictures at once", ("demo-art",)),
        (Imagine("p", count=5), "5 pictures at once", ()),
        (Imagine("p", model="square", seed=1), "a fixed seed", ("demo-art",)),
        (Imagine("p", model="square", style="pixel"), "styles", ("demo-art",)),
    ],
)
def test_what_a_model_cannot_do_is_refused_with_models_that_can(
    orders: Orders, wish: Imagine, what: str, others: tuple[str, ...]
) -> None:
    with pytest.raises(ModelCannot, match=what) as caught:
        orders.image(wish)
    assert caught.value.others == others


@pytest.mark.parametrize(
    ("wish", "option"),
    [
        (Imagine("p", aspect="5:7"), "aspect"),
        (Imagine("p", style="cubist"), "style"),
        (Imagine("p", count=0), "count"),
        (Imagine("p", count=-1), "count"),
    ],
)
def test_what_no_model_knows_is_a_bad_option(orders: Orders, wish: Imagine, option: str) -> None:
    with pytest.raises(BadOption) as caught:
        orders.image(wish)
    assert caught.value.option == option


@pytest.mark.parametrize("prompt", ["", " \n\t ", "\x00\x07", "\u2060\ufeff", "\u200b"])
def test_a_prompt_needs_something_that_can_be_seen(orders: Orders, prompt: str) -> None:
    with pytest.raises(PromptMissing):
        orders.image(Imagine(prompt))
    with pytest.raises(PromptMissing):
        orders.chat(Chat(prompt))


def test_a_prompt_may_have_2000_characters_after_clean_up(orders: Orders) -> None:
    assert len(orders.chat(Chat("  " + "x" * 2000)).prompt) == 2000
    with pytest.raises(PromptTooLong) as caught:
        orders.chat(Chat("x" * 2001))
    assert (caught.value.length, caught.value.limit) == (2001, 2000)


def test_a_question_goes_to_the_default_chat_model_or_to_the_one_named(orders: Orders) -> None:
    assert orders.chat(Chat("hi")) == orders.chat(Chat("hi", "demo-chat")) == ChatSpec(prompt="hi", model="demo-chat")
    with pytest.raises(UnknownModel):
        orders.chat(Chat("hi", "demo-art"))


def test_a_re_roll_is_the_same_order_with_a_new_seed(orders: Orders) -> None:
    job = former(orders)
    spec = orders.again(Again(job.id), job)
    assert spec == job.spec.model_copy(update={"seed": 100, "parent": job.id})


def test_a_variation_starts_from_the_seed_of_its_picture(orders: Orders) -> None:
    job = former(orders)
    spec = orders.again(Again(job.id, 2), job)
    assert (spec.seed, spec.count, spec.parent, spec.variation) == (71, 1, job.id, 101)
    assert spec.variation <= MAX_SEED


@pytest.mark.parametrize("index", [0, 3, -1])
def test_only_pictures_that_are_there_can_be_varied(orders: Orders, index: int) -> None:
    job = former(orders)
    with pytest.raises(NotFound):
        orders.again(Again(job.id, index), job)


def test_a_job_without_a_result_can_be_rolled_again_but_not_varied(orders: Orders) -> None:
    job = former(orders, state="failed", result=None)
    assert orders.again(Again(job.id), job).seed == 100
    with pytest.raises(NotFound):
        orders.again(Again(job.id, 1), job)


def test_neither_an_answer_nor_a_deleted_prompt_can_be_drawn_again(orders: Orders) -> None:
    chat = a_job(spec=ChatSpec(prompt="p", model="demo-chat"))
    gone = former(orders)
    gone = gone.model_copy(update={"spec": gone.spec.model_copy(update={"prompt": ""})})
    for job in (chat, gone):
        with pytest.raises(NotFound):
            orders.again(Again(job.id), job)


def test_a_picture_of_a_model_that_is_gone_cannot_be_drawn_again(orders: Orders) -> None:
    job = former(orders)
    job = job.model_copy(update={"spec": job.spec.model_copy(update={"model": "gone"})})
    with pytest.raises(UnknownModel):
        orders.again(Again(job.id), job)


def test_without_a_seed_source_seeds_differ(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text(SMALL_MODELS)
    orders = Orders(load_catalogue(path))
    seeds = {orders.image(Imagine("p")).seed for _ in range(5)}
    assert len(seeds) > 1
    assert all(0 <= seed < MAX_SEED for seed in seeds)
