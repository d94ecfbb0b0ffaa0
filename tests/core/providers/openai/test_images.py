"""Orders become calls for pictures or edits; what comes back is counted, and nothing of it is believed."""

import pytest

from core.generation.prices import Prices
from core.jobs.attempts import Tokens
from core.jobs.specs import ImageSpec, Source
from core.providers.openai.images import VARY
from core.providers.ports import Bill, Drawn, Image, ProviderCannot, ProviderFailed
from tests.core.providers.openai.parts import ORDER, PAINTER, PNG, Caller
from tests.fakes.openai import Draws, OpenAIFake
from tests.fakes.openai.answers import TOKENS_OF_A_PICTURE, sized
from tests.fakes.openai.checks import Upload
from tests.fakes.pixels import png
from tests.support import ManualClock

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


JPEG = Image(png(32, 32, kind="JPEG"), "image/jpeg")


def edit(*sources: Image, operation: str = "edit", prompt: str = "a hat on it") -> ImageSpec:
    named = tuple(Source(name=f"{number}.png", mime=one.mime) for number, one in enumerate(sources))
    return ORDER.model_copy(update={"operation": operation, "prompt": prompt, "sources": named})


async def test_an_order_goes_out_with_its_exact_size(fake: OpenAIFake, caller: Caller) -> None:
    await caller.draw(ORDER.model_copy(update={"count": 3}))
    assert fake.calls[0].path == "/v1/images/generations"
    assert fake.bodies == [{
        "model": "gpt-image-2",
        "prompt": "a red fox",
        "n": 3,
        "size": "1536x1024",
        "output_format": "png",
        "safety_identifier": "0123456789abcdef",
    }]  # fmt: skip


async def test_the_size_is_that_of_the_model_that_is_called(fake: OpenAIFake, caller: Caller) -> None:
    """The order was made out for another one."""
    await caller.draw(model=PAINTER.model_copy(update={"sizes": {"3:2": "768x512"}}))
    assert fake.bodies[0]["size"] == "768x512"


async def test_what_the_catalogue_adds_for_a_model_goes_out_as_it_is(fake: OpenAIFake, caller: Caller) -> None:
    inputs: dict[str, object] = {"quality": "medium", "output_format": "webp"}
    await caller.draw(model=PAINTER.model_copy(update={"inputs": inputs}), person="")
    assert fake.bodies[0].items() >= inputs.items()
    assert "safety_identifier" not in fake.bodies[0]


@pytest.mark.parametrize("count", [1, 4])
async def test_pictures_come_with_what_they_cost(caller: Caller, count: int) -> None:
    drawing = await caller.draw(ORDER.model_copy(update={"count": count}))
    assert drawing.pictures == tuple(Drawn(sized("1536x1024", number)) for number in range(count))
    painted = TOKENS_OF_A_PICTURE * count
    assert drawing.tokens == Tokens(input=15, output=painted, image=painted, image_input=0)
    assert (drawing.served, drawing.billed) == ("gpt-image-2", count)


async def test_a_server_that_counts_nothing_leaves_the_tokens_unknown(fake: OpenAIFake, caller: Caller) -> None:
    fake.script(Draws(usage=None))
    assert (await caller.draw()).tokens is None


async def test_without_details_everything_that_was_written_is_pictures(fake: OpenAIFake, caller: Caller) -> None:
    fake.script(Draws(usage={"input_tokens": 9, "output_tokens": 300}))
    assert (await caller.draw()).tokens == Tokens(input=9, output=300, image=300)


async def test_a_part_is_never_counted_as_more_than_the_whole(fake: OpenAIFake, caller: Caller) -> None:
    fake.script(Draws(usage={"input_tokens": 9, "output_tokens": 300, "output_tokens_details": {"image_tokens": 999}}))
    assert (await caller.draw()).tokens == Tokens(input=9, output=300, image=300)


