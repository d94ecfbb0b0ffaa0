"""From a wish to an order that its model can do."""

from itertools import count
from pathlib import Path

import pytest

from core.catalogue import load_catalogue
from core.errors import BadOption, ModelCannot, NotFound, PromptMissing, PromptTooLong, UnknownModel
from core.generation.orders import MAX_SEED, Orders
from core.generation.wishes import Again, Chat, Edit, Imagine, Upscale
from core.jobs.model import Job
from core.jobs.specs import ChatSpec, ImageSpec, Source
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


# --- edits, enlargements, stand-ins -----------------------------------------------------------------------------

PLAIN = SMALL_MODELS.replace("edit = true\n", "").replace("upscale = true\n", "").replace("vision = true\n", "")
SOURCES = [Source(name="s.png", mime="image/png")]
ABLE = """
[[models]]
name = "editor"
provider = "demo"
kind = "image"
price = 7
sizes = { "1:1" = "1024x1024", "3:2" = "1536x1024" }
edit = true
negative = true
[[models]]
name = "enlarger"
provider = "demo"
kind = "image"
price = 2
draw = false
upscale = true
[[models]]
name = "seeing"
provider = "demo"
kind = "chat"
price = 2
vision = true
[chains]
image = ["demo-art", "editor", "square"]
chat = ["demo-chat", "seeing"]
"""


@pytest.fixture
def able(tmp_path: Path) -> Orders:
    path = tmp_path / "able.toml"
    path.write_text(PLAIN.replace("[personas]", '[personas]\ndefault = "Be nice."') + ABLE)
    return Orders(load_catalogue(path), lambda: 5)


def test_the_models_of_the_chain_that_can_do_it_stand_in(able: Orders) -> None:
    spec = able.image(Imagine("p"))
    assert (spec.model, spec.fallbacks) == ("demo-art", ("editor", "square"))
    assert able.image(Imagine("p", count=2)).fallbacks == ()


def test_nobody_stands_in_for_a_model_that_was_named(able: Orders) -> None:
    spec = able.image(Imagine("p", model="demo-art"))
    assert (spec.model, spec.fallbacks) == ("demo-art", ())


def test_an_attached_picture_goes_to_a_model_that_edits(able: Orders) -> None:
    spec = able.image(Imagine("make it blue"), SOURCES)
    assert (spec.operation, spec.model, spec.sources) == ("edit", "editor", tuple(SOURCES))


@pytest.mark.parametrize(
    ("size", "aspect"),
    [((100, 60), "16:9"), ((60, 100), "9:16"), ((100, 90), "1:1"), ((4000, 100), "16:9"), ((None, None), "1:1")],
)
def test_an_edited_picture_keeps_its_proportions_as_nearly_as_the_model_can(
    orders: Orders, size: tuple[int | None, int | None], aspect: str
) -> None:
    source = Source(name="s.png", mime="image/png", width=size[0], height=size[1])
    assert orders.image(Imagine("blue"), [source]).aspect == aspect


def test_who_cannot_draw_the_shape_of_an_edited_picture_does_not_stand_in(tmp_path: Path) -> None:
    path = tmp_path / "able.toml"
    path.write_text(SMALL_MODELS + ABLE)
    orders = Orders(load_catalogue(path))
    wide = Source(name="s.png", mime="image/png", width=160, height=90)
    square = Source(name="s.png", mime="image/png", width=90, height=90)
    assert orders.image(Imagine("blue"), [wide]).fallbacks == ()
    assert orders.image(Imagine("blue"), [square]).fallbacks == ("editor",)


def test_several_pictures_go_to_a_model_that_takes_so_many(able: Orders) -> None:
    assert able.image(Imagine("blend", model="editor"), SOURCES * 4).model == "editor"
    few = able._catalogue.model_copy(
        update={"models": tuple(model.model_copy(update={"sources": 1}) for model in able._catalogue.models)}
    )
    with pytest.raises(ModelCannot, match="edits of 2 pictures at once"):
        Orders(few).image(Imagine("blend"), SOURCES * 2)
    assert Orders(few).image(Imagine("blend"), SOURCES).model == "editor"


