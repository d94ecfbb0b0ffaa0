"""The stand-in is strict: what our provider gets away with here, it gets away with at OpenAI."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from openai import APIStatusError, AsyncOpenAI

from tests.core.providers.openai.parts import PNG
from tests.fakes.openai import KEY, OpenAIFake

HELLO: dict[str, Any] = {"model": "gpt-6-luna", "messages": [{"role": "user", "content": "Hello"}]}
FOX: dict[str, Any] = {"model": "gpt-image-2", "prompt": "a red fox"}
LOOK: dict[str, Any] = {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,AAAA"}}


@pytest.fixture
async def sdk(fake: OpenAIFake) -> AsyncIterator[AsyncOpenAI]:
    client = AsyncOpenAI(api_key=KEY, base_url=fake.url, max_retries=0)
    yield client
    await client.close()


async def refused(sdk: AsyncOpenAI, path: str, body: dict[str, Any]) -> tuple[int, str | None, str | None]:
    with pytest.raises(APIStatusError) as caught:
        await sdk.post(path, body=body, cast_to=object)
    return caught.value.status_code, caught.value.code, caught.value.param


async def test_an_answer_comes_in_one_piece_too(sdk: AsyncOpenAI) -> None:
    answer = await sdk.chat.completions.create(**HELLO)
    assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == ("Foxes are red.", "stop")
    assert answer.usage is not None
    assert answer.usage.total_tokens == 150


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"colour": "red"}, "unknown_parameter", "colour"),
        ({"max_tokens": 5}, "unsupported_parameter", "max_tokens"),
        ({"stream_options": {"include_usage": True}}, None, "stream_options"),
        ({"stream_options": {"include": True}, "stream": True}, "invalid_value", "stream_options"),
        ({"max_completion_tokens": 0}, "invalid_value", "max_completion_tokens"),
        ({"safety_identifier": "x" * 65}, "invalid_value", "safety_identifier"),
        ({"messages": []}, "invalid_value", "messages"),
        ({"messages": [{"role": "user", "content": "Hello", "name": "x"}]}, "invalid_value", "messages"),
        ({"messages": [{"role": "assistant", "content": [LOOK]}]}, "invalid_value", "messages"),
    ],
)
async def test_a_question_is_checked_in_every_field(
    sdk: AsyncOpenAI, change: dict[str, Any], code: str | None, param: str
) -> None:
    assert await refused(sdk, "/chat/completions", HELLO | change) == (400, code, param)


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"response_format": "b64_json"}, "unknown_parameter", "response_format"),
        ({"n": 11}, "invalid_value", "n"),
        ({"size": "1000x1000"}, "invalid_value", "size"),
        ({"size": "3200x1024"}, "invalid_value", "size"),
        ({"quality": "best"}, "invalid_value", "quality"),
        ({"prompt": ""}, "invalid_value", "prompt"),
    ],
)
async def test_an_order_is_checked_in_every_field(
    sdk: AsyncOpenAI, change: dict[str, Any], code: str | None, param: str
) -> None:
    assert await refused(sdk, "/images/generations", FOX | change) == (400, code, param)


@pytest.mark.parametrize("file", [("picture.png", PNG.data, "image/jpeg"), ("picture.jpeg", PNG.data, "image/png")])
async def test_a_file_must_be_what_it_is_called(sdk: AsyncOpenAI, file: tuple[str, bytes, str]) -> None:
    with pytest.raises(APIStatusError) as caught:
        await sdk.images.edit(image=file, **FOX)
    assert (caught.value.status_code, caught.value.code) == (400, "invalid_image_file")


async def test_a_model_must_exist(sdk: AsyncOpenAI) -> None:
    assert await refused(sdk, "/chat/completions", HELLO | {"model": "gpt-4"}) == (404, "model_not_found", None)


async def test_a_key_must_be_the_right_one(fake: OpenAIFake) -> None:
    async with AsyncOpenAI(api_key="sk-other", base_url=fake.url, max_retries=0) as client:
        assert await refused(client, "/chat/completions", HELLO) == (401, "invalid_api_key", None)
