"""What OpenAI has to offer is asked for, and costs nothing when it cannot be had."""

import pytest

from core.providers.ports import NOTHING_BILLED, ProviderError, ProviderFailed, ProviderFatal
from tests.core.providers.openai.parts import Caller
from tests.fakes.faults import Fault, answers, drops, page, sends
from tests.fakes.openai import OpenAIFake, server_error, wrong_key


async def test_the_models_are_listed(fake: OpenAIFake, caller: Caller) -> None:
    assert await caller.provider.models() == ["gpt-6-luna", "gpt-image-2", "gpt-image-2.5-flare"]
    assert [call.path for call in fake.calls] == ["/v1/models"]


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (wrong_key(), ProviderFatal),
        (server_error(), ProviderFailed),
        (page(), ProviderFailed),
        (drops, ProviderFailed),
        (sends("{"), ProviderFailed),
        (answers(200, {"data": None}), ProviderFailed),
        (answers(200, []), ProviderFailed),
    ],
)
async def test_a_list_of_models_that_does_not_come_costs_nothing(
    fake: OpenAIFake, caller: Caller, fault: Fault, outcome: type[ProviderError]
) -> None:
    fake.script(fault)
    with pytest.raises(ProviderError) as caught:
        await caller.provider.models()
    assert (type(caught.value), caught.value.bill) == (outcome, NOTHING_BILLED)


async def test_models_without_names_are_left_out(fake: OpenAIFake, caller: Caller) -> None:
    fake.script(answers(200, {"data": [{"id": "one"}, {}, {"id": 2}, "three"]}))
    assert await caller.provider.models() == ["one"]
