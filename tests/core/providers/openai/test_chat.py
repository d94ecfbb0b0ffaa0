"""Questions go out with all that belongs to them; answers come in as they grow, and whole."""

import asyncio
import base64
from typing import Any

import pytest

from core.jobs.attempts import Tokens
from core.jobs.specs import ChatSpec, Turn
from core.providers.openai import OpenAI
from core.providers.openai.provider import LINGER_SECONDS
from core.providers.ports import Answer, Image, ProviderFailed
from tests.core.providers.openai.parts import LUNA, PNG, QUESTION, Caller
from tests.fakes import skip
from tests.fakes.openai import Break, OpenAIFake, Says

COUNTED = Tokens(input=120, cached=20, output=30, thought=10)
SERVED = "gpt-6-luna-2026-08-01"


async def test_an_answer_is_said_as_it_grows_and_returned_whole(caller: Caller) -> None:
    answer = await caller.ask()
    assert caller.said == ["Foxes", "Foxes are", "Foxes are red."]
    assert answer == Answer("Foxes are red.", COUNTED, SERVED)


async def test_a_question_goes_out_after_its_persona_and_what_was_said_before(fake: OpenAIFake, caller: Caller) -> None:
    history = (Turn(question="Hello", answer="Good day."), Turn(question="How are you?", answer="Well."))
    await caller.ask(ChatSpec(prompt="And now?", model="luna", system="You are a butler.", history=history))
    assert fake.bodies == [{
        "model": "gpt-6-luna",
        "messages": [
            {"role": "system", "content": "You are a butler."},
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": "Good day."},
            {"role": "user", "content": "How are you?"},
            {"role": "assistant", "content": "Well."},
            {"role": "user", "content": "And now?"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_completion_tokens": 2000,
        "safety_identifier": "0123456789abcdef",
    }]  # fmt: skip


async def test_a_first_question_without_persona_is_one_message(fake: OpenAIFake, caller: Caller) -> None:
    await caller.ask(person="")
    [body] = fake.bodies
    assert body["messages"] == [{"role": "user", "content": QUESTION.prompt}]
    assert "safety_identifier" not in body


async def test_pictures_to_look_at_go_along_as_they_are(fake: OpenAIFake, caller: Caller) -> None:
    other = Image(PNG.data[:-1] + b"\x82", "image/png")
    await caller.ask(QUESTION, PNG, other)
    text, first, second = fake.bodies[0]["messages"][-1]["content"]
    assert text == {"type": "text", "text": QUESTION.prompt}
    for part, picture in ((first, PNG), (second, other)):
        head, _, data = part["image_url"]["url"].partition(",")
        assert (head, base64.b64decode(data)) == ("data:image/png;base64", picture.data)


async def test_what_the_catalogue_adds_for_a_model_goes_out_as_it_is(fake: OpenAIFake, caller: Caller) -> None:
    model = LUNA.model_copy(update={"inputs": {"reasoning_effort": "low", "max_completion_tokens": 50}})
    await caller.ask(model=model)
    assert (fake.bodies[0]["reasoning_effort"], fake.bodies[0]["max_completion_tokens"]) == ("low", 50)


async def test_a_limit_under_its_old_name_replaces_ours(caller: Caller) -> None:
    """OpenAI takes only one of the two."""
    async with OpenAIFake(unknown=("max_completion_tokens",)) as old:
        provider = OpenAI("sk-test", old.url)
        await Caller(provider).ask(model=LUNA.model_copy(update={"inputs": {"max_tokens": 50}}))
        await provider.close()
    [body] = old.bodies
    assert body["max_tokens"] == 50
    assert "max_completion_tokens" not in body


async def test_the_longest_answer_is_configurable(fake: OpenAIFake) -> None:
    provider = OpenAI("sk-test", fake.url, answer_tokens=77)
    await Caller(provider).ask()
    await provider.close()
    assert fake.bodies[0]["max_completion_tokens"] == 77


async def test_an_answer_that_reached_its_limit_is_an_answer(fake: OpenAIFake, caller: Caller) -> None:
    fake.script(Says("Foxes are", finish="length"))
    assert (await caller.ask()).text == "Foxes are"


async def test_a_server_without_key_is_asked_without_one() -> None:
    async with OpenAIFake(key="none") as fake:
        provider = OpenAI("", fake.url)
        assert (await Caller(provider).ask()).text == "Foxes are red."
        await provider.close()


async def test_a_server_that_counts_nothing_leaves_the_tokens_unknown() -> None:
    async with OpenAIFake(counts=False) as fake:
        provider = OpenAI("sk-test", fake.url)
        assert (await Caller(provider).ask()).tokens is None
        await provider.close()


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"prompt_tokens": 5, "completion_tokens": 6}, Tokens(input=5, output=6)),
        ({"prompt_tokens": 5, "completion_tokens": 6, "prompt_tokens_details": None}, Tokens(input=5, output=6)),
        ({"prompt_tokens": "5", "completion_tokens": 6}, Tokens(output=6)),
        ({"prompt_tokens": 5, "prompt_tokens_details": {"cached_tokens": 9}}, Tokens(input=5, cached=5)),
        (
            {"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 5}},
            Tokens(input=9, cached=3, cache_written=5),
        ),
        (
            {"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 5, "cache_write_tokens": 5}},
            Tokens(input=9, cached=5, cache_written=4),
        ),
        ({"prompt_tokens": -5, "completion_tokens": 0}, None),
        ({"anything": "else"}, None),
        (7, None),
    ],
)
async def test_odd_counts_are_taken_as_far_as_they_go(
    fake: OpenAIFake, caller: Caller, usage: Any, tokens: Tokens | None
) -> None:
    fake.script(Says(usage=usage))
    assert (await caller.ask()).tokens == tokens