async def test_an_edit_takes_its_picture_along(fake: OpenAIFake, caller: Caller) -> None:
    drawing = await caller.draw(edit(JPEG), JPEG)
    [call] = fake.calls
    assert call.path == "/v1/images/edits"
    assert call.files == [Upload("image", "picture-1.jpeg", "image/jpeg", JPEG.data)]
    assert call.fields == {
        "model": "gpt-image-2",
        "prompt": "a hat on it",
        "n": 1,
        "size": "1536x1024",
        "output_format": "png",
        "safety_identifier": "0123456789abcdef",
    }
    assert len(drawing.pictures) == 1
    assert drawing.tokens == Tokens(input=215, output=TOKENS_OF_A_PICTURE, image=TOKENS_OF_A_PICTURE, image_input=200)


async def test_what_an_edit_costs_is_known(caller: Caller) -> None:
    """Pictures in the input have a price of their own."""
    drawing = await caller.draw(edit(JPEG), JPEG)
    cost = Prices(ManualClock()).cost(PAINTER, drawing.served, drawing.tokens, 1)
    assert cost == 15 * 5_000 + 200 * 8_000 + TOKENS_OF_A_PICTURE * 30_000


async def test_an_edit_of_several_pictures_keeps_their_order(fake: OpenAIFake, caller: Caller) -> None:
    await caller.draw(edit(PNG, JPEG), PNG, JPEG)
    assert fake.calls[0].files == [
        Upload("image[]", "picture-1.png", "image/png", PNG.data),
        Upload("image[]", "picture-2.jpeg", "image/jpeg", JPEG.data),
    ]


@pytest.mark.parametrize(("prompt", "words"), [("a red fox", f"{VARY} a red fox"), ("", VARY)])
async def test_a_variation_is_an_edit_that_asks_for_one(
    fake: OpenAIFake, caller: Caller, prompt: str, words: str
) -> None:
    await caller.draw(edit(PNG, operation="vary", prompt=prompt), PNG)
    assert (fake.calls[0].path, fake.bodies[0]["prompt"]) == ("/v1/images/edits", words)


async def test_nothing_is_enlarged(fake: OpenAIFake, caller: Caller) -> None:
    with pytest.raises(ProviderCannot, match="cannot enlarge"):
        await caller.draw(edit(PNG, operation="upscale"), PNG)
    assert fake.calls == []


async def test_fewer_pictures_than_asked_for_are_what_they_are(fake: OpenAIFake, caller: Caller) -> None:
    fake.script(Draws(count=1))
    drawing = await caller.draw(ORDER.model_copy(update={"count": 3}))
    assert (len(drawing.pictures), drawing.billed) == (1, 1)


async def test_what_is_no_base64_is_left_out_but_was_billed(fake: OpenAIFake, caller: Caller) -> None:
    fake.script(Draws(texts=("iVBORw0KGgo=", "not base64!", "", "\u00fc")))
    drawing = await caller.draw(ORDER.model_copy(update={"count": 4}))
    assert (drawing.pictures, drawing.billed) == ((Drawn(b"\x89PNG\r\n\x1a\n"),), 4)


async def test_other_files_than_pictures_are_passed_on_to_be_checked(fake: OpenAIFake, caller: Caller) -> None:
    fake.script(Draws(data=SVG))
    assert (await caller.draw()).pictures == (Drawn(SVG),)


@pytest.mark.parametrize("draws", [Draws(count=0), Draws(data=b""), Draws(texts=("?",))])
async def test_no_picture_at_all_is_a_failure_that_was_billed(fake: OpenAIFake, caller: Caller, draws: Draws) -> None:
    fake.script(draws)
    with pytest.raises(ProviderFailed, match="painter drew nothing") as caught:
        await caller.draw()
    painted = TOKENS_OF_A_PICTURE
    assert caught.value.bill == Bill(billed=True, tokens=Tokens(input=15, output=painted, image=painted, image_input=0))


async def test_links_instead_of_pictures_are_for_the_operator_to_mend(fake: OpenAIFake, caller: Caller) -> None:
    """Easel fetches nothing from addresses that a server names."""
    fake.script(Draws(links=True))
    with pytest.raises(ProviderCannot, match="sends links") as caught:
        await caller.draw()
    assert caught.value.bill.billed
