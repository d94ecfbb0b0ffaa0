"""Each bad day of a server, and whether it may have been paid for. Nothing is ever asked twice."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from core.jobs.specs import ChatSpec
from core.providers.gemini import Gemini, transport
from core.providers.ports import ProviderCannot, ProviderError, ProviderFailed, ProviderFatal, ProviderUnknown
from tests.core.providers.gemini.orders import FLASH, PAINTER, call, chat, draw, order, trouble
from tests.fakes.gemini import KEY, GeminiFake
from tests.fakes.gemini.documents import answer, error, error_info, text
from tests.fakes.gemini.steps import Step, announces, drops, events, fails, floods, hangs, page, sends
from tests.servers import free_port

Attempt = Callable[..., Coroutine[Any, Any, Any]]
both = pytest.mark.parametrize("attempt", [chat, draw])

REVOKED = f"Permission denied: Consumer 'api_key:{KEY}' has been suspended. See http://cloud.google.com."
FIRST = json.dumps(answer(text("Because "), finish=None))
STRANGE = ["[]", '"fine"', "null", "[1, 2]", '{"candidates": [1]}', '{"candidates": [{"content": "x"}]}']


@both
@pytest.mark.parametrize(
    ("step", "outcome"),
    [
        (fails(400, "Unable to process input image."), ProviderCannot),
        (fails(400, "User location is not supported for the API use."), ProviderCannot),
        (fails(400, "API key expired.", details=[error_info("API_KEY_EXPIRED")]), ProviderFatal),
        (fails(401), ProviderFatal),
        (fails(403, REVOKED), ProviderFatal),
        (fails(404), ProviderCannot),
        (fails(413), ProviderCannot),
        (fails(408), ProviderFailed),
        (fails(409), ProviderFailed),
        (fails(499), ProviderFailed),
        (fails(500), ProviderFailed),
        (fails(503, "The model is overloaded. Please try again later."), ProviderFailed),
        (fails(504), ProviderFailed),
        (sends("<html>Bad gateway</html>", status=502, mime="text/html"), ProviderFailed),
        (sends("", status=500), ProviderFailed),
        (sends("[]", status=500), ProviderFailed),
        (sends('{"error": "down"}', status=503), ProviderFailed),
        (sends("", status=302, headers={"Location": "http://127.0.0.1:1/"}), ProviderCannot),
        (page(), ProviderFailed),
        (sends("\n  <html>Sign in</html>"), ProviderFailed),
    ],
)  # fmt: skip
async def test_an_error_that_was_told_means_a_dead_attempt_that_costs_nothing(
    fake: GeminiFake, gemini: Gemini, attempt: Attempt, step: Step, outcome: type[ProviderError]
) -> None:
    fake.script(step)
    error = await trouble(attempt(gemini))
    assert type(error) is outcome
    assert not error.bill.billed
    assert error.retry_after is None
    assert len(fake.calls) == 1


@both
@pytest.mark.parametrize("step", [drops(), sends('{"candidates": [{"con'), sends('{"candidates": [{]}'), sends("fine")])
async def test_an_answer_that_is_lost_or_cannot_be_read_may_have_been_billed(
    fake: GeminiFake, gemini: Gemini, attempt: Attempt, step: Step
) -> None:
    fake.script(step)
    error = await trouble(attempt(gemini))
    assert type(error) is ProviderUnknown
    assert error.bill.billed
    assert len(fake.calls) == 1


@both
@pytest.mark.parametrize("body", STRANGE)
async def test_json_of_another_shape_is_no_answer(
    fake: GeminiFake, gemini: Gemini, attempt: Attempt, body: str
) -> None:
    fake.script(sends(body) if attempt is draw else events(body))
    assert isinstance(await trouble(attempt(gemini)), ProviderFailed | ProviderUnknown)


@both
async def test_fields_that_the_sdk_does_not_know_yet_do_no_harm(
    fake: GeminiFake, gemini: Gemini, attempt: Attempt
) -> None:
    document = '{"new": 1, "candidates": [{"new": 2, "finishReason": "NO_IMAGE", "content": {"new": 3}}]}'
    fake.script(sends(document) if attempt is draw else events(document))
    assert type(await trouble(attempt(gemini))) is ProviderFailed


@both
async def test_no_answer_at_all_may_have_been_billed_and_ends_in_time(
    fake: GeminiFake, gemini: Gemini, attempt: Attempt
) -> None:
    fake.script(hangs())
    assert type(await trouble(attempt(gemini, seconds=0.1))) is ProviderUnknown
    await asyncio.wait_for(fake.calls[0].left.wait(), 10)


@both
@pytest.mark.parametrize("address", ["http://127.0.0.1:{port}", "http://no-such-host.invalid"])
async def test_a_server_that_cannot_be_reached_was_never_asked(attempt: Attempt, address: str) -> None:
    gemini = Gemini(KEY, address.format(port=free_port()))
    error = await trouble(attempt(gemini))
    await gemini.close()
    assert type(error) is ProviderFailed
    assert not error.bill.billed


@both
@pytest.mark.parametrize("key", ["AIza-another-key", "AIza-“quoted”", "AIza-two\nlines"])
async def test_a_wrong_key_is_fatal(fake: GeminiFake, attempt: Attempt, key: str) -> None:
    gemini = Gemini(key, fake.url)
    error = await trouble(attempt(gemini))
    await gemini.close()
    assert isinstance(error, ProviderFatal)
    assert "key" in error.message


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost:8080", "ftp://127.0.0.1", "http://[127"])
async def test_an_address_that_is_none_is_fatal(address: str) -> None:
    gemini = Gemini(KEY, address)
    error = await trouble(chat(gemini))
    await gemini.close()
    assert isinstance(error, ProviderFatal)


async def test_a_retired_model_is_fatal(fake: GeminiFake, gemini: Gemini) -> None:
    fake.models.clear()
    for found in (await trouble(chat(gemini)), await trouble(draw(gemini))):
        assert type(found) is ProviderCannot
        assert "not offered any more" in found.message


async def test_a_model_that_cannot_draw_is_fatal(fake: GeminiFake, gemini: Gemini) -> None:
    wrong = PAINTER.model_copy(update={"upstream": FLASH.upstream})
    assert type(await trouble(gemini.draw(order(), call(wrong)))) is ProviderCannot
    assert len(fake.calls) == 1


@pytest.mark.parametrize("name", ["../files", "a?key=1", ""])
async def test_a_model_with_an_impossible_name_is_fatal(fake: GeminiFake, gemini: Gemini, name: str) -> None:
    wrong = FLASH.model_copy(update={"upstream": name, "name": "never-heard-of"})
    assert type(await trouble(gemini.answer(ChatSpec(prompt="x", model="x"), call(wrong)))) is ProviderCannot


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        (error(503), ProviderFailed),
        (error(500), ProviderFailed),
        (error(429, "limit: 0"), ProviderFatal),
        ({"error": {"message": "no code"}}, ProviderFailed),
        ({"error": "no object"}, ProviderFailed),
    ],
)
async def test_an_error_amid_a_stream_costs_what_came(
    fake: GeminiFake, gemini: Gemini, event: dict[str, object], outcome: type[ProviderError]
) -> None:
    fake.script(events(FIRST, json.dumps(event)))
    found = await trouble(chat(gemini))
    assert type(found) is outcome
    assert found.bill.billed
    assert found.bill.tokens is not None


async def test_an_error_as_the_first_event_costs_nothing(fake: GeminiFake, gemini: Gemini) -> None:
    fake.script(events(json.dumps(error(503))))
    found = await trouble(chat(gemini))
    assert type(found) is ProviderFailed
    assert not found.bill.billed


async def test_rubbish_amid_a_stream_cuts_it(fake: GeminiFake, gemini: Gemini) -> None:
    fake.script(events(FIRST, '{"candidates": ['))
    found = await trouble(chat(gemini))
    assert type(found) is ProviderFailed
    assert found.bill.billed


@both
@pytest.mark.parametrize("step", [floods(100 * 2**20), announces(100 * 2**20)], ids=["comes", "is announced"])
async def test_a_flood_is_not_taken_in(
    fake: GeminiFake, gemini: Gemini, attempt: Attempt, step: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "ANSWER_BYTES", 3 * 2**20)
    fake.script(step)
    found = await trouble(attempt(gemini))
    assert type(found) is ProviderFailed
    assert found.bill.billed
    await asyncio.wait_for(fake.calls[0].left.wait(), 10)