@pytest.mark.parametrize(
    "odd",
    [
        5, "text", [], {}, {"choices": None}, {"choices": [{}]}, {"choices": [None]}, {"choices": "abc"},
        {"choices": [{"delta": None}]}, {"choices": [{"delta": {"content": [1]}}]}, {"usage": 5, "model": 7},
    ],
)  # fmt: skip
async def test_odd_chunks_of_small_servers_do_no_harm(fake: OpenAIFake, caller: Caller, odd: Any) -> None:
    fake.script(Says(extra=(odd,)))
    assert await caller.ask() == Answer("Foxes are red.", COUNTED, SERVED)


@pytest.mark.parametrize("how", ["end", "drop", "malformed", "error"])
async def test_what_breaks_after_the_finish_reason_takes_nothing_away(
    fake: OpenAIFake, caller: Caller, how: Any
) -> None:
    fake.script(Says(breaks=Break(how, after=99, error={"message": "Oops"})))
    assert await caller.ask() == Answer("Foxes are red.", None, SERVED)


async def test_a_stream_that_stays_open_after_its_end_is_not_waited_for(fake: OpenAIFake, caller: Caller) -> None:
    fake.script(Says(breaks=Break("hang", after=99)))
    asking = asyncio.create_task(caller.ask(seconds=3600))
    await fake.stuck.wait()
    await asyncio.sleep(0.1)
    skip(LINGER_SECONDS)
    assert await asking == Answer("Foxes are red.", None, SERVED)


@pytest.mark.parametrize("text", ["", " \n"])
async def test_an_empty_answer_is_a_failure_that_was_billed(fake: OpenAIFake, caller: Caller, text: str) -> None:
    """Such as when all tokens went into reasoning."""
    fake.script(Says(text, finish="length"))
    with pytest.raises(ProviderFailed) as caught:
        await caller.ask()
    assert caught.value.message == "luna gave an empty answer."
    assert (caught.value.bill.billed, caught.value.bill.tokens) == (True, COUNTED)
