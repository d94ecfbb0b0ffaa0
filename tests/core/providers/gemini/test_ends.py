"""Why Gemini stopped: what is a refusal, what is a fault, and what it costs. To the SDK all of it is an answer."""

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from core.jobs.attempts import Tokens
from core.providers.gemini import Gemini
from core.providers.ports import ProviderError, ProviderFailed, ProviderFatal, ProviderRefused
from tests.core.providers.gemini.orders import chat, draw, trouble
from tests.fakes.gemini import GeminiFake
from tests.fakes.gemini.documents import USAGE, answer, blocked, ended, inline, text
from tests.fakes.gemini.steps import replies
from tests.fakes.pixels import png

Attempt = Callable[[Gemini], Coroutine[Any, Any, Any]]
both = pytest.mark.parametrize("attempt", [chat, draw])

COUNTED = Tokens(input=11, cached=4, output=8, thought=3)
BLOCKS = ["SAFETY", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "IMAGE_SAFETY", "JAILBREAK", "MODEL_ARMOR"]
REFUSALS = [
    "SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "RECITATION", "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT",
    "IMAGE_RECITATION", "ESCALATION", "MODEL_ARMOR",
]  # fmt: skip
FAULTS = [
    "NO_IMAGE", "OTHER", "IMAGE_OTHER", "LANGUAGE", "MALFORMED_RESPONSE", "MALFORMED_FUNCTION_CALL",
    "UNEXPECTED_TOOL_CALL",
]  # fmt: skip


@both
@pytest.mark.parametrize("reason", BLOCKS)
async def test_a_blocked_prompt_is_a_refusal(fake: GeminiFake, gemini: Gemini, attempt: Attempt, reason: str) -> None:
    fake.script(replies(blocked(reason)))
    error = await trouble(attempt(gemini))
    assert isinstance(error, ProviderRefused)
    assert not error.bill.billed


@both
async def test_a_blocked_prompt_costs_what_was_counted(fake: GeminiFake, gemini: Gemini, attempt: Attempt) -> None:
    fake.script(replies(blocked("SAFETY", {"promptTokenCount": 11, "totalTokenCount": 11})))
    error = await trouble(attempt(gemini))
    assert (error.bill.billed, error.bill.tokens) == (True, Tokens(input=11))


@both
@pytest.mark.parametrize(
    ("reason", "kind"),
    [*((reason, ProviderRefused) for reason in REFUSALS), *((reason, ProviderFailed) for reason in FAULTS)],
)
async def test_a_forbidden_answer_is_a_refusal_and_another_end_a_failure_and_both_cost(
    fake: GeminiFake, gemini: Gemini, attempt: Attempt, reason: str, kind: type[ProviderError]
) -> None:
    fake.script(replies(ended(reason)))
    error = await trouble(attempt(gemini))
    assert isinstance(error, kind)
    assert (error.bill.billed, error.bill.tokens) == (True, COUNTED)


async def test_an_answer_that_turns_forbidden_amid_its_words_is_a_refusal(fake: GeminiFake, gemini: Gemini) -> None:
    fake.script(replies(answer(text("First, take "), finish=None), ended("SAFETY")))
    error = await trouble(chat(gemini))
    assert isinstance(error, ProviderRefused)
    assert error.bill.tokens == COUNTED


async def test_a_forbidden_picture_is_not_given_even_if_it_came(fake: GeminiFake, gemini: Gemini) -> None:
    fake.script(replies(answer(inline(png()), finish="IMAGE_SAFETY")))
    assert isinstance(await trouble(draw(gemini)), ProviderRefused)


@both
async def test_an_end_that_nobody_has_heard_of_is_a_failure(fake: GeminiFake, gemini: Gemini, attempt: Attempt) -> None:
    fake.script(replies(ended("TIRED")))
    with pytest.warns(UserWarning, match="TIRED is not a valid FinishReason"):  # the SDK's
        assert isinstance(await trouble(attempt(gemini)), ProviderFailed)


@both
async def test_a_limited_account_is_fatal(fake: GeminiFake, gemini: Gemini, attempt: Attempt) -> None:
    fake.script(replies(ended("PUP_LIMITED_DISABLED", USAGE)))
    assert isinstance(await trouble(attempt(gemini)), ProviderFatal)


@both
async def test_an_unspecified_end_is_no_end(fake: GeminiFake, gemini: Gemini, attempt: Attempt) -> None:
    fake.script(replies(ended("FINISH_REASON_UNSPECIFIED")))
    assert isinstance(await trouble(attempt(gemini)), ProviderFailed)
