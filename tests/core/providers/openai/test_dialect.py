"""Servers that speak most of OpenAI's language are served without being configured, and asked twice only once."""

from collections.abc import Callable

import pytest

from core.providers.openai import OpenAI
from core.providers.ports import ProviderCannot, ProviderError, ProviderFailed, ProviderRefused
from tests.core.providers.openai.parts import PNG, Caller
from tests.core.providers.openai.test_images import edit
from tests.fakes.faults import Fault, answers
from tests.fakes.openai import OpenAIFake, error, server_error

FIELDS = ("stream_options", "safety_identifier", "max_completion_tokens")


def openai_worded(field: str) -> Fault:
    return error(400, f"Unrecognized request argument supplied: {field}", "invalid_request_error")


def vllm_worded(field: str) -> Fault:
    said = f"[{{'type': 'extra_forbidden', 'loc': ('body', '{field}'), 'msg': 'Extra inputs are not permitted'}}]"
    return answers(400, {"object": "error", "message": said, "type": "BadRequestError", "param": None, "code": 400})


def fastapi_worded(field: str) -> Fault:
    where = {"type": "extra_forbidden", "loc": ["body", field], "msg": "Extra inputs are not permitted"}
    return answers(422, {"detail": [where]})


def go_worded(field: str) -> Fault:
    return answers(400, {"error": f'json: unknown field "{field}"'})


def serde_worded(field: str) -> Fault:
    """Names the fields it knows as well, and ours may be among them."""
    known = "`, `".join(name for name in ("model", *FIELDS) if name != field)
    return answers(400, {"error": {"message": f"unknown field `{field}`, expected one of `{known}`", "code": "400"}})


def groq_worded(field: str) -> Fault:
    return error(400, f"property '{field}' is unsupported", "invalid_request_error")


WORDINGS = [openai_worded, vllm_worded, fastapi_worded, go_worded, serde_worded, groq_worded]


@pytest.mark.parametrize("worded", WORDINGS)
@pytest.mark.parametrize("field", FIELDS)
async def test_a_field_that_a_server_does_not_know_is_left_out_from_then_on(
    worded: Callable[[str], Fault], field: str
) -> None:
    async with OpenAIFake(unknown=(field,), worded=worded) as fake:
        caller = Caller(OpenAI("sk-test", fake.url))
        assert (await caller.ask()).text == "Foxes are red."
        assert (await caller.ask()).text == "Foxes are red."
        await caller.provider.close()
    assert [field in body for body in fake.bodies] == [True, False, False]
    assert all(other in body for other in FIELDS if other != field for body in fake.bodies)


async def test_a_server_may_not_know_several_fields(fake: OpenAIFake) -> None:
    async with OpenAIFake(unknown=(*FIELDS, "max_tokens"), worded=openai_worded) as small:
        caller = Caller(OpenAI("sk-test", small.url))
        assert (await caller.ask()).text == "Foxes are red."
        await caller.ask()
        await caller.provider.close()
    assert len(small.calls) == 6
    assert set(small.bodies[-1]) == {"model", "messages", "stream"}


async def test_the_limit_goes_out_under_its_old_name_to_old_servers() -> None:
    async with OpenAIFake(unknown=("max_completion_tokens",), worded=groq_worded) as fake:
        caller = Caller(OpenAI("sk-test", fake.url, answer_tokens=55))
        await caller.ask()
        await caller.provider.close()
    assert [body.get("max_tokens") for body in fake.bodies] == [None, 55]


async def test_a_server_that_does_not_know_how_to_count_leaves_the_tokens_unknown() -> None:
    async with OpenAIFake(unknown=("stream_options",), worded=openai_worded) as fake:
        caller = Caller(OpenAI("sk-test", fake.url))
        assert (await caller.ask()).tokens is None
        await caller.provider.close()


@pytest.mark.parametrize("field", ["output_format", "safety_identifier"])
@pytest.mark.parametrize("is_edit", [False, True])
async def test_pictures_are_ordered_without_what_a_server_does_not_know(field: str, is_edit: bool) -> None:
    async with OpenAIFake(unknown=(field,)) as fake:
        caller = Caller(OpenAI("sk-test", fake.url))
        for _ in range(2):
            assert (await (caller.draw(edit(PNG), PNG) if is_edit else caller.draw())).pictures
        await caller.provider.close()
    assert [field in body for body in fake.bodies] == [True, False, False]
    assert [len(call.files) for call in fake.calls] == ([1, 1, 1] if is_edit else [0, 0, 0])


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (error(400, "max_completion_tokens is too large: 2000.", "invalid_request_error"), ProviderCannot),
        (error(400, "Unknown parameter: 'prompt_style'.", "invalid_request_error"), ProviderCannot),
        (error(400, "This safety_identifier is blocked and not supported.", "invalid_request_error"), ProviderRefused),
        (error(404, "Unknown parameter: 'stream_options'.", "invalid_request_error"), ProviderCannot),
    ],
)
async def test_other_errors_are_no_reason_to_ask_again(
    fake: OpenAIFake, caller: Caller, fault: Fault, outcome: type[ProviderError]
) -> None:
    """Above all not with another name for a person whom the provider has shut out."""
    fake.script(fault)
    with pytest.raises(outcome):
        await caller.ask()
    assert len(fake.calls) == 1


async def test_nothing_is_learnt_from_a_request_that_fails_anyway(fake: OpenAIFake, caller: Caller) -> None:
    fake.script(openai_worded("stream_options"), server_error())
    with pytest.raises(ProviderFailed):
        await caller.ask()
    await caller.ask()
    assert ["stream_options" in body for body in fake.bodies] == [True, False, True]


async def test_a_server_that_rejects_a_field_for_ever_is_not_asked_for_ever(fake: OpenAIFake, caller: Caller) -> None:
    fake.script(*[openai_worded("stream_options")] * 9)
    with pytest.raises(ProviderCannot):
        await caller.ask()
    assert len(fake.calls) == 2
