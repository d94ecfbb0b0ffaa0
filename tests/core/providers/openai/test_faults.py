"""Whatever the other side does, the chain learns whether to ask again, ask another, or nobody."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Literal

import pytest

from core.jobs.attempts import Tokens
from core.jobs.specs import ChatSpec
from core.providers.openai import OpenAI
from core.providers.openai.bounds import MAX_BYTES
from core.providers.ports import (
    NOTHING_BILLED,
    Answer,
    Bill,
    Drawing,
    ProviderCannot,
    ProviderError,
    ProviderFailed,
    ProviderFatal,
    ProviderRefused,
    ProviderUnknown,
)
from core.tasks import stopped
from tests.core.providers.openai.parts import Caller
from tests.fakes import skip
from tests.fakes.faults import Fault, answers, drops, floods, hangs, page, sends
from tests.fakes.openai import (
    Break,
    OpenAIFake,
    Says,
    billing_limit,
    error,
    flagged,
    moderation_blocked,
    quota_used_up,
    rate_limited,
    retired,
    server_error,
    wrong_key,
)

Kind = Literal["chat", "image"]
BILLED = Bill(billed=True)
COUNTED = Bill(billed=True, tokens=Tokens(input=120, cached=20, output=30, thought=10))


async def asked(caller: Caller, kind: Kind, seconds: float = 20.0) -> Answer | Drawing:
    return await caller.ask(seconds=seconds) if kind == "chat" else await caller.draw(seconds=seconds)


async def failed(caller: Caller, kind: Kind) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await asked(caller, kind)
    return caught.value


async def hung_up(fake: OpenAIFake) -> None:
    async with asyncio.timeout(10):
        await fake.left.wait()


@pytest.mark.parametrize("kind", ["chat", "image"])
@pytest.mark.parametrize(
    ("fault", "outcome", "words"),
    [
        (rate_limited(), ProviderFailed, "is overloaded"),
        (server_error(500), ProviderFailed, "has a fault of its own"),
        (server_error(502), ProviderFailed, "has a fault of its own"),
        (server_error(503), ProviderFailed, "is overloaded"),
        (page(502), ProviderFailed, "has a fault of its own"),
        (page(200), ProviderFailed, "answered with a web page"),
        (error(408, "Timed out", "timeout"), ProviderFailed, "has a fault of its own"),
        (quota_used_up(), ProviderFatal, "The account that pays for"),
        (billing_limit(), ProviderFatal, "The account that pays for"),
        (error(402, "Pay", "payment_required"), ProviderFatal, "The account that pays for"),
        (error(429, "Inactive", "billing_not_active"), ProviderFatal, "The account that pays for"),
        (wrong_key(), ProviderFatal, "does not accept this Easel's key"),
        (page(403), ProviderFatal, "does not accept this Easel's key"),
        (error(403, "This account is blocked", "forbidden"), ProviderFatal, "does not accept this Easel's key"),
        (retired(), ProviderCannot, "is not there any more"),
        (page(404), ProviderCannot, "is not there any more"),
        (error(400, "Invalid value for 'n'", "invalid_request_error"), ProviderCannot, "cannot take this request"),
        (answers(400, {"error": "no"}), ProviderCannot, "cannot take this request"),
        (error(413, "Too large", "invalid_request_error"), ProviderCannot, "cannot take this request"),
        (moderation_blocked(), ProviderRefused, "refuses this by its own rules"),
        (flagged(), ProviderRefused, "refuses this by its own rules"),
        (error(403, "Flagged", "moderation", "content_policy_violation"), ProviderRefused, "refuses this"),
        (error(400, "Rejected by our safety system.", "invalid_request_error"), ProviderRefused, "refuses this"),
        (drops, ProviderUnknown, "broke off"),
        (sends('{"data": [{"b64_json": '), ProviderUnknown, "cannot be read"),
        (sends("[" * 200_000), ProviderUnknown, "cannot be read"),
        (sends("Service is fine.", "text/plain"), ProviderUnknown, "cannot be read"),
    ],
)  # fmt: skip
async def test_an_error_has_its_outcome_and_is_not_asked_again(
    fake: OpenAIFake, caller: Caller, kind: Kind, fault: Fault, outcome: type[ProviderError], words: str
) -> None:
    fake.script(fault)
    error = await failed(caller, kind)
    assert (type(error), error.retry_after) == (outcome, None)
    assert words in error.message
    assert error.bill == (BILLED if outcome is ProviderUnknown else NOTHING_BILLED)
    assert len(fake.calls) == 1
    assert not any(secret in error.message for secret in ("sk-", "http", "127.0.0.1"))


@pytest.mark.parametrize("kind", ["chat", "image"])
@pytest.mark.parametrize(
    ("header", "seconds"),
    [("1", 1.0), ("0.25", 0.25), ("3600", 3600.0), ("soon", None), ("-1", None), ("nan", None), ("inf", None)],
)
async def test_what_a_provider_asks_to_wait_is_passed_on(
    fake: OpenAIFake, caller: Caller, kind: Kind, header: str, seconds: float | None
) -> None:
    fake.script(rate_limited(header))
    assert (await failed(caller, kind)).retry_after == seconds


async def test_a_wait_may_be_a_date_or_in_milliseconds(fake: OpenAIFake, caller: Caller) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=300), usegmt=True)
    fake.script(rate_limited(later), error(503, "Busy", "server_error", retry_after="9", retry_after_ms="1500"))
    by_date = (await failed(caller, "chat")).retry_after
    assert by_date is not None
    assert 200 < by_date <= 300
    assert (await failed(caller, "chat")).retry_after == 1.5


@pytest.mark.parametrize("kind", ["chat", "image"])
async def test_a_provider_that_hangs_is_left_at_the_deadline(fake: OpenAIFake, caller: Caller, kind: Kind) -> None:
    fake.script(hangs)
    asking = asyncio.create_task(asked(caller, kind, seconds=3600))
    await fake.asked.wait()
    skip(3600)
    with pytest.raises(ProviderUnknown, match="did not answer in time"):
        await asking
    await hung_up(fake)


async def test_the_deadline_is_for_the_whole_stream_and_not_for_each_read(fake: OpenAIFake, caller: Caller) -> None:
    fake.script(Says("word " * 10_000, pause=0.02))
    with pytest.raises(ProviderUnknown, match="did not answer in time"):
        await caller.ask(seconds=0.3)
    assert caller.said
    await hung_up(fake)


@pytest.mark.parametrize("kind", ["chat", "image"])
async def test_a_call_that_is_cancelled_hangs_up(fake: OpenAIFake, caller: Caller, kind: Kind) -> None:
    fake.script(hangs)
    asking = asyncio.create_task(asked(caller, kind))
    await fake.asked.wait()
    assert await stopped([asking]) == []
    assert asking.cancelled()
    await hung_up(fake)


async def test_an_answer_that_is_cancelled_in_the_middle_hangs_up(fake: OpenAIFake, caller: Caller) -> None:
    fake.script(Says(breaks=Break("hang")))
    asking = asyncio.create_task(caller.ask())
    await fake.stuck.wait()
    assert await stopped([asking]) == []
    assert asking.cancelled()
    await hung_up(fake)


@pytest.mark.parametrize("after", [0, 2])
@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("end", "in the middle of its answer"),
        ("drop", "broke off"),
        ("malformed", "cannot be read"),
        ("error", "fault"),
    ],
)
async def test_a_stream_that_breaks_off_is_a_dead_attempt_that_was_billed(
    fake: OpenAIFake, caller: Caller, how: Any, words: str, after: int
) -> None:
    fake.script(Says(breaks=Break(how, after, {"message": "Oops", "type": "server_error", "code": None})))
    error = await failed(caller, "chat")
    assert (type(error), error.bill) == (ProviderFailed, BILLED)
    assert words in error.message
    assert len(fake.calls) == 1


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("insufficient_quota", ProviderFatal),
        ("content_filter", ProviderRefused),
        ("rate_limit_exceeded", ProviderFailed),
    ],
)
async def test_an_error_told_in_a_stream_has_its_own_outcome(
    fake: OpenAIFake, caller: Caller, code: str, outcome: type[ProviderError]
) -> None:
    fake.script(Says(breaks=Break("error", 1, {"message": "Sorry", "type": None, "code": code})))
    assert type(await failed(caller, "chat")) is outcome


@pytest.mark.parametrize(
    ("says", "outcome", "words"),
    [
        (Says("", refusal="I cannot help with that."), ProviderRefused, "refuses this"),
        (Says("Foxes", refusal="I cannot help with that."), ProviderRefused, "refuses this"),
        (Says("Foxes", finish="content_filter"), ProviderRefused, "refuses this"),
        (Says("Foxes", finish="tool_calls"), ProviderFailed, "did not answer in words"),
        (Says("Foxes", finish="abort"), ProviderFailed, "did not answer in words"),
        (Says("Foxes", finish=None), ProviderFailed, "in the middle of its answer"),
    ],
)
async def test_only_a_whole_answer_in_words_is_one(
    fake: OpenAIFake, caller: Caller, says: Says, outcome: type[ProviderError], words: str
) -> None:
    fake.script(says)
    error = await failed(caller, "chat")
    assert (type(error), error.bill) == (outcome, COUNTED)
    assert words in error.message


@pytest.mark.parametrize(
    ("text", "outcome", "bill"),
    [
        ("", ProviderFailed, BILLED),
        ("data: [DONE]\n\n", ProviderFailed, BILLED),
        ('data: {"id": "cha\n\n', ProviderUnknown, BILLED),
        ('data: {"error": {"message": "Oops"}}\n\n', ProviderFailed, NOTHING_BILLED),
    ],
)
async def test_a_stream_without_any_chunk_is_no_answer(
    fake: OpenAIFake, caller: Caller, text: str, outcome: type[ProviderError], bill: Bill
) -> None:
    fake.script(sends(text, "text/event-stream"))
    error = await failed(caller, "chat")
    assert (type(error), error.bill) == (outcome, bill)


@pytest.mark.parametrize("kind", ["chat", "image"])
@pytest.mark.parametrize("url", ["http://127.0.0.1:1/v1", "http://nowhere.invalid/v1", "ftp://127.0.0.1/v1"])
async def test_a_server_that_is_not_there_was_never_asked(kind: Kind, url: str) -> None:
    provider = OpenAI("sk-test", url)
    error = await failed(Caller(provider), kind)
    assert (type(error), error.bill) == (ProviderFailed, NOTHING_BILLED)
    assert "cannot be reached" in error.message
    await provider.close()


@pytest.mark.parametrize("key", ["sk-\u00fc", "sk-\n"])
async def test_a_key_that_no_header_can_carry_is_named_as_the_reason(fake: OpenAIFake, key: str) -> None:
    provider = OpenAI(key, fake.url)
    error = await failed(Caller(provider), "chat")
    assert type(error) is ProviderCannot
    assert "its key" in error.message
    assert fake.calls == []
    await provider.close()


async def test_half_a_character_in_a_prompt_is_a_request_that_cannot_be_sent(caller: Caller) -> None:
    with pytest.raises(ProviderCannot, match="cannot be sent"):
        await caller.ask(ChatSpec(prompt="\ud83e", model="luna"))


async def test_a_file_without_end_is_not_read_to_its_end(fake: OpenAIFake, caller: Caller) -> None:
    fake.script(floods)
    error = await failed(caller, "image")
    assert (type(error), error.bill) == (ProviderFailed, BILLED)
    assert "far too much" in error.message
    await hung_up(fake)
    assert MAX_BYTES < 100 * 2**20