def test_a_named_model_that_cannot_edit_says_who_can(able: Orders) -> None:
    with pytest.raises(ModelCannot, match="editing pictures") as refused:
        able.image(Imagine("make it blue", model="demo-art"), SOURCES)
    assert refused.value.others == ("editor",)


def test_exact_sizes_are_taken_where_a_model_lists_them(able: Orders) -> None:
    spec = able.image(Imagine("p", model="editor", aspect="3:2"))
    assert (spec.width, spec.height) == (1536, 1024)


def test_what_should_not_be_there_goes_to_a_model_that_understands_it(able: Orders) -> None:
    spec = able.image(Imagine("p", negative=" people "))
    assert (spec.model, spec.negative) == ("editor", "people")


def test_a_former_picture_is_edited(able: Orders, orders: Orders) -> None:
    job = former(orders)
    spec = able.edit(Edit(job.id, 2, "add a hat"), job)
    assert (spec.operation, spec.prompt, spec.model, spec.parent) == ("edit", "add a hat", "editor", job.id)
    assert [source.name for source in spec.sources] == ["1.png"]


def test_a_former_picture_is_enlarged_by_who_can(able: Orders, orders: Orders) -> None:
    spec = able.upscale(Upscale("j", 1), former(orders))
    assert (spec.operation, spec.model, spec.count, spec.width, spec.height) == ("upscale", "enlarger", 1, 2, 2)
    assert [source.name for source in spec.sources] == ["0.png"]


def test_without_a_model_that_enlarges_that_is_refused(orders: Orders, tmp_path: Path) -> None:
    (tmp_path / "small.toml").write_text(PLAIN)
    orders = Orders(load_catalogue(tmp_path / "small.toml"))
    with pytest.raises(ModelCannot, match="enlarging"):
        orders.upscale(Upscale("j", 1), former(orders))


def test_an_enlarged_picture_is_not_drawn_anew(able: Orders, orders: Orders) -> None:
    enlarged = able.upscale(Upscale("j", 1), former(orders))
    with pytest.raises(NotFound):
        able.again(Again("j"), former(orders, spec=enlarged))


@pytest.mark.parametrize("index", [0, 3])
def test_there_is_nothing_to_edit_or_enlarge_where_no_picture_is(able: Orders, orders: Orders, index: int) -> None:
    job = former(orders)
    with pytest.raises(NotFound):
        able.edit(Edit("j", index, "x"), job)
    with pytest.raises(NotFound):
        able.upscale(Upscale("j", index), job)


def test_a_variation_by_a_model_that_edits_starts_from_the_picture(able: Orders, orders: Orders) -> None:
    spec = able.image(Imagine("a red fox", model="editor"))
    varied = able.again(Again("j", 1), former(orders, spec=spec))
    assert (varied.operation, [source.name for source in varied.sources]) == ("vary", ["0.png"])


def test_a_variation_of_a_picture_is_not_left_to_a_fallback_that_cannot_look_at_it(
    able: Orders, orders: Orders
) -> None:
    spec = able.image(Imagine("p", model="editor")).model_copy(update={"fallbacks": ("demo-art", "square")})
    varied = able.again(Again("j", 1), former(orders, spec=spec))
    assert (varied.operation, varied.fallbacks) == ("vary", ())


def test_a_question_about_a_picture_goes_to_who_can_see(able: Orders) -> None:
    spec = able.chat(Chat("what is this?"), SOURCES)
    assert (spec.model, spec.fallbacks, spec.sources) == ("seeing", (), tuple(SOURCES))
    with pytest.raises(ModelCannot, match="looking at pictures") as refused:
        able.chat(Chat("what is this?", model="demo-chat"), SOURCES)
    assert refused.value.others == ("seeing",)


def test_a_persona_speaks_the_default_unless_another_is_chosen(able: Orders) -> None:
    assert able.chat(Chat("hi")).system == "Be nice."
    assert able.chat(Chat("hi", persona="pirate")).system == "Be a pirate."
