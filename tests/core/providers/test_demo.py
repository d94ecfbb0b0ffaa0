"""The demo provider: deterministic, marked as such, and never in the way of other requests."""

import asyncio
import io
import threading
from itertools import pairwise

import pytest
from PIL import Image

from core.catalogue import Model
from core.jobs.specs import ChatSpec, ImageSpec
from core.providers.demo import SEED_STEP, DemoProvider
from core.providers.ports import Call, Progress
from core.providers.ports import Image as ImageInput


def order(**changes: object) -> ImageSpec:
    spec = ImageSpec(prompt="a red fox", model="demo-art", aspect="1:1", width=64, height=64, count=1, seed=7)
    return spec.model_copy(update=changes)


MODEL = Model(name="demo-art", provider="demo", kind="image", price=1, aspects=("1:1",))


def told(progress: Progress = lambda _: None, **more: object) -> Call:
    return Call(MODEL, 60, progress, **more)  # type: ignore[arg-type]  # names are checked by the tests


@pytest.fixture
def demo() -> DemoProvider:
    return DemoProvider(seconds=0)


async def first(demo: DemoProvider, spec: ImageSpec, sources: tuple[ImageInput, ...] = ()) -> bytes:
    return (await demo.draw(spec, told(sources=sources))).pictures[0].data


async def test_the_same_prompt_and_seed_give_the_same_bytes(demo: DemoProvider) -> None:
    assert await first(demo, order()) == await first(DemoProvider(seconds=0), order())


@pytest.mark.parametrize(
    "changes",
    [{"prompt": "a red fax"}, {"seed": 8}, {"style": "pixel"}, {"variation": 1}, {"prompt": "a red fox "}],
)
async def test_another_prompt_seed_style_or_variation_gives_another_picture(
    demo: DemoProvider, changes: dict[str, object]
) -> None:
    assert await first(demo, order()) != await first(demo, order(**changes))


@pytest.mark.parametrize(("width", "height"), [(64, 64), (128, 72), (72, 128)])
async def test_pictures_have_the_size_that_was_ordered(demo: DemoProvider, width: int, height: int) -> None:
    data = await first(demo, order(width=width, height=height))
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        assert (picture.size, picture.format) == ((width, height), "PNG")


async def test_pictures_are_marked_as_the_demos(demo: DemoProvider) -> None:
    with Image.open(io.BytesIO(await first(demo, order()))) as picture:
        assert picture.info["Software"] == "Easel demo provider"
    assert demo.demo


async def test_as_many_pictures_as_ordered_each_with_its_own_seed(demo: DemoProvider) -> None:
    drawn = (await demo.draw(order(count=4), told())).pictures
    assert [one.seed for one in drawn] == [7 + SEED_STEP * index for index in range(4)]
    assert len({one.data for one in drawn}) == 4


async def test_each_of_several_pictures_can_be_had_again_by_its_seed(demo: DemoProvider) -> None:
    drawn = (await demo.draw(order(count=2), told())).pictures
    assert await first(demo, order(seed=drawn[1].seed)) == drawn[1].data


async def test_progress_of_several_pictures_only_grows_and_ends_at_one() -> None:
    seen: list[float] = []
    await DemoProvider(seconds=0.02).draw(order(count=2), told(seen.append))
    assert seen == sorted(seen)
    assert (seen[0] >= 0, seen[-1]) == (True, 1.0)
    assert any(0.4 < done < 0.6 for done in seen)


async def test_drawing_leaves_the_event_loop_to_others(demo: DemoProvider) -> None:
    beats: list[float] = []

    async def beat() -> None:
        while True:
            beats.append(asyncio.get_running_loop().time())
            await asyncio.sleep(0.001)

    beating = asyncio.create_task(beat())
    during: list[int] = []
    await demo.draw(order(width=256, height=256), told(lambda _: during.append(len(beats))))
    beating.cancel()
    assert during[-1] > during[0]


async def test_drawing_happens_in_another_thread(demo: DemoProvider) -> None:
    threads: set[int] = set()
    await demo.draw(order(), told(lambda _: threads.add(threading.get_ident())))
    assert threads
    assert threading.get_ident() not in threads


class Held:
    """Progress that holds its drawing at the first step until it may go on."""

    def __init__(self) -> None:
        self.steps = 0
        self.begun = threading.Event()
        self.may_go_on = threading.Event()

    def step(self, _done: float) -> None:
        self.steps += 1
        self.begun.set()
        self.may_go_on.wait(5)


async def test_a_cancelled_drawing_stops_at_its_next_step(demo: DemoProvider) -> None:
    held = Held()
    task = asyncio.create_task(demo.draw(order(), told(held.step)))
    await asyncio.to_thread(held.begun.wait, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    held.may_go_on.set()
    await asyncio.get_running_loop().shutdown_default_executor()
    assert held.steps == 1


async def test_a_cancelled_request_draws_no_further_pictures() -> None:
    seen: list[float] = []
    task = asyncio.create_task(DemoProvider(seconds=5).draw(order(count=4), told(seen.append)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == []


@pytest.mark.parametrize("prompt", ["hello there", "x" * 2000, "🦊 👨‍👩‍👧", "<b>&amp;</b>"])
async def test_an_answer_says_what_it_is_and_quotes_the_question(demo: DemoProvider, prompt: str) -> None:
    answer = (await demo.answer(ChatSpec(prompt=prompt, model="demo-chat"), told())).text
    assert answer.startswith(f"(demo) You wrote {len(prompt)} characters and {len(prompt.split())} words: ")
    assert prompt[:79] in answer
    assert "a program and not an AI" in answer
    assert len(answer) < 400


async def test_an_answer_quotes_several_lines_as_one(demo: DemoProvider) -> None:
    assert "\u201ca b\u201d" in (await demo.answer(ChatSpec(prompt="a\n\n b", model="demo-chat"), told())).text


async def test_an_answer_that_plays_busy_reports_its_progress() -> None:
    seen: list[float] = []
    await DemoProvider(seconds=0.02).answer(ChatSpec(prompt="hello", model="demo-chat"), told(seen.append))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


async def test_an_answer_that_plays_busy_is_said_bit_by_bit() -> None:
    said: list[str] = []
    spec = ChatSpec(prompt="hello", model="demo-chat")
    answer = await DemoProvider(seconds=0.02).answer(spec, told(say=said.append))
    assert said[-1] == answer.text
    assert all(later.startswith(earlier) for earlier, later in pairwise(said))
    assert len(set(said)) > 5


@pytest.mark.parametrize("operation", ["edit", "upscale"])
async def test_a_given_picture_is_edited_or_enlarged_to_the_size_that_was_ordered(
    demo: DemoProvider, operation: str
) -> None:
    source = ImageInput(await first(demo, order()), "image/png")
    drawing = await demo.draw(order(operation=operation, width=128, height=128), told(sources=(source,)))
    with Image.open(io.BytesIO(drawing.pictures[0].data)) as picture:
        assert picture.size == (128, 128)
    assert drawing.pictures[0].data != source.data


async def test_each_given_picture_shows_in_an_edit(demo: DemoProvider) -> None:
    red, blue = [ImageInput(await first(demo, order(seed=seed)), "image/png") for seed in (1, 2)]
    edits = [(red,), (blue,), (red, blue), (blue, red)]
    drawn = [await first(demo, order(operation="edit"), sources) for sources in edits]
    assert len(set(drawn)) == 4
